"""The service in this process: the socket it listens on, and uvicorn as it is set up."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import FrameType
from typing import Any

import typer
import uvicorn

from rabatt.service_call import say
from service import Settings, create_app
from service.logs import set_up_logs

# A proxy keeps its connections for a minute; whoever closes first loses the request that is on its way.
KEEP_ALIVE_SECONDS = 75
# What is being answered when the end is asked for gets so long; orchestrators kill after 30.
GRACE_SECONDS = 20
BACKLOG = 2_048
LONGEST_HEAD = 64 * 1024
STOPS = (signal.SIGINT, signal.SIGTERM)


def listen(settings: Settings) -> socket.socket:
    """The socket of the address, which takes no connections yet; a sentence and exit code 2 where it can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Not to wait for what is left of connections to the service that ran here before.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        # Now, and not with the first answer: of two services that start at once, one shall be told.
        listening.listen(BACKLOG)
    except OSError as problem:
        listening.close()
        say(
            f"cannot listen on {settings.host}, port {settings.port}: {problem.strerror or problem}; "
            "choose others with --host and --port"
        )
        raise typer.Exit(2) from None
    return listening


def announce(listening: socket.socket) -> None:
    """Say where the service is."""
    host, port = listening.getsockname()[:2]
    say(f"serving on http://{f'[{host}]' if ':' in host else host}:{port}")


def serve(settings: Settings, listening: socket.socket, ready: Callable[[], None]) -> Server:
    """Serve in this process; the server, once it has stopped."""
    # Until there is a server to stop, a signal ends what has begun, and nothing is left half done in the database.
    on_stop(lambda: sys.exit(0))
    set_up_logs(settings.log_level)
    server = Server(uvicorn.Config(create_app(settings), **options()), ready)
    on_stop(server.stop)
    server.run(sockets=[listening])
    return server


def on_stop(stop: Callable[[], None]) -> None:
    """Call this when a signal says to stop. uvicorn raises the signal again at its end, to no effect then."""

    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop()

    for number in STOPS:
        signal.signal(number, handle)


def options() -> dict[str, Any]:
    """How uvicorn serves: quick where uvloop and httptools are installed, and silent about itself."""
    from rabatt import heads

    return {
        "http": heads.BoundedHeads if find_spec("httptools") else "h11",
        "h11_max_incomplete_event_size": LONGEST_HEAD,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }


class Server(uvicorn.Server):
    """uvicorn's server, which says when it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets=sockets)
        self.ready()

    def stop(self) -> None:
        """Take no more connections, answer what is there, and end."""
        self.should_exit = True
