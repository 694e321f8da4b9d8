"""Who may use a rule: the customer's own grants, oldest first, else everyone's."""

from typing import Any

import pytest

from engine import compile_rules, evaluate
from rules import Refused, read_grants, read_receipt, read_rules
from tests.support.engine.given import Document, evaluated, grant, line, receipt_document, rule

DAYS: Document = {"dynamic_purchase_to_days": 2}
ONCE: Document = {"discount_repeat_usage": 1}
TILL: Document = {"discount_lines": [{"amount": 5, "discount_id": "till"}]}
DEBIT = rule("r", "debit", 50)


def path_of(
    grants: list[Document] | None, limitation: Document | None = None, customer: str | None = "c", **fields: Any
) -> str | None:
    """Where the rule fails; None where it is used."""
    written = rule(limitation=limitation, **fields)
    evaluation = evaluated([written], receipt_document(customer_id=customer), grants)
    return evaluation.explain("r").rules[0].path


def spent(usage: int) -> Document:
    return {"statistics": {"usage": usage}}


@pytest.mark.parametrize(
    ("grants", "limitation", "path"),
    [
        pytest.param(None, None, None, id="no list of grants: granted to everyone"),
        pytest.param([], None, "grant", id="a list without the rule"),
        pytest.param([grant(rule_id="other")], None, "grant", id="grants of unknown rules"),
        pytest.param([grant(customer_id="d")], None, "grant", id="somebody else's"),
        pytest.param([grant(customer_id="*")], None, None, id="everyone's"),
        pytest.param([grant()], None, None, id="an own one"),
        pytest.param([grant(**spent(1))], ONCE, "limitation.discount_repeat_usage", id="used up"),
        pytest.param([grant(**spent(1)), grant("second")], ONCE, None, id="one used up, one not"),
        pytest.param(
            [grant(**spent(1)), grant("all", customer_id="*")],
            ONCE,
            "limitation.discount_repeat_usage",
            id="used up: no falling back on everyone's",
        ),
        pytest.param([grant(customer_id="*", **spent(5))], ONCE, None, id="everyone's statistics are ignored"),
        pytest.param(
            [grant(customer_id="*")],
            {"discount_repeat_usage": 0},
            "limitation.discount_repeat_usage",
            id="nobody may, not even once",
        ),
        pytest.param([grant(created_at="2026-10-14T14:40:00Z")], DAYS, None, id="on the second, 48 hours on"),
        pytest.param(
            [grant(created_at="2026-10-14T14:39:59Z")],
            DAYS,
            "limitation.dynamic_purchase_to_days",
            id="a second later",
        ),
        pytest.param(
            [grant(customer_id="*", created_at="2026-10-16T00:00:00Z")],
            DAYS,
            "limitation.dynamic_purchase_to_days",
            id="days are counted on own grants only",
        ),
        pytest.param(None, DAYS, "limitation.dynamic_purchase_to_days", id="without a list nobody has an own grant"),
        pytest.param(
            None, {"discount_repeat_usage": 0}, "limitation.discount_repeat_usage", id="nobody, where all were given it"
        ),
        pytest.param(
            [grant(customer_id="*")],
            {"discount_repeat_usage": 0, **DAYS},
            "limitation.discount_repeat_usage",
            id="the first of the table that fails, on everyone's grant too",
        ),
        pytest.param(
            [grant(created_at="2026-10-16T00:00:00Z", **spent(1)), grant("old", created_at="2026-01-01T00:00:00Z")],
            {**DAYS, **ONCE},
            "limitation.dynamic_purchase_to_days",
            id="one used up, the other too old",
        ),
    ],
)
def test_a_rule_is_usable_on_a_grant(grants: list[Document] | None, limitation: Document | None, path: str) -> None:
    assert path_of(grants, limitation) == path


