"""Files, folders and globs: each file once, in an order that is its own, or a sentence that says what to do."""

import pickle
import random
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rabatt.simulation.archive import Unreadable, open_archive, read_fragment
from rabatt.simulation.archive.facts import ReadPlan
from tests.support.simulation.purchases import PURCHASES, SCHEMA, write, write_columns

FILES = ("a.parquet", "b.jsonl", "z.NDJSON", "day=1/a.parquet", "day=1/deeper/c.PARQUET", "day=2/a.ndjson.gz")
OTHERS = ("_SUCCESS", ".a.parquet.crc", "notes.txt", "_temporary/a.parquet", ".hidden/a.parquet", "day=1/_a.parquet")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "archive"
    write(tmp_path / "one.parquet", PURCHASES[:1])
    for name in (*FILES, *OTHERS):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.lower().endswith(".parquet"):
            path.write_bytes((tmp_path / "one.parquet").read_bytes())
        elif not name.endswith(".gz"):
            path.write_bytes(b"{}\n")
        else:
            path.touch()
    return folder


def names(sources: Sequence[str | Path]) -> list[str]:
    return [fragment.path for fragment in open_archive(sources)]


def test_a_folder_has_all_that_is_below_it_but_what_is_hidden(archive: Path) -> None:
    assert names([archive]) == sorted(str(archive / name) for name in FILES)
    formats = {Path(one.path).name: one.format for one in open_archive([archive])}
    assert formats == {
        "a.parquet": "parquet",
        "b.jsonl": "lines",
        "z.NDJSON": "lines",
        "c.PARQUET": "parquet",
        "a.ndjson.gz": "lines",
    }


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("archive/*.parquet", ["a.parquet"]),
        ("archive/?.jsonl", ["b.jsonl"]),
        ("archive/day=*", ["day=1/a.parquet", "day=1/deeper/c.PARQUET", "day=2/a.ndjson.gz"]),
        ("archive/day=[1]/*.parquet", ["day=1/_a.parquet", "day=1/a.parquet"]),
        ("archive/day=1/**", None),
        ("archive/**/a.parquet", ["_temporary/a.parquet", "a.parquet", "day=1/a.parquet"]),
        ("archive/**/[a-z].[pP]*", ["_temporary/a.parquet", "a.parquet", "day=1/a.parquet", "day=1/deeper/c.PARQUET"]),
    ],
)
def test_a_glob_has_what_it_matches(pattern: str, found: Sequence[str] | None, archive: Path) -> None:
    wanted = found or ["day=1/_a.parquet", "day=1/a.parquet", "day=1/deeper/c.PARQUET"]
    assert names([pattern]) == [f"archive/{name}" for name in wanted]
    assert names([f"{archive.parent}/{pattern}"]) == [str(archive / name) for name in wanted]


def test_a_file_named_in_two_ways_is_read_once(archive: Path) -> None:
    name = "archive/a.parquet"
    link = archive.parent / "link"
    link.symlink_to(archive)
    ways: list[str | Path] = [
        name,
        f"./{name}",
        "archive/../archive/a.parquet",
        archive / "a.parquet",
        "archive//a.parquet",
        "archive/*.parquet",
        "*/a.parquet",
        "link/a.parquet",
        Path(name),
    ]
    once = names(ways)
    assert len(once) == 1
    for _ in range(20):
        random.shuffle(ways)
        assert names(ways) == once
        assert names([*ways, "archive"]) == names(["archive", *ways])
        assert len(names([*ways, archive])) == len(FILES)


def test_the_order_of_sources_is_nothing(archive: Path) -> None:
    sources: list[str | Path] = [archive / name for name in FILES]
    in_order = open_archive(sources)
    for _ in range(10):
        random.shuffle(sources)
        assert open_archive(sources) == in_order
    assert open_archive([archive]) == in_order


def test_a_fragment_travels_to_workers(tmp_path: Path) -> None:
    below = tmp_path / "currency=SEK"
    below.mkdir()
    write_columns(below / "a.parquet", {"currency": None})
    (fragment,) = open_archive([tmp_path])
    travelled = pickle.loads(pickle.dumps(fragment))  # noqa: S301
    assert travelled == fragment
    (facts,) = read_fragment(travelled, ReadPlan())
    assert facts.currencies.to_pylist() == ["SEK"] * len(PURCHASES)
    assert travelled.rows == len(PURCHASES)
    assert travelled.size > 0


