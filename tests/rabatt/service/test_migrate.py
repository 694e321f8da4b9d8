"""The schema: what the migrations make is what the tables say, on both stores, from any number of processes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from rabatt.service.store import migrate as migrating
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.migrate import is_up_to_date, migrate, newest
from rabatt.service.store.rule_use import UseTotals
from rabatt.service.store.tables import metadata
from tests.rabatt.service.conftest import ACCOUNT, Service, empty_url, running, settings_of
from tests.support.service.claiming import check_uses
from tests.support.service.noting import booked, call, made
from tests.support.service.returning import THREE_FOR_TWO, body, bought, line, open_shop, returned, usage

FIRST = "0001"
# By the migrations after it.
ADDED: dict[str, dict[str, Any]] = {
    "receipts": {"returns": None, "store_id": "s1"},
    "claims": {"scope": None, "receipt_id": None, "receipt": None, "slot": "", "store_id": None},
    "rules": {"former_bounds": None},
}
# The last one before receipts were told apart by store.
BEFORE_STORES = "0006"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return empty_url(request.param, tmp_path)


def store_at(url: str) -> ServiceStore:
    return ServiceStore(settings_of(url).database.get_secret_value())


def test_an_empty_database_is_brought_to_the_newest_schema_once(url: str) -> None:
    store = store_at(url)
    assert not is_up_to_date(store)
    assert migrate(store) == (None, newest())
    assert migrate(store) == (newest(), newest())
    assert is_up_to_date(store)
    store.close()


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    store = store_at(url)
    migrate(store)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_many_may_migrate_at_once(url: str) -> None:
    stores = [store_at(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        ends = list(threads.map(migrate, stores))
    assert sorted(ends, key=str) == [(newest(), newest())] * 3 + [(None, newest())]
    for store in stores:
        store.close()


def go(store: ServiceStore, way: Callable[[Config, str], Any], revision: str) -> None:
    """Bring a database to a revision, one way or the other."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    with store.writing() as connection:
        config.attributes["connection"] = connection
        way(config, revision)


