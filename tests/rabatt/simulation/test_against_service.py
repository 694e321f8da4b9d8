"""A replay finds what the service did: the same discounts, and the same uses, stamps and balances at the end.

Purchases are made at the service one after the other, each evaluated and then claimed. Then the archive of these
receipts is replayed, in whatever order it lies.
"""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from rabatt.simulation import replay_rules
from rules import read_grants, read_rules
from tests.rabatt.service.conftest import new_url, running
from tests.support.simulation.archives import write_lines
from tests.support.simulation.bought_at_service import (
    RULES,
    bought,
    check_grants,
    grant_rules,
    grants_at_last,
    some_grants,
    some_receipts,
)
from tests.support.simulation.comparing import COLUMNS
from tests.support.simulation.plain_replay import Document, Question, plain_replay


def refs_of(results: list[Document]) -> list[tuple[str, Document]]:
    """Return all refs of receipts, each with the id of its rule."""
    return [(rule["id"], ref) for result in results for rule in result.get("discounts", ()) for ref in rule["refs"]]


def given_by_rule(results: list[Document]) -> dict[str, Counter[str]]:
    """Return what the service gave by rule, as figures."""
    given: dict[str, Counter[str]] = {rule["id"]: Counter() for rule in RULES}
    for result in results:
        for rule in result.get("discounts", ()):
            counter = given[rule["id"]]
            counter["receipts"] += 1
            counter["uses"] += max(ref["usage"] for ref in rule["refs"])
            for ref in rule["refs"]:
                counter["debit" if rule["id"] == "gift card" else "discount"] += ref["amount"]
                counter["bonus"] += ref.get("bonus", 0)
                counter["stamps"] += ref.get("stamp", 0)
    return given


def check(seed: int, folder: Path) -> None:
    """Buy at the service, replay what was bought, and compare."""
    random = Random(seed)
    grants, receipts = some_grants(random), some_receipts(random)
    for service in running(new_url("sqlite", folder)):
        grant_rules(service, grants)
        results = [bought(service, receipt) for receipt in receipts]
        at_last = grants_at_last(service)
    random.shuffle(receipts)
    lines = write_lines(receipts, folder / "receipts.jsonl")
    simulation = replay_rules([lines], read_rules(list(RULES)), read_grants(grants))
    given = given_by_rule(results)
    for row in simulation.tables["by_rule"].to_pylist():
        for column in COLUMNS:
            world, _, figure = column.partition("_")
            if figure != "customers":
                assert row[column] == given[row["rule_id"]][figure], (row["rule_id"], world, figure)
    by_receipt = {row["receipt_id"]: row for row in simulation.tables["by_receipt"].to_pylist()}
    for result in results:
        refs = [ref for rule_id, ref in refs_of([result]) if rule_id != "gift card"]
        row = by_receipt.get(result["receipt_id"])
        assert (row is None) == (not result.get("discounts"))
        assert row is None or row["scenario_discount"] == sum(ref["amount"] for ref in refs)
    check_histories(receipts, grants, at_last)


def check_histories(receipts: list[Document], grants: list[Document], at_last: dict[str, Document]) -> None:
    """Check that the plain replay, which the tables are held against, leaves the grants as the service has them."""
    plain = plain_replay(receipts, Question(RULES, grants=grants))
    # The service was asked a moment after the last purchase.
    end = max(datetime.fromisoformat(receipt["purchase_at"]) for receipt in receipts) + timedelta(seconds=1)
    check_grants(plain.baseline_grants, at_last, end)


@pytest.mark.parametrize("seed", range(max(settings().max_examples // 100, 2)))
def test_a_replay_gives_what_the_service_gave_and_claimed(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)
