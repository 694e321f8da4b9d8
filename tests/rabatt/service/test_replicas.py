"""Replicas show one state of the rules or another: what a process read once it keeps, and it reads little anew."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from rabatt.service import rule_sets
from rabatt.service.rule_sets import RuleSets
from rabatt.service.store import changes, tables
from rabatt.service.store.changes import RuleChange, changes_since, newest_known, raise_version
from tests.rabatt.service.conftest import ACCOUNT, new_url
from tests.support.service.rows import change_rule, put_rules
from tests.support.service.rule_states import Shop, percent


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[tuple[Shop, Shop]]:
    """A shop of many rules, and a replica of it that lacks the last change."""
    new_url("sqlite", tmp_path)
    shutil.copy(tmp_path / "rabatt.db", tmp_path / "other.db")
    shop, replica = Shop(tmp_path / "rabatt.db"), Shop(tmp_path / "other.db")
    with shop.store.writing() as connection:
        put_rules(connection, [percent(5, f"r{number}") for number in range(300)])
    shop.rules = {f"r{number}": (5, False) for number in range(300)}
    replica.restore(shop.dump())
    with shop.store.writing() as connection:
        change_rule(connection, "r7", document=json.dumps(percent(9, "r7")))
    shop.rules["r7"] = 9, False
    yield shop, replica
    shop.store.close()
    replica.store.close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the rules whose documents were read, from now on."""
    ids: list[str] = []
    read_some = rule_sets._read

    def counted(some: list[RuleChange]) -> Any:
        ids.extend(change.rule_id for change in some)
        return read_some(some)

    monkeypatch.setattr(rule_sets, "_read", counted)
    return ids


def test_replicas_that_are_asked_by_turns_are_read_once(lagging: tuple[Shop, Shop], read: list[str]) -> None:
    shop, replica = lagging
    sets = RuleSets()
    newer = shop.seen(sets)
    assert len(read) == 300
    # The older state was never seen: what differs from the newer one is read, and no more.
    older = replica.seen(sets)
    assert read[300:] == ["r7"]
    for _ in range(5):
        assert shop.seen(sets) is newer
        assert replica.seen(sets) is older
    assert len(read) == 301


def test_a_change_is_read_alone_also_after_a_restore(lagging: tuple[Shop, Shop], read: list[str]) -> None:
    shop, replica = lagging
    sets = RuleSets()
    shop.seen(sets)
    read.clear()
    shop.restore(replica.dump())
    shop.seen(sets)
    assert read == ["r7"]
    with shop.store.writing() as connection:
        change_rule(connection, "r8", document=json.dumps(percent(1, "r8")))
    shop.rules["r8"] = 1, False
    shop.seen(sets)
    assert read == ["r7", "r8"]


def test_of_many_changes_at_once_each_rule_is_read_once(lagging: tuple[Shop, Shop], read: list[str]) -> None:
    shop, _ = lagging
    sets = RuleSets()
    shop.seen(sets)
    read.clear()
    for value in range(10, 20):
        with shop.store.writing() as connection:
            change_rule(connection, "r8", document=json.dumps(percent(value, "r8")))
    shop.rules["r8"] = 19, False
    shop.seen(sets)
    assert read == ["r8"]


def test_only_so_many_changes_are_remembered_by_name(
    lagging: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = lagging
    monkeypatch.setattr(changes, "REMEMBERED", 5)
    first = shop.seen(RuleSets()).last
    for number in range(1, 8):
        with shop.store.writing() as connection:
            raise_version(connection, ACCOUNT)
            assert (newest_known(connection, ACCOUNT, [first]) == first) == (number < 5)
            assert (changes_since(connection, ACCOUNT, first) is not None) == (number < 5)
    with shop.store.reading() as connection:
        versions = connection.execute(select(tables.rule_changes.c.version)).scalars().all()
    assert sorted(versions) == list(range(5, 10))


def test_states_of_which_nothing_is_shared_are_not_kept(
    lagging: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, replica = lagging
    monkeypatch.setattr(rule_sets, "MOST_CHANGES", 0)
    sets = RuleSets()
    newer = shop.seen(sets)
    replica.seen(sets)
    assert sets.known(ACCOUNT, newer.change) is None
    monkeypatch.setattr(rule_sets, "MOST_CHANGES", 2_000)
    newer = shop.seen(sets)
    replica.seen(sets)
    assert sets.known(ACCOUNT, newer.change) is newer


def test_no_more_states_are_kept_than_replicas_would_show(lagging: tuple[Shop, Shop]) -> None:
    shop, _ = lagging
    sets = RuleSets()
    seen = []
    for value in range(rule_sets.MOST_STATES + 2):
        with shop.store.writing() as connection:
            change_rule(connection, "r8", document=json.dumps(percent(value + 1, "r8")))
        shop.rules["r8"] = value + 1, False
        seen.append(shop.seen(sets))
        # Whoever is asked for again and again stays.
        assert sets.known(ACCOUNT, seen[0].change) is seen[0]
    kept = [state for state in seen if sets.known(ACCOUNT, state.change) is state]
    assert kept == [seen[0], *seen[-rule_sets.MOST_STATES + 1 :]]
