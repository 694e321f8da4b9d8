"""Goods that a gift card paid are credited in full with VAT; what went back on the card settles a part of that."""

from typing import Any

import pytest

from tests.rabatt.service.conftest import Service
from tests.support.service.noting import booked, call, made, with_ledger
from tests.support.service.returning import bought, line, open_shop, returned

CARD = {"id": "card", "reward": {"type": "discount_debit", "value": 1_000}}


def settled(amount: float, account: int = 65_000) -> list[dict[str, Any]]:
    return [{"Type": "GiftCard", "AccountNumber": account, "Amount": amount}]


@pytest.fixture
def card(service: Service) -> Service:
    """A service with a gift card of 10.00."""
    open_shop(service, CARD, everyone=False)
    return service


def test_goods_are_credited_in_full_and_the_cards_part_is_settled(card: Service) -> None:
    bought(card, line(1, 3_000), currency="DKK")
    entry = returned(card, "back", (1, 1))
    assert (entry["amount"], entry["refund_amount"], entry["credit_amount"]) == (3_000, 2_000, 1_000)
    note = made(card, {"fromReturn": "back"})
    assert (note["TotalExclVat"], note["TotalVat"], note["TotalInclVat"]) == (24.0, 6.0, 30.0)
    assert note["Settlements"] == settled(10.0)
    assert list(note)[-1] == "Settlements"


def test_what_the_card_paid_alone_is_credited_with_its_vat(card: Service) -> None:
    bought(card, line(1, 1_000), line(2, 1_000), currency="DKK")
    returned(card, "first", (1, 1))
    returned(card, "second", (2, 1))
    first, second = (made(card, {"fromReturn": ref}) for ref in ("first", "second"))
    assert (first["TotalInclVat"], first["TotalVat"], first["Settlements"]) == (10.0, 2.0, settled(10.0))
    # The card is given back before money is paid out: of the second nothing is.
    assert (second["TotalInclVat"], second["TotalVat"]) == (10.0, 2.0)
    assert "Settlements" not in second


def test_what_is_settled_stays_whatever_becomes_of_the_note(card: Service) -> None:
    bought(card, line(1, 3_000))
    returned(card, "back", (1, 1))
    note = made(card, {"fromReturn": "back"})
    changed = call(card, "PUT", f"/{note['Guid']}", {**note, "Comment": "Welcome back", "Settlements": []}).json()
    assert changed["Settlements"] == settled(10.0)
    assert booked(card, changed)["Settlements"] == settled(10.0)
    assert call(card, "GET", f"/{note['Guid']}").json()["Settlements"] == settled(10.0)
    [listed] = call(card, "GET").json()["creditnotes"]
    assert listed["Settlements"] == settled(10.0)
    less = {**changed, "ProductLines": [{**note["ProductLines"][0], "BaseAmountValue": 16}], "ShowLinesInclVat": False}
    assert call(card, "PUT", f"/{note['Guid']}", less).status_code == 409


def test_it_is_on_the_account_of_the_ledger(card: Service) -> None:
    bought(card, line(1, 3_000))
    returned(card, "back", (1, 1))
    with with_ledger(card, {"gift_card_account": 63_080}):
        assert made(card, {"fromReturn": "back"})["Settlements"] == settled(10.0, 63_080)


def test_a_note_with_lines_of_its_own_has_nothing_settled(card: Service) -> None:
    assert "Settlements" not in made(card)


def test_a_currency_without_decimals_has_them_here_too(card: Service) -> None:
    bought(card, line(1, 3_000), currency="JPY")
    returned(card, "back", (1, 1))
    note = made(card, {"fromReturn": "back"})
    assert (note["TotalInclVat"], note["Settlements"]) == (3_000.0, settled(1_000.0))
