"""Claims that carry the evaluation which gave them: it proves just what was given, to that customer at that time."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engine.grants.wallet import everyones_grant_id
from rabatt.service.clock import written
from rabatt.service.proofs import LIFETIME, LONGEST_TOKEN, MOST_TOLD_APART, Proofs, given_by
from rabatt.service.store.secrets import EVALUATIONS, secret_of
from tests.rabatt.service.conftest import ACCOUNT, START, Service, new_url, running
from tests.support.service.claiming import CLAIMS, PURCHASE, body, check_sums, claim, open_shop, places, problems, ref
from tests.support.service.giving import give

USE = "discounts/available_for_receipt"
RULES = "discounts/rules"
HEADER = "Rabatt-Evaluation"
Document = dict[str, Any]


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with rules and grants of every kind."""
    open_shop(service)
    made(service, "a", {"type": "discount_amount", "value": 100})
    made(service, "b", {"type": "discount_percent", "value": 10, "effect": "bonus"})
    made(service, "c", {"type": "discount_item_new_price", "value": 1}, stamp=2)
    return service


def made(service: Service, rule_id: str, reward: Document, stamp: int = 0, owner: str = "*") -> None:
    """A rule on apples that everyone is granted."""
    requirement = {"item": {"items": [{"id": "apple"}]}, "stamp": stamp}
    answer = service.call("POST", RULES, {"id": rule_id, "reward": reward, "requirement": requirement})
    assert answer.status_code == 201, answer.text
    give(service, rule_id, owner)


def apples(quantity: int = 3, customer_id: str | None = "x", **more: Any) -> Document:
    line = {"line_id": 1, "id": "apple", "quantity": quantity, "gross_amount": 1_000 * quantity}
    owner = {} if customer_id is None else {"customer_id": customer_id}
    receipt = {"receipt_id": "r1", "purchase_at": written(PURCHASE), "store": {"id": "s"}, **owner}
    return {**receipt, "items": [{**line, "eligible_for_discount": True}], **more}


def evaluated(service: Service, receipt: Document | None = None, query: str = "") -> tuple[Document, str]:
    """The result receipt, and its token."""
    answer = service.call("POST", USE + query, receipt or apples())
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers[HEADER]


def claim_of(result: Document, token: str | None, **more: Any) -> Document:
    """The body of a claim of all that a result receipt has."""
    asked = {name: result.get(name) for name in ("purchase_at", "customer_id", "discounts")}
    return {**asked, "ref": result["receipt_id"], **({} if token is None else {"evaluation": token}), **more}


@pytest.mark.parametrize("customer_id", ["x", None])
@pytest.mark.parametrize("query", ["", "?explain=true"])
def test_what_an_evaluation_gave_is_claimed_with_its_token(shop: Service, customer_id: str | None, query: str) -> None:
    result, token = evaluated(shop, apples(customer_id=customer_id), query)
    assert {discount["id"] for discount in result["discounts"]} == {"a", "b", "c"}
    claim(shop, claim_of(result, token))


def test_some_of_what_was_given_is_claimed_too(shop: Service) -> None:
    result, token = evaluated(shop)
    first, *others = result["discounts"]
    claim(shop, claim_of(result, token, discounts=[first]))
    claim(shop, claim_of(result, token, discounts=others, ref="r2"))


def test_the_customer_of_a_token_is_the_one_who_is_answered(shop: Service) -> None:
    tied = shop.call("PUT", "discounts/customers/x/tokens", {"type": "card", "value": "123"})
    assert tied.status_code == 200, tied.text
    receipt = apples(customer_id=None, customer={"token": {"type": "card", "value": "123"}})
    answer = shop.call("POST", USE, receipt)
    assert answer.json()["customer_id"] == "x"
    claim(shop, claim_of(answer.json(), answer.headers[HEADER]))


