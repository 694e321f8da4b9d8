"""Late claims of what a rule gave before it was changed: with the evaluation that gave it, and without."""

from datetime import timedelta
from typing import Any

import pytest

from rabatt.service.clock import written
from tests.rabatt.service.conftest import START, Service
from tests.support.service.claiming import PURCHASE, claim, grant_row, problems
from tests.support.service.giving import give

USE = "discounts/available_for_receipt"
RULES = "discounts/rules"
APPLES = {"items": [{"id": "apple"}]}
Document = dict[str, Any]


def made(service: Service, document: Document, owner: str = "x") -> str:
    """A rule d; the id of the owner's grant of it."""
    answer = service.call("POST", RULES, {"id": "d", **document})
    assert answer.status_code == 201, answer.text
    [grant] = give(service, "d", owner)
    return str(grant["id"])


def changed(service: Service, change: Document) -> None:
    answer = service.call("PUT", f"{RULES}/d", change)
    assert answer.status_code == 200, answer.text


def evaluated(service: Service, quantity: int, **more: Any) -> tuple[Document, str]:
    """The body of a claim of all that so many apples are given, without its token, and the token."""
    line = {"line_id": 1, "id": "apple", "quantity": quantity, "gross_amount": 1_000 * quantity}
    receipt = {"receipt_id": "r1", "purchase_at": written(PURCHASE), "store": {"id": "s"}, "customer_id": "x", **more}
    answer = service.call("POST", USE, {**receipt, "items": [{**line, "eligible_for_discount": True}]})
    assert answer.status_code == 200, answer.text
    result = answer.json()
    asked = {name: result[name] for name in ("purchase_at", "customer_id", "discounts")}
    return {**asked, "ref": "r1"}, answer.headers["Rabatt-Evaluation"]


def in_either_way(what: Document, token: str, proven: bool) -> Document:
    return {**what, "evaluation": token} if proven else what


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"requirement": {"stamp": 5}}, id="rewards cost more"),
        pytest.param({"limitation": {"discount_reward_usage": 1}}, id="fewer rewards"),
    ],
)
def test_stamps_are_spent_as_the_rule_was(service: Service, change: Document, proven: bool) -> None:
    reward = {"type": "discount_amount", "value": 900}
    grant_id = made(service, {"reward": reward, "requirement": {"item": APPLES, "stamp": 2}})
    what, token = evaluated(service, 12)
    [ref] = what["discounts"][0]["refs"]
    assert (ref["amount"], ref["stamp"], ref["statistics"]["stamp"]) == (3_600, 8, 0)
    changed(service, change)
    claim(service, in_either_way(what, token, proven))
    row = grant_row(service.store, grant_id)
    assert (row.usage, row.amount, row.stamps_owed) == (1, 3_600, 0)
    assert not row.stamps or row.stamps == "[]"


def test_a_card_that_was_emptied_is_no_longer_there_whatever_is_proven(service: Service) -> None:
    reward = {"type": "discount_amount", "value": 900}
    made(service, {"reward": reward, "requirement": {"item": APPLES, "stamp": 2}})
    earned, token = evaluated(service, 2)
    assert earned["discounts"][0]["refs"][0]["stamp"] == 2
    claim(service, {**earned, "evaluation": token})
    at_one_till, one_token = evaluated(service, 1)
    assert at_one_till["discounts"][0]["refs"][0]["usage"] == 1
    at_another, another_token = evaluated(service, 1)
    claim(service, {**at_one_till, "ref": "r2", "evaluation": one_token})
    [found] = problems(service, {**at_another, "ref": "r3", "evaluation": another_token})
    assert found["limit"] == "requirement.stamp"


def test_a_rule_that_had_no_stamps_spent_none(service: Service) -> None:
    grant_id = made(service, {"reward": {"type": "discount_amount", "value": 900}, "requirement": {"item": APPLES}})
    what, token = evaluated(service, 1)
    changed(service, {"requirement": {"stamp": 5}})
    claim(service, {**what, "evaluation": token})
    assert grant_row(service.store, grant_id).amount == 900


def test_a_balance_pays_what_an_evaluation_gave_before_it_was_less(service: Service) -> None:
    grant_id = made(service, {"reward": {"type": "discount_debit", "value": 5_000}})
    what, token = evaluated(service, 9)
    changed(service, {"reward": {"value": 1_000}})
    changed(service, {"name": "less"})
    # Without it, a card that was made out wrongly stays put right, whatever time a till says.
    [found] = problems(service, what)
    assert (found["limit"], found["most"]) == ("debit_balance", 1_000)
    claim(service, {**what, "evaluation": token})
    assert grant_row(service.store, grant_id).amount == 5_000
    [found] = problems(service, {**what, "ref": "r2", "evaluation": token})
    assert (found["limit"], found["used"]) == ("debit_balance", 5_000)


def test_a_balance_of_today_is_what_a_purchase_of_today_draws_on(service: Service) -> None:
    grant_id = made(service, {"reward": {"type": "discount_debit", "value": 5_000}})
    changed(service, {"reward": {"value": 1_000}})
    service.hands.at += timedelta(days=1)
    refs = [{"id": grant_id, "usage": 1, "amount": 1_001}]
    later = {"purchase_at": written(START + timedelta(hours=12)), "customer_id": "x", "ref": "r1"}
    [found] = problems(service, {**later, "discounts": [{"id": "d", "refs": refs}]})
    assert (found["limit"], found["most"]) == ("debit_balance", 1_000)


@pytest.mark.parametrize("is_new", [True, False])
def test_a_window_before_the_rule_was_made_is_that_of_its_purchases(service: Service, is_new: bool) -> None:
    opens, closes = START - timedelta(days=800), START - timedelta(days=400)
    window = {"purchase_from": written(opens), "purchase_to": written(closes)}
    reward = {"type": "discount_amount", "value": 900}
    made(service, {"reward": reward, "requirement": {"item": APPLES, **(window if is_new else {})}})
    if not is_new:
        changed(service, {"requirement": window})
    what, _ = evaluated(service, 1, purchase_at=written(START - timedelta(days=500)))
    claim(service, what)
    too_old = {**what, "ref": "r2", "purchase_at": written(opens - timedelta(microseconds=1))}
    [found] = problems(service, too_old, 422)
    assert found["path"] == "discounts[0].id"


def test_a_grant_imported_since_does_not_take_everyones_away(service: Service) -> None:
    made(service, {"reward": {"type": "discount_amount", "value": 900}, "requirement": {"item": APPLES}}, "*")
    what, token = evaluated(service, 1)
    give(service, "d", grants=[{"customer_id": "x", "created_at": written(START - timedelta(days=100))}])
    [found] = problems(service, what, 422)
    assert found["path"] == "discounts[0].refs[0].id"
    claim(service, {**what, "evaluation": token})
