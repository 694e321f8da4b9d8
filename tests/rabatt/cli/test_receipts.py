"""Receipts are found one by one in every kind of source."""

import io
from pathlib import Path
from typing import TypeAlias

import pytest

from rabatt.cli import receipts
from rabatt.cli.receipts import unread_receipts

LIST = b'[{"a": 1},\n {"b": [2, {"c": "]"}]}]'


Found: TypeAlias = list[tuple[int | None, int | None, str | None]]


def read(monkeypatch: pytest.MonkeyPatch, data: bytes, source: str = "-") -> Found:
    """Position, line and text of each receipt found in the data."""
    if source == "-":
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    entries = unread_receipts(source, lambda _: None)
    return [(entry.location.position, entry.location.line, as_text(entry.document)) for entry in entries]


def as_text(document: bytes | str | None) -> str | None:
    return document.decode() if isinstance(document, bytes) else document


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(b'{"a": 1}', [(None, None, '{"a": 1}')], id="one receipt"),
        pytest.param(b'{"a": 1}\n', [(None, None, '{"a": 1}\n')], id="one receipt with a line's end"),
        pytest.param(b'{\n"a": 1\n}\n', [(None, None, '{\n"a": 1\n}\n')], id="one receipt over several lines"),
        pytest.param(LIST, [(1, None, '{"a": 1}'), (2, None, '{"b": [2, {"c": "]"}]}')], id="a list"),
        pytest.param(b"\xef\xbb\xbf[{}]", [(1, None, "{}")], id="a list behind a byte order mark"),
        pytest.param(b"[\n{}\n]", [(1, None, "{}")], id="a list with one receipt on a line of its own"),
        pytest.param(b" [ ] ", [], id="an empty list"),
        pytest.param(b'{"a": 1}\n\n{"b": 2}', [(1, 1, '{"a": 1}'), (2, 3, '{"b": 2}')], id="JSON lines"),
        pytest.param(b'{"a": }\n{"b": 2}\n', [(1, 1, '{"a": }'), (2, 2, '{"b": 2}')], id="lines, the first broken"),
        pytest.param(b'{"a": {}\n}', [(None, None, '{"a": {}\n}')], id="a first line that ends in a bracket"),
        pytest.param(b"", [(None, None, "")], id="nothing"),
        pytest.param(b"\n\n", [(None, None, "\n\n")], id="blank lines"),
        pytest.param(b"[{}, ]", [(None, None, "[{}, ]")], id="a list with a comma too many"),
        pytest.param(b"[{}", [(None, None, "[{}")], id="a list without its end"),
        pytest.param(b"[{}] {}", [(None, None, "[{}] {}")], id="a list and something after it"),
        pytest.param(b"[{} {}]", [(None, None, "[{} {}]")], id="a list without commas"),
        pytest.param(b"{}" + b"[" * 9 + b"\n{}", [(None, None, "{}[[[[[[[[[\n{}")], id="neither"),
    ],
)
def test_standard_input_may_be_a_receipt_a_list_or_lines(
    monkeypatch: pytest.MonkeyPatch, data: bytes, found: Found
) -> None:
    assert read(monkeypatch, data) == found


@pytest.mark.parametrize("name", ["receipts.jsonl", "receipts.JSONL", "receipts.ndjson"])
def test_a_file_of_lines_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b'{"a": 1}\r\n   \n[\n')
    assert read(monkeypatch, b"", str(path)) == [(1, 1, '{"a": 1}'), (2, 3, "[")]


def test_a_line_that_is_too_long_is_one_receipt_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(receipts, "MOST_LINE_BYTES", 8)
    path = tmp_path / "receipts.jsonl"
    path.write_bytes(b"{}\n" + b"x" * 100 + b"\n{}\n1234567\n12345678")
    found = [(1, 1, "{}"), (2, 2, None), (3, 3, "{}"), (4, 4, "1234567"), (5, 5, None)]
    assert read(monkeypatch, b"", str(path)) == found


@pytest.mark.parametrize(
    ("name", "data"),
    [("receipt.json", b'{"a": 1}\n'), ("receipts.json", b'[{"a": 1},\n{"b": 2}]'), ("receipts.jsonl", b"{}\n\n{}\n")],
)
def test_progress_never_passes_the_size_of_the_file(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    sizes: list[int] = []
    assert list(unread_receipts(str(path), sizes.append))
    assert 0 < sum(sizes) <= len(data)
