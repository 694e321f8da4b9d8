"""What was used of a rule is counted as it is used: no answer adds up claims, however many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from rabatt.service.store import rule_use
from rabatt.service.store.rule_use import UseChange, UseTotals, count_lines, is_used, uses_of
from rabatt.service.store.tables import rule_customers, rule_uses
from tests.rabatt.service.conftest import ACCOUNT, Service
from tests.support.service.claiming import CLAIMS, add_grants, add_rules, body, check_uses, claim, ref, rule

CUSTOMERS = 40
STATISTICS = "discounts/rules?statistics=true"


@pytest.fixture
def used(service: Service) -> Service:
    """A service with a rule that many customers used, and one that nobody did."""
    with service.store.writing() as connection:
        add_rules(connection, [rule("hot", reward={"type": "discount_amount", "value": CUSTOMERS}), rule("cold")])
        add_grants(connection, [(f"grant-{number}", "hot", f"c{number}") for number in range(CUSTOMERS)])
    for number in range(CUSTOMERS):
        for purchase in ("a", "b"):
            uses = ("hot", [ref(f"grant-{number}", amount=number)])
            claim(service, body(f"{purchase}{number}", uses, customer_id=f"c{number}"))
    return service


def statistics(service: Service) -> dict[str, Any]:
    """What is said of the use of each rule."""
    return {rule["id"]: rule["statistics"] for rule in service.call("GET", STATISTICS).json()}


@contextmanager
def statements(service: Service) -> Iterator[list[str]]:
    """Every statement that the store is sent meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    engines = {service.store.readers, service.store.writers, service.store.own_reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_no_answer_reads_claims_to_tell_what_was_used(used: Service) -> None:
    with statements(used) as said:
        assert statistics(used)["hot"]["usage"] == 2 * CUSTOMERS
        assert used.call("PUT", "discounts/rules/hot", {"name": "new"}).status_code == 200
        changed = used.call("PUT", "discounts/rules/hot", {"reward": {"type": "discount_amount", "value": 11}})
        assert changed.json()["error"]["code"] == "RULE_IS_USED"
    assert any("rule_uses" in statement for statement in said)
    assert not [statement for statement in said if "claim" in statement]


def test_no_more_rows_are_read_of_a_rule_than_claims_count_in(used: Service) -> None:
    with used.store.reading() as connection:
        of_rule = select(func.count()).select_from(rule_uses).where(rule_uses.c.discount_id == "hot")
        # More than one of them is used, or all would wait for each other.
        assert 1 < connection.execute(of_rule).scalar_one() <= rule_use.SHARDS


def test_the_rows_are_found_by_an_index(used: Service) -> None:
    explain = "EXPLAIN QUERY PLAN" if used.store.is_sqlite else "EXPLAIN"
    with used.store.reading() as connection, statements(used) as said:
        if not used.store.is_sqlite:
            # Of so few rows it would read all.
            connection.execute(text("SET enable_seqscan = off"))
        uses_of(connection, ACCOUNT, ["hot", "cold"])
        is_used(connection, ACCOUNT, "hot")
        of_rules, of_rule = (statement for statement in said if "rule_uses" in statement)
        bound: Any = (ACCOUNT, "hot", "cold") if used.store.is_sqlite else parameters(of_rules, ["hot", "cold"])
        plan = list(connection.exec_driver_sql(f"{explain} {of_rules}", bound))
        bound = (ACCOUNT, "hot") if used.store.is_sqlite else parameters(of_rule, ["hot"])
        plan += connection.exec_driver_sql(f"{explain} {of_rule}", bound)
    found = "\n".join(str(row) for row in plan)
    if used.store.is_sqlite:
        assert found.count("SEARCH rule_uses USING INDEX sqlite_autoindex_rule_uses_1 (aid=? AND discount_id=?)") == 2
    else:
        assert found.count("rule_uses_pkey") == 2
        assert "Seq Scan" not in found


def parameters(statement: str, rule_ids: list[str]) -> dict[str, str]:
    """What psycopg's named parameters of a statement stand for."""
    names = [part.partition(")")[0] for part in statement.split("%(")[1:]]
    return dict(zip(names, [ACCOUNT, *rule_ids], strict=True))


def test_what_is_cancelled_counts_no_more_and_its_customer_only_while_a_purchase_stands(used: Service) -> None:
    total = 2 * sum(range(CUSTOMERS))
    assert statistics(used) == {
        "hot": {"usage": 80, "amount": total, "bonus": 0, "customers": CUSTOMERS},
        "cold": {"usage": 0, "amount": 0, "bonus": 0, "customers": 0},
    }
    for purchase, customers in (("a", CUSTOMERS), ("b", CUSTOMERS - 1)):
        claimed = used.call("GET", f"{CLAIMS}?ref={purchase}39").json()
        for _again in range(2):
            assert used.call("DELETE", f"{CLAIMS}/{claimed['id']}").status_code == 200
        assert statistics(used)["hot"]["customers"] == customers
        check_uses(used.store)
    assert statistics(used)["hot"] == {"usage": 78, "amount": total - 78, "bonus": 0, "customers": CUSTOMERS - 1}
    with used.store.reading() as connection:
        held = select(rule_customers.c.lines).where(rule_customers.c.customer_id == "c39")
        assert connection.execute(held).scalars().all() == [0]


def test_a_rule_all_of_whose_claims_were_cancelled_is_not_used(used: Service) -> None:
    for number in range(CUSTOMERS):
        for purchase in ("a", "b"):
            claimed = used.call("GET", f"{CLAIMS}?ref={purchase}{number}").json()
            used.call("DELETE", f"{CLAIMS}/{claimed['id']}")
    check_uses(used.store)
    changed = used.call("PUT", "discounts/rules/hot", {"reward": {"type": "discount_amount", "value": 11}})
    assert changed.status_code == 200


def test_no_sum_is_too_large(service: Service) -> None:
    most = 10**15
    with service.store.writing() as connection:
        for number in range(3):
            change = UseChange("hot", 1, 1, most * 9_000, most)
            count_lines(connection, ACCOUNT, "one claim" if number else "another", None, [change])
        counted = uses_of(connection, ACCOUNT, ["hot"])
    assert counted["hot"].amount == pytest.approx(27_000 * most)
    if not service.store.is_sqlite:
        assert counted == {"hot": UseTotals(3, 27_000 * most, 3 * most, 0)}
