"""What goods come to: the worked tables of the page, rows for each step, and laws that hold of every receipt."""

import itertools
import re
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import ROUNDINGS
from engine.settings import RoundingMode, RoundingRule
from rabatt.open2b.decimals import unscaled
from rabatt.open2b.goods import (
    Discount,
    Goods,
    GoodsLine,
    NothingToTakeOff,
    Rounding,
    Tax,
    lay_off,
    reckon,
)
from rabatt.open2b.totals import Charge, Totals, sum_up
from tests.support.open2b import by_decimal
from tests.support.places import DOCS

PAGE = (DOCS / "open2b.md").read_text("utf-8")
GENERIC = Tax("VAT", "Generic", Decimal("19.00"))
REDUCED = Tax("RED", "Reduced", Decimal("7.00"))
POLICIES = [Rounding(*pair) for pair in itertools.product(get_args(RoundingMode), get_args(RoundingRule))]
WORKED = (
    GoodsLine(Decimal("3.00"), Decimal("56.333"), GENERIC, Decimal("0.450")),
    GoodsLine(Decimal("4.00"), Decimal("2.125"), REDUCED),
    GoodsLine(Decimal("1.50"), Decimal("9.995"), GENERIC),
)
DISCOUNTS = (Discount("PercentOff", Decimal("20.000")), Discount("AmountOff", Decimal("10.450")))
SHIPPING, PAYMENT = Charge(Decimal("8.572"), GENERIC), Charge(Decimal("1.200"), GENERIC)


def worked(rounding: Rounding, *, with_taxes: bool) -> Totals:
    """The totals of the receipt that the page works out."""
    goods = reckon(WORKED, DISCOUNTS, rounding, discounts_include_taxes=with_taxes)
    return sum_up(WORKED, goods, SHIPPING, PAYMENT, rounding)


def row_of(totals: Totals) -> list[str]:
    """The columns of the page's tables."""
    fields = totals.as_data()
    vat, reduced = (each.amount for each in totals.taxes)
    columns = [
        fields["prediscountSubtotal"],
        fields["taxedPrediscountSubtotal"],
        *(unscaled(off) for off in totals.goods.off),
        fields["subtotal"],
        fields["taxedSubtotal"],
        *(unscaled(amount) for amount in (vat.base, vat.tax, reduced.base, reduced.tax)),
        fields["taxAmount"],
        fields["total"],
        fields["taxedTotal"],
    ]
    return [str(column) for column in columns]


