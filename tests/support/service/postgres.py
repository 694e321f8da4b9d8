"""A PostgreSQL server for the tests: that of the `pgserver` package, else the one that Debian's package brings."""

import atexit
import glob
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.support.processes import children_of
from tests.support.waiting import PATIENCE, until

MISSING = "there is no PostgreSQL here: pip install pgserver, or apt install postgresql"


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`."""
    package = find_spec("pgserver")
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "pginstall" / "bin"
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))  # noqa: PTH207 - the newest of them
    return Path(found[-1]) if found else None


class Server:
    """One server on loopback, in a folder of its own, ended with the tests."""

    def __init__(self) -> None:
        folder = binaries()
        if folder is None:
            raise RuntimeError(MISSING)
        self.home = Path(tempfile.mkdtemp(prefix="rabatt-pg-"))
        self.binaries = self._reachable(folder)
        self.data = self.home / "data"
        self._taken = socket.socket()
        # Bound here for good, so that nobody else is given the port, also while the server is down.
        self._taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._taken.bind(("127.0.0.1", 0))
        self.port = self._taken.getsockname()[1]
        self.run("initdb", "-D", self.data, "-U", "rabatt", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        self.start()
        atexit.register(self.end)

    def _reachable(self, folder: Path) -> Path:
        """The folder itself, or a copy where the user that the server runs as could not look into it."""
        if os.geteuid() != 0 or folder.is_relative_to("/usr"):
            return folder
        package = folder.parents[1]
        for part in (package / "pginstall", package.with_name("pgserver.libs")):
            shutil.copytree(part, self.home / part.relative_to(package.parent))
        return self.home / folder.relative_to(package.parent)

    def _as_user(self) -> dict[str, object]:
        """PostgreSQL refuses to run as root: then it runs as another user, who owns its folder."""
        if os.geteuid() != 0:
            return {}
        shutil.chown(self.home, "nobody")
        for path in self.home.rglob("*"):
            shutil.chown(path, "nobody")
        return {"user": "nobody"}

    def run(self, program: str, *arguments: object) -> None:
        """Run one of the programs that come with it; a CalledProcessError where it does not succeed."""
        call = [str(self.binaries / program), *map(str, arguments)]
        subprocess.run(call, check=True, capture_output=True, cwd="/", **self._as_user())  # type: ignore[call-overload]

    def start(self) -> None:
        """Start it and wait until it answers; after a kill it refuses until its old processes are gone."""
        # Without fsync nothing is lost but in a fall of the whole machine, after which nobody looks for it.
        options = f"-p {self.port} -h 127.0.0.1 -k {self.home} -c max_connections=200 -c fsync=off"
        wait = ("-w", "-t", PATIENCE)

        def is_started() -> bool:
            try:
                self.run("pg_ctl", "-D", self.data, *wait, "-o", options, "-l", self.home / "log", "start")
            except subprocess.CalledProcessError:
                return False
            return True

        until(is_started, f"PostgreSQL does not start: see {self.home / 'log'}")

    def end(self) -> None:
        """Stop it and remove its folder."""
        if not self.home.exists():
            return
        self._taken.close()
        subprocess.run(
            [str(self.binaries / "pg_ctl"), "-D", str(self.data), "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd="/",
            **self._as_user(),  # type: ignore[call-overload]
        )
        shutil.rmtree(self.home, ignore_errors=True)

    def restart(self) -> None:
        """Stop it as an operator does, who waits for nobody, and start it again."""
        self.run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", PATIENCE, "stop")
        self.start()

    def signal(self, number: int) -> None:
        """Send a signal to all of its processes."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        for process in [first, *children_of(first)]:
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://rabatt@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """The URL of a new database: an empty one, or a copy of one that nobody is connected to."""
        name = f"t{uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)


@lru_cache(maxsize=1)
def server() -> Server:
    """The server of this test process."""
    return Server()
