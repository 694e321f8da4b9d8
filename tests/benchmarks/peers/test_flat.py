"""Conditions and facts mean what the rules and receipts they come from mean."""

from typing import Any

import pytest

from benchmarks.peers.flat import Conditions, Part, conditions_of, facts_of, holds
from benchmarks.peers.run import SIZES
from benchmarks.workload import Knobs, make_workload
from engine import compile_rules, evaluate
from rules import read_receipt, read_rules

WINDOW = {"purchase_from": "2026-10-01T00:00:00Z", "purchase_to": "2026-10-31T23:00:00Z"}


def rule(limitation: dict[str, Any] | None = None, **requirement: Any) -> dict[str, Any]:
    return {"id": "r", "requirement": {**WINDOW, **requirement}, "limitation": limitation or {}}


@pytest.mark.parametrize("knobs", SIZES[:-1], ids=lambda knobs: f"{knobs.rules} rules")
def test_conditions_hold_for_exactly_the_rules_that_qualify(knobs: Knobs) -> None:
    workload = make_workload(knobs)
    rule_set = compile_rules(read_rules(workload.rules))
    all_conditions = [conditions_of(rule) for rule in workload.rules]
    for receipt in workload.receipts:
        qualified = {one.rule.id for one in evaluate(rule_set, read_receipt(receipt)).trace.qualified}
        facts = facts_of(receipt)
        assert {conditions.rule_id for conditions in all_conditions if holds(conditions, facts)} == qualified


def test_a_rule_becomes_conditions() -> None:
    hours = {"hours": [{"day": "tue", "start": "09:00", "end": "10:30"}], "timezone": "Europe/Oslo"}
    written = rule(
        {"discount_hours": hours},
        item={"items": [{"id": "a"}, {"group_id": "b"}], "quantity": 3},
        store={"mcc_ranges": [{"start": "0742", "end": "5499"}], "chain": ["N"]},
        customer={"attributes": {"segment": ["club"]}},
        gross_amount=5000,
    )
    assert conditions_of(written) == Conditions(
        rule_id="r",
        opens_at=1790812800,
        closes_at=1793487600,
        parts=(Part(("a", "g:b"), 3),),
        ranges=(("mcc", 742, 5499), ("minute", 1440 + 540, 1440 + 630)),
        lists=(("chain", ("N",)), ("segment", ("club",))),
        least_gross=5000,
    )


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(rule(discount_code="X"), id="a code"),
        pytest.param(rule(store={"name": ["X"]}), id="a store's name"),
        pytest.param(rule(customer={"status": ["active"]}), id="a customer's status"),
        pytest.param(rule({"discount_combination": 0}), id="a limitation"),
        pytest.param(
            rule({"discount_hours": {"hours": [{"day": "mon", "start": "22:00", "end": "02:00"}], "timezone": "UTC"}}),
            id="hours past midnight",
        ),
    ],
)
def test_what_has_no_place_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no condition"):
        conditions_of(written)
