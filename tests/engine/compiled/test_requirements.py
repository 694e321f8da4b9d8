"""Each requirement of a receipt's facts holds or says what it wanted and what it saw."""

from typing import Any

import pytest

from engine.explanation.outcome import RuleOutcome
from tests.support.engine.given import FRIDAY, Document, evaluated, line, receipt_document, rule

CUSTOMER: Document = {
    "first_name": "John",
    "date_of_birth": "1990-10-16",
    "status": "vip",
    "addresses": [{"country": "NO", "postal_code": "0349"}, {"country": "SE", "postal_code": "111"}],
    "company": {"bussiness_name": "Fjord AS", "number_of_employees": "20"},
    "marketing_consent": {"email": {"consent": True}},
    "attributes": {"segment": "gold"},
    "metadata": {"level": 3, "segment": "lead"},
}
STORE: Document = {"id": "sc029", "mcc": "5814", "chain": "Nordlys", "address": {"country": "NO"}}


def outcome(requirement: Document, limitation: Document | None = None, **fields: Any) -> RuleOutcome:
    receipt = receipt_document(line("a", 100), **{"store": STORE, "customer": CUSTOMER, **fields})
    evaluation = evaluated([rule("r", "percent", 10, "*", limitation=limitation, **requirement)], receipt)
    return evaluation.explain("r").rules[0]


@pytest.mark.parametrize(
    "requirement",
    [
        pytest.param({"purchase_from": FRIDAY, "purchase_to": "2026-10-16T14:40:00Z"}, id="both ends of the window"),
        {"customer": {"first_name": ["Jane", "John"], "status": ["vip"]}},
        {"customer": {"company": {"business_name": ["Fjord AS"]}}},
        {"customer": {"company": {"number_of_employees": [{"numeric": [">=", 20]}]}}},
        {"customer": {"marketing_consent": {"email": {"consent": ["true"]}}}},
        {"customer": {"date_of_birth": [{"birthday": {"days_before": 0, "days_after": 0}}]}},
        {"customer": {"addresses": [{"country": ["DK"]}, {"country": ["NO"], "postal_code": [{"prefix": "03"}]}]}},
        {"customer": {"attributes": {"segment": ["gold"]}}},
        {"customer": {"attributes": {"level": [3]}}},
        {"customer": {"attributes": {"unheard_of": [{"exists": False}]}}},
        {"store_ids": ["x", "sc029"]},
        {"store_ids": ["*"]},
        {"store": {"chain": ["Nordlys"], "address": {"country": ["NO"]}}},
        {"store": {"mcc": [5814]}},
        {"store": {"mcc": ["1", "5814"], "mcc_ranges": [{"start": 1, "end": 2}]}},
        {"store": {"mcc_ranges": [{"start": 5814, "end": 5815}]}},
        {"store": {"mcc_ranges": [{"start": "5800", "end": "5814"}]}},
        {"gross_amount": 100},
        {"net_amount": 100},
        {"currencies": [{"exists": False}]},
    ],
)
def test_a_requirement_that_holds_lets_the_rule_be_used(requirement: Document) -> None:
    assert outcome(requirement).outcome == "used"


@pytest.mark.parametrize(
    ("requirement", "path", "wanted", "saw"),
    [
        ({"purchase_from": "2026-10-16T14:40:01Z"}, "purchase_from", "2026-10-16T14:40:01Z", FRIDAY),
        ({"purchase_to": "2026-10-16T14:39:59Z"}, "purchase_to", "2026-10-16T14:39:59Z", FRIDAY),
        ({"customer": {"status": ["new"]}}, "customer.status", ["new"], "vip"),
        (
            {"customer": {"company": {"business_name": ["X"]}}},
            "customer.company.bussiness_name",
            ["X"],
            "Fjord AS",
        ),
        ({"customer": {"attributes": {"segment": ["lead"]}}}, "customer.attributes.segment", ["lead"], "gold"),
        ({"customer": {"term": {"id": ["1"]}}}, "customer.term.id", ["1"], None),
        (
            {"customer": {"addresses": [{"country": ["NO"], "postal_code": ["111"]}]}},
            "customer.addresses",
            [{"country": ["NO"], "postal_code": ["111"]}],
            CUSTOMER["addresses"],
        ),
        ({"store_ids": ["x"]}, "store_ids", ["x"], "sc029"),
        ({"store": {"chain": ["Other"]}}, "store.chain", ["Other"], "Nordlys"),
        ({"store": {"mcc": [5411]}}, "store.mcc", [5411], "5814"),
        (
            {"store": {"mcc_ranges": [{"start": 5815, "end": 5899}]}},
            "store.mcc_ranges",
            [{"start": 5815, "end": 5899}],
            "5814",
        ),
        ({"gross_amount": 101}, "gross_amount", 101, 100),
        ({"net_amount": 101}, "net_amount", 101, 100),
        ({"currencies": ["NOK"]}, "currencies", ["NOK"], None),
        ({"discount_code": "TACO"}, "discount_code", "TACO", []),
    ],
)
def test_a_requirement_that_fails_says_what_it_wanted_and_saw(
    requirement: Document, path: str, wanted: Any, saw: Any
) -> None:
    found = outcome(requirement)
    assert (found.path, found.wanted, found.saw) == (f"requirement.{path}", wanted, saw)