def test_a_token_is_short_and_tells_nothing_of_the_customer(shop: Service) -> None:
    _, token = evaluated(shop, apples(customer_id="kari@example.no"))
    assert len(token) < 100
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"kari" not in data
    # Neither can two of one customer's be held together: nothing but times and the version is alike in them.
    shop.hands.at += timedelta(seconds=1)
    _, another = evaluated(shop, apples(customer_id="kari@example.no"))
    other = base64.urlsafe_b64decode(another + "=" * (-len(another) % 4))
    assert data[13:19] != other[13:19]
    assert len(data) == len(other) == 13 + 6 + 3 * 6 + 16


def test_without_discounts_there_is_no_token(shop: Service) -> None:
    answer = shop.call("POST", USE, apples() | {"items": []})
    assert HEADER not in answer.headers


@pytest.mark.parametrize("foreign", ["gone", "plain"])
def test_what_came_with_the_receipt_is_not_proven(shop: Service, foreign: str) -> None:
    refs = [ref("plain-c", amount=9_999)]
    result, token = evaluated(shop, apples(discounts=[{"id": foreign, "refs": refs}]))
    forged = body("r1", (foreign, refs), customer_id="x", evaluation=token)
    assert "discounts[0].refs[0]" in places(problems(shop, forged, 422))
    assert any(discount["id"] == "gone" for discount in result["discounts"]) is (foreign == "gone")


