"""Files and standard input as bytes; what cannot be read is refused with the reason and what to do."""

import sys
from typing import BinaryIO

from rabatt.cli.refusal import CallRefused, Location, Refusal
from rabatt.receipt_files.files import BREAKS, MOST_BYTES, Unpacked, open_file, unpacked
from rules import Fault

STANDARD_INPUT = "-"


def location_of(source: str, position: int | None = None, line: int | None = None) -> Location:
    return Location("standard input" if source == STANDARD_INPUT else source, position, line)


def refused_source(source: str, sentence: str) -> CallRefused:
    return CallRefused(Refusal(location_of(source), (Fault("", sentence),)))


def open_source(source: str) -> BinaryIO:
    """The file, or standard input for `-`, open for reading bytes, unpacked; CallRefused where it cannot be opened."""
    try:
        return unpacked(sys.stdin.buffer) if source == STANDARD_INPUT else open_file(source)
    except FileNotFoundError:
        raise refused_source(source, "there is no such file; check the path") from None
    except IsADirectoryError:
        raise refused_source(source, "this is a directory; name a file in it") from None
    except PermissionError:
        raise refused_source(source, "the file may not be read; check its permissions") from None
    except (OSError, ValueError) as problem:
        # ValueError: a path with a null character.
        raise cannot_be_read(source, problem) from None


def cannot_be_read(source: str, problem: object) -> CallRefused:
    return refused_source(source, f"the file cannot be read: {problem}")


def place_in(stream: object, read: int) -> int:
    """How many bytes of the file were gone through, given how many were read of what it holds unpacked."""
    packed = stream.packed if isinstance(stream, Unpacked) else None
    # A pipe has no places.
    return packed.tell() if packed is not None and packed.seekable() else read


def whole_source(source: str) -> bytes:
    """Every byte of the file; CallRefused where it cannot be read or is larger than `MOST_BYTES`."""
    with open_source(source) as stream:
        try:
            data = stream.read(MOST_BYTES + 1)
        except BREAKS as problem:
            raise cannot_be_read(source, problem) from None
    if len(data) > MOST_BYTES:
        sentence = f"the file is larger than {MOST_BYTES} bytes; give receipts as JSON lines, one to a line (.jsonl)"
        raise refused_source(source, sentence)
    return data
