"""A database whose rules change and are restored, and what a plain model says that they are."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from rabatt.service.rule_sets import AccountRules, RuleSets
from rabatt.service.store import tables
from rabatt.service.store.changes import change_of, raise_version
from rabatt.service.store.connect import ServiceStore
from tests.rabatt.service.conftest import ACCOUNT, START
from tests.support.service.rows import change_rule, put_rules, version_of


def percent(value: int, rule_id: str = "r") -> dict[str, Any]:
    return {"id": rule_id, "reward": {"type": "discount_percent", "value": value}}


class Shop:
    """A database of one account, and what a plain model says of its rules: the document of each, and whose it is."""

    def __init__(self, path: Path) -> None:
        self.store = ServiceStore(f"sqlite:///{path}")
        self.path = path
        self.rules: dict[str, tuple[int, bool]] = {}
        self.number = 0

    def change(self, random: Random) -> None:
        """Make, change, give, take or delete a rule, or raise the version for nothing."""
        rule_id = f"r{random.randrange(8)}"
        there = self.rules.get(rule_id)
        with self.store.writing() as connection:
            is_row = connection.execute(select(tables.rules.c.id).where(tables.rules.c.id == rule_id)).first()
            if is_row is None:
                value = random.randrange(1, 100)
                put_rules(connection, [percent(value, rule_id)])
                self.rules[rule_id] = value, False
            elif there is None:
                raise_version(connection, ACCOUNT)
            elif random.random() < 0.3:
                change_rule(connection, rule_id, granted_to_everyone=not there[1])
                self.rules[rule_id] = there[0], not there[1]
            elif random.random() < 0.2:
                change_rule(connection, rule_id, deleted_at=START)
                del self.rules[rule_id]
            else:
                value = random.randrange(1, 100)
                change_rule(connection, rule_id, document=json.dumps(percent(value, rule_id)))
                self.rules[rule_id] = value, there[1]

    def dump(self) -> tuple[sqlite3.Connection, dict[str, tuple[int, bool]]]:
        """All that is in it now."""
        copy = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(self.path)) as connection:
            connection.backup(copy)
        return copy, dict(self.rules)

    def restore(self, dump: tuple[sqlite3.Connection, dict[str, tuple[int, bool]]]) -> None:
        """All of it as it was."""
        with closing(sqlite3.connect(self.path)) as connection:
            dump[0].backup(connection)
        self.rules = dict(dump[1])

    def seen(self, sets: RuleSets) -> AccountRules:
        """The rules as a process that remembers others has them, which are those of the model."""
        with self.store.reading(at_one_moment=True) as connection:
            known = sets.current(connection, ACCOUNT)
            assert (known.change, known.version) == (change_of(connection, ACCOUNT), version_of(connection))
        documents = {rule.id: rule.rule.document for rule in known.rule_set.rules}
        assert documents == {rule_id: percent(value, rule_id) for rule_id, (value, _) in self.rules.items()}
        assert set(known.granted_to_everyone) == {rule_id for rule_id, (_, given) in self.rules.items() if given}
        return known
