"""What came back of a purchase is one return to the next, and settles it as all of them would."""

from pathlib import Path
from typing import Any, get_args

import pytest

from engine import Settings, compile_rules, evaluate, settle_return
from engine.returns.merge import as_one_return
from engine.returns.settle import settle_return_with
from rules import read_receipt, read_returned, read_rules
from rules.limitation import ReturnPolicy
from tests.support.simulation.goods_back import TEN_OFF_ONCE, back, bought, line, simulated
from tests.support.simulation.plain_replay import Document

FOUR_TEAS = bought(line("tea", 400, quantity=4), line("nuts", 90, quantity=0.9), line("jam", 70))
RULES: list[Document] = [
    {
        "id": "two-for-one",
        "requirement": {"item": {"items": [{"id": "tea"}], "quantity": 2}},
        "reward": {"type": "discount_item_quantity", "value": 1},
    },
    {
        "id": "points",
        "requirement": {"item": {"items": [{"id": "tea"}, {"id": "jam"}]}},
        "reward": {"type": "discount_percent", "effect": "bonus", "value": 10},
    },
    {
        "id": "card",
        "requirement": {"item": {"items": [{"id": "tea"}], "quantity": 1}, "stamp": 3},
        "reward": {"type": "discount_item_quantity", "value": 1},
    },
]


@pytest.mark.parametrize("policy", get_args(ReturnPolicy))
def test_one_return_settles_the_next_as_all_before_it(policy: ReturnPolicy) -> None:
    rule_set = compile_rules(read_rules(RULES))
    settings = Settings(return_policy=policy)
    each = at_once = evaluate(rule_set, read_receipt(FOUR_TEAS), None, settings).receipt
    for what in ([(1, 1)], [(1, 1), (2, 0.9)], [(3, 1)], [(1, 1)], [(1, 1)]):
        returned = read_returned([{"line_id": line_id, "quantity": quantity} for line_id, quantity in what])
        after_each = settle_return(read_receipt(each), returned, rule_set, None, policy, settings)
        after_one = settle_return(read_receipt(at_once), returned, rule_set, None, policy, settings)
        assert after_one.taken_back == after_each.taken_back
        assert (after_one.lines, after_one.refund) == (after_each.lines, after_each.refund)
        each, at_once = after_each.receipt, as_one_return(after_one.receipt)
        assert len(at_once["returns"]) == 1
    assert len(each["returns"]) == 5


def test_no_return_is_settled_with_a_growing_list_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle, earlier = settle_return_with, []

    def settling(receipt: Any, *others: Any) -> Any:
        earlier.append(len(receipt.returns or ()))
        return settle(receipt, *others)

    monkeypatch.setattr("rabatt.simulation.replay.settle_returns.settle_return_with", settling)
    receipts = [bought(line("tea", 400, quantity=4)), *(bought(back(), number=f"{n}", day=n) for n in range(2, 6))]
    simulated(receipts, tmp_path, TEN_OFF_ONCE)
    assert len(earlier) == 8
    assert max(earlier) == 1
