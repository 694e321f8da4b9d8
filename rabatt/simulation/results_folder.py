"""The folder of results: either all of one run, or none; what a run that was killed left is never mixed with others."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Final

try:
    import fcntl
except ImportError:  # Windows: two runs into one folder at once are not told apart there.
    fcntl = None  # type: ignore[assignment]

SUMMARY: Final = "summary.json"
TABLES: Final = ("by_rule", "by_campaign", "by_day", "by_store", "by_group", "overlap", "returns", "by_receipt")
REPORT: Final = "report.html"
REFUSED: Final = "refused.jsonl"
# Only where there are return lines.
RETURNS: Final = "returns.parquet"
# The summary is the first to go and the last to come: where it is, all is.
NAMES: Final = (*(f"{name}.parquet" for name in TABLES), REFUSED, REPORT, SUMMARY)
_WORK: Final = ".rabatt-simulation"
_LOCK: Final = "lock"


def is_answer(path: Path) -> bool:
    """Say whether a file is one of a simulation's results, and no part of an archive."""
    return path.name in NAMES and (path.parent / SUMMARY).exists()


class FolderRefused(Exception):
    """The folder cannot take the results: `sentence` says why, and what to do."""

    def __init__(self, path: Path, sentence: str) -> None:
        """Keep the folder and the sentence."""
        super().__init__(f"{path}: {sentence}")
        self.path = str(path)
        self.sentence = sentence


@contextmanager
def open_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to work in; what of NAMES is there at the end takes the place of earlier results, all at once.

    Nothing is changed where the work ends with an exception. FolderRefused where the folder can't be written, holds
    something else under these names, or is in use.
    """
    missing = [one for one in (path, *path.parents) if not one.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        _check_ours(path)
        work = path / _WORK
        work.mkdir(exist_ok=True)
        lock = (work / _LOCK).open("w")
    except OSError as problem:
        raise FolderRefused(path, f"the results cannot be written there: {problem}; name another folder") from None
    with lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise FolderRefused(path, "another simulation is writing there; wait for it, or name another") from None
        try:
            _empty(work)
            yield work
            _take_over(work, path)
        finally:
            rmtree(work, ignore_errors=True)
            _leave_no_empty(missing)


def _leave_no_empty(made: Sequence[Path]) -> None:
    """Remove the folders that were made for nothing, the innermost first."""
    for folder in made:
        try:
            folder.rmdir()
        except OSError:
            return


def _check_ours(path: Path) -> None:
    """Refuse a folder whose files of these names are not of a simulation."""
    there = [name for name in NAMES if (path / name).exists()]
    if not there or (path / _WORK).exists():
        return
    try:
        summary = json.loads((path / SUMMARY).read_bytes())
        is_ours = isinstance(summary, dict) and "format" in summary and "question" in summary
    except (OSError, ValueError):
        is_ours = False
    if not is_ours:
        raise FolderRefused(path, f"{there[0]} there is not of a simulation; name another folder, or remove it")


def _empty(work: Path) -> None:
    for entry in work.iterdir():
        if entry.name == _LOCK:
            continue
        if entry.is_dir():
            rmtree(entry)
        else:
            entry.unlink()


def _take_over(work: Path, path: Path) -> None:
    for name in reversed(NAMES):
        (path / name).unlink(missing_ok=True)
    for name in NAMES:
        if (work / name).exists():
            (work / name).replace(path / name)
