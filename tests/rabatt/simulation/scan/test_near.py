"""Which baskets are told as near misses of the draft, and in which bins."""

from functools import partial
from typing import Any

import pytest

from engine.basket.basket import lay_out
from engine.evaluate import work_out
from engine.grants.wallet import EVERY_RULE
from engine.settings import Settings
from rabatt.simulation.scan.near_misses import Missed, NearMisses
from rabatt.simulation.worlds import make_worlds
from rules import read_receipt, read_rules

PASTA, SAUCE = {"items": [{"group_id": "pasta"}]}, {"items": [{"id": "sauce"}]}


def missed(
    rule: dict[str, Any], *lines: tuple[str, int, int], used: tuple[str, ...] = ()
) -> list[tuple[Missed, int | None]]:
    """What a basket of lines (id, quantity, price of a piece) misses of a draft's rule; pasta is in the group."""
    receipt = {
        "receipt_id": "1",
        "purchase_at": "2024-05-03T12:00:00Z",
        "store": {"id": "s"},
        "items": [
            {
                "id": item,
                "groups": [{"id": item}],
                "quantity": quantity,
                "gross_amount": quantity * price,
                "eligible_for_discount": True,
            }
            for item, quantity, price in lines
        ],
    }
    worlds = make_worlds([], read_rules([{"id": "new", **rule}]), [])
    basket = lay_out(read_receipt(receipt), worlds.ids, Settings())
    drafted = partial(work_out, worlds.scenario, basket, EVERY_RULE, Settings())
    return list(NearMisses(worlds).of(basket, EVERY_RULE, used, drafted))


THREE_FOR_TWO = {
    "requirement": {"item": {**PASTA, "quantity": 3}},
    "reward": {"type": "discount_item_quantity", "value": 1},
}
SUPPER = {"requirement": {"item": {"mixes": [PASTA, SAUCE]}}, "reward": {"type": "discount_amount", "value": 20}}
FROM_400 = {"requirement": {"gross_amount": 400}, "reward": {"type": "discount_amount", "value": 30}}


@pytest.mark.parametrize(
    ("rule", "lines", "expected"),
    [
        pytest.param(THREE_FOR_TWO, [("pasta", 2, 25)], [(Missed("new", "units", 0, 1), 25)], id="one unit short"),
        pytest.param(THREE_FOR_TWO, [("pasta", 1, 25)], [(Missed("new", "units", 1, 2), 25)], id="two units short"),
        pytest.param(THREE_FOR_TWO, [("rice", 1, 25)], [], id="no pasta at all is no near miss"),
        pytest.param(THREE_FOR_TWO, [("pasta", 3, 25)], [], id="nothing is missed"),
        pytest.param(SUPPER, [("pasta", 1, 25)], [(Missed("new", "units", 0, 1), None)], id="the sauce is missing"),
        pytest.param(SUPPER, [("sauce", 1, 25)], [(Missed("new", "units", 0, 1), None)], id="the pasta is missing"),
        pytest.param(FROM_400, [("rice", 1, 390)], [(Missed("new", "gross_amount", 0, 20), 30)], id="10 of 400 short"),
        pytest.param(FROM_400, [("rice", 1, 380)], [(Missed("new", "gross_amount", 0, 20), 30)], id="5 % short"),
        pytest.param(FROM_400, [("rice", 1, 379)], [(Missed("new", "gross_amount", 20, 40), 30)], id="over 5 % short"),
        pytest.param(
            FROM_400, [("rice", 1, 300)], [(Missed("new", "gross_amount", 40, 100), 30)], id="a quarter short"
        ),
        pytest.param(FROM_400, [("rice", 1, 299)], [], id="too short to be near"),
        pytest.param(
            {**THREE_FOR_TWO, "requirement": {"item": {**PASTA, "quantity": 9}}},
            [("pasta", 1, 25)],
            [(Missed("new", "units", 3, None), 25)],
            id="many units short",
        ),
    ],
)
def test_what_is_missed(
    rule: dict[str, Any], lines: list[tuple[str, int, int]], expected: list[tuple[Missed, int | None]]
) -> None:
    assert missed(rule, *lines) == expected


def test_a_used_rule_was_not_missed() -> None:
    assert missed(THREE_FOR_TWO, ("pasta", 2, 25), used=("new",)) == []
