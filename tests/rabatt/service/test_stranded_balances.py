"""Gift cards that are over when goods they paid for come back: said in the answer, listed, paid in money if asked."""

from datetime import timedelta
from typing import Any

import pytest

from rabatt.service.clock import written
from tests.rabatt.service.conftest import START, Service
from tests.rabatt.service.test_claim_after_returns import CARD, balance, claimed
from tests.support.service.claiming import CLAIMS, check_sums, grant_row
from tests.support.service.returning import body as body_of
from tests.support.service.returning import bought, grant, line, open_shop, post, returned, usage

LIST = "discounts/stranded_balances"
END = START + timedelta(days=3)
WINDOW: dict[str, Any] = {**CARD, "requirement": {"purchase_to": written(END)}}
LONGER = {"requirement": {"purchase_to": written(END + timedelta(days=30))}}
DAYS = {**CARD, "limitation": {"dynamic_purchase_to_days": 3}}


def listed(service: Service, query: str = "") -> list[dict[str, Any]]:
    """The cards that nobody can use though money went back on them."""
    answer = service.call("GET", f"{LIST}{query}")
    assert answer.status_code == 200, answer.text
    cards: list[dict[str, Any]] = answer.json()
    return cards


def pass_days(service: Service) -> None:
    service.hands.at = START + timedelta(days=5)


def delete_rule(service: Service) -> None:
    assert service.call("DELETE", "discounts/rules/card").status_code == 200


def take_back(service: Service) -> None:
    assert service.call("DELETE", "discounts/rules/card/customers", {"customers": ["c"]}).status_code == 200


def switch_off(service: Service) -> None:
    assert service.call("PUT", "discounts/rules/card", {**CARD, "active": False}).status_code == 200


DAY = written(START)[:10]
WAYS = pytest.mark.parametrize(
    ("card", "end", "why"),
    [
        pytest.param(WINDOW, pass_days, f"the rule ended at {written(END)}", id="the window is over"),
        pytest.param(DAYS, pass_days, f"the grant was good for 3 days from {DAY}", id="the days of the grant are over"),
        pytest.param(CARD, delete_rule, f"the rule was deleted at {DAY}", id="the rule is deleted"),
        pytest.param(CARD, take_back, f"the grant was taken back at {DAY}", id="the grant is taken back"),
        pytest.param(CARD, switch_off, "the rule is switched off", id="the rule is off"),
    ],
)


@WAYS
def test_the_answer_says_that_nobody_can_spend_it_and_the_card_is_listed(
    service: Service, card: Any, end: Any, why: str
) -> None:
    open_shop(service, card, everyone=False)
    bought(service, line(1, 3_000, 2))
    grant_id = grant(service, "card").id
    end(service)
    first = returned(service, "one", (1, 1))
    assert (first["refund_amount"], first["credit_amount"]) == (0, 3_000)
    [on_card] = first["stranded"]
    assert on_card.pop("why").startswith(why)
    assert on_card == {"discount_id": "card", "grant_id": grant_id, "debit_balance": 3_000}
    second = returned(service, "two", (1, 1))
    assert (second["refund_amount"], second["credit_amount"]) == (1_000, 2_000)
    assert [one["debit_balance"] for one in second["stranded"]] == [2_000]
    [listed_card] = listed(service)
    assert listed_card.pop("why").startswith(why)
    assert listed_card == {
        "discount_id": "card",
        "grant_id": grant_id,
        "customer_id": "c",
        "debit_balance": 5_000,
        "credited_amount": 5_000,
        "credited_at": second["created_at"],
    }
    check_sums(service.store, debit=5_000)


@WAYS
def test_the_call_may_choose_money(service: Service, card: Any, end: Any, why: str) -> None:
    open_shop(service, card, everyone=False)
    bought(service, line(1, 6_000))
    grant_id = grant(service, "card").id
    end(service)
    entry = returned(service, "back", (1, None), credit="money")
    assert (entry["refund_amount"], entry["credit_amount"], entry["discounts"]) == (6_000, 0, [])
    assert "stranded" not in entry, why
    assert listed(service) == []
    assert grant_row(service.store, grant_id).amount == 5_000


