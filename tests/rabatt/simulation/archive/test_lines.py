"""Files of JSON lines: every line comes once, with its number, in whatever pieces the file is read."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rabatt.simulation.archive import Fragment, Unreadable, fragments, json_documents, open_archive, read_fragment
from rabatt.simulation.archive.facts import Facts, ReadPlan
from tests.support.simulation.purchases import (
    PURCHASES,
    Document,
    a_receipt,
    assert_told_by_columns,
    can_be_read_as_an_object,
    documents_of,
    read,
)

BOM = b"\xef\xbb\xbf"
# Of a receipt, of white space alone, and of what is no receipt at all.
RECEIPT = json.dumps(a_receipt(1)).encode()
BLANKS = (b"", b" ", b"\t", b"\r")
FAULTS = (b"{", b"[]", b"7", b"null", b'"text"', b"\xff\xfe", b'{"receipt_id": "\xff"}', b'{"a": 1, "a": 2}', b"x")


def line(number: int) -> bytes:
    return json.dumps(a_receipt(number), ensure_ascii=False).encode()


def told(batches: Sequence[Facts]) -> list[tuple[int, bytes]]:
    """The places and documents of all receipts."""
    for facts in batches:
        assert_told_by_columns(facts)
    return [pair for one in batches for pair in zip(one.positions.tolist(), documents_of(one), strict=True)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


LINES = st.lists(st.sampled_from([RECEIPT, RECEIPT, *BLANKS, *FAULTS]), max_size=12)


@given(
    written=LINES,
    ends=st.sampled_from([b"\n", b"\r\n"]),
    ends_at_last=st.booleans(),
    begins=st.sampled_from([b"", BOM]),
    bytes_of_a_fragment=st.integers(1, 2_000),
    piece=st.integers(1, 900),
    batch_receipts=st.integers(1, 4),
)
def test_every_line_comes_once_with_its_number(
    folder: Path,
    written: Sequence[bytes],
    ends: bytes,
    ends_at_last: bool,
    begins: bytes,
    bytes_of_a_fragment: int,
    piece: int,
    batch_receipts: int,
) -> None:
    path = folder / "receipts.jsonl"
    path.write_bytes(begins + ends.join(written) + (ends if ends_at_last and written else b""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fragments, "_BYTES_OF_A_FRAGMENT", bytes_of_a_fragment)
        patch.setattr(fragments, "_PIECE", piece)
        cut = open_archive([path])
    size = path.stat().st_size
    assert [one.start for one in cut] == [0, *(one.stop for one in cut[:-1])][: len(cut)]
    assert sum(one.size for one in cut) == size == (cut[-1].stop if cut else 0)
    batches = [facts for one in cut for facts in read_fragment(one, ReadPlan(), batch_receipts)]
    found = [pair for one in batches for pair in zip(one.positions.tolist(), documents_of(one), strict=True)]
    assert found == [(number, one) for number, one in enumerate(written, 1) if one.strip()]
    suspect = [one for facts in batches for one in facts.suspect.tolist()]
    assert suspect == [document != RECEIPT for _, document in found]
    assert all(0 < facts.count <= batch_receipts for facts in batches)


@pytest.mark.parametrize("rows", [PURCHASES, PURCHASES[::-1]])
def test_lines_tell_what_the_receipts_have(rows: Sequence[Document], tmp_path: Path) -> None:
    path = tmp_path / "receipts.ndjson"
    path.write_text("\n".join(json.dumps(one) for one in rows))
    (facts,) = read(path)
    assert assert_told_by_columns(facts) == len(rows)


def shortened(patch: pytest.MonkeyPatch, most: int) -> None:
    """Take no longer documents than so many bytes."""
    patch.setattr(json_documents, "LARGEST_DOCUMENT", most)
    patch.setattr(json_documents, "_LONGEST_LINE", most + 5)


@pytest.mark.parametrize("more", [-1, 0, 6, 7, 2_000, 2_011, 4_022, 4_023])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_line_that_is_too_long_is_refused_alone(
    more: int, ends: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 2_000
    shortened(monkeypatch, most)
    monkeypatch.setattr(fragments, "_BYTES_OF_A_FRAGMENT", 100)
    long = line(2).ljust(most + more, b" ")[: most + more]
    for written in ([line(1), long, line(3)], [long, line(3)], [line(1), long]):
        for last in (ends, b""):
            path = tmp_path / "receipts.jsonl"
            path.write_bytes(ends.join(written) + last)
            found = told(read(path))
            assert [place for place, _ in found] == list(range(1, len(written) + 1))
            taken = [can_be_read_as_an_object(document) for _, document in found]
            assert taken == [one is not long or more <= 0 for one in written]


@pytest.mark.parametrize("name", ["receipts.jsonl.gz", "receipts.ndjson.gz", "RECEIPTS.JSONL.GZ"])
def test_a_compressed_file_is_one_fragment(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    members = [BOM + line(1) + b"\r\n\r\n" + line(2)[:30], line(2)[30:] + b"\n", b"", line(3)]
    path.write_bytes(b"".join(gzip.compress(one) for one in members))
    (fragment,) = open_archive([path])
    assert (fragment.start, fragment.stop, fragment.size) == (0, path.stat().st_size, path.stat().st_size)
    assert told(read(path, batch_receipts=2)) == [(1, line(1)), (3, line(2)), (4, line(3))]


@pytest.mark.parametrize("keep", [1, 3, 9, 25, -20, -8, -4, -1])
def test_a_compressed_file_that_breaks_off_is_unreadable(keep: int, tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl.gz"
    path.write_bytes(gzip.compress(line(1) + b"\n" + line(2))[:keep])
    with pytest.raises(Unreadable, match="mend the file, or leave it out") as raised:
        read(path)
    assert raised.value.path == str(path)


@pytest.mark.parametrize("at", [0, 2, 15, 40, 100, -6])
def test_a_compressed_file_that_is_damaged_is_unreadable(at: int, tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl.gz"
    damaged = bytearray(gzip.compress(b"\n".join(line(number) for number in range(50))))
    for place in range(3):
        damaged[at + place if at >= 0 else at] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(Unreadable, match="mend the file, or leave it out"):
        read(path)


def test_what_is_no_gzip_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl.gz"
    path.write_bytes(line(1))
    with pytest.raises(Unreadable, match="mend the file, or leave it out"):
        open_archive([path])


def test_a_file_that_is_gone_by_the_time_it_is_read_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl"
    path.write_bytes(line(1))
    (fragment,) = open_archive([path])
    path.unlink()
    with pytest.raises(Unreadable, match="mend the file, or leave it out"):
        list(read_fragment(fragment, ReadPlan()))


def test_a_file_that_grew_since_is_read_as_far_as_it_was_there(tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl"
    path.write_bytes(line(1) + b"\n")
    (fragment,) = open_archive([path])
    path.write_bytes(line(1) + b"\n" + line(2) + b"\n")
    assert [facts.positions.tolist() for facts in read_fragment(fragment, ReadPlan())] == [[1]]


def test_empty_files_have_no_receipts(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b""))
    (tmp_path / "c.jsonl").write_bytes(BOM + b"\n\n")
    assert read(tmp_path) == []


@pytest.mark.parametrize(
    ("since", "until", "places"),
    [
        (None, None, [1, 2, 3, 4, 5]),
        ("2024-05-02", None, [2, 3, 4, 5]),
        (None, "2024-05-01", [1, 4]),
        ("2024-05-02", "2024-05-02", [2, 4]),
        ("2025-01-01", None, [4]),
    ],
)
def test_purchases_of_other_days_as_written_are_not_read(
    since: str | None, until: str | None, places: Sequence[int], tmp_path: Path
) -> None:
    times = ["2024-05-01T23:59:59-12:00", "2024-05-02T00:00:00+14:00", "2024-05-03T12:00:00Z", "?", "2024-05-03T00:00Z"]
    path = tmp_path / "receipts.jsonl"
    path.write_text("\n".join(json.dumps(a_receipt(1, purchase_at=one)) for one in times))
    for batch_receipts in (1, 2, 100):
        batches = read(path, ReadPlan(since=since, until=until), batch_receipts)
        assert [place for facts in batches for place in facts.positions.tolist()] == places


def without(*names: str, **fields: Any) -> Document:
    return {name: value for name, value in a_receipt(1).items() if name not in names} | fields


@pytest.mark.parametrize(
    ("receipt", "is_taken"),
    [
        (without("receipt_id", "purchase_at", "store", "currency", "customer_id"), True),
        (without(receipt_id=None, purchase_at=None, store=None, currency=None), True),
        (without(store={"id": None, "mcc": 5411}), True),
        (without(store={"mcc": 5411}), True),
        (without(store=""), False),
        (without(store=[]), False),
        (without(store=0), False),
        (without(store="s"), False),
        (without(receipt_id=""), False),
        (without(receipt_id=0.5), False),
        (without("receipt_id", gross_amount=0.5), False),
    ],
    ids=str,
)
def test_folders_fill_what_a_line_does_not_say(receipt: Document, is_taken: bool, tmp_path: Path) -> None:
    below = tmp_path / "receipt_id=h/store_id=hs/currency=HHH/purchase_at=2024-05-03T10%3A00%3A00Z/customer_id=hc"
    below.mkdir(parents=True)
    (below / "a.jsonl").write_text(json.dumps(receipt))
    (facts,) = read(tmp_path)
    assert assert_told_by_columns(facts) == is_taken
    if is_taken:
        written = {name: value for name, value in receipt.items() if value is not None}
        assert facts.receipt_ids.to_pylist() == [written.get("receipt_id", "h")]
        assert facts.currencies.to_pylist() == [written.get("currency", "HHH")]
        assert facts.customer_ids.to_pylist() == [written.get("customer_id", "hc")]
        assert facts.store_ids.to_pylist() == [(written.get("store") or {}).get("id") or "hs"]


def test_what_a_line_says_itself_is_not_filled(tmp_path: Path) -> None:
    below = tmp_path / "store_id=hs/currency=__HIVE_DEFAULT_PARTITION__/receipt_id=h"
    below.mkdir(parents=True)
    (below / "a.jsonl").write_bytes(line(1) + b"\nnot JSON\n[]\n")
    assert told(read(tmp_path)) == [(1, line(1)), (2, b"not JSON"), (3, b"[]")]


@settings(max_examples=settings().max_examples // 2)
@given(document=st.binary(max_size=40))
def test_bytes_of_any_kind_are_a_line(folder: Path, document: bytes) -> None:
    path = folder / "bytes.jsonl"
    path.write_bytes(document)
    shown = [one for facts in read(path) for one in documents_of(facts)]
    assert len(shown) <= document.count(b"\n") + 1
    assert not any(can_be_read_as_an_object(one) for one in shown)


def test_a_fragment_of_lines_is_told_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "receipts.jsonl"
    path.write_bytes(line(1) + b"\n" + line(2) + b"\n")
    (fragment,) = open_archive([path])
    size = path.stat().st_size
    assert fragment == Fragment(str(path), "lines", 0, size, 1, size, None, {})
