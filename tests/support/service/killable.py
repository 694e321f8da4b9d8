"""A service that is killed and is there again at once: each is a child of this process, which loaded everything before.

Every line that comes in starts one; its process id goes out. The port goes out first, and stays the same: who connects
while there is none waits for the next. `Killable` is that process, seen from a test.
"""

import os
import signal
import socket
import subprocess
import sys
from types import TracebackType
from typing import Self

import uvicorn

from rabatt.service import ServiceSettings, create_app
from tests.support.cli.serving import PATIENT
from tests.support.places import ROOT


def serve_until_killed(listening: socket.socket) -> None:
    """Serve what comes in on a socket."""
    config = uvicorn.Config(create_app(ServiceSettings()), log_level="critical", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listening])


def main() -> None:
    """Start a service for each line, once the one before is gone; at the end of the input the last one goes too."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    print(listening.getsockname()[1], flush=True)
    child = 0
    for _line in sys.stdin:
        if child:
            os.waitpid(child, 0)
        child = os.fork()
        if not child:
            try:
                serve_until_killed(listening)
            finally:
                os._exit(1)
        print(child, flush=True)
    if child:
        os.kill(child, signal.SIGKILL)


class Killable:
    """A service with the settings of an environment, which can be killed and started."""

    def __init__(self, environment: dict[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RABATT_")}
        # As this interpreter was started: it decides whose modules are found.
        safe = ["-P"] if sys.flags.safe_path else []
        self._process = subprocess.Popen(
            [sys.executable, *safe, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=kept | PATIENT | environment,
            text=True,
        )
        self.port = self._read()
        self.child = self._start()

    def kill(self) -> None:
        """Kill the service, and start the next."""
        os.kill(self.child, signal.SIGKILL)
        self.child = self._start()

    def _start(self) -> int:
        assert self._process.stdin is not None
        print("start", file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.communicate()


if __name__ == "__main__":
    main()
