"""Start an engine in a process of its own, and ask it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.measure import ROOT
from benchmarks.peers.install import NO_NODE, PYTHON, node_folder
from benchmarks.peers.peers import Peer


class Missing(Exception):
    """An engine that is not installed; the argument says what is missing."""


class Asked:
    """A running engine; `version` is its own, and `ask` returns its reply to a request."""

    def __init__(self, command: list[str], **environment: str) -> None:
        """Start it; Missing where it is not installed."""
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        hello = self._reply()
        if "missing" in hello:
            self._close()
            raise Missing(hello["missing"])
        self.version: str = hello["version"]

    def ask(self, **request: Any) -> dict[str, Any]:
        """Return the reply; a RuntimeError says that the engine came to a bad end."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._reply()

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            message = f"{self._process.args!r} ended with {self._process.wait()}"
            raise RuntimeError(message)
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._close()


_WORKER = ["-m", "benchmarks.peers.worker"]


def start_rabatt(*, matching: bool = False) -> Asked:
    """Return Rabatt as it stands in this checkout, in the Python that asks; its matching alone, or all it does."""
    return Asked([sys.executable, *_WORKER, "rabatt-matching" if matching else "rabatt"])


def start(peer: Peer) -> Asked:
    """Return a peer; Missing where it is not installed."""
    if peer.runs_on == "node":
        node = shutil.which("node")
        if node is None:
            raise Missing(NO_NODE)
        folder = node_folder(peer) / "node_modules"
        script = Path(__file__).parent / "worker.js"
        return Asked([node, str(script), peer.name], NODE_PATH=str(folder))
    python = sys.executable if peer.runs_on == "nothing" else str(PYTHON)
    if not Path(python).exists():
        raise Missing("no environment for the engines of PyPI")
    return Asked([python, *_WORKER, peer.name])
