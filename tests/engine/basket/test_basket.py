"""A receipt is laid out in lines and units, without what earlier evaluations put on it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Settings
from engine.basket.basket import Basket, lay_out
from engine.basket.existing import OwnEntries
from rules import Refused
from tests.support.engine.given import basket_of, line, receipt_of


def units_of(basket: Basket, index: int = 0) -> list[tuple[int, int]]:
    """The price and the discount of every unit of a line."""
    return [(price, off) for start, stop, price, off in basket.lines[index].segments for _ in range(start, stop)]


def brought(amount: int, discount_id: str | None = None, discount_type: str | None = None) -> dict[str, Any]:
    return {"amount": amount, "discount_id": discount_id, "discount_type": discount_type}


@pytest.mark.parametrize(
    ("fields", "units"),
    [
        pytest.param({"quantity": 3, "gross_amount": 100}, [34, 33, 33], id="the first units cost the odd øre"),
        pytest.param({"quantity": 2.0, "gross_amount": 100}, [50, 50], id="2.0 is two"),
        pytest.param({"quantity": 0.742, "gross_amount": 100}, [100], id="by weight"),
        pytest.param({"quantity": 3, "gross_amount": 100, "scale_item": True}, [100], id="whole kilos of a scale"),
        pytest.param({"quantity": None, "gross_amount": 100}, [100], id="no quantity is one"),
        pytest.param({"quantity": 3, "gross_amount": 2}, [1, 1, 0], id="units may cost nothing"),
    ],
)
def test_a_line_has_units(fields: dict[str, Any], units: list[int]) -> None:
    assert [price for price, _ in units_of(basket_of(line(**fields)))] == units


@pytest.mark.parametrize(
    "fields",
    [
        {"eligible_for_discount": False},
        {"eligible_for_discount": None},
        {"gross_amount": 0},
        {"gross_amount": -100},
        {"gross_amount": None},
        {"voided": True},
        {"is_return_item": True},
        {"quantity": 0},
        {"quantity": -1},
    ],
)
def test_a_line_that_can_take_no_discount_has_no_units(fields: dict[str, Any]) -> None:
    assert basket_of(line(**fields)).lines == ()


def test_a_group_without_an_id_is_none() -> None:
    basket = basket_of(line("a", groups=[{"name": "Fresh"}, {"id": "g"}]), line("b"))
    assert (basket.by_group, basket.by_item) == ({"g": 0b01}, {"a": 0b01, "b": 0b10})


def test_lines_come_in_the_order_of_their_ids() -> None:
    basket = basket_of(line("a", line_id=7), line("b", line_id=3), line("c", line_id=5))
    assert [(taker.id, taker.index, taker.position) for taker in basket.lines] == [
        ("b", 0, 1),
        ("c", 1, 2),
        ("a", 2, 0),
    ]


@given(st.integers(1, 9), st.integers(1, 200), st.integers(-50, 300))
def test_brought_discounts_are_laid_on_units_like_the_price(quantity: int, gross: int, amount: int) -> None:
    units = units_of(basket_of(line("a", gross, quantity, discount_lines=[brought(amount)])))
    off = min(max(amount, 0), gross)
    assert [price for price, _ in units] == [gross // quantity + (n < gross % quantity) for n in range(quantity)]
    assert [less for _, less in units] == [off // quantity + (n < off % quantity) for n in range(quantity)]


def test_eighty_thousand_pieces_are_three_segments_at_most() -> None:
    basket = basket_of(line("a", 12_345_678, 80_000, discount_lines=[brought(1_234)]))
    assert len(basket.lines[0].segments) <= 3
    assert basket.lines[0].units == 80_000


def test_own_entries_are_taken_off_and_remembered() -> None:
    own = line(
        "a", 100, discount_lines=[brought(30, "r"), brought(5, "till")], bonus_lines=[{"bonus": 7, "discount_id": "r"}]
    )
    foreign = line("b", 100, discount_lines=[brought(5, "till")], bonus_lines=[{"bonus": 2, "discount_id": "other"}])
    basket = basket_of(own, foreign, own=("r",), net_amount=160)
    assert basket.own == {0: OwnEntries(30, 7, had_discount=True, had_bonus=True)}
    assert [units_of(basket, index) for index in (0, 1)] == [[(100, 5)], [(100, 5)]]
    assert (basket.net, basket.carried_amount, basket.carried_bonus) == (190, 10, 2)


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([[brought(5, "x"), brought(5, "x")], [brought(5, "x")]], 1, id="one discount on two lines"),
        pytest.param([[brought(5, "x", "manual"), brought(5, None, "manual")]], 2, id="by id, else by type"),
        pytest.param([[brought(5)], [brought(6)]], 1, id="those without id and type are one"),
        pytest.param([[brought(0, "x")]], 0, id="an amount of 0 is no discount"),
    ],
)
def test_brought_discounts_are_counted_once_each(lines: list[list[dict[str, Any]]], kinds: int) -> None:
    basket = basket_of(*(line(discount_lines=entries) for entries in lines))
    assert basket.existing_discounts == kinds
    assert basket.any_carrying is (kinds > 0)


def test_a_voided_line_brings_nothing() -> None:
    basket = basket_of(line("a", 100), line("b", 50, voided=True, discount_lines=[brought(5, "x")]))
    assert (basket.gross, basket.net, basket.existing_discounts, basket.any_carrying) == (100, 100, 0, False)


def test_a_discount_on_a_line_that_takes_none_is_carried_by_the_receipt() -> None:
    basket = basket_of(line("a", 100), line("b", 50, eligible_for_discount=False, discount_lines=[brought(5, "x")]))
    assert (basket.carrying, basket.any_carrying) == (0, True)


@pytest.mark.parametrize(
    ("fields", "gross", "net"),
    [
        pytest.param({}, 150, 145, id="absent: the lines"),
        pytest.param({"gross_amount": 999}, 999, 994, id="gross as written"),
        pytest.param({"net_amount": 77}, 150, 77, id="net as written, with what the till took off the whole"),
    ],
)
def test_totals_are_as_written_or_the_sums_of_the_lines(fields: dict[str, Any], gross: int, net: int) -> None:
    basket = basket_of(line("a", 100), line("b", 50, discount_lines=[brought(5, "x")]), **fields)
    assert (basket.gross, basket.net) == (gross, net)


def test_codes_are_those_shown_and_the_ids_of_lines_that_were_bought() -> None:
    lines = [line("a"), line("b", voided=True), line("c", is_return_item=True), line("d", eligible_for_discount=False)]
    assert basket_of(*lines, discount_code=["TACO"]).exact_codes == {"TACO", "a", "d"}


@pytest.mark.parametrize(
    ("ids", "codes", "compared", "exact"),
    [
        pytest.param(["a"], " TACO ", ["TACO"], {"TACO", "a"}, id="blanks around"),
        pytest.param(["a"], ["", "  ", "TACO", "TACO\t"], ["TACO"], {"TACO", "a"}, id="empty codes are none"),
        pytest.param(["a"], ["va\u030ar"], ["v\u00e5r"], {"v\u00e5r", "a"}, id="two signs for one letter"),
        pytest.param(["va\u030ar"], [], [], {"v\u00e5r"}, id="the id of a line"),
        pytest.param([" a", "b"], [], [], {"a", "b"}, id="blanks around the id of a line"),
        pytest.param(["a b", ""], [], [], {"a b"}, id="a blank inside of an id, and an empty one"),
    ],
)
def test_codes_are_compared_in_one_form(ids: list[str], codes: Any, compared: list[str], exact: set[str]) -> None:
    basket = basket_of(*[line(item) for item in ids], discount_code=codes)
    assert (list(basket.codes), set(basket.exact_codes)) == (compared, exact)


def test_more_units_than_allowed_are_refused_at_the_largest_line() -> None:
    receipt = receipt_of(line("a", 100, 3), line("b", 100, 4), line("c", 100, 5, scale_item=True))
    with pytest.raises(Refused) as refused:
        lay_out(receipt, (), Settings(max_units=7))
    assert [fault.path for fault in refused.value.faults] == ["items[1].quantity"]
    assert lay_out(receipt, (), Settings(max_units=8)).lines[2].units == 1
