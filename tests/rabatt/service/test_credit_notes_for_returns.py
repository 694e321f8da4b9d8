"""Credit notes for returns: they come to what the goods were worth, and each return is credited once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabatt.service.ledger import Ledger, ledgers_of
from rabatt.service.notes.amounts import ProductLine, sums_of, with_vat
from rabatt.service.notes.of_return import (
    NoAccountForVat,
    NoHundredths,
    base_within,
    credited_to_cards,
    lines_of_return,
)
from rules.values import LARGEST
from tests.rabatt.service.conftest import Service, running
from tests.support.service.noting import LINE, book, booked, call, exact, made, with_ledger
from tests.support.service.returning import THREE_FOR_TWO, bought, line, open_shop, returned

LEDGER = ledgers_of(
    {
        "accounts": {
            "1000": {"name": "Sales", "vat": 25},
            "1010": {"name": "Food", "vat": 15},
            "1020": {"name": "Books", "vat": 0},
            "1030": {"name": "Odd", "vat": 8.25},
            "1090": {"name": "Rounding", "vat": 0},
        }
    }
).usual
# From what they write as a percent to what the ledger has.
RATES = {25: 1000, 15.0: 1010, 0: 1020, 8.25: 1030, None: 1000}
ITEMS = st.tuples(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from(list(RATES)))


@pytest.mark.parametrize(
    ("amount", "vat", "base", "left"),
    [
        pytest.param(3_000, 2_500, 2_400, 0, id="30.00"),
        pytest.param(2_001, 2_500, 1_601, 0, id="20.01: VAT of 4.0025 is 4.00"),
        pytest.param(1_002, 2_500, 801, 1, id="10.02: no base comes to it"),
        pytest.param(2, 2_500, 1, 1, id="0.02: neither 0.01 nor 0.02 with its VAT"),
        pytest.param(1, 2_500, 1, 0, id="0.01 has no VAT"),
        pytest.param(0, 2_500, 0, 0, id="nothing"),
        pytest.param(1_001, 0, 1_001, 0, id="without VAT"),
        pytest.param(3, 10_000, 1, 1, id="a hundred percent"),
    ],
)
def test_the_base_of_an_amount_with_vat(amount: int, vat: int, base: int, left: int) -> None:
    assert (base_within(amount, vat), amount - with_vat(base, vat)) == (base, left)


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_no_larger_base_is_within_the_amount_and_one_coin_is_left_at_most(amount: int, vat: int) -> None:
    base = base_within(amount, vat)
    assert 0 <= amount - with_vat(base, vat) <= 1
    assert with_vat(base + 1, vat) > amount


@given(st.lists(ITEMS, min_size=1, max_size=6))
def test_the_lines_come_to_the_worth_and_vat_is_that_of_their_sums(items: list[tuple[int, int, float | None]]) -> None:
    amount = sum(each for each, _, _ in items)
    entry, receipt = documents(items)
    lines = lines_of_return(entry, receipt, LEDGER, "DKK", "da-DK")
    sums = sums_of(lines)
    assert sums.with_vat == amount
    for vat in {one.vat for one in lines}:
        of_rate = [one for one in lines if one.vat == vat]
        assert sum(one.total for one in of_rate) >= 0
    # A line of the return each, in any order, and at most one for what is left.
    assert len(lines) - len(items) in {0, 1}
    assert all(one.total == one.quantity * one.base // 100 for one in lines)


def documents(items: list[tuple[int, int, float | None]], **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A return and its receipt: for each line what it is worth, how many pieces, and its percent of VAT."""
    entry = {
        "items": [
            {"line_id": place, "quantity": pieces, "amount": amount}
            for place, (amount, pieces, _) in enumerate(items, 1)
        ],
    }
    lines = [
        {"description": f"Item {place}", **({} if percent is None else {"tax_percent": percent})}
        for place, (_, _, percent) in enumerate(items, 1)
    ]
    return entry, {"items": lines, **fields}


def shown(lines: list[ProductLine]) -> list[tuple[str, int, int, int]]:
    return [(one.description, one.quantity, one.base, one.account_number) for one in lines]


def test_lines_are_by_the_piece_where_the_pieces_share_them_evenly() -> None:
    entry, receipt = documents([(3_000, 3, 25), (1_000, 3, 25), (1_500, 1, 0)])
    assert shown(lines_of_return(entry, receipt, LEDGER, "DKK", "da-DK")) == [
        ("Item 1", 300, 800, 1000),
        ("3 × Item 2", 100, 800, 1000),
        ("Item 3", 100, 1_500, 1020),
    ]


