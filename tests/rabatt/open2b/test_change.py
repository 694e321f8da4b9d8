"""A receipt that is changed when its catalogue is another one by then, and what is kept of it in between."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from rabatt.open2b.catalogue import Catalogue, read_catalogue
from rabatt.open2b.change import change
from rabatt.open2b.compose import compose
from rabatt.open2b.error_rows import NotTaken
from rabatt.open2b.requests import ReceiptToCreate, ReceiptToUpdate
from rabatt.open2b.stored_receipt import StoredReceipt, document_of, inside_of, receipt_of
from tests.support.open2b.receipts import NEW, catalogue, exactly, with_changes

NOW = "2026-11-21 12:00:00"
EMPTY = Catalogue()


def new(**changes: Any) -> StoredReceipt:
    """A receipt whose items have identifiers from 1."""
    body = ReceiptToCreate.model_validate(exactly(with_changes(NEW, changes)))
    receipt, _ = compose(body, catalogue(), NOW, lambda _id: True)
    return replace(receipt, items=tuple(item._replace(id=place) for place, item in enumerate(receipt.items, 1)))


def changed(receipt: StoredReceipt, now: Catalogue | None = None, **changes: Any) -> StoredReceipt:
    """The receipt after a change."""
    body = ReceiptToUpdate.model_validate(exactly(changes))
    return change(receipt, 1, body, catalogue() if now is None else now, NOW, lambda _id: True)[0]


def rows(receipt: StoredReceipt, now: Catalogue | None = None, **changes: Any) -> list[str]:
    """The descriptions of the rows of a change that is not carried out."""
    with pytest.raises(NotTaken) as why:
        changed(receipt, now, **changes)
    return [row.description for row in why.value.rows]


@pytest.mark.parametrize("changes", [{}, {"paymentMethod": None, "paymentCost": None}, {"shippingAddress": None}])
def test_what_is_kept_of_a_receipt_is_all_of_it(changes: Any) -> None:
    receipt = new(labels=[5], **changes)
    document = document_of(receipt, receipt.totals(), id=1, token="0" * 32, update_time=NOW)
    assert receipt_of(document, inside_of(receipt)) == receipt


def test_a_change_of_nothing_changes_nothing() -> None:
    receipt = new()
    assert changed(receipt) == receipt
    assert changed(receipt, EMPTY, status="Sent") == replace(receipt, status="Sent")
    assert changed(receipt, rounding=NEW["rounding"], billingAddress=None, locale=None, issueDate=None) == receipt


def test_null_takes_away_what_can_be_null() -> None:
    receipt = changed(new(), customer=None, referenceType=None, shippingAddress=None, rounding=None, creationTime="")
    assert (receipt.customer, receipt.reference_type, receipt.shipping_address) == (None, None, None)
    assert receipt.rounding == ("HalfUp", "PerLine")
    assert receipt.creation_time == NOW


def test_what_an_address_leaves_out_stays_as_it_is() -> None:
    receipt = new()
    assert receipt.shipping_address is not None
    seller = changed(receipt, sellingAddress={"email": "a@b.example"}).seller_address
    assert seller == {**receipt.seller_address, "email": "a@b.example"}
    needed = {name: NEW["billingAddress"][name] for name in ("firstName", "lastName", "street1", "city", "postalCode")}
    payer = {**needed, "country": "GB", "email": "watson@b.example"}
    assert changed(receipt, billingAddress=payer).billing_address == {**receipt.billing_address, **payer}
    elsewhere = {"name": "Mycroft", "street1": "1 Pall Mall", "city": "London", "postalCode": "SW1", "country": "GB"}
    full = changed(receipt, shippingAddress={**elsewhere, "street2": "Diogenes Club"})
    assert changed(full, shippingAddress=elsewhere) == full
    gone = changed(full, shippingAddress=None)
    assert changed(gone, shippingAddress=elsewhere).shipping_address == {**elsewhere, "street2": "", "stateProv": ""}


def test_a_seller_keeps_no_state_without_a_country() -> None:
    sentence = "Country of seller address is required if 'stateProv' is provided"
    assert rows(new(), sellerAddress={"country": ""}) == [sentence]
    assert rows(new(), sellingAddress={"stateProv": "KEN"}) == [sentence]
    assert changed(new(), sellerAddress={"country": "", "stateProv": ""}).seller_address["country"] == ""


def test_one_seller_has_one_address() -> None:
    with pytest.raises(ValidationError, match="leave one of them out"):
        changed(new(), sellerAddress={"city": "Rome"}, sellingAddress={"city": "Milan"})


def test_methods_and_taxes_that_left_the_catalogue_stay_on_the_receipt() -> None:
    receipt = new()
    after = changed(receipt, EMPTY, items=[{"id": 1, "quantity": 1}, {"price": 5}])
    assert (after.shipping, after.payment) == (receipt.shipping, receipt.payment)
    assert [item.tax.rate for item in after.items] == [20, 0]
    cheaper = changed(receipt, EMPTY, shippingCost=1).shipping
    assert cheaper is not None
    assert (cheaper.name, cheaper.cost) == ("Royal Mail", Decimal("1.000"))
    assert rows(receipt, EMPTY, items=[{"price": 5, "taxClass": 2}]) == ["No tax areas for country 'GB'"]
    assert rows(receipt, EMPTY, shippingCost=None) == ["Shipping method 3 does not exist"]


def test_a_class_that_left_the_catalogue_is_missed_where_taxes_are_found_anew() -> None:
    now = read_catalogue({"taxAreas": [{"id": 9, "name": "NO", "countries": ["NO"]}]})
    abroad = {**NEW["shippingAddress"], "country": "NO"}
    assert rows(new(), now, shippingAddress=abroad) == ["Tax class 2 does not exist"]


def test_a_cost_that_is_given_is_that_of_the_method_there_is() -> None:
    receipt = changed(new(), shippingCost=2, paymentCost=None)
    assert receipt.shipping is not None
    assert receipt.payment is not None
    assert (receipt.shipping.id, receipt.shipping.cost) == (3, Decimal("2.000"))
    assert receipt.payment.cost == Decimal("1.901")


def test_another_method_costs_what_it_costs() -> None:
    receipt = changed(new(), shippingMethod=14)
    assert receipt.shipping is not None
    assert receipt.shipping.cost == Decimal("8.572")
    assert receipt.shipping.name == "FedEx"


def test_the_same_method_keeps_its_cost() -> None:
    receipt = new()
    assert changed(receipt, shippingMethod=3, paymentMethod=8) == receipt


def test_an_area_that_is_not_there_is_told() -> None:
    assert rows(new(), taxArea=70) == ["Tax area 70 does not exist"]
    assert changed(new(), taxArea=None).tax_area == 7


def test_a_cost_without_room_is_told() -> None:
    dear = read_catalogue(
        {
            "taxAreas": [{"id": 7, "name": "GB", "countries": ["GB"]}],
            "shippingMethods": [{"id": 1, "name": "M", "cost": 99_999, "costPerWeight": 99_999}],
        }
    )
    plainly = new(paymentMethod=None, paymentCost=None, shippingMethod=None, shippingCost=None)
    assert rows(plainly, dear, shippingMethod=1) == [
        "shippingCost is beyond what the field holds; make the quantities or prices smaller"
    ]
