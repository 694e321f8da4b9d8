"""Install what makes clients of the OpenAPI document, in `.clients`: `python -m tests.rabatt.service.clients.install`.

A virtual environment for Python's, since it wants other versions than the service's tools; Node.js for TypeScript's.
Versions are pinned in `requirements.txt`, `package.json` and its lock. What can't be installed is named.
"""

import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.support.places import ROOT

PINS = Path(__file__).parent
HOME = ROOT / ".clients"
SCRIPTS = HOME / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = SCRIPTS / "python"
NODE = HOME / "node"
STAMP = HOME / "installed"
COMMAND = "make .clients/installed"
NO_NODE = "needs Node.js with npm (on Debian: apt install nodejs npm)"
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


def missing() -> str | None:
    """Why no clients can be made, and the one command that mends it; None where they can."""
    if not (PYTHON.exists() and (NODE / "node_modules").exists() and shutil.which("node")):
        return f"the makers of clients are not installed: {COMMAND} (needs Node.js with npm: apt install nodejs npm)"
    return None


def install() -> str | None:
    """Install them; why that failed, in a sentence, or None."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return NO_NODE
    if not PYTHON.exists():
        venv.create(HOME / "venv", with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    NODE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, NODE / name)
    return _run([*pip, "--requirement", str(PINS / "requirements.txt")]) or _run(
        [npm, "ci", *QUIET, "--prefix", str(NODE)]
    )


def _run(command: Sequence[str]) -> str | None:
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
    return lines[-1]


def main() -> None:
    """Install, and say what could not be."""
    HOME.mkdir(exist_ok=True)
    reason = install()
    print("makers of clients: installed" if reason is None else f"makers of clients: not installed: {reason}")
    if reason is None:
        STAMP.touch()


if __name__ == "__main__":
    main()