def test_a_store_without_mcc_is_in_no_range() -> None:
    found = outcome({"store": {"mcc_ranges": [{"start": 0, "end": 9999}]}}, store={"id": "x"})
    assert (found.path, found.saw) == ("requirement.store.mcc_ranges", None)


@pytest.mark.parametrize(
    ("mcc", "outcome_word"), [(742, "used"), ("742", "used"), ("0742", "used"), (7420, "rejected")]
)
def test_codes_are_padded_on_the_left(mcc: int | str, outcome_word: str) -> None:
    assert outcome({"store": {"mcc": ["0742"]}}, store={"id": "x", "mcc": mcc}).outcome == outcome_word


@pytest.mark.parametrize(
    ("at", "timezone", "outcome_word"),
    [
        pytest.param("2026-10-15T23:30:00Z", None, "rejected", id="the date as it is written"),
        pytest.param("2026-10-15T23:30:00Z", "Europe/Oslo", "used", id="the date in the rule's own zone"),
        pytest.param("2026-10-16T01:30:00+02:00", None, "used", id="the same instant, written in Oslo"),
    ],
)
def test_birthdays_are_those_of_the_local_date(at: str, timezone: str | None, outcome_word: str) -> None:
    birthday = {"customer": {"date_of_birth": [{"birthday": {"days_before": 0, "days_after": 0}}]}}
    limitation = {"discount_hours": {"timezone": timezone}} if timezone else None
    assert outcome(birthday, limitation, purchase_at=at).outcome == outcome_word


MANY = [
    {"country": ["NO", "SE"][number % 2], "postal_code": str(number), "type": ["a", str(number)]}
    for number in range(99)
]


@pytest.mark.parametrize(
    ("elements", "outcome_word"),
    [
        ([{"country": ["NO"], "postal_code": ["98"]}], "used"),
        ([{"country": ["NO"], "postal_code": ["97"]}], "rejected"),
        ([{"country": ["DK"]}, {"country": ["SE"], "postal_code": [{"prefix": "97"}]}], "used"),
        ([{"country": ["SE"], "postal_code": [{"prefix": "98"}]}], "rejected"),
        ([{"postal_code": [{"wildcard": "9*9"}]}, {"postal_code": [{"suffix": "x"}]}], "rejected"),
        ([{"type": ["55"], "country": ["SE"]}], "used"),
        ([{"type": [{"prefix": "55"}], "country": ["NO"]}], "rejected"),
        ([{"type": [{"anything-but": "a"}]}], "rejected"),
        ([{"address_line": [{"exists": False}], "postal_code": [{"numeric": [">", 97]}]}], "used"),
        ([{"address_line": [{"exists": True}]}], "rejected"),
        ([{"address_line": [{"birthday": {"days_before": 1, "days_after": 1}}]}], "used"),
        ([{"address_line": [{"birthday": {"days_before": 0, "days_after": 1}}]}], "rejected"),
    ],
)
def test_some_of_many_addresses_agrees_in_all_fields_of_an_element(elements: list[Document], outcome_word: str) -> None:
    addresses = MANY
    if "birthday" in str(elements):
        addresses = [*MANY, {"address_line": "1990-10-17"}]
    assert outcome({"customer": {"addresses": elements}}, customer={"addresses": addresses}).outcome == outcome_word


def test_a_code_that_is_a_list_is_none_of_those_listed() -> None:
    store = {"mcc": [1], "mcc_ranges": [{"start": 0, "end": 9999}]}
    rules = [rule(f"r{number}", "percent", 10, "*", store=store) for number in range(2)]
    receipt = receipt_document(line("a", 100), store={"id": "x", "mcc": ["0001", "5814"]})
    assert evaluated(rules, receipt).used == ()


def test_a_receipt_without_customer_has_none_of_its_fields() -> None:
    receipt = receipt_document()
    [refused] = evaluated([rule(customer={"addresses": [{"country": ["NO"]}]})], receipt).explain().rules
    assert (refused.path, refused.saw) == ("requirement.customer.addresses", [])
    assert evaluated([rule(customer={"status": [{"exists": False}]})], receipt).used


def test_a_field_below_something_that_is_no_object_is_absent() -> None:
    customer = {"attributes": {"car": "Volvo"}}
    wanting = {"customer": {"attributes": {"car": [{"exists": True}]}}}
    assert outcome(wanting, customer=customer).outcome == "used"