def test_no_sources_are_no_fragments() -> None:
    assert open_archive([]) == ()


def test_a_folder_with_the_name_of_a_file_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "may[1].parquet").mkdir()
    write(tmp_path / "may[1].parquet" / "part [0].parquet", PURCHASES[:1])
    assert len(names([tmp_path])) == len(names([tmp_path / "may[1].parquet"])) == 1
    assert len(names([tmp_path / "may[1].parquet" / "part [0].parquet"])) == 1


@pytest.mark.parametrize(
    ("source", "path", "sentence"),
    [
        ("missing", "missing", "there is no such file or folder; check the path"),
        ("./archive/missing.parquet", "./archive/missing.parquet", "there is no such file or folder; check the path"),
        ("archive/*.csv", "archive/*.csv", "nothing matches this; check the pattern"),
        (
            "archive/notes.txt",
            "archive/notes.txt",
            "receipts are read from files that end in .parquet, .jsonl, .ndjson,",
        ),
        ("archive/n*", "archive/notes.txt", "name or write one of these"),
        ("archive/.hidden/..", None, None),
        ("archive/_empty", "archive/_empty", "no file in this folder ends in .parquet, .jsonl, .ndjson,"),
        ("", None, None),
    ],
)
def test_a_source_that_is_no_archive_says_what_to_do(
    source: str, path: str | None, sentence: str | None, archive: Path
) -> None:
    (archive / "_empty" / "_deeper").mkdir(parents=True)
    (archive / "_empty" / "_deeper" / "a.parquet").touch()
    if path is None or sentence is None:
        assert names([source])
        return
    with pytest.raises(Unreadable) as raised:
        open_archive(["archive/a.parquet", source])
    assert raised.value.path == path
    assert sentence in raised.value.sentence
    assert str(raised.value) == f"{path}: {raised.value.sentence}"
    assert pickle.loads(pickle.dumps(raised.value)).sentence == raised.value.sentence  # noqa: S301


FIRST = pa.Table.from_pylist(list(PURCHASES[:1]), SCHEMA)
STAMP = pa.array([0], pa.timestamp("us"))


def with_time(kind: pa.DataType) -> pa.Table:
    return FIRST.set_column(1, "purchase_at", pa.array([0], kind))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (FIRST.drop_columns("receipt_id"), "there is no column receipt_id, which every receipt has; name the columns"),
        (FIRST.drop_columns("purchase_at"), "there is no column purchase_at"),
        (FIRST.drop_columns("store"), "there is no column store.id"),
        (FIRST.drop_columns("store").append_column("store_id", pa.array(["s"])), "there is no column store.id"),
        (FIRST.drop_columns("store").append_column("store", pa.array(["s"])), "there is no column store.id"),
        (FIRST.drop_columns("store").append_column("store", pa.array([{"name": "s"}])), "there is no column store.id"),
        (
            with_time(pa.timestamp("us")),
            "purchase_at has no time zone; say which it is (--timezone Europe/Oslo), or store it with one",
        ),
        (with_time(pa.timestamp("ns")), "purchase_at has no time zone"),
        (with_time(pa.timestamp("ms", "Mars/Base")), "of purchase_at, 'Mars/Base', is unknown; store it with another"),
        (with_time(pa.timestamp("ms", "Z")), "of purchase_at, 'Z', is unknown; store it with another"),
        (FIRST.append_column("currency", pa.array(["SEK"])), "there are two columns currency; rename one of them"),
        (
            FIRST.drop_columns("customer").append_column(
                "customer", pa.StructArray.from_arrays([pa.array(["F"]), pa.array(["M"])], ["gender", "gender"])
            ),
            "there are two columns customer.gender; rename one of them",
        ),
    ],
)
def test_a_schema_that_is_not_of_receipts_says_what_to_do(table: pa.Table, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    with pytest.raises(Unreadable) as raised:
        open_archive([tmp_path])
    assert raised.value.path == str(path)
    assert sentence in raised.value.sentence


@pytest.mark.parametrize("kept", [0, 3, 4, 100, -5, -4, -1])
def test_broken_parquet_says_what_to_do(kept: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", PURCHASES)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(Unreadable, match=r"^[^\n]*: this can't be read; mend the file, or leave it out \([^\n]*\)$"):
        open_archive([path])


def test_what_is_no_parquet_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("receipt_id,store\n" * 100)
    with pytest.raises(Unreadable, match="mend the file, or leave it out"):
        open_archive([path])
