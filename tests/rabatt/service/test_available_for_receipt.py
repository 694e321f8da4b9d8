"""`available_for_receipt`: the engine's answer to the byte, with the rules and grants that the store has now."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from engine import Settings as EngineSettings
from engine import compile_rules, evaluate_json
from engine.grants.wallet import everyones_grant_id
from rabatt.service import rule_sets
from rabatt.service.store import changes, tables
from rabatt.service.store.customer_grants import CustomerGrants, customer_grants
from rules import read_grants, read_rules
from rules.serialise import serialise
from tests.rabatt.service.conftest import ACCOUNT, START, Service, new_url, running
from tests.support.service.claiming import add_rules
from tests.support.service.rows import change_rule, put_grants, put_rules
from tests.support.shops import shop

PATH = "discounts/available_for_receipt"
AT = "2026-11-21T12:00:00+01:00"
Document = dict[str, Any]


def percent(rule_id: str, value: float = 10, **parts: Any) -> Document:
    return {
        "id": rule_id,
        "requirement": {"item": {"items": [{"id": "apple"}]}, **parts},
        "reward": {"type": "discount_percent", "value": value},
    }


def receipt(**fields: Any) -> Document:
    line = {"line_id": 1, "id": "apple", "quantity": 2, "gross_amount": 2000, "eligible_for_discount": True}
    return {"receipt_id": "r1", "purchase_at": AT, "store": {"id": "s1"}, "items": [line], **fields}


def total(answer: Document) -> int:
    return sum(ref["amount"] for discount in answer.get("discounts", ()) for ref in discount["refs"])


@pytest.fixture
def shop_service(service: Service) -> Service:
    """A service with one rule that everyone is granted, and one that only the customer c1 is."""
    with service.store.writing() as connection:
        put_rules(connection, [percent("for all"), percent("for c1", 25)], everyones=["for all"])
        put_grants(connection, [{"id": "g1", "discount_id": "for c1", "customer_id": "c1"}])
    return service


def as_kept(grant: Document, rule: Document | None) -> Document:
    """The grant as the store keeps it: with a time, its statistics in full, stamps and balances where the rule has."""
    given = grant.get("statistics", {})
    statistics = {name: given.get(name, 0) for name in ("usage", "amount", "bonus")}
    created_at = grant.get("created_at", "2024-01-01T00:00:00.000000Z")
    kept = {**grant, "created_at": created_at, "statistics": statistics}
    kept.pop("stamps", None)
    if rule is not None and rule["reward"]["type"] == "discount_debit":
        spent = rule["reward"]["value"] - statistics["amount"]
        statistics["debit_balance"] = given.get("debit_balance", max(spent, 0))
    if rule is not None and rule.get("requirement", {}).get("stamp"):
        card = [{"at": created_at, "count": given["stamp"]}] if given.get("stamp") else []
        kept["stamps"] = grant.get("stamps") or card
    return kept


def test_the_answer_is_the_librarys_to_the_byte(url: str) -> None:
    for service in running(url):
        context = service.context
        for seed in range(150):
            made = shop(seed)
            rules = {rule["id"]: rule for rule in made.rules}
            given = [{"id": f"all {name}", "discount_id": name, "customer_id": "*"} for name in rules]
            grants = [
                as_kept(grant, rules.get(grant["discount_id"]))
                for grant in (given if made.grants is None else made.grants)
                if grant["discount_id"] in rules
            ]
            everyones = {grant["discount_id"] for grant in grants if grant["customer_id"] == "*"}
            account = f"T{seed:08}"
            with service.store.writing() as connection:
                put_rules(connection, made.rules, everyones=everyones, aid=account)
                put_grants(connection, grants, aid=account)
            settings = EngineSettings(**made.settings)
            service.app.state.context = replace(context, engine=settings)
            body = serialise(made.receipt)
            answer = service.client.post(
                f"/v1/accounts/{account}/{PATH}",
                content=body,
                headers={"authorization": f"Bearer {service.token(account=account)}"},
            )
            library = evaluate_json(compile_rules(read_rules(made.rules)), body, read_grants(grants), settings)
            assert (answer.status_code, answer.content) == (200, library), f"shop {seed}"


def test_a_customer_gets_their_own_rules_and_everyones(shop_service: Service) -> None:
    assert total(shop_service.call("POST", PATH, receipt(customer_id="c1")).json()) == 200 + 500
    assert total(shop_service.call("POST", PATH, receipt(customer_id="c2")).json()) == 200
    assert total(shop_service.call("POST", PATH, receipt()).json()) == 200


def test_an_account_sees_nothing_of_another(shop_service: Service) -> None:
    other = "T87654321"
    answer = shop_service.client.post(
        f"/v1/accounts/{other}/{PATH}",
        json=receipt(customer_id="c1"),
        headers={"authorization": f"Bearer {shop_service.token(account=other)}"},
    )
    assert answer.json() == receipt(customer_id="c1")


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        pytest.param({"deleted_at": START}, 0, id="a deleted rule gives nothing"),
        pytest.param({"granted_to_everyone": False}, 0, id="nor one that everyone's grant was taken from"),
        pytest.param({"document": json.dumps(percent("for all", 50))}, 1000, id="a changed one gives what it now says"),
    ],
)
def test_another_process_sees_a_change_with_its_next_receipt(
    shop_service: Service, url: str, changes: Document, left: int
) -> None:
    for other in running(url):
        assert total(other.call("POST", PATH, receipt()).json()) == 200
        with shop_service.store.writing() as connection:
            change_rule(connection, "for all", **changes)
        answer = other.call("POST", PATH, receipt())
        assert total(answer.json()) == left
        assert answer.headers["rabatt-rules-version"] == "2"
        assert total(shop_service.call("POST", PATH, receipt()).json()) == left


def test_the_use_of_what_everyone_was_granted_counts_while_they_are(service: Service) -> None:
    rule = percent("once") | {"limitation": {"discount_repeat_usage": 1}}
    used = {
        "id": everyones_grant_id("once", "c1"),
        "discount_id": "once",
        "customer_id": "c1",
        "statistics": {"usage": 1, "amount": 200},
        "is_derived": True,
    }
    with service.store.writing() as connection:
        put_rules(
            connection, [rule, percent("twice") | {"limitation": {"discount_repeat_usage": 2}}], everyones=["once"]
        )
        put_grants(connection, [used, used | {"id": "other", "discount_id": "twice"}])
    assert total(service.call("POST", PATH, receipt(customer_id="c1")).json()) == 0
    assert total(service.call("POST", PATH, receipt(customer_id="c2")).json()) == 200


def test_a_grant_that_was_taken_back_gives_nothing(shop_service: Service) -> None:
    with shop_service.store.writing() as connection:
        connection.execute(update(tables.grants).values(deleted_at=START))
    assert total(shop_service.call("POST", PATH, receipt(customer_id="c1")).json()) == 200


def test_a_token_stands_for_its_customer(shop_service: Service) -> None:
    row = {"aid": ACCOUNT, "type": "CARD", "value": "77", "customer_id": "c1", "created_at": START, "created_by": "t"}
    with shop_service.store.writing() as connection:
        connection.execute(insert(tables.tokens).values(row))
    known = {"customer": {"token": {"value": "77", "type": "CARD"}}}
    answer = shop_service.call("POST", PATH, receipt(**known)).json()
    assert (answer["customer_id"], total(answer)) == ("c1", 700)
    unknown = {"customer": {"token": {"value": "78", "type": "CARD"}}}
    answer = shop_service.call("POST", PATH, receipt(**unknown)).json()
    assert ("customer_id" in answer, total(answer)) == (False, 200)
    answer = shop_service.call("POST", PATH, receipt(**known, customer_id="c2")).json()
    assert (answer["customer_id"], total(answer)) == ("c2", 200)


def test_why_is_told_when_asked(shop_service: Service) -> None:
    plain = shop_service.call("POST", PATH, receipt()).json()
    answer = shop_service.call("POST", f"{PATH}?explain=true", receipt())
    told = answer.json()
    explanation = told.pop("explanation")
    assert told == plain
    assert explanation["optimal"] is True
    assert explanation["upper_bound"] == plain["total_discount"]
    assert answer.headers["rabatt-upper-bound"] == str(explanation["upper_bound"])
    outcomes = {outcome["rule_id"]: outcome["outcome"] for outcome in explanation["rules"]}
    assert outcomes == {"for all": "used", "for c1": "rejected"}
    assert [line["takes_part"] for line in explanation["lines"]] == [True]
    assert shop_service.call("POST", f"{PATH}?explain=false", receipt()).json() == plain


def test_why_a_rule_that_is_over_does_not_apply_is_told_too(service: Service) -> None:
    over = percent("over") | {"requirement": {"purchase_to": "2025-01-01T00:00:00Z"}}
    with service.store.writing() as connection:
        put_rules(connection, [over])
        put_grants(connection, [{"id": "g", "discount_id": "over", "customer_id": "c1"}])
    told = service.call("POST", f"{PATH}?explain=true", receipt(customer_id="c1")).json()["explanation"]["rules"]
    assert [outcome["path"] for outcome in told] == ["requirement.purchase_to"]


def test_rules_can_be_asked_about_one_by_one(url: str) -> None:
    for service in running(url, max_explained_rules=2):
        with service.store.writing() as connection:
            put_rules(connection, [percent(name) for name in "abc"], everyones=["a"])
        refused = service.call("POST", f"{PATH}?explain=true", receipt())
        assert refused.status_code == 422
        assert refused.json()["error"]["errors"][0]["path"] == "query.rule_id"
        told = service.call("POST", f"{PATH}?explain=true&rule_id=c&rule_id=a&rule_id=c", receipt()).json()
        assert [outcome["rule_id"] for outcome in told["explanation"]["rules"]] == ["c", "a"]
        unknown = service.call("POST", f"{PATH}?explain=true&rule_id=d", receipt())
        assert unknown.status_code == 422


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        pytest.param({}, {"purchase_at", "receipt_id", "store.id"}, id="every field that is missing is named"),
        pytest.param(receipt(customer_id="*"), {"customer_id"}, id="everyone is no customer"),
        pytest.param(receipt(customer_id=" c1"), {"customer_id"}, id="an id has no space at its ends"),
        pytest.param(receipt(customer_id="c\u0000"), {"customer_id"}, id="an id has no control characters"),
        pytest.param(receipt(items=[{"line_id": number} for number in range(3)]), {"items"}, id="too many lines"),
    ],
)
def test_a_receipt_with_faults_is_refused_with_all_of_them(url: str, body: Document, paths: set[str]) -> None:
    for service in running(url, max_lines=2):
        answer = service.call("POST", PATH, body)
        assert answer.status_code == 422
        assert {one["path"] for one in answer.json()["error"]["errors"]} == paths


def test_a_receipt_waits_for_no_list_and_no_other_till_on_sqlite(tmp_path: Path) -> None:
    for service in running(new_url("sqlite", tmp_path), connections=1):
        with service.store.writing() as connection:
            put_rules(connection, [percent("for all")], everyones=["for all"])
        assert total(service.call("POST", PATH, receipt()).json()) == 200
        with service.store.reading():
            assert total(service.call("POST", PATH, receipt()).json()) == 200


def test_the_rules_are_read_once_for_all_who_wait_for_them(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with service.store.writing() as connection:
        put_rules(connection, [percent("for all")], everyones=["for all"])
    reads: list[str] = []
    read = changes.all_rules

    def counted(connection: Connection, aid: str, *known: Any) -> Any:
        reads.append(aid)
        return read(connection, aid, *known)

    monkeypatch.setattr(rule_sets, "all_rules", counted)
    with ThreadPoolExecutor(20) as tills:
        answers = list(tills.map(lambda _: service.call("POST", PATH, receipt()), range(20)))
    assert [total(answer.json()) for answer in answers] == [200] * 20
    assert reads == [ACCOUNT]


def test_a_long_card_is_read_like_a_short_one(service: Service) -> None:
    card = [{"at": f"2026-01-{day:02}T00:00:00.000000Z", "count": 1} for day in range(1, 29)]
    with service.store.writing() as connection:
        put_rules(
            connection, [percent("card", 100) | {"requirement": {"stamp": 40, "item": {"items": [{"id": "apple"}]}}}]
        )
        put_grants(connection, [{"id": "g", "discount_id": "card", "customer_id": "c1", "stamps": card}])
    [discount] = service.call("POST", PATH, receipt(customer_id="c1")).json()["discounts"]
    assert discount["refs"][0]["stamps"][:28] == card


def test_coupons_of_rules_that_are_over_are_not_even_read(service: Service) -> None:
    over = percent("over", purchase_to="2025-01-01T00:00:00Z")
    with service.store.writing() as connection:
        put_rules(connection, [over, percent("open")])
        put_grants(connection, [{"id": name, "discount_id": name, "customer_id": "c1"} for name in ("over", "open")])
    purchase_at = datetime.fromisoformat(AT)
    with service.store.reading() as connection:
        assert [grant.id for grant in customer_grants(connection, ACCOUNT, "c1", purchase_at).own] == ["open"]
        assert [grant.id for grant in customer_grants(connection, ACCOUNT, "c1").own] == ["open", "over"]
        assert customer_grants(connection, ACCOUNT, "c2", purchase_at)[1:] == ((), ())
        assert customer_grants(connection, "T00000000", "c2", purchase_at) == CustomerGrants("", (), ())
        assert customer_grants(connection, "T00000000", None) == CustomerGrants("", (), ())


def test_a_service_that_starts_again_gives_the_same(shop_service: Service, url: str) -> None:
    first = shop_service.call("POST", PATH, receipt(customer_id="c1"))
    for again in running(url):
        assert again.call("POST", PATH, receipt(customer_id="c1")).content == first.content


@pytest.mark.parametrize("code", ["", "  "])
def test_a_rule_that_was_stored_with_an_empty_code_is_off_and_keeps_no_other_from_being_used(
    service: Service, code: str
) -> None:
    with service.store.writing() as connection:
        rules = [percent("old", 12.5, discount_code=code), percent("new", discount_code="TACO")]
        add_rules(connection, rules, granted_to_everyone=True)
    answer = service.call("POST", PATH, receipt(discount_code=["TACO", ""]))
    assert [(one["id"], one["refs"][0]["amount"]) for one in answer.json()["discounts"]] == [("new", 200)]
    kept = service.call("GET", "discounts/rules/old").json()
    assert (kept["requirement"]["discount_code"], kept["reward"]["value"], kept["active"]) == (code, 12.5, False)
    refused = service.call("PUT", "discounts/rules/old", {"name": "Old"})
    assert (refused.status_code, "empty code" in refused.text) == (422, True)
    mended = service.call("PUT", "discounts/rules/old", {"requirement": {"discount_code": "KAKE"}})
    assert (mended.status_code, mended.json()["active"]) == (200, True)
