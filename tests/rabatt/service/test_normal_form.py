"""An id is one id, in whichever form its signs are put together: what is sent decomposed finds what is composed."""

from typing import Any, Literal, TypeAlias
from unicodedata import normalize
from urllib.parse import quote

import pytest

from rabatt.service.clock import written
from tests.rabatt.service.conftest import ACCOUNT, Service
from tests.support.service.claiming import CLAIMS, PURCHASE
from tests.support.service.noting import call

Form: TypeAlias = Literal["NFC", "NFD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD")
NAME = "caf\u00e9"


def spelled(form: Form, text: str = NAME) -> str:
    return normalize(form, text)


def both(service: Service, method: str, path: str, body: Any = None, status: int = 200) -> list[Any]:
    """The answers to a call that is spelled in either form; `{}` in the path is an id."""
    answers = [
        service.call(method, path.replace("{}", quote(spelled(form), safe="")), in_form(body, form)) for form in FORMS
    ]
    assert [answer.status_code for answer in answers] == [status] * 2, [answer.text for answer in answers]
    return answers


def in_form(value: Any, form: Form) -> Any:
    """A document with every text in a form."""
    match value:
        case str():
            return spelled(form, value)
        case list():
            return [in_form(member, form) for member in value]
        case dict():
            return {name: in_form(member, form) for name, member in value.items()}
        case _:
            return value


