"""Files of receipts, compressed or not, and the receipts of a list as they are written."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, Final, cast

LINES: Final = (".jsonl", ".ndjson")
DOCUMENT: Final = ".json"
# What reading a compressed file raises where it is not whole.
BREAKS: Final = (OSError, EOFError, zlib.error)
# A document is read whole; receipts by the million come as JSON lines, which are not.
MOST_BYTES: Final = 256 * 1024 * 1024

_GZIP: Final = b"\x1f\x8b"
_GZIP_ENDING: Final = ".gz"
_SPACE: Final = re.compile(r"[ \t\n\r]+")


def is_of_lines(name: str) -> bool:
    """Say whether a file's name says that it has one receipt to a line."""
    return _uncompressed(name).endswith(LINES)


def is_document(name: str) -> bool:
    """Say whether a file's name says that it is one document."""
    return _uncompressed(name).endswith(DOCUMENT)


def open_file(name: str) -> BinaryIO:
    """Return a file open for reading, unpacked where its name or its first bytes are those of gzip; OSError as `open`.

    It is opened once: a pipe can't be read again.
    """
    stream = Path(name).open("rb")  # noqa: SIM115 - who reads it closes it
    return cast(BinaryIO, Unpacked(stream)) if name.lower().endswith(_GZIP_ENDING) else unpacked(stream)


def unpacked(stream: BinaryIO) -> BinaryIO:
    """Return a stream of what another has, unpacked where its first bytes are those of gzip."""
    buffered = stream if isinstance(stream, BufferedReader) else BufferedReader(cast(RawIOBase, stream))
    return cast(BinaryIO, Unpacked(buffered) if buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP else buffered)


def is_gzip(name: str) -> bool:
    """Say whether a file is compressed, as `open_file` takes it; OSError where it can't be read."""
    if name.lower().endswith(_GZIP_ENDING):
        return True
    with Path(name).open("rb") as stream:
        return stream.read(len(_GZIP)) == _GZIP


class Unpacked(gzip.GzipFile):
    """What a compressed stream holds; closing it closes the stream."""

    def __init__(self, packed: BinaryIO) -> None:
        """Read from a stream."""
        self.packed = packed
        super().__init__(fileobj=packed, mode="rb")

    def close(self) -> None:
        """Close both."""
        super().close()
        self.packed.close()


def members_of(text: str) -> Iterator[str]:
    """Yield each member of a JSON list as it is written, so that it is read as if it came alone.

    ValueError where the text is no list.
    """
    decoder = json.JSONDecoder()
    at = _after_space(text, 0)
    if not text.startswith("[", at):
        raise ValueError
    at = _after_space(text, at + 1)
    is_over = text.startswith("]", at)
    if is_over:
        at = _after_space(text, at + 1)
    while not is_over:
        _, end = decoder.raw_decode(text, at)
        yield text[at:end]
        at = _after_space(text, end)
        if text[at : at + 1] not in {",", "]"}:
            raise ValueError
        is_over = text[at] == "]"
        at = _after_space(text, at + 1)
    if at < len(text):
        raise ValueError


def receipts_of(document: bytes) -> tuple[str, ...] | None:
    """Return the receipts of a list as they are written; None where the document is no list, and is one receipt."""
    try:
        return tuple(members_of(document.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return None


def _uncompressed(name: str) -> str:
    return name.lower().removesuffix(_GZIP_ENDING)


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
