"""Prices with VAT in them: a credit note comes to what they say, and none is taken for one without."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabatt.service.ledger import Ledger
from rabatt.service.notes.amounts import NoteLine, ProductLine, TextLine, sums_of, with_vat
from rabatt.service.notes.prices_with_vat import PricedWithVat, with_bases
from tests.rabatt.service.conftest import Service
from tests.support.service.noting import call, exact, made

FLOWERS = {"Description": "Flowers", "Quantity": 1, "AccountNumber": 1000}
RATES = (0, 825, 1_500, 2_500, 10_000)


def note(*lines: dict[str, Any], shows_vat: bool = True) -> dict[str, Any]:
    return {"ShowLinesInclVat": shows_vat, "ProductLines": [{**FLOWERS, **line} for line in lines]}


def faults(service: Service, body: dict[str, Any]) -> list[tuple[str, str]]:
    answer = call(service, "POST", "", body)
    assert answer.status_code == 422, answer.text
    return [(fault["path"], fault["sentence"]) for fault in answer.json()["error"]["errors"]]


def totals(document: Any) -> tuple[Any, ...]:
    return document["TotalExclVat"], document["TotalVat"], document["TotalInclVat"]


@pytest.mark.parametrize("shows_vat", [True, False])
def test_a_price_with_vat_is_credited_as_it_is(service: Service, shows_vat: bool) -> None:
    made_note = made(service, note({"BaseAmountValueInclVat": 125}, shows_vat=shows_vat))
    assert totals(made_note) == (100.0, 25.0, 125.0)
    (line,) = made_note["ProductLines"]
    assert (line["BaseAmountValue"], line["BaseAmountValueInclVat"], line["TotalAmountInclVat"]) == (
        100.0,
        125.0,
        125.0,
    )


def test_a_price_that_may_have_vat_is_refused_where_lines_are_shown_with_it(service: Service) -> None:
    sentence = "with ShowLinesInclVat this may be meant with VAT; give BaseAmountValueInclVat, or both of them"
    body = note({"BaseAmountValue": 125}, {"BaseAmountValue": 125, "AccountNumber": 1050})
    assert faults(service, body) == [("ProductLines[0].BaseAmountValue", sentence)]
    # Without VAT there is nothing to be meant.
    assert totals(made(service, note({"BaseAmountValue": 125, "AccountNumber": 1050}))) == (125.0, 0.0, 125.0)
    assert totals(made(service, note({"BaseAmountValue": 125}, shows_vat=False))) == (125.0, 31.25, 156.25)


def test_a_price_in_both_ways_is_one_price(service: Service) -> None:
    both = {"BaseAmountValue": 100, "BaseAmountValueInclVat": 125}
    assert totals(made(service, note(both))) == (100.0, 25.0, 125.0)
    sentence = "this is not BaseAmountValue with 25 % VAT; give one of them, this one if lines have VAT"
    for other in (125, 100):
        body = note({"BaseAmountValue": other, "BaseAmountValueInclVat": 126})
        assert faults(service, body) == [("ProductLines[0].BaseAmountValueInclVat", sentence)]
    # Where lines are shown without VAT, the price without it is the one that was changed.
    changed = note({"BaseAmountValue": 80, "BaseAmountValueInclVat": 125}, shows_vat=False)
    assert totals(made(service, changed)) == (80.0, 20.0, 100.0)


def test_a_line_needs_one_of_the_prices_and_a_text_line_has_none(service: Service) -> None:
    text = {"LineType": "Text", "Description": "Thanks", "BaseAmountValueInclVat": 10}
    body = {"ProductLines": [FLOWERS, text]}
    assert [path for path, _ in faults(service, body)] == [
        "ProductLines[0].BaseAmountValue",
        "ProductLines[1].BaseAmountValueInclVat",
    ]


@pytest.mark.parametrize(
    ("line", "total", "lines"),
    [
        pytest.param(
            {"Quantity": 3, "BaseAmountValueInclVat": 10},
            "30.00",
            [("Flowers", "3.00", "8.00", "10.00")],
            id="by the piece",
        ),
        pytest.param(
            {"Quantity": 7, "BaseAmountValueInclVat": 9.99},
            "69.93",
            [("7 × Flowers", "1.00", "55.94", "69.93")],
            id="no base of two places comes to seven pieces",
        ),
        pytest.param(
            {"Quantity": 7, "BaseAmountValueInclVat": 9.99, "Discount": 12.5},
            "61.19",
            [("7 × Flowers, -12.5 %", "1.00", "48.95", "61.19")],
            id="and less a percent",
        ),
        pytest.param(
            {"BaseAmountValueInclVat": 10.02},
            "10.02",
            [("Flowers", "1.00", "8.01", "10.01"), ("Øreafrunding", "1.00", "0.01", "0.01")],
            id="no base comes to it at all",
        ),
    ],
)
def test_the_note_comes_to_its_prices_to_the_last_coin(
    service: Service, line: dict[str, Any], total: str, lines: list[tuple[str, ...]]
) -> None:
    document = exact(call(service, "POST", "", note(line)).text)
    assert str(document["TotalInclVat"]) == total
    names = ("Quantity", "BaseAmountValue", "BaseAmountValueInclVat")
    assert [(one["Description"], *(str(one[name]) for name in names)) for one in document["ProductLines"]] == lines
    # What was read may be sent back.
    answer = call(service, "PUT", f"/{document['Guid']}", made_of(document))
    assert answer.status_code == 200, answer.text
    assert totals(exact(answer.text)) == totals(document)


def made_of(document: Any) -> Any:
    """The document as a client sends it back."""
    lines = [
        {name: float(value) if hasattr(value, "as_tuple") else value for name, value in line.items()}
        for line in document["ProductLines"]
    ]
    return {"ShowLinesInclVat": document["ShowLinesInclVat"], "TimeStamp": document["TimeStamp"], "ProductLines": lines}


LINES = st.builds(
    ProductLine,
    description=st.just("Flowers"),
    quantity=st.integers(-500, 500),
    base=st.integers(-10_000, 10_000),
    account_number=st.just(1000),
    account_name=st.just("Sales"),
    vat=st.sampled_from(RATES),
    discount=st.sampled_from((0, 0, 1_250, 10_000)),
)
PRICED = st.builds(PricedWithVat, LINES, st.integers(-10_000, 10_000))


@given(st.lists(st.one_of(LINES, PRICED, st.just(TextLine("Thanks"))), max_size=6))
def test_all_lines_come_to_what_those_without_and_those_with_vat_say(lines: list[NoteLine | PricedWithVat]) -> None:
    priced = [line for line in lines if isinstance(line, PricedWithVat)]
    others: list[NoteLine] = [line for line in lines if not isinstance(line, PricedWithVat)]
    done = with_bases(lines, Ledger(), "da-DK")
    # VAT is that of the summed bases of a rate, with those that had none before.
    wanted = sums_of(others).with_vat + sum(line.amount for line in priced)
    assert sums_of(done).with_vat == wanted
    # Each line in its place, and at most one for what is left: a coin or two of each rate.
    assert len(done) - len(lines) in {0, 1}
    assert [line for line, sent in zip(done, lines, strict=False) if not isinstance(sent, PricedWithVat)] == others
    left = sums_of(done[len(lines) :]).with_vat
    assert abs(left) <= 3 * len(RATES)


@given(st.lists(PRICED, min_size=1, max_size=6))
def test_a_line_comes_to_its_price_within_a_coin(lines: list[PricedWithVat]) -> None:
    for line, done in zip(lines, with_bases(lines, Ledger(), "da-DK"), strict=False):
        assert isinstance(done, ProductLine)
        assert abs(with_vat(done.total, done.vat) - line.amount) <= 2