def content(store: ServiceStore) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in one order."""
    with store.reading() as connection:
        tables = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
        rows = {name: connection.execute(text(f"SELECT * FROM {name}")).mappings().all() for name in tables}  # noqa: S608
    return {name: sorted((dict(row) for row in found), key=repr) for name, found in rows.items()}


def shop(service: Service) -> None:
    """Two purchases with what they used of a rule."""
    open_shop(service, THREE_FOR_TWO)
    bought(service, line(1, 3_000), line(2, 2_000), line(3, 1_000))
    bought(service, line(1, 1_000), receipt_id="r2", customer_id=None)


def test_what_the_first_schema_holds_is_kept_on_the_way_up_and_down(url: str) -> None:
    store = store_at(url)
    migrate(store)
    for service in running(url):
        shop(service)
    go(store, command.downgrade, FIRST)
    before = content(store)
    assert [len(before[name]) for name in ("receipts", "claims", "claim_lines")] == [2, 1, 1]
    assert "returns" not in before["receipts"][0]

    assert migrate(store) == (FIRST, newest())
    after = content(store)
    for table, columns in ADDED.items():
        assert [{name: row.pop(name) for name in columns} for row in after[table]] == [columns] * len(after[table])
    [account] = after["accounts"]
    change = account.pop("change")
    assert change
    # Whoever migrates a copy of it has the same rules under another name.
    assert {row.pop("change") for row in after["rules"]} == {change}
    assert after["rule_changes"] == [{"aid": account["aid"], "version": account["version"], "change": change}]
    assert {name: after[name] for name in before} == before
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    # What claims used before it was counted is counted now.
    assert check_uses(store)["three-for-two"] == UseTotals(1, 1_000, 0, 1)

    go(store, command.downgrade, FIRST)
    assert content(store) == before
    store.close()


def test_a_purchase_of_the_first_schema_is_returned_and_credited(url: str) -> None:
    store = store_at(url)
    migrate(store)
    for service in running(url):
        shop(service)
    go(store, command.downgrade, FIRST)
    migrate(store)
    for service in running(url):
        refund = returned(service, "back", (1, 1), (2, 1), (3, 1))["refund_amount"]
        note = booked(service, made(service, {"fromReturn": "back"}))
        assert (note["Number"], note["TotalInclVat"]) == (1, 50.0) == (1, refund / 100)
        assert usage(service, "three-for-two") == (0, 0)
    with store.reading() as connection:
        assert connection.execute(text("SELECT aid FROM returns")).scalars().all() == [ACCOUNT]
    store.close()


def test_what_one_store_had_is_known_again_and_another_may_have_the_same(url: str) -> None:
    store = store_at(url)
    migrate(store)
    for service in running(url):
        shop(service)
        first = returned(service, "back", (1, 1))
        draft = made(service, {"fromReturn": "back"})
    before = content(store)
    go(store, command.downgrade, BEFORE_STORES)
    assert migrate(store) == (BEFORE_STORES, newest())
    assert content(store) == before
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    for service in running(url):
        assert returned(service, "back", (1, 1)) == first
        assert call(service, "POST", "", {"fromReturn": "back"}).json()["error"]["code"] == "RETURN_HAS_NOTE"
        [sold] = service.call("GET", "receipts/search?receipt_id=r1").json()["receipts"]
        again = {name: value for name, value in sold.items() if name != "returns"}
        assert service.call("POST", "receipts", again).json()["id"] == sold["id"]
        bought(service, line(1, 500), store={"id": "s2"})
        assert service.call("POST", "receipts/all/r1/returns", body("other", (1, 1))).status_code == 409
        here = service.call("POST", "receipts/all/r1/returns?store_id=s1", body("other", (2, 1)))
        assert here.status_code == 201, here.text
        assert booked(service, draft)["Number"] == 1
    store.close()


def test_a_number_that_two_stores_have_cannot_go_back(url: str) -> None:
    store = store_at(url)
    migrate(store)
    for service in running(url):
        shop(service)
        bought(service, line(1, 500), store={"id": "s2"})
    before = content(store)
    with pytest.raises(IntegrityError):
        go(store, command.downgrade, BEFORE_STORES)
    assert content(store) == before
    store.close()


def test_every_receipt_of_two_accounts_has_its_store(url: str) -> None:
    store = store_at(url)
    migrate(store)
    go(store, command.downgrade, BEFORE_STORES)
    add = text(
        "INSERT INTO receipts (aid, receipt_id, id, purchase_at, document, created_at, created_by, updated_at) "
        "VALUES (:aid, :number, :id, 0, :document, 0, 'till', 0)"
    )
    rows = [
        {
            "aid": aid,
            "number": f"{'aB-ø'[place % 4]}{place}",
            "id": f"{place}",
            "document": f'{{"store":{{"id":"s{place % 3}"}}}}',
        }
        for aid in ("T1", "P2")
        for place in range(1_200)
    ]
    with store.writing() as connection:
        connection.execute(add, rows)
    migrate(store)
    found = {(row["aid"], row["receipt_id"], row["store_id"]) for row in content(store)["receipts"]}
    assert found == {(row["aid"], row["number"], f"s{int(row['id']) % 3}") for row in rows}
    store.close()


def test_what_rules_were_before_the_migration_is_not_known_of_those_that_changed(url: str) -> None:
    store = store_at(url)
    migrate(store)
    for service in running(url):
        for rule_id in ("same", "changed"):
            made = {"id": rule_id, "reward": {"type": "discount_amount", "value": 10}}
            assert service.call("POST", "discounts/rules", made).status_code == 201
        assert service.call("PUT", "discounts/rules/changed", {"reward": {"value": 9}}).status_code == 200
    former = '{"amount":10,"bonus":0,"stamp":0,"stamps_each":0,"rewards":1}'
    assert bounds(store) == {"same": None, "changed": former}
    go(store, command.downgrade, "0003")
    migrate(store)
    assert bounds(store) == {"same": None, "changed": "{}"}
    store.close()


def bounds(store: ServiceStore) -> dict[str, str | None]:
    """What rules let pass before they changed."""
    with store.reading() as connection:
        return {row.id: row.former_bounds for row in connection.execute(text("SELECT id, former_bounds FROM rules"))}