CHANGES: dict[str, tuple[Document, str]] = {
    "amount": ({"amount": 299}, "discounts[0].refs[0]"),
    "bonus": ({"bonus": 1}, "discounts[0].refs[0]"),
    "usage": ({"usage": 0, "amount": 0}, "discounts[0].refs[0]"),
    "stamps": ({"stamp": 1}, "discounts[0].refs[0]"),
    "grant": ({"id": everyones_grant_id("b", "x")}, "discounts[0].refs[0]"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_differs_from_the_evaluation_is_refused(shop: Service, name: str) -> None:
    result, token = evaluated(shop)
    change, path = CHANGES[name]
    [a, *_] = result["discounts"]
    used = {key: value for key, value in a["refs"][0].items() if key != "items"}
    changed = [{**a, "refs": [{**used, **change}]}]
    assert path in places(problems(shop, claim_of(result, token, discounts=changed), 422))
    claim(shop, claim_of(result, token))


def test_more_than_was_given_is_refused(shop: Service) -> None:
    result, token = evaluated(shop)
    more = [*result["discounts"], {"id": "plain", "refs": [ref("plain-c")]}]
    assert "discounts[3].refs[0]" in places(problems(shop, claim_of(result, token, discounts=more), 422))


def test_the_stamps_that_are_left_are_part_of_what_was_given(shop: Service) -> None:
    claim(shop, claim_of(*evaluated(shop)))
    result, token = evaluated(shop, apples(receipt_id="r2"))
    [card] = [discount for discount in result["discounts"] if discount["id"] == "c"]
    [used] = card["refs"]
    assert used["usage"] == 1
    cheaper = {**used, "statistics": {**used["statistics"], "stamp": used["statistics"]["stamp"] + 1}}
    for one in (cheaper, {name: value for name, value in used.items() if name != "statistics"}):
        wrong = claim_of(result, token, discounts=[{"id": "c", "refs": [one]}])
        assert places(problems(shop, wrong, 422)) == ["discounts[0].refs[0]"]
    claim(shop, claim_of(result, token))


def test_another_customer_and_another_time_are_told(shop: Service) -> None:
    result, token = evaluated(shop)
    for change, path in (({"customer_id": "y"}, "customer_id"), ({"customer_id": None}, "customer_id")):
        assert path in places(problems(shop, claim_of(result, token, **change), 422))
    later = written(PURCHASE + timedelta(microseconds=1))
    assert places(problems(shop, claim_of(result, token, purchase_at=later), 422)) == ["purchase_at"]


def test_another_accounts_token_proves_nothing(shop: Service) -> None:
    result, _ = evaluated(shop)
    key = secret_of(shop.store, EVALUATIONS)
    given = given_by(result, ["a"])
    for account, fault in (("T87654321", ["evaluation"]), (ACCOUNT, [])):
        token = Proofs(key).token(account, "x", PURCHASE, given, START)
        what = claim_of(result, token, discounts=result["discounts"][:1])
        if fault:
            assert places(problems(shop, what, 422)) == fault
        else:
            claim(shop, what)


def test_no_bit_of_a_token_can_be_changed(shop: Service) -> None:
    result, token = evaluated(shop)
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        tampered = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert places(problems(shop, claim_of(result, tampered), 422)) == ["evaluation"]
    for other in ("x", "ø", "....", token[:-1], token + "A", "A" * LONGEST_TOKEN, token[2:]):
        assert places(problems(shop, claim_of(result, other), 422)) == ["evaluation"]
    what = claim_of(result, None)
    for no_token, sentence in (("", "1 to 2048"), ("A" * (LONGEST_TOKEN + 1), "1 to 2048"), (7, "text, in quotes")):
        [found] = problems(shop, {**what, "evaluation": no_token}, 422)
        assert (found["path"], sentence in found["sentence"]) == ("evaluation", True), found
    assert check_sums(shop.store, debit=100) == 0


def test_a_late_claim_of_what_the_rule_no_longer_gives_is_proven(shop: Service) -> None:
    """By a till's clock that runs ahead of a change nobody could tell it without the token."""
    receipt = apples(purchase_at=written(START + timedelta(hours=1)))
    result, token = evaluated(shop, receipt)
    change = {"reward": {"value": 1}, "requirement": {"purchase_to": written(START)}, "active": False}
    assert shop.call("PUT", f"{RULES}/a", change).status_code == 200
    shop.hands.at += timedelta(days=1)
    of_a = claim_of(result, None, discounts=result["discounts"][:1])
    assert places(problems(shop, of_a, 422)) == ["discounts[0].id"] * 2
    claim(shop, claim_of(result, token))


def test_no_token_makes_a_purchase_of_the_future(shop: Service) -> None:
    receipt = apples(purchase_at=written(START + timedelta(days=1)))
    result, token = evaluated(shop, receipt)
    assert places(problems(shop, claim_of(result, token), 422)) == ["purchase_at"]


def test_a_purchase_from_long_before_a_rule_is_proven(shop: Service) -> None:
    result, token = evaluated(shop, apples(purchase_at="2020-05-17T12:00:00Z"))
    assert places(problems(shop, claim_of(result, None), 422)) == [f"discounts[{place}].id" for place in range(3)]
    claim(shop, claim_of(result, token))


def test_a_token_ends_after_a_season(shop: Service) -> None:
    result, token = evaluated(shop)
    shop.hands.at += LIFETIME - timedelta(seconds=1)
    claim(shop, claim_of(result, token, discounts=result["discounts"][:1]))
    shop.hands.at += timedelta(seconds=2)
    what = claim_of(result, token, discounts=result["discounts"][1:], ref="r2")
    assert places(problems(shop, what, 422)) == ["evaluation"]
    # What was booked in time is answered for ever.
    claim(shop, claim_of(result, token, discounts=result["discounts"][:1]))


def test_with_or_without_its_token_it_is_the_same_claim(shop: Service) -> None:
    result, token = evaluated(shop)
    first = claim(shop, claim_of(result, token))
    assert claim(shop, claim_of(result, None)) == first
    assert claim(shop, claim_of(result, "of another")) == first


def test_many_refs_are_proven_as_a_whole(service: Service) -> None:
    count = MOST_TOLD_APART + 1
    answer = service.call("POST", RULES, {"id": "d", "reward": {"type": "discount_debit", "value": 10}})
    assert answer.status_code == 201, answer.text
    give(service, "d", grants=[{"customer_id": "x", "id": f"g{number}"} for number in range(count)])
    result, token = evaluated(service, apples(quantity=count))
    refs = result["discounts"][0]["refs"]
    assert len(refs) == count
    assert len(token) < 100
    fewer = claim_of(result, token, discounts=[{"id": "d", "refs": refs[1:]}])
    assert places(problems(service, fewer, 422)) == ["discounts"]
    claim(service, claim_of(result, token, discounts=[{"id": "d", "refs": refs[::-1]}]))


def stored(service: Service) -> None:
    receipt = {"receipt_id": "r1", "purchase_at": written(PURCHASE), "store": {"id": "s"}}
    assert service.call("POST", "receipts", receipt).status_code == 201


def test_an_update_of_a_receipt_carries_its_evaluation(shop: Service) -> None:
    stored(shop)
    result, token = evaluated(shop)
    update = {"customer_id": "x", "discounts": [{"name": "at the till"}, *result["discounts"]]}
    used = result["discounts"][0]["refs"][0]
    wrong = {"id": "a", "refs": [{"id": used["id"], "usage": 1, "amount": 200}]}
    changed = {**update, "discounts": [{"name": "at the till"}, wrong], "evaluation": token}
    answer = shop.call("PUT", "receipts/all/r1", changed)
    assert places(answer.json()["error"]["errors"]) == ["discounts[1].refs[0]"]
    answer = shop.call("PUT", "receipts/all/r1", {**update, "evaluation": token})
    assert answer.status_code == 200, answer.text
    assert "evaluation" not in answer.json()
    assert shop.call("PUT", "receipts/all/r1", update).content == answer.content


@pytest.fixture(params=["sqlite", "postgresql"])
def strict(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Service]:
    """A service that takes claims of evaluations only."""
    for service in running(new_url(request.param, tmp_path), require_evaluation=True):
        made(service, "a", {"type": "discount_amount", "value": 100})
        yield service


def test_a_service_can_ask_for_evaluations(strict: Service) -> None:
    result, token = evaluated(strict)
    assert places(problems(strict, claim_of(result, None), 422)) == ["evaluation"]
    assert places(problems(strict, claim_of(result, None, evaluation=None), 422)) == ["evaluation"]
    first = claim(strict, claim_of(result, token))
    assert claim(strict, claim_of(result, None)) == first
    stored(strict)
    update = {"customer_id": "x", "discounts": result["discounts"]}
    assert strict.call("PUT", "receipts/all/r1", update).status_code == 200, "it is claimed already"


def test_a_receipt_without_uses_needs_no_evaluation(strict: Service) -> None:
    stored(strict)
    result, token = evaluated(strict)
    update = {"customer_id": "x", "discounts": result["discounts"]}
    answer = strict.call("PUT", "receipts/all/r1", update)
    assert places(answer.json()["error"]["errors"]) == ["evaluation"]
    assert strict.call("PUT", "receipts/all/r1", {"customer_id": "x"}).status_code == 200
    assert token


def test_all_processes_of_a_database_agree_on_tokens_and_so_does_the_next_start(url: str) -> None:
    first = None
    for one in running(url):
        made(one, "a", {"type": "discount_amount", "value": 100})
        first = evaluated(one)
        for other in running(url):
            claim(other, claim_of(*first))
    for again in running(url):
        assert first is not None
        claim(again, claim_of(*first, ref="r2"))


def test_other_databases_have_other_keys(tmp_path: Any) -> None:
    keys: list[bytes] = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        keys += [secret_of(service.store, EVALUATIONS) for service in running(new_url("sqlite", tmp_path / name))]
    assert keys[0] != keys[1]
    assert all(len(key) == 32 for key in keys)


def test_the_path_is_described(shop: Service) -> None:
    paths = shop.app.openapi()["paths"]
    schema = paths["/v1/accounts/{aid}/" + CLAIMS]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "evaluation" in schema["properties"]
    assert HEADER in json.dumps(paths["/v1/accounts/{aid}/" + USE]["post"]["responses"]["200"])