def test_a_weighed_line_and_one_without_a_name() -> None:
    weights = [(1, 1.5, 250), (2, 0.00002, 250), (3, 1, 125)]
    items = [{"line_id": place, "quantity": weight, "amount": amount} for place, weight, amount in weights]
    receipt = {"items": [{"id": "cheese"}, {"id": "saffron"}, {"line_id": 3}]}
    lines = lines_of_return({"items": items}, receipt, LEDGER, "DKK", "en-GB")
    assert shown(lines) == [
        ("1.5 × cheese", 100, 200, 1000),
        ("0.00002 × saffron", 100, 200, 1000),
        ("Line 3", 100, 100, 1000),
    ]


@pytest.mark.parametrize(("language", "name"), [("da-DK", "Øreafrunding"), ("en-GB", "Rounding")])
def test_the_coin_that_is_left_is_a_line_of_its_own(language: str, name: str) -> None:
    entry, receipt = documents([(1_002, 1, 25), (1_002, 1, 15)])
    lines = lines_of_return(entry, receipt, LEDGER, "DKK", language)
    assert shown(lines)[-1] == (name, 100, 1, 1090)
    assert sums_of(lines).with_vat == 2_004


def test_what_went_back_on_cards_is_in_the_smallest_unit_of_a_note() -> None:
    entry = {"credit_amount": 750}
    assert [credited_to_cards(entry, currency) for currency in ("DKK", "JPY")] == [750, 75_000]
    with pytest.raises(NoHundredths, match="KWD"):
        credited_to_cards(entry, "KWD")


def test_currencies_without_decimals_have_them_on_a_note_and_those_with_more_have_none() -> None:
    entry, receipt = documents([(125, 1, 25)])
    assert sums_of(lines_of_return(entry, receipt, LEDGER, "JPY", "en-GB")).with_vat == 12_500
    with pytest.raises(NoHundredths, match="KWD"):
        lines_of_return(entry, receipt, LEDGER, "KWD", "en-GB")


@pytest.mark.parametrize(
    ("tax", "account"),
    [
        pytest.param({"tax_lines": [{"percentage": 15}]}, 1010, id="that of its tax line"),
        pytest.param({"tax_lines": [{"percentage": 15}, {"percentage": 15.0}]}, 1010, id="that of all its tax lines"),
        pytest.param({"tax_percent": 8.25, "tax_lines": [{"percentage": 15}]}, 1030, id="its own before theirs"),
        pytest.param({"tax_percent": 0, "tax_lines": [{"percentage": 15}]}, 1020, id="its own, of 0"),
        pytest.param({"tax_lines": [{"percentage": 25, "exempt": True}]}, 1020, id="exempt"),
        pytest.param({"tax_lines": [{"percentage": 15}, {"percentage": 10}]}, 1000, id="taxed twice"),
        pytest.param({"tax_lines": [{"amount": 100}]}, 1000, id="a tax line without a rate"),
        pytest.param({"tax_lines": None}, 1000, id="nothing said"),
    ],
)
def test_a_line_has_the_rate_that_it_says(tax: dict[str, Any], account: int) -> None:
    entry, receipt = documents([(1_000, 1, None)])
    receipt["items"][0] |= tax
    assert lines_of_return(entry, receipt, LEDGER, "DKK", "da-DK")[0].account_number == account


@pytest.mark.parametrize("percent", [12, 25.001])
def test_a_rate_that_no_account_has(percent: float) -> None:
    entry, receipt = documents([(125, 1, percent)])
    with pytest.raises(NoAccountForVat, match=str(percent)):
        lines_of_return(entry, receipt, Ledger(), "DKK", "da-DK")


