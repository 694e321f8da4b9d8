"""The rules in memory follow the store: by what changed, from any number of processes, to the last decimal."""

import gc
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import update

from engine import compile_rules, evaluate
from rabatt.service import rule_sets
from rabatt.service.rule_sets import AccountRules, RuleSets
from rabatt.service.store.tables import rules
from rules import Refused, read_receipt, read_rules
from tests.rabatt.service.conftest import ACCOUNT, Service, running
from tests.support.service.rows import version_of
from tests.support.shops import shop_from

PATH = "discounts/rules"
REWARD = {"type": "discount_percent", "value": 10}
RECEIPT = {
    "receipt_id": "1",
    "store": {"id": "s"},
    "purchase_at": "2026-11-21T12:00:00Z",
    "items": [{"id": "a", "gross_amount": 10**14, "quantity": 1, "eligible_for_discount": True}],
}


def post(service: Service, *documents: dict[str, Any]) -> None:
    for rule in documents:
        answer = service.call("POST", PATH, rule)
        assert answer.status_code == 201, answer.text


def followed(service: Service, sets: RuleSets, account: str = ACCOUNT) -> AccountRules:
    with service.store.reading() as connection:
        return sets.current(connection, account)


def ids(known: AccountRules) -> list[str]:
    return list(known.rule_set.rules_by_id)


def results(known: AccountRules, receipts: list[dict[str, Any]]) -> list[Any]:
    """What the rules give on receipts without customers, where all rules are granted to everyone."""
    return [evaluate(known.rule_set, read_receipt(receipt)).receipt for receipt in receipts]


