"""The catalogue: what it says of taxes and methods, and every fault between its parts."""

from decimal import Decimal
from typing import Any

import pytest

from rabatt.open2b.catalogue import Catalogue, read_catalogue
from rabatt.open2b.goods import Rounding, Tax
from rules import Refused
from tests.support.open2b.receipts import catalogue

CLASS = {"id": 1, "code": "VAT", "name": "Generic"}
AREA: dict[str, Any] = {"id": 1, "name": "GB", "countries": ["GB"], "rates": [{"taxClass": 1, "rate": 20}]}


def faults(**parts: Any) -> list[str]:
    """The faults of a catalogue."""
    with pytest.raises(Refused) as refused:
        read_catalogue(parts)
    return [str(fault) for fault in refused.value.faults]


def test_the_catalogue_of_the_examples_is_for_three_countries() -> None:
    assert [area.countries for area in catalogue().taxAreas] == [["GB"], ["IT"], ["NO"]]
    assert {customer.id for customer in catalogue().customers} >= {4907}


def test_a_class_is_taxed_as_its_area_says() -> None:
    area = catalogue().area_of("IT")
    assert area is not None
    assert [catalogue().tax_of(one, area).rate for one in (1, 2, 3)] == [10, 22, 0]
    assert catalogue().tax_of(None, area) == Tax()
    assert catalogue().area_of("FR") is None


@pytest.mark.parametrize(
    ("id", "weight", "goods", "cost"),
    [
        (3, "9.000", "10.00", "3.950"),
        (5, "0.000", "10.00", "9.500"),
        (5, "1.350", "499.99", "10.513"),
        (5, "1.350", "500.00", "0.000"),
    ],
)
def test_shipping_costs_by_weight_until_it_is_free(id: int, weight: str, goods: str, cost: str) -> None:
    assert str(catalogue().shipping[id].cost_of(Decimal(weight), Decimal(goods), Rounding())) == cost


def test_payment_costs_by_the_total() -> None:
    assert str(catalogue().payment[8].cost_of(Decimal("135.25"), Rounding())) == "2.029"
    assert str(catalogue().payment[3].cost_of(Decimal("135.25"), Rounding())) == "1.200"


def test_what_is_there_twice_is_refused() -> None:
    assert faults(taxClasses=[CLASS, CLASS], taxAreas=[AREA, {**AREA, "id": 2, "rates": AREA["rates"] * 2}]) == [
        "taxClasses: there are two of id 1; give each an id of its own",
        'taxAreas: "GB" is there twice; let each country be in one area',
        "taxAreas[1].rates: tax class 1 has two rates; leave one of them out",
    ]


def test_what_is_named_and_not_there_is_refused() -> None:
    method = {"id": 1, "name": "M", "taxClass": 7}
    assert faults(
        taxAreas=[AREA],
        shippingMethods=[method],
        paymentMethods=[{**method, "taxClass": None, "shippingMethods": [1, 2]}],
    ) == [
        "taxAreas[0].rates[0].taxClass: there is no tax class 1; add it to taxClasses",
        "shippingMethods[0].taxClass: there is no tax class 7; add it to taxClasses",
        "paymentMethods[0].shippingMethods[1]: there is no shipping method 2; add it to shippingMethods",
    ]


def test_what_is_misspelt_is_refused_with_what_was_meant() -> None:
    assert faults(taxclasses=[]) == ['taxclasses: unknown field; did you mean "taxClasses"?']
    assert faults(timezone="Europe/Lundon")[0].startswith("timezone: there is no time zone of this name")
    with pytest.raises(Refused, match="a catalogue is an object"):
        read_catalogue([])


def test_an_empty_catalogue_is_one() -> None:
    assert read_catalogue({}) == Catalogue()