@pytest.mark.parametrize(("policy", "refund"), [("as_paid", 30.0), ("spread", 25.0), ("re_evaluate", 20.0)])
def test_a_purchase_its_return_and_the_note_that_follows(service: Service, policy: str, refund: float) -> None:
    open_shop(service, THREE_FOR_TWO)
    bought(service, line(1, 3_000, description="Roses"), line(2, 2_000), line(3, 1_000), currency="DKK")
    entry = returned(service, "back-1", (1, 1), policy=policy)
    note = made(service, {"fromReturn": "back-1", "ContactName": "Ane Holm", "Language": "en-GB"})
    assert note["TotalInclVat"] == refund == entry["refund_amount"] / 100
    assert (note["TotalExclVat"], note["TotalVat"]) == (refund * 0.8, refund * 0.2)
    assert (note["ExternalReference"], note["ShowLinesInclVat"], note["ContactName"]) == ("back-1", True, "Ane Holm")
    (one,) = note["ProductLines"]
    assert (one["Description"], one["Quantity"], one["TotalAmountInclVat"]) == ("Roses", 1.0, refund)
    done = booked(service, note)
    assert (done["Number"], done["TotalInclVat"]) == (1, refund)


def test_every_refund_is_credited_to_the_last_coin(service: Service) -> None:
    for place in range(10):
        bought(service, line(1, 1_000 + place), receipt_id=f"r{place}", currency="NOK")
        returned(service, f"back-{place}", (1, None), receipt_id=f"r{place}")
        answer = call(service, "POST", "", {"fromReturn": f"back-{place}"})
        note = exact(answer.text)
        assert str(note["TotalInclVat"]) == f"10.0{place}"
        assert note["TotalExclVat"] + note["TotalVat"] == note["TotalInclVat"]
        assert note["Currency"] == "NOK"
        assert len(note["ProductLines"]) == (2 if place % 5 == 2 else 1)


def refusal(answer: Any) -> tuple[int, Any, Any]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["errors"]


@pytest.fixture
def credited(service: Service) -> dict[str, Any]:
    """A draft for a return."""
    bought(service, line(1, 1_000, 2))
    returned(service, "back", (1, 1))
    note: dict[str, Any] = made(service, {"fromReturn": "back"})
    return note


def test_a_return_is_credited_by_one_note(service: Service, credited: dict[str, Any]) -> None:
    sentence = f"the return is credited by the note {credited['Guid']} already; change or book that one, or delete it"
    again = call(service, "POST", "", {"fromReturn": "back"})
    assert refusal(again) == (409, "RETURN_HAS_NOTE", [{"path": "fromReturn", "sentence": sentence}])
    gone = call(service, "DELETE", f"/{credited['Guid']}", {"Timestamp": credited["TimeStamp"]})
    assert gone.status_code == 200
    other = made(service, {"fromReturn": "back"})
    assert booked(service, other)["TotalInclVat"] == 10.0
    assert call(service, "POST", "", {"fromReturn": "back"}).status_code == 409


def test_many_notes_for_one_return_at_once_are_one(service: Service) -> None:
    bought(service, line(1, 1_000, 2))
    returned(service, "back", (1, 1))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: call(service, "POST", "", {"fromReturn": "back"}), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


def test_a_note_for_a_return_is_changed_as_long_as_it_comes_to_its_worth(
    service: Service, credited: dict[str, Any]
) -> None:
    changed = call(service, "PUT", f"/{credited['Guid']}", {**credited, "Comment": "Welcome back"})
    assert changed.status_code == 200, changed.text
    note = changed.json()
    less = {"ProductLines": [{**LINE, "Quantity": 1, "BaseAmountValue": 7.99}], "Timestamp": note["TimeStamp"]}
    sentence = "the note is for a return, and comes to its worth of 10.00 DKK; keep its lines and its Currency"
    answer = call(service, "PUT", f"/{credited['Guid']}", less)
    assert refusal(answer) == (409, "REFUND_DIFFERS", [{"path": "ProductLines", "sentence": sentence}])
    same = {"ProductLines": [{**LINE, "Quantity": 2, "BaseAmountValue": 4}], "Timestamp": note["TimeStamp"]}
    assert call(service, "PUT", f"/{credited['Guid']}", same).status_code == 200


