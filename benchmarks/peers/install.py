"""Install peers in `.peers`: `python -m benchmarks.peers.install [NAME …]`, all of them where none is named.

Engines of PyPI share a virtual environment of their own; those of npm have a folder each. Versions are pinned in
`requirements.txt` and `package.json`. What can't be installed is named, and left out of the benchmark.
"""

import json
import shutil
import subprocess
import sys
import venv
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import ROOT
from benchmarks.peers.peers import PEERS, PEERS_BY_NAME, Peer

HOME = ROOT / ".peers"
PYTHON = HOME / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
STAMP = HOME / "installed"
PINS = Path(__file__).parent
NO_NODE = "needs Node.js with npm (on Debian: apt install nodejs npm)"


def pins_of(peer: Peer) -> dict[str, str]:
    """Return the version of each package of a peer."""
    if peer.runs_on == "node":
        pinned: dict[str, str] = json.loads((PINS / "package.json").read_text())["dependencies"]
    else:
        lines = (PINS / "requirements.txt").read_text().split()
        pinned = dict(line.split("==") for line in lines)
    return {package: pinned[package] for package in peer.packages}


def node_folder(peer: Peer) -> Path:
    """Return where a peer of npm is installed."""
    return HOME / "node" / peer.name


def command_for(peer: Peer) -> str:
    """Return the one command that brings a peer."""
    return f".venv/bin/python -m benchmarks.peers.install {peer.name}"


def install(peer: Peer) -> str | None:
    """Install a peer; return why that failed, in a sentence, or None."""
    if peer.runs_on == "node":
        return _install_from_npm(peer)
    if not PYTHON.exists():
        venv.create(HOME / "venv", with_pip=True)
    pins = [f"{package}=={version}" for package, version in pins_of(peer).items()]
    return _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins])


def _install_from_npm(peer: Peer) -> str | None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return NO_NODE
    folder = node_folder(peer)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": pins_of(peer)}))
    # Medusa's peer dependencies are a web server and a database driver, which its functions do without.
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--legacy-peer-deps"]
    return _run([npm, "install", "--loglevel=error", *quiet, "--prefix", str(folder)])


def _run(command: Sequence[str]) -> str | None:
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
    return lines[-1]


def main() -> None:
    """Install, and say what could not be."""
    parser = ArgumentParser(
        prog="python -m benchmarks.peers.install", description="Install the engines to compare with."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PEERS_BY_NAME))
    asked = parser.parse_args().names
    unknown = [name for name in asked if name not in PEERS_BY_NAME]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PEERS_BY_NAME)}")
    HOME.mkdir(exist_ok=True)
    failed = False
    for peer in [PEERS_BY_NAME[name] for name in asked] or PEERS:
        if peer.packages:
            reason = install(peer)
            failed |= reason is not None
            print(f"{peer.name}: {'installed' if reason is None else f'not installed: {reason}'}", flush=True)
    if not asked and not failed:
        STAMP.touch()


if __name__ == "__main__":
    main()
