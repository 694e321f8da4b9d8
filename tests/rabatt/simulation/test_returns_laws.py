"""The laws of a replay in which goods are returned, on small archives drawn from seeds; `make deep` draws many more."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rabatt.simulation import Simulation, local
from rabatt.simulation.scan import shuffle
from tests.support.simulation.archives import write_lines
from tests.support.simulation.comparing import (
    MANY,
    SOME,
    assert_is_that_of_plain_replay,
    outputs,
    seeds,
    simulated,
    without_work,
)
from tests.support.simulation.parquet_archives import of_columns, write_parquet
from tests.support.simulation.plain_replay import Document
from tests.support.simulation.plain_returns import PAID, REASONS, UNDONE, Returns, plain_returns
from tests.support.simulation.returning_archives import returning_archive

WORLDS = ("baseline", "scenario")


@seeds(MANY * 2, first=20_000)
def test_what_comes_back_is_settled_as_by_hand(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        simulation = simulated(small.question, [lines])
        replay, returns = plain_returns(small.receipts, small.question)
        assert_is_that_of_plain_replay(simulation, small, replay)
        assert_are(simulation, returns)


def assert_are(simulation: Simulation, returns: Returns) -> None:
    """Check the part of the summary, and the table."""
    told = {one["currency"]: one for one in simulation.summary.get("returns", ())}
    assert {currency for currency, _ in returns.lines} == told.keys()
    table = simulation.tables["returns"].to_pylist()
    assert {(row["currency"], row["rule_id"]) for row in table} == returns.rules
    for row in table:
        for world, undone in zip(WORLDS, returns.undone, strict=True):
            for name in UNDONE:
                assert row[f"{world}_{name}"] == undone[row["currency"], row["rule_id"], name], (row, world, name)
    for currency, one in told.items():
        assert one["settled"] == returns.lines[currency, "settled"]
        assert one["not_tied"] == {reason: returns.lines[currency, reason] for reason in REASONS}
        assert one["lines"] == one["settled"] + sum(one["not_tied"].values())
        for place, world in enumerate(WORLDS):
            assert {name: one[world][name] for name in PAID} == {
                name: returns.paid[place][currency, name] for name in PAID
            }
            for name in UNDONE:
                of_rules = [row[f"{world}_{name}"] for row in table if row["currency"] == currency]
                assert one[world]["taken_back"][name] == sum(of_rules)


def test_the_archives_have_returns_of_every_kind() -> None:
    found: Counter[str] = Counter()
    policies: Counter[str] = Counter()
    for seed in range(20_000, 20_030):
        small = returning_archive(seed)
        _, returns = plain_returns(small.receipts, small.question)
        for (_, what), lines in returns.lines.items():
            found[what] += lines
        if returns.lines:
            policies[small.question.settings.return_policy] += 1
        for world in (0, 1):
            for (_, _, name), value in returns.undone[world].items():
                found[name] += value != 0
    # Balances are seldom drawn on here: gift cards come back in test_returns_against_service.py.
    kinds = {*REASONS, "settled", *UNDONE} - {"debit"}
    assert all(found[what] >= 3 for what in kinds), found
    assert len(policies) == 3


@seeds(SOME, first=21_000)
def test_looking_at_columns_first_changes_nothing_but_the_work(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        pruned, whole = simulated(small.question, [lines]), simulated(small.question, [lines], prune=False)
        assert pruned.tables == whole.tables
        assert without_work(pruned.summary) == without_work(whole.summary)


@seeds(SOME, first=22_000)
def test_batches_partitions_and_the_order_of_files_change_no_byte(
    block: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in block:
        small = returning_archive(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        parts = [write_lines(small.receipts[part::3], folder / f"{name}.jsonl") for part, name in enumerate("cab")]
        expected = outputs(small.question, parts, folder / "out")
        assert outputs(small.question, parts[::-1], folder / "out") == expected
        assert outputs(small.question, parts, folder / "in batches", batch_receipts=2) == expected
        with monkeypatch.context() as patched:
            patched.setattr(local, "partitions_for", lambda _fragments, _jobs: 5)
            patched.setattr(shuffle, "_SPILL_BYTES", 1)
            patched.setattr(shuffle, "_IN_MEMORY_BYTES", 1)
            patched.setattr(shuffle, "_ROWS_AT_ONCE", 2)
            assert outputs(small.question, parts, folder / "in partitions", batch_receipts=3) == expected


@pytest.mark.long
def test_processes_that_share_the_work_change_no_byte(tmp_path: Path) -> None:
    small = returning_archive(20_001)
    parts = [write_lines(small.receipts[part::3], tmp_path / f"{part}.jsonl") for part in range(3)]
    expected = outputs(small.question, parts, tmp_path / "one")
    assert "returns.parquet" in expected
    assert outputs(small.question, parts, tmp_path / "two", jobs=2) == expected


@seeds(SOME, first=23_000)
def test_lines_or_columns_change_no_byte(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed)
        receipts = [of_columns(receipt) for receipt in small.receipts]
        folder = tmp_path / str(seed)
        folder.mkdir()
        lines = outputs(small.question, [write_lines(receipts, folder / "all.jsonl")], folder / "from lines")
        columns = outputs(small.question, [write_parquet(receipts, folder / "all.parquet")], folder / "from columns")
        for output in (lines, columns):
            # Where a receipt at fault stands is told, and that is another place.
            output.pop("refused.jsonl", None)
        assert lines == columns


@seeds(SOME, first=24_000)
def test_customers_replayed_apart_add_up_to_all_of_them_together(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed)
        of_one = [receipt for receipt in small.receipts if receipt.get("customer_id") == "k1"]
        others = [receipt for receipt in small.receipts if receipt.get("customer_id") != "k1"]
        together, *apart = [
            sums_of(simulated(small.question, [write_lines(receipts, tmp_path / f"{seed}-{name}.jsonl")]))
            for name, receipts in (("all", small.receipts), ("one", of_one), ("others", others))
        ]
        apart[0].update(apart[1])
        assert {key: value for key, value in together.items() if value} == {
            key: value for key, value in apart[0].items() if value
        }


def sums_of(simulation: Simulation) -> Counter[Any]:
    """Return all figures of what was returned."""
    found: Counter[Any] = Counter()
    for one in simulation.summary.get("returns", ()):
        found[one["currency"], "settled"] += one["settled"]
        for reason in REASONS:
            found[one["currency"], reason] += one["not_tied"][reason]
        for world in WORLDS:
            for name in PAID:
                found[one["currency"], world, name] += one[world][name]
    for row in simulation.tables["returns"].to_pylist():
        for world in WORLDS:
            for name in UNDONE:
                found[row["currency"], row["rule_id"], world, name] += row[f"{world}_{name}"]
    return found


@seeds(SOME, first=25_000)
def test_both_worlds_settle_alike_where_the_draft_is_empty(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed)
        question = small.question._replace(draft=(), without=())
        simulation = simulated(question, [write_lines(small.receipts, tmp_path / f"{seed}.jsonl")])
        for one in simulation.summary.get("returns", ()):
            assert one["baseline"] == one["scenario"]
            assert not any(one["difference"][name] for name in PAID)
        table = simulation.tables["returns"]
        for name in UNDONE:
            assert table[f"baseline_{name}"] == table[f"scenario_{name}"]


@seeds(SOME, first=26_000)
def test_discounts_that_the_archive_brought_can_be_taken_off_first(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed, brought="strip")
        simulation = simulated(small.question, [write_lines(small.receipts, tmp_path / f"{seed}.jsonl")])
        replay, returns = plain_returns(small.receipts, small.question)
        assert_is_that_of_plain_replay(simulation, small, replay)
        assert_are(simulation, returns)


@seeds(SOME, first=27_000)
def test_a_period_leaves_out_what_was_bought_or_came_back_outside(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed)
        question = small.question._replace(since="2024-04-01", until="2024-05-04")
        simulation = simulated(question, [write_lines(small.receipts, tmp_path / f"{seed}.jsonl")])
        replay, returns = plain_returns(small.receipts, question)
        assert_is_that_of_plain_replay(simulation, small, replay)
        assert_are(simulation, returns)


@seeds(SOME, first=28_000)
def test_return_lines_that_name_no_receipt_change_no_other_figure(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = returning_archive(seed)
        unnamed = [without_names(receipt) for receipt in small.receipts]
        simulation = simulated(small.question, [write_lines(unnamed, tmp_path / f"{seed}.jsonl")])
        for one in simulation.summary.get("returns", ()):
            assert one["lines"] == one["not_tied"]["no_receipt_named"]
        assert not len(simulation.tables["returns"])


def without_names(receipt: Document) -> Document:
    lines = receipt.get("items") or ()
    return {**receipt, "items": [{**line, "returned_receipt_id": None} for line in lines]}