def test_a_note_is_in_the_currency_of_the_return(service: Service) -> None:
    for place, currency in enumerate(("SEK", "kroner", None)):
        bought(service, line(1, 1_000), receipt_id=f"r{place}", currency=currency)
        returned(service, f"back-{place}", (1, 1), receipt_id=f"r{place}")
    other = call(service, "POST", "", {"fromReturn": "back-0", "Currency": "DKK"})
    sentence = "the return was paid in SEK; leave this out"
    assert refusal(other)[2] == [{"path": "Currency", "sentence": sentence, "nearest": None}]
    note = made(service, {"fromReturn": "back-0", "Currency": "SEK"})
    assert note["Currency"] == "SEK"
    # Left out, it would be DKK.
    for changed in ({**note, "Currency": None}, {**note, "Currency": "EUR"}):
        assert refusal(call(service, "PUT", f"/{note['Guid']}", changed))[1] == "REFUND_DIFFERS"
    assert call(service, "PUT", f"/{note['Guid']}", note).status_code == 200
    sentence = 'the receipt is in "kroner", which is no currency of three capitals; give lines in its place'
    unknown = call(service, "POST", "", {"fromReturn": "back-1"})
    assert refusal(unknown)[2] == [{"path": "fromReturn", "sentence": sentence, "nearest": None}]
    assert made(service, {"fromReturn": "back-2", "Currency": "EUR"})["Currency"] == "EUR"


@pytest.mark.parametrize("receipts_own", [True, False], ids=["as the receipt says", "as the note says"])
def test_a_return_counts_the_smallest_unit_of_its_currency(service: Service, receipts_own: bool) -> None:
    for currency in ("JPY", "KWD"):
        own = {"currency": currency} if receipts_own else {}
        bought(service, line(1, 1_000), receipt_id=currency, **own)
        returned(service, currency, (1, 1), receipt_id=currency)
    note = made(service, {"fromReturn": "JPY", "Currency": "JPY"})
    assert (note["TotalInclVat"], note["Currency"]) == (1_000.0, "JPY")
    sentence = "the return is in KWD, whose amounts have more than two decimals; give lines in its place"
    answer = call(service, "POST", "", {"fromReturn": "KWD", "Currency": "KWD"})
    assert refusal(answer) == (422, "INVALID", [{"path": "fromReturn", "sentence": sentence, "nearest": None}])


def test_a_ref_that_is_too_long_for_a_reference_is_left_out_of_it(service: Service) -> None:
    bought(service, line(1, 1_000))
    returned(service, "x" * 255, (1, 1))
    note = made(service, {"fromReturn": "x" * 255})
    assert note["ExternalReference"] is None
    assert call(service, "PUT", f"/{note['Guid']}", note).status_code == 200


def test_a_return_that_is_not_there_and_a_rate_without_an_account(service: Service) -> None:
    missing = call(service, "POST", "", {"fromReturn": "back"})
    sentence = "there is no return of this ref in this account; give the ref of one that was made"
    assert refusal(missing) == (422, "INVALID", [{"path": "fromReturn", "sentence": sentence, "nearest": None}])
    bought(service, line(1, 1_000, tax_percent=12))
    returned(service, "back", (1, 1))
    answer = call(service, "POST", "", {"fromReturn": "back"})
    sentence = "the ledger has no account with 12 % VAT, which the receipt has; add one to its file"
    assert refusal(answer) == (409, "NO_ACCOUNT_FOR_VAT", [{"path": "fromReturn", "sentence": sentence}])
    twelve = {"1000": {"name": "Sales", "vat": 25}, "1012": {"name": "Art", "vat": 12}, "1090": {"name": "R", "vat": 0}}
    with with_ledger(service, {"accounts": twelve}):
        note = made(service, {"fromReturn": "back"})
    assert (note["TotalVat"], note["ProductLines"][0]["AccountName"]) == (1.07, "Art")
    both = call(service, "POST", "", {"fromReturn": "back", "ProductLines": [LINE]})
    assert [one["path"] for one in refusal(both)[2]] == ["ProductLines"]
    assert book(service, note).status_code == 200


def test_a_note_for_as_many_lines_as_a_receipt_has_can_be_sent_back(url: str) -> None:
    for service in running(url, max_lines=3):
        bought(service, line(1, 1_002), line(2, 1_000), line(3, 1_000))
        returned(service, "back", (1, 1), (2, 1), (3, 1))
        note = made(service, {"fromReturn": "back"})
        # The coin that is left has a line of its own.
        assert len(note["ProductLines"]) == 4
        assert call(service, "PUT", f"/{note['Guid']}", note).status_code == 200


def test_a_note_for_as_much_as_can_be_returned_can_be_sent_back(service: Service) -> None:
    bought(service, line(1, LARGEST))
    returned(service, "back", (1, 1))
    note = made(service, {"fromReturn": "back"})
    assert note["TotalInclVat"] == LARGEST / 100
    assert call(service, "PUT", f"/{note['Guid']}", note).status_code == 200