def test_money_is_paid_for_cards_that_are_over_only(service: Service) -> None:
    open_shop(service, CARD, everyone=False)
    bought(service, line(1, 6_000))
    entry = returned(service, "back", (1, None), credit="money")
    assert (entry["refund_amount"], entry["credit_amount"], balance(service)) == (1_000, 5_000, 5_000)
    assert "stranded" not in entry
    assert listed(service) == []


def test_of_two_cards_the_one_that_lives_is_credited(service: Service) -> None:
    open_shop(service, {**WINDOW, "id": "a"}, {**CARD, "id": "b"}, everyone=False)
    bought(service, line(1, 12_000))
    dead, alive = grant(service, "a").id, grant(service, "b").id
    pass_days(service)
    entry = returned(service, "back", (1, None), credit="money")
    assert (entry["refund_amount"], entry["credit_amount"]) == (7_000, 5_000)
    assert (grant_row(service.store, dead).amount, grant_row(service.store, alive).amount) == (5_000, 0)


def test_another_choice_is_another_return(service: Service) -> None:
    open_shop(service, WINDOW, everyone=False)
    bought(service, line(1, 6_000))
    pass_days(service)
    entry = returned(service, "back", (1, None))
    assert returned(service, "back", (1, None), credit="card") == entry
    answer = post(service, body_of("back", (1, None), credit="money"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RETURN_DIFFERS")


def test_what_cannot_be_chosen_is_refused(service: Service) -> None:
    bought(service, line(1, 6_000))
    answer = post(service, body_of("back", (1, None), credit="cash"))
    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["error"]["errors"]] == ["credit"]


def test_what_a_cancelled_claim_gives_back_to_a_card_that_is_over_is_listed(service: Service) -> None:
    open_shop(service, WINDOW, everyone=False)
    bought(service, line(1, 6_000))
    pass_days(service)
    assert listed(service) == []
    claim = service.call("GET", f"{CLAIMS}?ref=r1").json()
    assert service.call("DELETE", f"{CLAIMS}/{claim['id']}").status_code == 200
    [card] = listed(service)
    assert (card["debit_balance"], card["credited_amount"]) == (5_000, 5_000)


def test_a_card_that_can_be_used_again_is_listed_no_more(service: Service) -> None:
    open_shop(service, WINDOW, everyone=False)
    bought(service, line(1, 6_000))
    pass_days(service)
    returned(service, "back", (1, None))
    assert len(listed(service)) == 1
    assert service.call("PUT", "discounts/rules/card", LONGER).status_code == 200
    assert listed(service) == []
    assert balance(service) == 5_000


def test_a_card_that_a_late_claim_empties_is_listed_no_more(service: Service) -> None:
    open_shop(service, WINDOW, everyone=False)
    evaluated = [bought(service, line(1, 5_000), receipt_id=name, claim_ref=None) for name in ("r1", "r2")]
    pass_days(service)
    entry = returned(service, "back", (1, None))
    assert entry["awaits_claim"]["credit_amount"] == entry["stranded"][0]["debit_balance"] == 5_000
    claimed(service, evaluated[0], "r1")
    assert len(listed(service)) == 1
    claimed(service, evaluated[1], "r2")
    assert listed(service) == []
    assert usage(service, "card") == (1, 5_000)


def test_cards_are_listed_by_the_page_the_newest_first(service: Service) -> None:
    names = [f"card-{number}" for number in range(5)]
    for name in names:
        open_shop(service, {**WINDOW, "id": name, "requirement": {**WINDOW["requirement"], "store_ids": [name]}})
        given = service.call("POST", f"discounts/rules/{name}/customers", {"customers": ["c"]})
        assert given.status_code == 201
        bought(service, line(1, 1_000), receipt_id=name, store={"id": name})
    pass_days(service)
    for name in names:
        service.hands.at += timedelta(minutes=1)
        returned(service, name, (1, None), receipt_id=name)
    # One in the middle is of use again, so a page reads on.
    assert service.call("PUT", "discounts/rules/card-2", LONGER).status_code == 200
    pages = []
    query = "?limit=2"
    while page := listed(service, query):
        pages.append([card["discount_id"] for card in page])
        query = f"?limit=2&starting_after={page[-1]['grant_id']}"
    assert pages == [["card-4", "card-3"], ["card-1", "card-0"]]
    answer = service.call("GET", f"{LIST}?starting_after=nobody")
    assert answer.status_code == 422
