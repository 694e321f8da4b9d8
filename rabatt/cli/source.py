"""Files and standard input as bytes; what cannot be read is refused with the reason and what to do."""

import sys
from pathlib import Path
from typing import BinaryIO

from rabatt.cli.refusal import CallRefused, Location, Refusal
from rules import Fault

STANDARD_INPUT = "-"

# A document is read whole; receipts by the million come as JSON lines, which are not.
MOST_BYTES = 256 * 1024 * 1024


def location_of(source: str, position: int | None = None, line: int | None = None) -> Location:
    return Location("standard input" if source == STANDARD_INPUT else source, position, line)


def refused_source(source: str, sentence: str) -> CallRefused:
    return CallRefused(Refusal(location_of(source), (Fault("", sentence),)))


def open_source(source: str) -> BinaryIO:
    """The file, or standard input for `-`, open for reading bytes; CallRefused where it cannot be opened."""
    if source == STANDARD_INPUT:
        return sys.stdin.buffer
    try:
        return Path(source).open("rb")
    except FileNotFoundError:
        raise refused_source(source, "there is no such file; check the path") from None
    except IsADirectoryError:
        raise refused_source(source, "this is a directory; name a file in it") from None
    except PermissionError:
        raise refused_source(source, "the file may not be read; check its permissions") from None
    except (OSError, ValueError) as problem:
        # ValueError: a path with a null character.
        raise refused_source(source, f"the file cannot be read: {problem}") from None


def whole_source(source: str) -> bytes:
    """Every byte of the file; CallRefused where it cannot be read or is larger than `MOST_BYTES`."""
    with open_source(source) as stream:
        try:
            data = stream.read(MOST_BYTES + 1)
        except OSError as problem:
            raise refused_source(source, f"the file cannot be read: {problem}") from None
    if len(data) > MOST_BYTES:
        sentence = f"the file is larger than {MOST_BYTES} bytes; give receipts as JSON lines, one to a line (.jsonl)"
        raise refused_source(source, sentence)
    return data
