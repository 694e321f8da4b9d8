"""What a receipt has off it already, what no line tells of it, and what returned goods take back, by hand."""

from typing import Any

import pytest

from engine.basket.existing import existing_on, gross_of_lines, hidden_discount, hidden_shares
from tests.support.engine.given import basket_of, line, receipt_of


def off(*amounts: int, discount_id: str | None = None) -> list[dict[str, Any]]:
    """Discount lines of somebody else."""
    return [{"amount": amount, "discount_id": discount_id, "discount_type": "manual"} for amount in amounts]


@pytest.mark.parametrize(
    ("lines", "totals", "hidden"),
    [
        pytest.param([line()], {}, 0, id="nothing said"),
        pytest.param([line()], {"total_discount": 30}, 30, id="no line tells it"),
        pytest.param([line(discount_lines=off(20))], {"total_discount": 30}, 10, id="a line tells some"),
        pytest.param([line(discount_lines=off(40))], {"total_discount": 30}, 0, id="a line tells more"),
        pytest.param([line(discount_lines=off(20, -15))], {"total_discount": 30}, 10, id="one below 0 counts as none"),
        pytest.param([line(discount_lines=off(20, discount_id="ours"))], {"total_discount": 30}, 10, id="ours"),
        pytest.param([line(), line(discount_lines=off(20), voided=True)], {"total_discount": 30}, 30, id="voided"),
        pytest.param(
            [line(), line(discount_lines=off(20), is_return_item=True)], {"total_discount": 30}, 30, id="back"
        ),
        pytest.param([line()], {"total_discount": 0, "total_manual_discount_amount": 30}, 0, id="the total is asked"),
        pytest.param([line()], {"total_discount": -5, "total_manual_discount_amount": 30}, 0, id="even below 0"),
        pytest.param([line()], {"total_manual_discount_amount": 30}, 30, id="typed in"),
        pytest.param([line()], {"total_manual_discount_amount": -30}, 0, id="typed in below 0"),
        pytest.param([line(discount_lines=off(20))], {"total_manual_discount_amount": 30}, 10, id="typed in on a line"),
        pytest.param(
            [line(discount_lines=off(20, discount_id="x"))], {"total_manual_discount_amount": 30}, 30, id="of a rule"
        ),
        pytest.param([line()], {"net_amount": 10}, 0, id="the net is not asked"),
    ],
)
def test_hidden_is_what_the_totals_say_beyond_the_lines(
    lines: list[dict[str, Any]], totals: dict[str, int], hidden: int
) -> None:
    receipt = receipt_of(*lines, **totals)
    assert hidden_discount(receipt, existing_on(receipt, {"ours"})) == hidden


@pytest.mark.parametrize(
    ("lines", "hidden", "shares"),
    [
        pytest.param([line(), line()], 30, {0: 15, 1: 15}, id="alike"),
        pytest.param([line(), line("b", 200)], 30, {0: 10, 1: 20}, id="in proportion"),
        pytest.param([line(), line("b", 200, discount_lines=off(100))], 30, {0: 15, 1: 15}, id="to what remains"),
        pytest.param([line(), line()], 31, {0: 16, 1: 15}, id="the odd one is the earlier line's"),
        pytest.param([line(line_id=9), line(line_id=2)], 31, {0: 15, 1: 16}, id="by line id"),
        pytest.param([line(), line(eligible_for_discount=False)], 30, {0: 15, 1: 15}, id="what takes none bears some"),
        pytest.param(
            [line(), line(voided=True), line(is_return_item=True), line("d", -50)], 30, {0: 30}, id="sold only"
        ),
        pytest.param([line()], 130, {0: 100}, id="no more than there is"),
        pytest.param([line(voided=True)], 30, {}, id="nothing there"),
    ],
)
def test_what_is_hidden_is_laid_over_what_is_bought(
    lines: list[dict[str, Any]], hidden: int, shares: dict[int, int]
) -> None:
    receipt = receipt_of(*lines)
    assert hidden_shares(receipt, existing_on(receipt, ()), hidden) == shares


def test_a_share_is_laid_over_the_units_that_have_something_left() -> None:
    basket = basket_of(line("a", 10, 3, discount_lines=off(7)), total_discount=9)
    # 4, 3, 3 less 3, 2, 2 leaves one each.
    assert basket.lines[0].segments == [(0, 1, 4, 4), (1, 2, 3, 3), (2, 3, 3, 2)]
    assert (basket.lines[0].left, basket.lines[0].least) == (1, 0)
    assert basket.hidden == {0: 2}
    assert (basket.net, basket.carried_amount, basket.any_carrying) == (1, 9, True)


def test_what_is_hidden_is_no_discount_of_a_line() -> None:
    basket = basket_of(total_discount=30)
    assert (basket.any_carrying, basket.carrying, basket.existing_discounts) == (False, 0, 0)
    assert (basket.lines[0].left, basket.net, basket.carried_amount) == (70, 70, 30)


@pytest.mark.parametrize("gross", [80, -80])
@pytest.mark.parametrize("amount", [30, -30])
def test_what_is_returned_counts_below_0_whatever_its_signs(gross: int, amount: int) -> None:
    back = line("b", gross, is_return_item=True, discount_lines=off(amount))
    receipt = receipt_of(line(), back)
    assert gross_of_lines(receipt) == 20
    basket = basket_of(line(), back)
    assert (basket.gross, basket.net, basket.due_elsewhere) == (20, 50, -50)


@pytest.mark.parametrize(
    ("lines", "elsewhere"),
    [
        pytest.param([line(), line(eligible_for_discount=False)], None, id="nothing is below 0"),
        pytest.param([line(), line("b", -40)], -40, id="a deposit"),
        pytest.param([line(), line("b", -40, discount_lines=off(10))], -40, id="with a discount"),
        pytest.param([line(), line("b", -40, voided=True)], None, id="a voided one"),
        pytest.param([line(), line("b", -40), line(eligible_for_discount=False)], 60, id="what takes none is due"),
        pytest.param(
            [line(), line("b", -40), line(eligible_for_discount=False, discount_lines=off(70))], -10, id="what is left"
        ),
    ],
)
def test_what_is_due_for_lines_that_take_no_discounts(lines: list[dict[str, Any]], elsewhere: int | None) -> None:
    assert basket_of(*lines).due_elsewhere == elsewhere


def test_its_share_of_what_is_hidden_is_not_due() -> None:
    lines = [line(), line("b", -40), line(eligible_for_discount=False)]
    assert basket_of(*lines, total_discount=30).due_elsewhere == -40 + 100 - 15
