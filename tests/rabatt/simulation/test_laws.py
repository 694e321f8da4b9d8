"""The laws of a replay, on small archives drawn from seeds; `make deep` draws many more."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from engine import Settings
from rabatt.simulation import compare, local, replay_rules
from rabatt.simulation.scan import shuffle
from rabatt.simulation.scan.refused_receipts import ReceiptRefused
from rules import Receipt, read_grants, read_rules
from tests.support.simulation.archives import archive, write_lines
from tests.support.simulation.comparing import (
    MANY,
    SOME,
    archive_in,
    assert_is_that_of_plain_replay,
    figures_in,
    lost_in,
    outputs,
    rows_in,
    seeds,
    simulated,
    without_work,
)
from tests.support.simulation.plain_replay import Document, plain_replay
from tests.support.simulation.plain_tables import FIGURES, archive_by, figures_by


@seeds(MANY)
def test_a_replay_is_the_evaluator_asked_receipt_by_receipt(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        assert_is_that_of_plain_replay(
            simulated(small.question, [lines]), small, plain_replay(small.receipts, small.question)
        )


@seeds(SOME * 2, first=1_000)
def test_discounts_that_the_archive_brought_can_be_taken_off_first(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed, brought="strip")
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        assert_is_that_of_plain_replay(
            simulated(small.question, [lines]), small, plain_replay(small.receipts, small.question)
        )


@seeds(SOME, first=2_000)
def test_a_period_and_a_policy_are_kept_to(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        policy = Settings(mode="HalfEven", rule="PerItem", max_units=9)
        question = small.question._replace(since="2024-03-31", until="2024-05-04", settings=policy)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        assert_is_that_of_plain_replay(simulated(question, [lines]), small, plain_replay(small.receipts, question))


@seeds(SOME, first=3_000)
def test_both_worlds_are_one_where_the_draft_is_empty(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        question = small.question._replace(draft=(), without=())
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        simulation = simulated(question, [lines])
        for name, column in (("by_rule", "rule_id"), ("by_day", "day"), ("by_receipt", "receipt_id")):
            table = simulation.tables[name]
            for baseline in [column for column in table.column_names if column.startswith("baseline_")]:
                assert table[baseline] == table[baseline.replace("baseline", "scenario")], (name, column)
        assert not len(simulation.tables["overlap"])
        assert not simulation.summary["most_gained"]
        assert not simulation.summary["most_lost"]
        rules = read_rules(list(question.rules))
        grants = None if question.grants is None else read_grants(list(question.grants))
        alone = replay_rules([lines], rules, grants)
        assert alone.summary == simulation.summary
        assert alone.tables == simulation.tables


@seeds(SOME, first=4_000)
def test_customers_replayed_apart_add_up_to_all_of_them_together(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        of_one = [receipt for receipt in small.receipts if receipt.get("customer_id") == "k1"]
        others = [receipt for receipt in small.receipts if receipt.get("customer_id") != "k1"]
        together, *apart = [
            simulated(small.question, [write_lines(receipts, tmp_path / f"{seed}-{name}.jsonl")])
            for name, receipts in (("all", small.receipts), ("one", of_one), ("others", others))
        ]
        for name, column in (("by_rule", "rule_id"), ("by_campaign", "campaign_id"), ("by_day", "day")):
            parts = [figures_in(part.tables[name], column) for part in apart]
            assert figures_in(together.tables[name], column) == added(*parts), name
        assert lost_in(together.tables["overlap"]) == added(*(lost_in(part.tables["overlap"]) for part in apart))
        first, second = (rows_in(part.tables["by_receipt"]) for part in apart)
        assert rows_in(together.tables["by_receipt"]) == first + second


def added(*parts: dict[Any, list[int]]) -> dict[Any, list[int]]:
    """Return the sums of figures, key by key."""
    found: dict[Any, list[int]] = {}
    for part in parts:
        for key, figures in part.items():
            found[key] = [sum(pair) for pair in zip(found.get(key, [0] * len(figures)), figures, strict=True)]
    return found


@seeds(SOME, first=5_000)
def test_looking_at_columns_first_changes_nothing_but_the_work(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        pruned = simulated(small.question, [lines])
        whole = simulated(small.question, [lines], prune=False)
        assert pruned.tables == whole.tables
        assert without_work(pruned.summary) == without_work(whole.summary)


@seeds(SOME, first=6_000)
def test_batches_and_partitions_and_the_order_of_files_change_no_byte(
    block: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in block:
        small = archive(seed, tied=True)
        folder = tmp_path / str(seed)
        folder.mkdir()
        parts = [
            write_lines(small.receipts[part::3], folder / f"{name}.jsonl") for part, name in enumerate(("c", "a", "b"))
        ]
        expected = outputs(small.question, parts, folder / "out")
        assert {"summary.json", "report.html", "by_receipt.parquet"} <= expected.keys()
        assert outputs(small.question, parts[::-1], folder / "out") == expected
        assert outputs(small.question, parts, folder / "in batches", batch_receipts=2) == expected
        with monkeypatch.context() as patched:
            patched.setattr(local, "partitions_for", lambda _fragments, _jobs: 5)
            patched.setattr(shuffle, "_SPILL_BYTES", 1)
            patched.setattr(shuffle, "_IN_MEMORY_BYTES", 1)
            patched.setattr(shuffle, "_ROWS_AT_ONCE", 2)
            assert outputs(small.question, parts, folder / "in partitions", batch_receipts=3) == expected


def test_processes_that_share_the_work_change_no_byte(tmp_path: Path) -> None:
    small = archive(9_000)
    parts = [write_lines(small.receipts[part::3], tmp_path / f"{part}.jsonl") for part in range(3)]
    expected = outputs(small.question, parts, tmp_path / "one")
    assert outputs(small.question, parts, tmp_path / "two", jobs=2) == expected


@pytest.mark.deep
@seeds(40, first=9_001)
def test_processes_that_share_the_work_change_no_byte_of_many_archives(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        parts = [write_lines(small.receipts[part::3], tmp_path / f"{seed}-{part}.jsonl") for part in range(3)]
        expected = outputs(small.question, parts, tmp_path / f"{seed} one")
        assert outputs(small.question, parts, tmp_path / f"{seed} three", jobs=3) == expected


@seeds(SOME, first=10_000)
def test_the_sums_of_all_tables_agree(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        simulation = simulated(small.question, [write_lines(small.receipts, tmp_path / f"{seed}.jsonl")])
        tables = simulation.tables
        receipts = tables["by_receipt"]
        for total in simulation.summary["totals"]:
            for world in ("baseline", "scenario"):
                for figure in FIGURES[2:]:
                    wanted = total[world][figure]
                    of = {
                        name: sum_of(tables[name], f"{world}_{figure}", total["currency"])
                        for name in ("by_rule", "by_campaign", "by_day", "by_store", "by_group")
                    }
                    if figure == "uses":
                        used = [row for row in receipts.to_pylist() if row["currency"] == total["currency"]]
                        of["by_receipt"] = sum(len(row[f"{world}_rules"]) for row in used)
                    else:
                        of["by_receipt"] = sum_of(receipts, f"{world}_{figure}", total["currency"])
                    assert set(of.values()) == {wanted}, (world, figure, of)
            given = {name: sum_of(tables[name], "receipts", total["currency"]) for name in ("by_day", "by_store")}
            assert set(given.values()) == {total["receipts"]}
        for rule in simulation.summary["rules"]:
            for figure in FIGURES:
                assert rule["difference"][figure] == rule["scenario"][figure] - rule["baseline"][figure]
        bins = simulation.summary["distribution"]
        for total in simulation.summary["totals"]:
            for world in ("baseline", "scenario"):
                counted = sum(one[world] for one in bins if one["currency"] == total["currency"])
                assert counted == total["receipts"]


def sum_of(table: pa.Table, column: str, currency: str | None) -> int:
    """Return the sum of a column over the rows of a currency."""
    return sum(row[column] for row in table.to_pylist() if row["currency"] == currency)


@seeds(SOME, first=14_000)
def test_customers_are_told_apart_by_a_field(block: range, tmp_path: Path) -> None:
    def gender(receipt: Receipt) -> str:
        return (receipt.document.get("customer") or {}).get("gender") or "none"

    for seed in block:
        small = archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        table = simulated(small.question, [lines], customer_group="gender").tables["by_group"]
        plain = plain_replay(small.receipts, small.question)
        assert figures_in(table, "customer_group") == figures_by(plain, gender)
        assert archive_in(table, "customer_group") == archive_by(plain, gender)


def test_grants_may_be_in_a_file(tmp_path: Path) -> None:
    small = next(one for one in map(archive, range(15_000, 15_100)) if one.question.grants)
    lines = write_lines(small.receipts, tmp_path / "receipts.jsonl")
    rules, draft = read_rules(list(small.question.rules)), read_rules(list(small.question.draft))
    grants = list(small.question.grants or ())
    as_lines, as_json = write_lines(grants, tmp_path / "grants.jsonl"), tmp_path / "grants.json"
    as_json.write_text(json.dumps({"grants": grants}), encoding="utf-8")
    expected = simulated(small.question, [lines])
    for path in (as_lines, as_json):
        found = compare([lines], rules, draft, small.question.without, path)
        assert found.summary == expected.summary
        assert found.tables == expected.tables


@seeds(SOME, first=11_000)
def test_receipts_at_fault_are_kept_aside_and_a_strict_simulation_stops(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        refused = plain_replay(small.receipts, small.question).refused
        kept = files_of_refused(outputs(small.question, [lines], tmp_path / str(seed)))
        assert [small.receipts[one["position"] - 1] for one in kept] == refused
        assert all(one["file"].endswith(f"{seed}.jsonl") and one["faults"] for one in kept)
        if refused:
            with pytest.raises(ReceiptRefused):
                simulated(small.question, [lines], strict=True)
        else:
            simulated(small.question, [lines], strict=True)


def files_of_refused(output: dict[str, bytes]) -> list[Document]:
    """Return what is told of refused receipts, in the order of the file."""
    return [json.loads(line) for line in output.get("refused.jsonl", b"").decode().splitlines()]


@seeds(SOME, first=12_000)
def test_a_simulation_changes_nothing_that_it_was_given(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        bytes_before, question_before = lines.read_bytes(), deepcopy(small.question)
        rules, draft = read_rules(list(small.question.rules)), read_rules(list(small.question.draft))
        rules_before = deepcopy(rules)
        grants = None if small.question.grants is None else read_grants(list(small.question.grants))
        grants_before = deepcopy(grants)
        compare([lines], rules, draft, small.question.without, grants)
        assert lines.read_bytes() == bytes_before
        assert small.question == question_before
        assert rules == rules_before
        assert grants == grants_before
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(str(seed))] == [lines.name]


@seeds(SOME, first=13_000)
def test_receipts_are_in_the_order_of_their_time(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        table = simulated(small.question, [write_lines(small.receipts, tmp_path / f"{seed}.jsonl")]).tables[
            "by_receipt"
        ]
        order = [(row["purchase_at"], row["receipt_id"], row["store_id"]) for row in table.to_pylist()]
        assert order == sorted(order)
        assert table.schema.field("purchase_at").type == pa.timestamp("us", tz="UTC")
