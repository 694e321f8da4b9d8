"""Whatever an evaluation gives can be claimed, with its token and without; what no evaluation gives cannot."""

from copy import deepcopy
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from engine.rewards.most_given import most_given
from rabatt.service.store.bounds import MAX_UNITS
from rabatt.service.store.tables import rules
from rules import read_rules
from tests.rabatt.service.conftest import Service
from tests.support.service.rows import put_grants, put_rules
from tests.support.shops import Shop
from tests.support.strategies import shops

ON_ONE_SERVICE = settings(
    max_examples=settings().max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CUSTOMER = "k1"
Document = dict[str, Any]
numbers = count(1)


class Counter:
    """A shop's account of its own in a service whose clock shows the time of the purchase."""

    def __init__(self, service: Service, shop: Shop) -> None:
        self.service = service
        self.shop = shop
        self.aid = f"T{next(numbers):08}"
        self.purchase_at = datetime.fromisoformat(shop.receipt["purchase_at"])
        service.hands.at = self.purchase_at
        everyones = [rule["id"] for rule in shop.rules] if shop.grants is None else self.everyones(shop.grants)
        known = {rule["id"] for rule in shop.rules}
        with service.store.writing() as connection:
            put_rules(connection, shop.rules, everyones=everyones, aid=self.aid)
            star = [{"id": f"star {name}", "discount_id": name, "customer_id": "*"} for name in everyones]
            own = [one for one in shop.grants or () if one["discount_id"] in known and one["customer_id"] != "*"]
            put_grants(connection, [*star, *own], aid=self.aid)
            made = self.purchase_at - timedelta(days=1)
            connection.execute(update(rules).where(rules.c.aid == self.aid).values(created_at=made, updated_at=made))

    @staticmethod
    def everyones(grants: list[Document]) -> list[str]:
        """The rules that everyone is granted."""
        named = [grant["discount_id"] for grant in grants if grant["customer_id"] == "*"]
        return [name for name in dict.fromkeys(named) if name != "nobody"]

    def call(self, method: str, path: str, body: Document) -> Any:
        """The response."""
        token = self.service.token(account=self.aid)
        headers = {"authorization": f"Bearer {token}"}
        return self.service.client.request(method, f"/v1/accounts/{self.aid}/{path}", headers=headers, json=body)

    def evaluated(self) -> tuple[list[Document], str | None]:
        """What was given of the shop's rules, and the token of it."""
        answer = self.call("POST", "discounts/available_for_receipt", self.shop.receipt)
        assert answer.status_code == 200, answer.text
        ids = {rule["id"] for rule in self.shop.rules}
        given = [discount for discount in answer.json().get("discounts") or () if discount["id"] in ids]
        return given, answer.headers.get("Rabatt-Evaluation")

    def claim(self, ref: str, discounts: list[Document], token: str | None) -> Any:
        """The answer to a claim."""
        body = {
            "purchase_at": self.shop.receipt["purchase_at"],
            "customer_id": self.shop.receipt.get("customer_id"),
            "discounts": discounts,
            "ref": ref,
            "evaluation": token,
        }
        return self.call("POST", "discounts/available_for_receipt/claims", body)

    def update(self, discounts: list[Document], token: str | None) -> Any:
        """The answer to an update of the receipt, which was stored before its customer was known."""
        anonymous = {name: value for name, value in self.shop.receipt.items() if name != "customer_id"}
        assert self.call("POST", "receipts", anonymous).status_code == 201
        body = {"customer_id": CUSTOMER, "discounts": discounts, "evaluation": token}
        if token is None:
            del body["evaluation"]
        return self.call("PUT", f"receipts/all/{self.shop.receipt['receipt_id']}", body)


@ON_ONE_SERVICE
@given(shops(), st.booleans(), st.booleans())
def test_whatever_an_evaluation_gives_can_be_claimed(
    service: Service, shop: Shop, is_proven: bool, is_update: bool
) -> None:
    counter = Counter(service, shop)
    discounts, token = counter.evaluated()
    assert (token is None) is (not discounts)
    if not discounts:
        return
    shown = token if is_proven else None
    if is_update and shop.receipt.get("customer_id") == CUSTOMER:
        answer = counter.update(discounts, shown)
        assert answer.status_code == 200, answer.text
    else:
        answer = counter.claim("sold", discounts, shown)
        assert answer.status_code == 201, answer.text


@pytest.mark.long
@ON_ONE_SERVICE
@given(shops(), st.data())
def test_what_is_more_than_a_rule_gives_cannot_be_claimed(service: Service, shop: Shop, data: st.DataObject) -> None:
    counter = Counter(service, shop)
    discounts, token = counter.evaluated()
    places = [(place, at) for place, discount in enumerate(discounts) for at in range(len(discount["refs"]))]
    if not places:
        return
    place, at = data.draw(st.sampled_from(places))
    changed = deepcopy(discounts)
    ref = changed[place]["refs"][at]
    ref.pop("items")
    [rule] = read_rules([one for one in shop.rules if one["id"] == discounts[place]["id"]])
    most = {name: value for name, value in most_given(rule, MAX_UNITS)._asdict().items() if value is not None}
    # More stamps than a body may state are refused before.
    most = {name: value for name, value in most.items() if (name, value) != ("stamp", MAX_UNITS)} | {"usage": 1}
    name = data.draw(st.sampled_from(sorted(most)))
    ref[name] = most[name] + data.draw(st.integers(1, 900))
    if name == "usage" or ref["usage"]:
        answer = counter.claim("sold", changed, None)
        assert answer.status_code == 422, answer.text
        paths = [fault["path"] for fault in answer.json()["error"]["errors"]]
        assert paths == [f"discounts[{place}].refs[{at}].{name}"]
    answer = counter.claim("sold", changed, token)
    assert answer.status_code == 422, answer.text
    assert counter.claim("sold", discounts, token).status_code == 201


LARGE = {
    "off each": {"type": "discount_amount", "value": 100},
    "points for each": {"type": "discount_amount", "value": 3, "effect": "bonus"},
    "percent": {"type": "discount_percent", "value": 10},
    "new price": {"type": "discount_item_new_price", "value": 100},
    "every third": {"type": "discount_item_quantity", "value": 1},
    "off each two": {"type": "discount_amount", "value": 70},
    "free for stamps": {"type": "discount_item_quantity", "value": 1},
    "gift card": {"type": "discount_debit", "value": 5_000_000},
    "off it all": {"type": "discount_amount", "value": 100_000},
}
QUANTITY = {"every third": 3, "off each two": 2}


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("is_proven", [False, True], ids=["unproven", "proven"])
def test_a_million_units_are_claimed(service: Service, kind: str, is_proven: bool) -> None:
    item = {"items": [{"id": "nail"}], "quantity": QUANTITY.get(kind, 1)}
    requirement = {"stamp": 9 if kind == "free for stamps" else 0, "item": {} if kind == "off it all" else item}
    rule = {"id": "d", "reward": LARGE[kind], "requirement": requirement}
    nails = {"id": "nail", "quantity": MAX_UNITS, "gross_amount": 200 * MAX_UNITS, "eligible_for_discount": True}
    receipt = {"receipt_id": "1", "store": {"id": "s"}, "purchase_at": "2026-11-21T12:00:00Z", "customer_id": CUSTOMER}
    own = {"id": "own", "discount_id": "d", "customer_id": CUSTOMER}
    counter = Counter(service, Shop([rule], {**receipt, "items": [{**nails, "line_id": 1}]}, [own], {}))
    discounts, token = counter.evaluated()
    assert discounts
    assert counter.claim("sold", discounts, token if is_proven else None).status_code == 201
