"""Install all peers in `.peers`: `python -m benchmarks.peers.engines`; ask them.

Engines of PyPI share a virtual environment of their own; those of npm have a folder each. Versions are pinned in
`requirements.txt` and `package.json`. What can't be installed is named, and left out of the benchmark. Every engine is
asked in a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT
from benchmarks.peers.peers import PEERS, Peer

HOME = ROOT / ".peers"
PYTHON = HOME / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
PINS = Path(__file__).parent
NO_NODE = "needs Node.js with npm (on Debian: apt install nodejs npm)"
INSTALLS = ".venv/bin/python -m benchmarks.peers.engines"


def pins_of(peer: Peer) -> dict[str, str]:
    """Return the version of each package of a peer."""
    if peer.runs_on == "node":
        pinned: dict[str, str] = json.loads((PINS / "package.json").read_text())["dependencies"]
    else:
        pinned = dict(line.split("==") for line in (PINS / "requirements.txt").read_text().split())
    return {package: pinned[package] for package in peer.packages}


def install(peer: Peer) -> str | None:
    """Install a peer; return why that failed, in a sentence, or None."""
    if peer.runs_on == "node":
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            return NO_NODE
        folder = HOME / "node" / peer.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": pins_of(peer)}))
        # Medusa's peer dependencies are a web server and a database driver, which its functions do without.
        quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--legacy-peer-deps"]
        return _run([npm, "install", "--loglevel=error", *quiet, "--prefix", str(folder)])
    if not PYTHON.exists():
        venv.create(HOME / "venv", with_pip=True)
    pins = [f"{package}=={version}" for package, version in pins_of(peer).items()]
    return _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins])


def _run(command: Sequence[str]) -> str | None:
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]


class Missing(Exception):
    """An engine that is not installed; the argument says what is missing."""


class Asked:
    """A running engine, to be closed; `version` is its own, and `ask` returns its reply to a request."""

    def __init__(self, *command: str, **environment: str) -> None:
        """Start it; Missing where it is not installed."""
        pipe = subprocess.PIPE
        variables = {**os.environ, **environment}
        self._process = subprocess.Popen(command, cwd=ROOT, env=variables, stdin=pipe, stdout=pipe, text=True)
        hello = self._reply()
        if "missing" in hello:
            self.close()
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
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()}")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def start_worker(name: str, python: str = sys.executable) -> Asked:
    """Return what a worker of Python asks: a peer, `rabatt` as it stands in this checkout, or `rabatt-matching`."""
    return Asked(python, "-m", "benchmarks.peers.worker", name)


def start(peer: Peer) -> Asked:
    """Return a peer; Missing where it is not installed."""
    if peer.runs_on == "nothing":
        return start_worker(peer.name)
    if peer.runs_on == "node":
        node = shutil.which("node")
        if node is None:
            raise Missing(NO_NODE)
        return Asked(
            node, str(PINS / "worker.js"), peer.name, NODE_PATH=str(HOME / "node" / peer.name / "node_modules")
        )
    if not PYTHON.exists():
        raise Missing("no environment for the engines of PyPI")
    return start_worker(peer.name, str(PYTHON))


def main() -> None:
    """Install, and say what could not be."""
    HOME.mkdir(exist_ok=True)
    reasons = {peer.name: install(peer) for peer in PEERS if peer.packages}
    for name, reason in reasons.items():
        print(f"{name}: {'installed' if reason is None else f'not installed: {reason}'}")
    if not any(reasons.values()):
        (HOME / "installed").touch()


if __name__ == "__main__":
    main()
