"""Every command reads the same files of receipts: compressed or not, lists, lines, and standard input."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli.replays import A_TENTH_OFF_MUGS, Folder, mugs, replayed, run, simulate


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A shop with a tenth off mugs."""
    monkeypatch.chdir(tmp_path)
    shop = Folder(tmp_path)
    shop.write("rules.json", json.dumps([A_TENTH_OFF_MUGS]))
    return shop


def as_list(documents: list[dict[str, Any]]) -> bytes:
    return json.dumps(documents, indent=1).encode()


def as_json_lines(documents: list[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(document)}\n" for document in documents).encode()


FILES = pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("all.json", as_list([mugs(1), mugs(2)]), id="a list"),
        pytest.param("all.jsonl", as_json_lines([mugs(1), mugs(2)]), id="lines"),
        pytest.param("all.ndjson", as_json_lines([mugs(1), mugs(2)]), id="lines by another name"),
        pytest.param("all.json.gz", gzip.compress(as_list([mugs(1), mugs(2)])), id="a compressed list"),
        pytest.param("all.jsonl.gz", gzip.compress(as_json_lines([mugs(1), mugs(2)])), id="compressed lines"),
        pytest.param("all.jsonl", gzip.compress(as_json_lines([mugs(1), mugs(2)])), id="compressed, and named as not"),
    ],
)


@FILES
def test_every_command_reads_every_file(shop: Folder, name: str, data: bytes) -> None:
    shop.write(name, data)
    for source, stdin in ((name, b""), ("-", data)):
        assert replayed(source, stdin=stdin)["archive"]["receipts"] == 2
        for command in ("evaluate", "explain"):
            done = run(command, source, "--rules", "rules.json", "--json", stdin=stdin)
            assert [json.loads(line)["receipt_id"] for line in done.stdout.splitlines()] == ["r-1", "r-2"]


@pytest.mark.parametrize("data", [json.dumps(mugs(1)).encode(), gzip.compress(as_list([mugs(1)]))], ids=["plain", "gz"])
def test_a_receipt_alone_is_read_by_every_command(shop: Folder, data: bytes) -> None:
    for source, stdin in ((shop.write("one.json", data), b""), ("-", data)):
        assert replayed(source, stdin=stdin)["archive"]["receipts"] == 1
        returned = run("return", source, "--line", "1", "--json", stdin=stdin)
        assert json.loads(returned.stdout)["returns"][0]["amount"] == 10_000


def test_ids_that_are_numbers_are_text_for_every_command(shop: Folder) -> None:
    shop.write("one.json", json.dumps({**mugs(1), "receipt_id": 1001, "customer_id": 42.0}))
    done = run("evaluate", "one.json", "--rules", "rules.json", "--json")
    answer = json.loads(done.stdout)
    assert (answer["receipt_id"], answer["customer_id"], answer["total_discount"]) == ("1001", "42", 1_000)


def test_what_is_refused_of_standard_input_is_told_by_its_place(shop: Folder) -> None:
    done = simulate("-", "--out", "answers", stdin=as_json_lines([mugs(1), {"receipt_id": "r-2"}]))
    assert done.exit_code == 1
    (refused,) = map(json.loads, (shop.folder / "answers/refused.jsonl").read_text().splitlines())
    assert (refused["file"], refused["position"]) == ("standard input", 2)


def test_standard_input_and_files_are_one_archive(shop: Folder) -> None:
    shop.receipts("archive.jsonl", mugs(1))
    summary = replayed("-", "archive.jsonl", stdin=as_json_lines([mugs(1), mugs(2)]))
    assert (summary["archive"]["receipts"], summary["archive"]["duplicates"]) == (2, 1)


def test_receipts_and_rules_cannot_both_come_from_standard_input() -> None:
    done = run("simulate", "-", "--rules", "-", stdin=b"[]")
    assert (done.exit_code, "only one of receipts, rules and draft" in done.stderr) == (2, True)


def test_a_compressed_file_that_breaks_off_is_refused(shop: Folder) -> None:
    shop.write("all.jsonl.gz", gzip.compress(as_json_lines([mugs(1), mugs(2)]))[:-9])
    for command in ("evaluate", "simulate"):
        done = run(command, "all.jsonl.gz", "--rules", "rules.json", "--json")
        assert (done.exit_code, "read" in done.stderr) == (2, True)


def test_documents_of_a_folder_have_to_be_named(shop: Folder) -> None:
    (shop.folder / "receipts").mkdir()
    shop.write("receipts/all.json", as_list([mugs(1)]))
    assert ".json files" in simulate("receipts").stderr
    assert replayed("receipts/*.json")["archive"]["receipts"] == 1
