"""Golden returns: each way in which goods come back ends as it was worked out by hand."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from engine import Settings, Settlement, compile_rules, evaluate, settle_return
from rules import Receipt, Refused, read_grants, read_receipt, read_returned, read_rules
from tests.support.golden import differences
from tests.support.return_golden import Way, read_ways

WAYS = read_ways()


def name_of(way: Way) -> str:
    """Return the name of a case's file and of the way."""
    return way.name


def found(settlement: Settlement) -> dict[str, Any]:
    """Return a settlement as a case writes it."""
    taken_back = [{name: part for name, part in asdict(one).items() if part} for one in settlement.taken_back]
    return {**asdict(settlement), "lines": [line.amount for line in settlement.lines], "taken_back": taken_back}


@pytest.mark.parametrize("way", WAYS, ids=name_of)
def test_goods_come_back_as_it_was_worked_out(way: Way) -> None:
    rules = read_rules(way.rules)
    rule_set = compile_rules(rules)
    grants = None if way.grants is None else read_grants(way.grants, rules)
    settings = Settings(**way.settings)
    receipt: Receipt = read_receipt(evaluate(rule_set, read_receipt(way.receipt), grants, settings).receipt | way.paid)
    for one in way.returns:
        before = json.dumps(receipt.document)
        if "faults" in one["expect"]:
            with pytest.raises(Refused) as refused:
                settle_return(receipt, read_returned(one["returned"]), rule_set, grants, one["policy"], settings)
            faults = refused.value.faults
            assert [fault.path for fault in faults] == [fault["path"] for fault in one["expect"]["faults"]]
            for fault, expected in zip(faults, one["expect"]["faults"], strict=True):
                assert expected["says"] in fault.sentence
            continue
        settlement = settle_return(receipt, read_returned(one["returned"]), rule_set, grants, one["policy"], settings)
        said = found(settlement)
        assert differences(one["expect"], said) == [], way.title
        assert sum(line.amount for line in settlement.lines) == settlement.amount
        assert settlement.amount == settlement.refund + settlement.credit
        assert json.dumps(receipt.document) == before
        receipt = read_receipt(settlement.receipt)
