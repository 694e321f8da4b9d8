"""The service in this process: the socket it listens on, and uvicorn as it is set up."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from queue import SimpleQueue
from threading import Thread
from types import FrameType
from typing import Any

import typer
import uvicorn
from fastapi import FastAPI

from rabatt.cli.server.accept import Acceptor
from rabatt.cli.server.connection import Watched
from rabatt.cli.service_call import say
from rabatt.service import ServiceSettings, create_app
from rabatt.service.entry.door import LONGEST_HEAD
from rabatt.service.logs import log, set_up_logs

# A proxy keeps its connections for a minute; whoever closes first loses the request that is on its way.
KEEP_ALIVE_SECONDS = 75
# What is being answered when the end is asked for gets so long; orchestrators kill after 30.
GRACE_SECONDS = 20
# Before that is over, whoever can be answered is answered that the service stops.
LAST_SECONDS = 1
TICKS_OF_A_SECOND = 10
BACKLOG = 2_048
STOPS_OF_A_TERMINAL = tuple(getattr(signal, name) for name in ("SIGHUP",) if hasattr(signal, name))
STOPS = (signal.SIGINT, signal.SIGTERM, *STOPS_OF_A_TERMINAL)


def listen(settings: ServiceSettings) -> socket.socket:
    """The socket of the address, which takes no connections yet; a sentence and exit code 2 where it can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Not to wait for what is left of connections to the service that ran here before.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        # Now, and not with the first answer: of two services that start at once, one shall learn of it.
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


def serve(settings: ServiceSettings, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve in this process until a signal says to stop."""
    # Until there is a server to stop, a signal ends what has begun, and nothing is left half done in the database.
    on_stop(lambda: sys.exit(0))
    set_up_logs(settings.log_level)
    run(create_app(settings), settings, listening, ready)


def run(app: FastAPI, settings: ServiceSettings, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve an application in this process until a signal says to stop."""
    server = Server(uvicorn.Config(app, **options()), settings, ready)
    Thread(target=server.end_in_time, daemon=True).start()
    on_stop(server.stop)
    server.run(sockets=[listening])


def on_stop(stop: Callable[[], None]) -> None:
    """Call this when a signal says to stop. uvicorn raises the signal again at its end, to no effect then."""

    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop()

    for number in STOPS:
        # What was started to outlive its terminal, as by nohup, does.
        if number not in STOPS_OF_A_TERMINAL or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handle)


def options() -> dict[str, Any]:
    """How uvicorn serves: quick where uvloop and httptools are installed, and silent about itself."""
    return {
        "http": connection_type(),
        "h11_max_incomplete_event_size": LONGEST_HEAD,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS - LAST_SECONDS,
    }


@cache
def connection_type() -> type[Watched]:
    """What speaks HTTP with a client."""
    if find_spec("httptools") is None:
        from rabatt.cli.server.h11_connection import H11Connection

        return H11Connection
    from rabatt.cli.server.httptools_connection import HttpToolsConnection

    return HttpToolsConnection


class Server(uvicorn.Server):
    """uvicorn's server, which takes connections as there is room, watches over them, and ends in time."""

    def __init__(self, config: uvicorn.Config, settings: ServiceSettings, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.settings = settings
        self.ready = ready
        self.accepting: list[asyncio.Task[None]] = []
        # A signal may come at any instruction: only this can be set then.
        self.stops: SimpleQueue[None] = SimpleQueue()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets=[])
        acceptor = Acceptor(self.settings, self.connect)
        self.accepting = [asyncio.create_task(acceptor.run(listening)) for listening in sockets or ()]
        self.ready()

    def connect(self) -> Watched:
        """What serves one more connection."""
        return connection_type()(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=asyncio.get_running_loop(),
        )

    async def on_tick(self, counter: int) -> bool:
        """Look at every connection once a second."""
        if counter % TICKS_OF_A_SECOND == 0:
            for connection in list(self.server_state.connections):
                assert isinstance(connection, Watched)  # noqa: S101 - made above
                connection.look(self.settings.max_answer_seconds)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, answer what is there, and end."""
        for task in self.accepting:
            task.cancel()
        await asyncio.gather(*self.accepting, return_exceptions=True)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does while it serves."""
        super().handle_exit(sig, frame)
        self.stop()

    def stop(self) -> None:
        """Take no more connections, answer what is there, and end in time."""
        self.should_exit = True
        self.stops.put(None)

    def end_in_time(self) -> None:
        """Wait until it shall stop, and end the process when its time is over: no thread can be made to stop."""
        self.stops.get()
        time.sleep(GRACE_SECONDS)
        # Whoever reads the log may have stopped reading: that shall not keep it here.
        sentence = f"what still ran {GRACE_SECONDS} seconds after the signal to stop was cut off"
        writing = Thread(target=log.error, args=(sentence,), daemon=True)
        writing.start()
        writing.join(LAST_SECONDS)
        os._exit(0)