def same(service: Service, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """The one answer to both."""
    first, second = both(service, method, path, body, status)
    assert first.content == second.content
    return first.json()


RULE = {
    "id": NAME,
    "reward": {"type": "discount_amount", "value": 10},
    "limitation": {"discount_activation": [{"type": "deactivate_if_discount_active", "value": "the\u00e9"}]},
}
LINE = {"line_id": 1, "id": "x", "quantity": 1, "gross_amount": 100, "eligible_for_discount": True}
RECEIPT = {
    "receipt_id": NAME,
    "purchase_at": written(PURCHASE),
    "customer_id": NAME,
    "store": {"id": "s"},
    "items": [{**LINE, "id": NAME}],
}


@pytest.fixture
def shop(service: Service) -> Service:
    """A rule and a customer whose ids have an accent."""
    made = same(service, "POST", "discounts/rules", RULE, 201)
    assert (made["id"], made["limitation"]["discount_activation"][0]["value"]) == (NAME, "the\u00e9")
    return service


def test_rules_and_grants(shop: Service) -> None:
    assert same(shop, "GET", "discounts/rules/{}")["id"] == NAME
    assert same(shop, "PUT", "discounts/rules/{}", {"id": NAME, "name": "cheap"})["name"] == "cheap"
    given = same(shop, "POST", "discounts/rules/{}/customers", {"customers": [NAME]}, 201)
    assert [ref["customer_id"] for ref in given["refs"]] == [NAME]
    entry = {"grants": [{"customer_id": NAME, "id": NAME}]}
    given = same(shop, "POST", "discounts/rules/{}/customers", entry, 201)
    assert NAME in [ref["id"] for ref in given["refs"]]
    assert len(same(shop, "GET", "discounts/rules/{}/customers")) == 2
    assert same(shop, "GET", "discounts/rules/{}/customers?limit=1&starting_after={}") is not None
    assert [rule["id"] for rule in same(shop, "GET", "discounts/customers/{}/rules")] == [NAME]
    taken, again = both(shop, "DELETE", "discounts/rules/{}/customers", {"customers": [NAME]})
    assert (len(taken.json()["refs"]), again.json()["refs"]) == (2, [])
    same(shop, "DELETE", "discounts/rules/{}")


@pytest.mark.parametrize("owner", [NAME, "*"], ids=["a grant of their own", "everyone's"])
def test_a_purchase(shop: Service, owner: str) -> None:
    shop.call("POST", f"discounts/rules/{quote(NAME)}/customers", {"customers": [owner]})
    evaluated = same(shop, "POST", "discounts/available_for_receipt", {**RECEIPT, "items": []}, 200)
    assert evaluated["customer_id"] == NAME
    # What is asked of lines is compared sign by sign, and comes back as it was sent.
    answers = both(shop, "POST", "discounts/available_for_receipt", RECEIPT)
    assert [answer.json()["items"][0]["id"] for answer in answers] == [spelled(form) for form in FORMS]
    evaluated = answers[0].json()
    assert answers[1].json()["discounts"] == evaluated["discounts"]
    explained = same(shop, "POST", "discounts/available_for_receipt?explain=true&rule_id={}", {**RECEIPT, "items": []})
    assert [rule["rule_id"] for rule in explained["explanation"]["rules"]] == [NAME]
    # Claimed and stored in one form, and once more in the other.
    claim = {name: evaluated[name] for name in ("purchase_at", "customer_id", "discounts")} | {"ref": NAME}
    claimed = same(shop, "POST", CLAIMS, claim, 201)
    assert (claimed["ref"], claimed["customer_id"]) == (NAME, NAME)
    assert same(shop, "GET", CLAIMS + "?ref={}")["id"] == claimed["id"]
    plain = {**evaluated, "items": [{**evaluated["items"][0], "id": "item"}]}
    stored = same(shop, "POST", "receipts", plain, 201)
    assert (stored["receipt_id"], stored["customer_id"]) == (NAME, NAME)
    assert same(shop, "GET", "receipts/search?receipt_id={}")["receipts"] == [stored]
    assert same(shop, "GET", "receipts/customers/{}")["receipts"] == [stored]
    back = same(
        shop, "POST", "receipts/all/{}/returns", {"ref": NAME, "claim_ref": NAME, "items": [{"line_id": 1}]}, 201
    )
    assert (back["ref"], back["receipt_id"], len(back["discounts"])) == (NAME, NAME, 1)
    note = call(shop, "POST", "", {"fromReturn": spelled("NFD")})
    assert (note.status_code, note.json()["ExternalReference"]) == (201, NAME)


def test_an_anonymous_receipt_gets_its_customer(shop: Service) -> None:
    shop.call("POST", f"discounts/rules/{quote(NAME)}/customers", {"customers": [NAME]})
    evaluated = shop.call("POST", "discounts/available_for_receipt", {**RECEIPT, "items": [LINE]})
    discounts = evaluated.json()["discounts"]
    anonymous = {name: value for name, value in RECEIPT.items() if name != "customer_id"} | {"items": []}
    same(shop, "POST", "receipts", anonymous, 201)
    added = same(shop, "PUT", "receipts/all/{}", {"customer_id": NAME, "discounts": discounts})
    assert (added["customer_id"], added["discounts"][0]["id"]) == (NAME, NAME)
    assert same(shop, "GET", CLAIMS + "?ref={}")["customer_id"] == NAME


def test_tokens(shop: Service) -> None:
    token = {"value": NAME, "type": NAME, "token_id": NAME}
    assert same(shop, "PUT", "discounts/customers/{}/tokens", token)["value"] == NAME
    assert len(same(shop, "GET", "discounts/customers/{}/tokens")["tokens"]) == 1
    anonymous = {name: value for name, value in RECEIPT.items() if name != "customer_id"} | {"items": []}
    found = both(shop, "POST", "discounts/available_for_receipt", {**anonymous, "customer": {"token": token}})
    assert [answer.json()["customer_id"] for answer in found] == [NAME] * 2
    same(shop, "DELETE", "discounts/customers/{}/tokens", {"value": NAME, "type": NAME})
    assert same(shop, "GET", "discounts/customers/{}/tokens")["tokens"] == []


def test_a_bearer_reads_the_receipts_of_the_customer_that_the_token_names(shop: Service) -> None:
    same(shop, "POST", "receipts", {**RECEIPT, "items": []}, 201)
    for form in FORMS:
        token = shop.token("user:receipts", customer_id=spelled(form))
        for path in FORMS:
            read = shop.call("GET", f"receipts/customers/{quote(spelled(path))}", token=token)
            assert len(read.json()["receipts"]) == 1


@pytest.mark.parametrize("sign", ["\x7f", "\x85", "\u200b", "\u202e", "\u2028", "\ufeff", "\U000e0041"])
def test_a_sign_that_cannot_be_seen_is_refused_wherever_an_id_comes_in(service: Service, sign: str) -> None:
    hidden, path = f"a{sign}b", quote(f"a{sign}b", safe="")
    receipt = {**RECEIPT, "items": []}
    calls = [
        ("GET", f"discounts/rules/{path}", None),
        ("GET", f"discounts/rules?starting_after={path}", None),
        ("GET", f"{CLAIMS}?ref={path}", None),
        ("GET", f"{CLAIMS}/{path}", None),
        ("GET", f"receipts/search?receipt_id={path}", None),
        ("GET", f"receipts/customers/{path}", None),
        ("GET", f"discounts/customers/{path}/tokens", None),
        ("POST", f"receipts/all/{path}/returns", {"ref": "a", "items": [{"line_id": 1}]}),
        ("POST", "discounts/rules", {**RULE, "id": hidden}),
        ("POST", "discounts/rules/a/customers", {"customers": [hidden]}),
        ("POST", "discounts/rules/a/customers", {"grants": [{"customer_id": "a", "id": hidden}]}),
        ("POST", "discounts/available_for_receipt", {**receipt, "customer_id": hidden}),
        ("POST", "receipts", {**receipt, "receipt_id": hidden}),
        ("POST", "receipts", {**receipt, "customer_id": hidden}),
        ("PUT", "discounts/customers/a/tokens", {"value": hidden}),
        ("PUT", "discounts/customers/a/tokens", {"value": "a", "type": hidden}),
    ]
    for method, where, body in calls:
        answer = service.call(method, where, body)
        assert answer.status_code == 422, (method, where, answer.text)
        assert "cannot be seen" in answer.json()["error"]["errors"][0]["sentence"], (method, where, answer.text)
    assert service.call("GET", "discounts/rules", token=service.token(customer_id=hidden)).status_code == 401
    other = f"/v1/{ACCOUNT}/sales/creditnotes?starting_after={path}"
    headers = {"authorization": f"Bearer {service.token()}"}
    assert service.client.get(other, headers=headers).status_code == 422
