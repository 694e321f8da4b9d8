"""The `rabatt` command: what has to be in place before any sub-command runs."""

import os
import sys

MISSING = "rabatt: the command line needs typer, which comes with an extra: pip install 'rabatt[cli]'"


def main() -> None:
    """Runs the command line; without its extra, one sentence on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        # A sign that the terminal's encoding lacks is shown as a question mark, never a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        from rabatt.cli.app import app
        from rabatt.cli.printing import end_unread
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] not in {"typer", "rich"}:
            raise
        print(MISSING, file=sys.stderr)
        sys.exit(2)
    try:
        try:
            app(prog_name="rabatt")
        finally:
            sys.stdout.flush()
    except OSError as problem:
        if isinstance(problem, BrokenPipeError):
            end_unread()
        # What is still unwritten goes nowhere, or Python would try once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"rabatt: the answers cannot be written: {problem}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
