"""Changes of an account's rules: each has a version, which counts them, and a random name, which no other change has.

The version alone does not say which rules an account has: after a restore, the next change has the version of one that
is no more. The name of the last change does: where it is equal, history up to it is, and so are the rules.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, select, tuple_

from rabatt.service.store.tables import accounts, insert_into, rule_changes, rules

CHUNK = 1_000
CHANGE_BYTES = 12
# So many changes of an account are remembered by their names. Who knows less than that reads all rules anew, which is
# quicker by then.
REMEMBERED = 2_000
NO_CHANGE = ""
"""The name of what holds where nothing was ever written."""


class Change(NamedTuple):
    """A change of an account's rules: its version and its name, under which changed rules are to be written."""

    version: int
    change: str


class RuleChange(NamedTuple):
    """A rule as it is now, its document as text, without one where it is deleted; `change` is the last that it had."""

    rule_id: str
    document: str | None
    granted_to_everyone: bool
    change: str


class Changes(NamedTuple):
    """The last change, how many rules there are now, and those that changed: all as of one moment."""

    last: Change
    rule_count: int
    rules: Iterator[RuleChange]


def raise_version(connection: Connection, aid: str) -> Change:
    """The account's next change. Until this transaction ends no other one of the account gets one."""
    change = token_hex(CHANGE_BYTES)
    raised = (
        insert_into(connection, accounts)
        .values(aid=aid, version=1, change=change)
        .on_conflict_do_update(index_elements=["aid"], set_={"version": accounts.c.version + 1, "change": change})
        .returning(accounts.c.version)
    )
    version = int(connection.execute(raised).scalar_one())
    named = insert_into(connection, rule_changes).values(aid=aid, version=version, change=change)
    # What only some tables were restored of may have left a name there.
    connection.execute(named.on_conflict_do_update(index_elements=["aid", "version"], set_={"change": change}))
    old = (rule_changes.c.aid == aid, rule_changes.c.version <= version - REMEMBERED)
    connection.execute(delete(rule_changes).where(*old))
    return Change(version, change)


_CHANGE = select(accounts.c.change).where(accounts.c.aid == bindparam("aid"))


def change_of(connection: Connection, aid: str) -> str:
    """The name of the account's last change."""
    return connection.execute(_CHANGE, {"aid": aid}).scalar() or NO_CHANGE


def newest_known(connection: Connection, aid: str, known: Iterable[Change]) -> Change | None:
    """The last of the changes that is one of the account's own; None where none is, or all are long ago."""
    wanted = [tuple(change) for change in known]
    if not wanted:
        return None
    own = select(rule_changes.c.version, rule_changes.c.change).where(
        rule_changes.c.aid == aid, tuple_(rule_changes.c.version, rule_changes.c.change).in_(wanted)
    )
    row = connection.execute(own.order_by(rule_changes.c.version.desc())).first()
    return None if row is None else Change(*row)


def changes_since(connection: Connection, aid: str, known: Change) -> Changes | None:
    """Every rule that changed after a change, deleted ones too; None where that is not in the account's history."""
    is_own = (
        select(rule_changes.c.aid)
        .where(
            rule_changes.c.aid == aid, rule_changes.c.version == known.version, rule_changes.c.change == known.change
        )
        .exists()
    )
    # In the same statement: between two of them another history may have taken the place of this one.
    return _read(connection, _query(aid, rules.c.version > known.version).where(is_own))


def all_rules(connection: Connection, aid: str) -> Changes | None:
    """Every rule that is not deleted; None where nothing was ever written."""
    return _read(connection, _query(aid, rules.c.deleted_at.is_(None)))


_RULE = (rules.c.id, rules.c.document, rules.c.deleted_at, rules.c.granted_to_everyone, rules.c.change)


def _query(aid: str, condition: Any) -> Select[Any]:
    """The account with each of its rules that meet a condition: one statement, and so one moment.

    They have no order: to have one, the few that changed would be looked for among all.
    """
    return (
        select(accounts.c.version, accounts.c.change, accounts.c.rule_count, *_RULE)
        .select_from(accounts.outerjoin(rules, and_(rules.c.aid == aid, condition)))
        .where(accounts.c.aid == aid)
    )


def _read(connection: Connection, query: Select[Any]) -> Changes | None:
    rows = iter(connection.execute(query.execution_options(yield_per=CHUNK)))
    first = next(rows, None)
    if first is None:
        return None
    version, change, rule_count = first[:3]
    return Changes(Change(version, change), rule_count, _rules(chain([first], rows)))


def _rules(rows: Iterable[Row[Any]]) -> Iterator[RuleChange]:
    for row in rows:
        values: tuple[Any, ...] = tuple(row)
        rule_id, document, deleted_at, granted_to_everyone, change = values[3:]
        if rule_id is not None:
            yield RuleChange(rule_id, None if deleted_at is not None else document, granted_to_everyone, change)