def table(name: str) -> dict[tuple[str, str], list[str]]:
    """The rows of a table of the page, by mode and rule."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end of {name} -->", PAGE, re.DOTALL)
    assert found
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].strip().splitlines()[2:]]
    return {(row[0], row[1]): row[2:] for row in rows}


@pytest.mark.parametrize("with_taxes", [False, True])
@pytest.mark.parametrize("rounding", POLICIES, ids=lambda policy: f"{policy.mode} {policy.rule}")
def test_the_tables_of_the_page_are_what_comes_out(rounding: Rounding, with_taxes: bool) -> None:
    written = table("discounts include taxes" if with_taxes else "discounts without taxes")
    assert written[rounding.mode, rounding.rule] == row_of(worked(rounding, with_taxes=with_taxes))
    assert len(written) == len(POLICIES)


@pytest.mark.parametrize("with_taxes", [False, True])
@pytest.mark.parametrize("rounding", POLICIES, ids=lambda policy: f"{policy.mode} {policy.rule}")
def test_the_tables_of_the_page_are_what_decimals_give(rounding: Rounding, with_taxes: bool) -> None:
    totals = worked(rounding, with_taxes=with_taxes)
    assert in_decimals(WORKED, DISCOUNTS, rounding, with_taxes=with_taxes) == of_goods(totals.goods)


def in_decimals(lines: Any, discounts: Any, rounding: Rounding, *, with_taxes: bool) -> dict[str, Decimal]:
    """The totals of the goods, worked out the other way."""
    pieces = [by_decimal.Piece(line.quantity, line.price, line.tax.code, line.tax.rate) for line in lines]
    return by_decimal.reckoned(pieces, list(discounts), rounding.mode, rounding.rule, with_taxes=with_taxes)


def of_goods(goods: Goods) -> dict[str, Decimal]:
    """The same totals of ours."""
    return {
        "prediscountSubtotal": unscaled(goods.before.base),
        "taxedPrediscountSubtotal": unscaled(goods.before.taxed),
        "subtotal": unscaled(goods.after.base),
        "taxedSubtotal": unscaled(goods.after.taxed),
    }


@pytest.mark.parametrize(
    ("discounts", "off"),
    [
        pytest.param([("PercentOff", "20.000"), ("AmountOff", "10.450")], [2000, 1045], id="in their order"),
        pytest.param([("AmountOff", "10.450"), ("PercentOff", "20.000")], [1045, 1791], id="the other order"),
        pytest.param([("PercentOff", "10.000")] * 5, [1000, 900, 810, 729, 656], id="each of what the others leave"),
        pytest.param([("AmountOff", "150.000")], [10_000], id="no more than there is"),
        pytest.param([("PercentOff", "100.000"), ("PercentOff", "5.000")], [10_000, 0], id="a percent of nothing"),
        pytest.param([("PercentOff", "0.001")], [0], id="less than a cent"),
        pytest.param([("AmountOff", "0.005")], [1], id="half a cent"),
    ],
)
def test_discounts_come_off_what_is_left(discounts: list[tuple[Any, str]], off: list[int]) -> None:
    given_discounts = [Discount(kind, Decimal(value)) for kind, value in discounts]
    taken, shares = lay_off([6000, 4000], given_discounts, Rounding())
    assert taken == off
    assert sum(shares) == sum(off)


@pytest.mark.parametrize(
    "amounts",
    [pytest.param([], id="no goods"), pytest.param([500, -500], id="a credit"), pytest.param([-1], id="below")],
)
def test_no_amount_is_taken_off_nothing(amounts: list[int]) -> None:
    with pytest.raises(NothingToTakeOff):
        lay_off(amounts, [Discount("AmountOff", Decimal("1.000"))], Rounding())
    assert lay_off(amounts, [Discount("PercentOff", Decimal("50.000"))], Rounding()) == ([0], [0] * len(amounts))


def test_each_class_has_a_base_of_its_own() -> None:
    lines = [
        GoodsLine(Decimal("1.00"), Decimal("60.000"), GENERIC),
        GoodsLine(Decimal("1.00"), Decimal("40.000"), REDUCED),
    ]
    goods = reckon(lines, [Discount("AmountOff", Decimal("10.000"))], Rounding())
    assert goods.by_class == {GENERIC: (5400, 1026), REDUCED: (3600, 252)}


def test_shipping_and_payment_add_to_their_own_classes() -> None:
    lines = [GoodsLine(Decimal("1.00"), Decimal("10.000"), REDUCED)]
    goods = reckon(lines, [], Rounding())
    totals = sum_up(lines, goods, SHIPPING, Charge(Decimal("1.200"), REDUCED), Rounding())
    assert [(each.tax.code, *each.amount) for each in totals.taxes] == [("RED", 1120, 78), ("VAT", 857, 163)]
    assert (totals.shipping, totals.payment) == ((857, 163), (120, 8))


def test_what_the_source_shows_of_shipping_and_payment_comes_out() -> None:
    assert [SHIPPING.amount(Rounding()).tax, PAYMENT.amount(Rounding()).tax] == [163, 23]


prices = st.integers(-3_000, 300_000).map(lambda mills: unscaled(mills, 3))
quantities = st.one_of(st.integers(0, 12).map(lambda whole: unscaled(whole * 100)), st.integers(0, 900).map(unscaled))
taxes = st.sampled_from([GENERIC, REDUCED, Tax(), Tax("FULL", "All", Decimal("99.99"))])
some_lines = st.lists(
    st.builds(GoodsLine, quantities, prices, taxes, st.integers(0, 9_999).map(lambda w: unscaled(w, 3))), max_size=6
)
percents = st.builds(Discount, st.just("PercentOff"), st.integers(1, 100_000).map(lambda mills: unscaled(mills, 3)))
amounts_off = st.builds(Discount, st.just("AmountOff"), st.integers(1, 90_000).map(lambda mills: unscaled(mills, 3)))
some_discounts = st.lists(percents | amounts_off, max_size=5)
charges = st.none() | st.builds(Charge, st.integers(0, 50_000).map(lambda mills: unscaled(mills, 3)), taxes)
policies = st.sampled_from(POLICIES)


def reckoned(lines: Any, discounts: Any, rounding: Rounding, *, with_taxes: bool) -> Goods | None:
    """The goods, unless an amount is taken off nothing."""
    try:
        return reckon(lines, discounts, rounding, discounts_include_taxes=with_taxes)
    except NothingToTakeOff:
        return None


@given(some_lines, some_discounts, policies, st.booleans(), charges, charges)
def test_everything_adds_up(
    lines: Any, discounts: Any, rounding: Rounding, with_taxes: bool, shipping: Any, payment: Any
) -> None:
    goods = reckoned(lines, discounts, rounding, with_taxes=with_taxes)
    if goods is None:
        return
    totals = sum_up(lines, goods, shipping, payment, rounding)
    fields = totals.as_data()
    assert sum(each.amount.base for each in totals.taxes) == totals.total.base
    assert fields["total"] + fields["taxAmount"] == fields["taxedTotal"]
    assert totals.total.base == goods.after.base + totals.shipping.base + totals.payment.base
    assert totals.total.tax == goods.after.tax + totals.shipping.tax + totals.payment.tax
    assert goods.before == (sum(line.base for line in goods.lines), sum(line.tax for line in goods.lines))
    fall = goods.before.taxed - goods.after.taxed if with_taxes else goods.before.base - goods.after.base
    assert fall == sum(goods.off)


@given(some_lines, some_discounts, policies, st.booleans())
def test_discounts_take_nothing_below_zero_and_give_nothing(
    lines: Any, discounts: Any, rounding: Rounding, with_taxes: bool
) -> None:
    goods = reckoned(lines, discounts, rounding, with_taxes=with_taxes)
    if goods is None:
        return
    whole = goods.before.taxed if with_taxes else goods.before.base
    assert all(off >= 0 for off in goods.off)
    assert sum(goods.off) <= max(whole, 0)
    if all(line.price >= 0 for line in lines):
        assert all(amount.base >= 0 <= amount.tax for amount in goods.by_class.values())


@given(some_lines, policies, st.booleans())
def test_without_discounts_nothing_changes(lines: Any, rounding: Rounding, with_taxes: bool) -> None:
    goods = reckon(lines, [], rounding, discounts_include_taxes=with_taxes)
    assert goods.after == goods.before


@given(some_lines, some_discounts, policies, st.booleans())
def test_it_is_what_decimals_give(lines: Any, discounts: Any, rounding: Rounding, with_taxes: bool) -> None:
    goods = reckoned(lines, discounts, rounding, with_taxes=with_taxes)
    if goods is not None:
        assert of_goods(goods) == in_decimals(lines, discounts, rounding, with_taxes=with_taxes)


@given(some_lines, policies)
def test_under_total_the_sum_of_charges_is_rounded_once(lines: Any, rounding: Rounding) -> None:
    charged = [line for line in lines if line.price >= 0]
    exact = sum((line.quantity * line.price for line in charged), Decimal(0))
    numerator = int(exact * 100_000)
    goods = reckon(charged, [], Rounding(rounding.mode, "Total"))
    assert goods.before.base == ROUNDINGS[rounding.mode](numerator, 1000)
