"""Simulations of small archives, and what a plain replay says of their tables."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import settings

from rabatt.simulation import Options, Simulation, compare
from rules import read_grants, read_rules
from tests.support.simulation.archives import Archive
from tests.support.simulation.plain_replay import Question, Replay, day_of
from tests.support.simulation.plain_tables import (
    FIGURES,
    WORLDS,
    archive_by,
    by_receipt,
    changed_by_currency,
    figures_by,
    figures_by_campaign,
    figures_by_rule,
    group_of,
    lost_by_rule,
    store_of,
)

COLUMNS = [f"{world}_{figure}" for world in WORLDS for figure in FIGURES]


MANY = settings().max_examples // 5
SOME = max(MANY // 10, 3)


def seeds(count: int, first: int = 0) -> pytest.MarkDecorator:
    """Return the mark of a test that is run for so many seeds at a time: one test for each ten of them."""
    blocks = [range(start, min(start + 10, first + count)) for start in range(first, first + count, 10)]
    return pytest.mark.parametrize("block", blocks, ids=[f"{block[0]} to {block[-1]}" for block in blocks])


def options_of(question: Question, **changes: Any) -> Options:
    """Return the options of a question."""
    asked: dict[str, Any] = {
        "since": question.since,
        "until": question.until,
        "brought": question.brought,
        "settings": question.settings,
    }
    return Options(**{**asked, **changes})


def simulated(
    question: Question, sources: list[Path], *, out: Path | None = None, jobs: int = 1, **options: Any
) -> Simulation:
    """Return the simulation of a question over files."""
    rules, draft = read_rules(list(question.rules)), read_rules(list(question.draft))
    grants = None if question.grants is None else read_grants(list(question.grants))
    return compare(
        sources, rules, draft, question.without, grants, options=options_of(question, **options), out=out, jobs=jobs
    )


def figures_in(table: pa.Table, name: str) -> dict[tuple[Any, ...], list[int]]:
    """Return the figures of a table by currency and what it is by, where any is not 0."""
    found = {(row["currency"], row[name]): [row[column] for column in COLUMNS] for row in table.to_pylist()}
    assert len(found) == len(table)
    return {key: figures for key, figures in found.items() if any(figures)}


def archive_in(table: pa.Table, name: str) -> dict[tuple[Any, ...], list[int]]:
    """Return how many receipts there are, and their gross, by currency and what a table is by."""
    return {(row["currency"], row[name]): [row["receipts"], row["gross"]] for row in table.to_pylist()}


def rows_in(table: pa.Table) -> Counter[tuple[Any, ...]]:
    """Return how often each row of the table of receipts is there."""
    rows = (row.values() for row in table.to_pylist())
    return Counter(tuple(tuple(member) if isinstance(member, list) else member for member in row) for row in rows)


def lost_in(table: pa.Table) -> dict[tuple[Any, ...], list[int]]:
    """Return what each rule lost in all: uses, discount and bonus."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in table.to_pylist():
        sums = found.setdefault((row["currency"], row["lost_by"]), [0, 0, 0])
        sums[:] = [sum(pair) for pair in zip(sums, (row["uses"], row["discount"], row["bonus"]), strict=True)]
    return found


def campaigns_of(archive: Archive) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Return the campaign of each rule in the baseline, and in the scenario."""
    question = archive.question
    now, later = (
        {rule["id"]: rule.get("campaign_id") for rule in rules}
        for rules in (question.rules, (*question.rules, *question.draft))
    )
    return now, later


def assert_is_that_of_plain_replay(simulation: Simulation, archive: Archive, replay: Replay) -> None:
    """Check that every table has the figures that a plain replay adds up to."""
    tables, summary = simulation.tables, simulation.summary
    assert rows_in(tables["by_receipt"]) == by_receipt(replay)
    assert figures_in(tables["by_rule"], "rule_id") == figures_by_rule(replay)
    assert figures_in(tables["by_campaign"], "campaign_id") == figures_by_campaign(replay, campaigns_of(archive))
    for name, column, of in (
        ("by_day", "day", day_of),
        ("by_store", "store_id", store_of),
        ("by_group", "customer_group", group_of),
    ):
        assert figures_in(tables[name], column) == figures_by(replay, of), name
        assert archive_in(tables[name], column) == archive_by(replay, of), name
    assert lost_in(tables["overlap"]) == lost_by_rule(replay)
    assert changed_in(summary) == changed_by_currency(replay)
    assert summary["archive"]["refused"] == summary["refused"]["receipts"] == len(replay.refused)
    assert totals_in(summary) == {
        currency: [receipts, gross, *figures_by(replay, nothing).get((currency, None), [0] * len(COLUMNS))]
        for (currency, _), (receipts, gross) in archive_by(replay, nothing).items()
    }


def nothing(_receipt: Any) -> None:
    """Return what all receipts have in common."""


def totals_in(summary: Any) -> dict[str | None, list[int]]:
    """Return receipts, gross and all figures of the summary, by currency."""
    return {
        one["currency"]: [
            one["receipts"],
            one["gross"],
            *(one[world][figure] for world in WORLDS for figure in FIGURES),
        ]
        for one in summary["totals"]
    }


def changed_in(summary: Any) -> dict[str | None, list[int]]:
    """Return the receipts that are given something else, and what is known of what that costs, by currency."""
    costs = {one["currency"]: one["cost"] for one in summary["break_even"]}
    return {
        one["currency"]: [
            one["receipts"],
            one["with_costs"],
            one["without_costs"]["discount"],
            one["without_costs"]["bonus"],
            costs.get(one["currency"], 0),
        ]
        for one in summary["changed"]
    }


def outputs(question: Question, sources: list[Path], out: Path, **how: Any) -> dict[str, bytes]:
    """Return the files that a simulation leaves."""
    simulated(question, sources, out=out, **how)
    return files(out)


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def without_work(summary: Any) -> dict[str, Any]:
    """Return a summary without the figures that tell how much was evaluated for it."""
    work = {"evaluated", "evaluated_twice", "not_optimal"}
    return {**summary, "archive": {name: count for name, count in summary["archive"].items() if name not in work}}
