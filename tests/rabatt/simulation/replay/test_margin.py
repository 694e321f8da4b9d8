"""What is earned on lines whose cost is known, by hand."""

from typing import Any

import pytest

from engine.basket.basket import lay_out
from engine.settings import Settings
from rabatt.simulation.replay.margin import costed_lines, margin_of, uncosted_fall
from rules import read_receipt


def line(**fields: Any) -> dict[str, Any]:
    """Two pieces for 250.00 with 25 % tax that cost 60.00 each, unless said otherwise."""
    return {
        "id": "a",
        "quantity": 2,
        "gross_amount": 25_000,
        "eligible_for_discount": True,
        "tax_percent": 25,
        "cost_price": 6_000,
        **fields,
    }


def margin(*lines: dict[str, Any], by_line: dict[int, int] | None = None, **totals: int) -> int | None:
    """The margin of a receipt, given what is taken off each line."""
    receipt = {
        "receipt_id": "1",
        "purchase_at": "2024-05-03T12:00:00Z",
        "store": {"id": "s"},
        "items": list(lines),
        **totals,
    }
    costed = costed_lines(lay_out(read_receipt(receipt), {"ours"}, Settings()))
    return margin_of(costed, by_line or {}) if costed else None


@pytest.mark.parametrize(
    ("fields", "discount", "expected"),
    [
        pytest.param({}, 0, 20_000 - 12_000, id="price without tax, less cost"),
        pytest.param({}, 5_000, 16_000 - 12_000, id="a discount is less tax too"),
        pytest.param({"tax_percent": None}, 0, 25_000 - 12_000, id="no tax known is no tax"),
        pytest.param({"tax_percent": 12.5, "gross_amount": 22_500}, 0, 20_000 - 12_000, id="half a percent of tax"),
        pytest.param({"quantity": 0.5}, 0, 20_000 - 3_000, id="half a kilo costs half"),
        pytest.param({"net_amount": 12_500}, 0, 10_000 - 12_000, id="the net amount as it came"),
        pytest.param(
            {"net_amount": 12_500, "discount_lines": [{"amount": 12_500, "discount_id": "ours"}]},
            0,
            8_000,
            id="own discounts are taken back",
        ),
        pytest.param({"discount_lines": [{"amount": 12_500}]}, 0, 10_000 - 12_000, id="less what others took off"),
        pytest.param({"gross_amount": -25_000, "is_return_item": True}, 0, -8_000, id="a return of two pieces"),
        pytest.param({"gross_amount": -25_000, "quantity": -2, "is_return_item": True}, 0, -8_000, id="a return"),
        pytest.param({"is_return_item": True}, 0, -8_000, id="a return that was sent above 0"),
        pytest.param({"is_return_item": True, "net_amount": 12_500}, 0, -10_000 + 12_000, id="its net above 0 too"),
        pytest.param(
            {"gross_amount": -25_000, "is_return_item": True, "discount_lines": [{"amount": -12_500}]},
            0,
            -10_000 + 12_000,
            id="its discount comes back",
        ),
        pytest.param({"discount_lines": [{"amount": -500}]}, 0, 8_000, id="a discount below 0 is none"),
        pytest.param({"discount_lines": [{"amount": -500, "discount_id": "ours"}]}, 0, 8_000, id="nor is one of ours"),
        pytest.param({"gross_amount": 1, "quantity": 1, "cost_price": 0}, 0, 1, id="0.8 is rounded up"),
    ],
)
def test_the_margin_of_a_line(fields: dict[str, Any], discount: int, expected: int) -> None:
    assert margin(line(**fields), by_line={0: discount}) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, 16_000 - 12_000, id="no line says it"),
        pytest.param({"net_amount": 20_000}, 16_000 - 12_000, id="the net of the line says it"),
        pytest.param({"net_amount": 25_000}, 16_000 - 12_000, id="the net of the line does not say it"),
        pytest.param({"eligible_for_discount": False}, 16_000 - 12_000, id="on a line that takes no discounts"),
    ],
)
def test_what_the_till_took_off_the_whole_receipt_is_not_earned(fields: dict[str, Any], expected: int) -> None:
    assert margin(line(**fields), total_discount=5_000) == expected
    assert margin(line(**fields), total_manual_discount_amount=5_000) == expected


def test_lines_without_cost_are_left_out() -> None:
    assert margin(line(cost_price=None), line(), line(voided=True)) == 8_000
    assert margin(line(cost_price=None)) is None


@pytest.mark.parametrize(
    ("fields", "before", "after", "expected"),
    [
        pytest.param({}, {}, {0: 5_000}, 4_000, id="5000 with 25 % tax"),
        pytest.param({}, {0: 5_000}, {}, -4_000, id="what is given no more is earned again"),
        pytest.param({}, {0: 5_000}, {0: 5_000}, 0, id="the same in both worlds"),
        pytest.param({"tax_percent": None}, {}, {0: 5_000}, 5_000, id="no tax known is no tax"),
        pytest.param({}, {}, {0: 5_000, 1: 1_000}, 4_000, id="a line with cost is none of them"),
        pytest.param({"gross_amount": 3}, {}, {0: 2}, 1, id="2.4 and 0.8 are rounded before they are compared"),
    ],
)
def test_what_is_earned_less_where_the_cost_is_not_known(
    fields: dict[str, Any], before: dict[int, int], after: dict[int, int], expected: int
) -> None:
    lines = [line(cost_price=None, **fields), line()]
    receipt = {"receipt_id": "1", "purchase_at": "2024-05-03T12:00:00Z", "store": {"id": "s"}, "items": lines}
    basket = lay_out(read_receipt(receipt), {"ours"}, Settings())
    assert uncosted_fall(basket, costed_lines(basket), before, after) == expected
