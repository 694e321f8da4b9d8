"""The command as a process that need not load itself: a process that has loaded all of it forks for each call.

Loading takes most of the time of most calls. Where it is a matter of the interpreter how the command starts - what it
lacks, signals, terminals, encodings, several workers - an interpreter is started, as it is for the README and the demo.
"""

import atexit
import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeAlias

from tests.support.waiting import PATIENCE

Completed: TypeAlias = subprocess.CompletedProcess[bytes]


# One is the command itself, and the other needs what few have.
NOT_LOADED = ("rabatt.__main__", "rabatt.simulation.spark")


def load() -> None:
    """Load every module that the command loads when it is asked for it, and with them what they need."""
    for module in pkgutil.walk_packages(import_module("rabatt").__path__, "rabatt."):
        if module.name not in NOT_LOADED:
            import_module(module.name)
    # What is loaded stays, so that no fork copies it to see whether it is garbage.
    gc.collect()
    gc.freeze()


def fork_for_each_call(calls: socket.socket) -> None:
    """Fork for each call that comes in, and say its process id and its exit code; return in the fork."""
    while True:
        content, streams, _, _ = socket.recv_fds(calls, 65536, 3)
        while content and not content.endswith(b"\n"):
            content += calls.recv(65536)
        if not content:
            sys.exit()
        child = os.fork()
        if not child:
            break
        for stream in streams:
            os.close(stream)
        calls.sendall(b"%d\n" % child)
        calls.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    calls.close()
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    call = json.loads(content)
    sys.argv = ["rabatt", *call["arguments"]]
    os.environ.clear()
    os.environ.update(call["environment"])
    os.chdir(call["folder"])


def main() -> None:
    """Be the command, as often as the socket of the first argument asks for it."""
    load()
    calls = socket.socket(fileno=int(sys.argv[1]))
    calls.sendall(b"0\n")
    fork_for_each_call(calls)
    import_module("rabatt.__main__").main()


class Ready:
    """That process, seen from a test."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(its.fileno())],
                env=environment,
                pass_fds=[its.fileno()],
                # As a command has them whose output is read: Python looks at its streams once, when it starts.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        ours.settimeout(PATIENCE)
        self._calls = ours
        self._answers = ours.makefile("r")
        self._answer()
        atexit.register(self.end)

    def _answer(self) -> int:
        line = self._answers.readline()
        if not line:
            raise RuntimeError(self._process.communicate()[1].decode())
        return int(line)

    def run(self, arguments: Sequence[str], folder: Path, stdin: bytes, environment: Mapping[str, str]) -> Completed:
        """What the command did with these arguments in a folder."""
        call = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
        with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            content = json.dumps(call).encode() + b"\n"
            sent = socket.send_fds(self._calls, [content], [given.fileno(), out.fileno(), err.fileno()])
            self._calls.sendall(content[sent:])
            child = self._answer()
            try:
                code = self._answer()
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                raise
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(["rabatt", *arguments], code, out.read(), err.read())

    def end(self) -> None:
        """End it with the tests."""
        self._answers.close()
        self._calls.close()
        self._process.communicate()


if __name__ == "__main__":
    main()