@pytest.fixture(params=["rule by rule", "all anew", "one at a time"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways in which changes are taken in."""
    if request.param == "all anew":
        monkeypatch.setattr(rule_sets, "MOST_CHANGES", 0)
    if request.param == "one at a time":
        monkeypatch.setattr(rule_sets, "MOST_CHARACTERS", 1)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_a_set_that_follows_every_change_is_that_which_is_read_anew(service: Service) -> None:
    random = Random(4)
    shops = [shop_from(random) for _ in range(4)]
    documents = [{**rule, "id": f"{number}-{rule['id']}"} for number, shop in enumerate(shops) for rule in shop.rules]
    receipts = [shop.receipt for shop in shops]
    sets = RuleSets()
    for _round in range(12):
        for rule in random.sample(documents, 3):
            self_path = f"{PATH}/{rule['id']}"
            match random.choice(["make", "make", "change", "give", "take", "delete"]):
                case "make":
                    service.call("POST", PATH, rule)
                case "change":
                    service.call("PUT", self_path, {"active": random.choice([True, False]), "name": str(_round)})
                case "give":
                    service.call("POST", f"{self_path}/customers", {"customers": ["*"]})
                case "take":
                    service.call("DELETE", f"{self_path}/customers", {"customers": ["*"]})
                case _:
                    service.call("DELETE", self_path)
        following, anew = followed(service, sets), followed(service, RuleSets())
        assert (following.last, ids(following)) == (anew.last, ids(anew))
        assert dict(following.changes) == dict(anew.changes)
        assert dict(following.granted_to_everyone) == dict(anew.granted_to_everyone)
        assert [rule.rule.document for rule in following.rule_set.rules] == [
            rule.rule.document for rule in anew.rule_set.rules
        ]
        assert results(following, receipts) == results(anew, receipts)
    assert ids(anew)


@pytest.mark.usefixtures("way")
def test_a_deleted_rule_is_there_no_more_and_neither_is_everyones_grant(service: Service) -> None:
    sets = RuleSets()
    post(service, {"id": "a", "reward": REWARD}, {"id": "b", "reward": REWARD})
    service.call("POST", f"{PATH}/a/customers", {"customers": ["*"]})
    before = followed(service, sets)
    assert (ids(before), list(before.granted_to_everyone)) == (["a", "b"], ["a"])
    service.call("DELETE", f"{PATH}/a")
    for known in (followed(service, sets), followed(service, RuleSets())):
        assert (ids(known), list(known.granted_to_everyone)) == (["b"], [])
    assert ids(before) == ["a", "b"]


def test_everyones_grant_follows_what_is_given_and_taken(service: Service) -> None:
    sets = RuleSets()
    post(service, {"id": "a", "reward": REWARD})
    assert list(followed(service, sets).granted_to_everyone) == []
    service.call("POST", f"{PATH}/a/customers", {"customers": ["C1"]})
    assert list(followed(service, sets).granted_to_everyone) == []
    service.call("POST", f"{PATH}/a/customers", {"customers": ["*"]})
    assert list(followed(service, sets).granted_to_everyone) == ["a"]
    service.call("DELETE", f"{PATH}/a/customers", {"customers": ["*"]})
    assert list(followed(service, sets).granted_to_everyone) == []


def test_rules_in_memory_are_asked_for_no_more_while_nothing_changes(service: Service) -> None:
    sets = RuleSets()
    post(service, {"id": "a", "reward": REWARD})
    known = followed(service, sets)
    assert followed(service, sets) is known
    assert sets.known(ACCOUNT, known.change) is known
    assert sets.known(ACCOUNT, "another") is None
    assert sets.count() == 1


def test_accounts_have_rules_of_their_own(service: Service) -> None:
    sets = RuleSets()
    post(service, {"id": "a", "reward": REWARD})
    other = "P99999999"
    headers = {"authorization": f"Bearer {service.token(account=other)}"}
    rule = {"id": "b", "reward": REWARD}
    assert service.client.post(f"/v1/accounts/{other}/{PATH}", headers=headers, json=rule).status_code == 201
    assert ids(followed(service, sets)) == ["a"]
    assert ids(followed(service, sets, other)) == ["b"]
    assert ids(followed(service, sets, "T00000000")) == []


def test_a_version_without_a_change_is_taken_over(service: Service) -> None:
    sets = RuleSets()
    post(service, {"id": "a", "reward": REWARD})
    known = followed(service, sets)
    service.call("PUT", f"{PATH}/a", {})
    after = followed(service, sets)
    assert after.version > known.version
    assert after.rule_set is known.rule_set


def test_cycles_are_collected_again_when_rules_are_read_or_cannot_be(service: Service) -> None:
    post(service, {"id": "a", "reward": REWARD})
    followed(service, RuleSets())
    assert gc.isenabled()
    with service.store.writing() as connection:
        connection.execute(update(rules).values(document='{"id": "a"}'))
    with pytest.raises(Refused):
        followed(service, RuleSets())
    assert gc.isenabled()


@pytest.fixture
def two(url: str) -> Iterator[tuple[Service, Service]]:
    """Two services on one database, as two processes are."""
    for one in running(url):
        for other in running(url):
            other.hands.at += timedelta(hours=1)
            yield one, other


def test_two_processes_on_one_database_follow_each_other(two: tuple[Service, Service]) -> None:
    sets = [service.context.rule_sets for service in two]
    for number in range(6):
        writer, reader = number % 2, 1 - number % 2
        post(two[writer], {"id": f"r{number}", "reward": REWARD})
        two[writer].call("PUT", f"{PATH}/r0", {"name": f"Ny {number}"})
        for place in (reader, writer):
            known = followed(two[place], sets[place])
            assert ids(known) == [f"r{one}" for one in range(number + 1)]
            assert known.rule_set.rules_by_id["r0"].rule.name == f"Ny {number}"
    two[0].call("DELETE", f"{PATH}/r3")
    assert "r3" not in ids(followed(two[1], sets[1]))


def test_no_reader_sees_an_older_set_than_the_version_that_it_read(two: tuple[Service, Service]) -> None:
    writer, reader = two
    sets = reader.context.rule_sets

    def write(number: int) -> None:
        post(writer, {"id": f"r{number:02}", "reward": REWARD})

    def look(_number: int) -> bool:
        with reader.store.reading() as connection:
            version = version_of(connection)
            known = sets.current(connection, ACCOUNT)
        # Each rule made one version.
        return known.version >= version and len(known.rule_set) == known.version

    with ThreadPoolExecutor(6) as threads:
        writes = threads.map(write, range(20))
        assert all(threads.map(look, range(60)))
        assert list(writes) == [None] * 20
    assert len(followed(reader, sets).rule_set) == 20


@pytest.mark.parametrize("percent", ["33.33333333333333333333", "12.50", "0.00000000000000000001", "1e1", "100"])
def test_a_percent_is_that_which_the_library_reads_to_the_last_decimal(service: Service, percent: str) -> None:
    text = (
        f'{{"id": "r", "reward": {{"type": "discount_percent", "value": {percent}}}, "metadata": {{"n": {percent}}}}}'
    )
    headers = {"content-type": "application/json"}
    assert service.call("POST", PATH, content=text, headers=headers).status_code == 201
    known = followed(service, RuleSets())
    (rule,) = read_rules(text)
    assert known.rule_set.rules[0].rule.reward == rule.reward
    assert known.rule_set.rules[0].rule.document == rule.document
    wanted = evaluate(compile_rules([rule]), read_receipt(RECEIPT)).receipt
    assert json.dumps(evaluate(known.rule_set, read_receipt(RECEIPT)).receipt) == json.dumps(wanted)