@pytest.mark.parametrize(
    ("grants", "limitation", "wanted", "saw"),
    [
        pytest.param([], None, "a grant", None, id="none"),
        pytest.param([grant(**spent(3)), grant("b", **spent(2))], {"discount_repeat_usage": 2}, 2, 2, id="least used"),
        pytest.param(None, {"discount_repeat_usage": 0}, 0, 0, id="never used"),
        pytest.param(None, DAYS, 2, "no grant of the customer's own", id="everyone's"),
        pytest.param(
            [
                grant(created_at="2026-01-01T00:00:00Z"),
                grant("b", created_at="2026-02-01T00:00:00Z"),
                grant("c", created_at="2026-03-01T00:00:00Z", **spent(1)),
            ],
            {**DAYS, **ONCE},
            "2026-02-03T02:00:00+02:00",
            receipt_document()["purchase_at"],
            id="youngest of those not used up",
        ),
    ],
)
def test_what_was_wanted_of_the_grants_and_seen_is_said(
    grants: list[Document] | None, limitation: Document | None, wanted: Any, saw: Any
) -> None:
    receipt = receipt_document(customer_id="c")
    [outcome] = evaluated([rule(limitation=limitation)], receipt, grants).explain().rules
    assert (outcome.outcome, outcome.wanted, outcome.saw) == ("rejected", wanted, saw)


def test_a_receipt_without_customer_uses_what_everyone_has() -> None:
    assert path_of([grant()], customer=None) == "grant"
    assert path_of([grant(customer_id="*")], customer=None) is None


@pytest.mark.parametrize("grants", [None, [grant(customer_id="*")]])
def test_a_debit_needs_a_grant_of_the_customers_own(grants: list[Document] | None) -> None:
    [outcome] = evaluated([DEBIT], receipt_document(customer_id="c"), grants).explain().rules
    assert (outcome.path, outcome.wanted) == ("grant", "a grant of the customer's own")


def test_the_oldest_usable_grant_is_used() -> None:
    grants = [
        grant("undated"),
        grant("younger", created_at="2026-02-01T00:00:00Z"),
        grant("b", created_at="2026-01-01T00:00:00Z"),
        grant("a", created_at="2026-01-01T00:00:00Z"),
        grant("spent", created_at="2025-01-01T00:00:00Z", **spent(1)),
    ]
    evaluation = evaluated([rule(limitation=ONCE)], receipt_document(customer_id="c"), grants)
    [ref] = evaluation.receipt["discounts"][0]["refs"]
    assert ref["id"] == "a"
    assert ref["statistics"] == {"usage": 1, "amount": 10}


def test_a_debit_draws_on_all_grants_in_their_order() -> None:
    grants = [
        grant("second", created_at="2026-02-01T00:00:00Z", statistics={"debit_balance": 500}),
        grant("first", created_at="2026-01-01T00:00:00Z", statistics={"amount": 20}),
    ]
    refs = evaluated([DEBIT], receipt_document(customer_id="c"), grants).receipt["discounts"][0]["refs"]
    assert [(ref["id"], ref["amount"], ref["statistics"]["debit_balance"]) for ref in refs] == [
        ("first", 30, 0),
        ("second", 70, 430),
    ]


def test_two_grants_of_one_id_are_refused() -> None:
    rules = read_rules([rule()])
    first, second = read_grants([grant("x")]), read_grants([grant("x", "other")])
    with pytest.raises(Refused) as refused:
        evaluate(compile_rules(rules), read_receipt(receipt_document()), [*first, *second])
    assert [fault.path for fault in refused.value.faults] == ["grants[1].id"]


@pytest.mark.parametrize(
    "limitation",
    [
        pytest.param(DAYS, id="where the days are all that is asked"),
        pytest.param({"dynamic_purchase_to_days": 0, "discount_combination": 0}, id="whatever else fails"),
    ],
)
def test_a_grant_without_the_date_that_its_rule_counts_from_is_refused(limitation: Document) -> None:
    rules = read_rules([rule(limitation=limitation)])
    unchecked = read_grants([grant("x")])
    receipt = receipt_document(line(**TILL), customer_id="c")
    with pytest.raises(Refused) as refused:
        evaluate(compile_rules(rules), read_receipt(receipt), unchecked)
    assert [fault.path for fault in refused.value.faults] == ["grants[id=x].created_at"]


def test_grants_may_come_from_a_generator() -> None:
    rules = read_rules([rule()])
    grants = (one for one in read_grants([grant()]))
    assert evaluate(compile_rules(rules), read_receipt(receipt_document(customer_id="c")), grants).used
