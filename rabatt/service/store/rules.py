"""Rules of an account: made, changed and marked as deleted; each change raises the account's version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Update, insert, select, update

from rabatt.service.store.bounds import bounds_of, loosest, read_bounds, write_bounds
from rabatt.service.store.changes import Change, raise_version
from rabatt.service.store.rule_use import is_used
from rabatt.service.store.tables import accounts, rules
from rules import Fault
from rules.meaning import EMPTY, means_the_same


class NoSuchRule(Exception):
    """The account has no rule of this id."""


class RuleDiffers(Exception):
    """The id belongs to another rule."""


class RuleIsDeleted(Exception):
    """The rule was deleted, and nothing about it changes any more."""


class TooManyRules(Exception):
    """The account has as many rules as it may have."""


class RuleIsUsed(Exception):
    """The rule was used, which restricts what may change; `faults` are the changes that it may not have."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it is kept: its document, and what lists are made by."""

    id: str
    document: str
    active: bool
    private: bool
    purchase_from: datetime | None
    purchase_to: datetime | None
    visible_from: datetime | None


@dataclass(frozen=True, slots=True)
class PatchedRule:
    """The rule as it shall be; `restricted` finds those of its changes that a used rule may not have."""

    rule: RuleText
    restricted: Callable[[], Sequence[Fault]]


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as it was kept, with who did what to it and when."""

    id: str
    document: str
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    deleted_at: datetime | None
    deleted_by: str | None
    granted_to_everyone: bool


STORED = (
    rules.c.id,
    rules.c.document,
    rules.c.created_at,
    rules.c.created_by,
    rules.c.updated_at,
    rules.c.updated_by,
    rules.c.deleted_at,
    rules.c.deleted_by,
    rules.c.granted_to_everyone,
)


def stored(row: Sequence[Any]) -> StoredRule:
    """The rule of a row of the columns STORED, which come first in it."""
    return StoredRule(*row[: len(STORED)])


def rule_of(connection: Connection, aid: str, rule_id: str) -> StoredRule:
    """One rule, deleted or not; NoSuchRule."""
    return _one(connection, _select(aid, rule_id))


def locked_rule(connection: Connection, aid: str, rule_id: str) -> StoredRule:
    """One rule, which no other transaction that asks for the lock gets hold of until this one ends; NoSuchRule."""
    # Not FOR UPDATE: that would keep claims waiting, whose new grants refer to the rule.
    return _one(connection, _select(aid, rule_id).with_for_update(key_share=True))


def _select(aid: str, rule_id: str) -> Select[Any]:
    return select(*STORED).where(rules.c.aid == aid, rules.c.id == rule_id)


def _one(connection: Connection, query: Select[Any]) -> StoredRule:
    row = connection.execute(query).first()
    if row is None:
        raise NoSuchRule
    return stored(row)


def add_rule(connection: Connection, aid: str, rule: RuleText, *, now: datetime, subject: str, most: int) -> StoredRule:
    """The new rule, or the one that was made of the same document before.

    RuleDiffers, RuleIsDeleted, or TooManyRules where there are `most` already.
    """
    change = raise_version(connection, aid)
    row = connection.execute(_select(aid, rule.id)).first()
    if row is not None:
        return _same(stored(row), rule)
    if _counted(connection, aid, 1) > most:
        raise TooManyRules
    values = {"aid": aid, "id": rule.id, **change._asdict(), **_columns(rule)}
    values |= {"created_at": now, "created_by": subject, "updated_at": now, "updated_by": subject}
    return stored(connection.execute(insert(rules).values(values).returning(*STORED)).one())


def _same(there: StoredRule, rule: RuleText) -> StoredRule:
    if there.deleted_at is not None:
        raise RuleIsDeleted
    if not means_the_same(there.document, rule.document, EMPTY):
        raise RuleDiffers
    return there


def change_rule(
    connection: Connection,
    aid: str,
    rule_id: str,
    change: Callable[[StoredRule], PatchedRule],
    *,
    now: datetime,
    subject: str,
) -> StoredRule:
    """The rule after what `change` makes of it; NoSuchRule, RuleIsDeleted or RuleIsUsed."""
    raised = raise_version(connection, aid)
    # Claims that are being booked are waited for, and those that follow wait: whether it is used is known then.
    before = _one(connection, _select(aid, rule_id).with_for_update())
    if before.deleted_at is not None:
        raise RuleIsDeleted
    after = change(before)
    if after.rule.document == before.document:
        return before
    restricted = after.restricted() if is_used(connection, aid, rule_id) else ()
    if restricted:
        raise RuleIsUsed(tuple(restricted))
    values = {**raised._asdict(), "updated_at": now, "updated_by": subject, **_columns(after.rule)}
    values["former_bounds"] = _former_bounds(connection, aid, before)
    return stored(connection.execute(_update(aid, rule_id).values(values).returning(*STORED)).one())


def _former_bounds(connection: Connection, aid: str, before: StoredRule) -> str:
    """What the document that is left, and those before it, let a claim say: purchases of that time may come in late."""
    former = select(rules.c.former_bounds).where(rules.c.aid == aid, rules.c.id == before.id)
    text: str | None = connection.execute(former).scalar_one()
    bounds = bounds_of(before.document)
    return write_bounds(bounds if text is None else loosest(bounds, read_bounds(text)))


def delete_rule(connection: Connection, aid: str, rule_id: str, *, now: datetime, subject: str) -> StoredRule:
    """The rule, marked as deleted now or before; NoSuchRule."""
    change = raise_version(connection, aid)
    before = rule_of(connection, aid, rule_id)
    if before.deleted_at is not None:
        return before
    _counted(connection, aid, -1)
    values = {**change._asdict(), "deleted_at": now, "deleted_by": subject}
    return stored(connection.execute(_update(aid, rule_id).values(values).returning(*STORED)).one())


def set_granted_to_everyone(connection: Connection, aid: str, rule_id: str, change: Change, *, granted: bool) -> None:
    """Note whether everyone is granted the rule, under the change that was made for it."""
    connection.execute(_update(aid, rule_id).values(granted_to_everyone=granted, **change._asdict()))


def _update(aid: str, rule_id: str) -> Update:
    return update(rules).where(rules.c.aid == aid, rules.c.id == rule_id)


def _columns(rule: RuleText) -> dict[str, Any]:
    return {
        "document": rule.document,
        "active": rule.active,
        "private": rule.private,
        "purchase_from": rule.purchase_from,
        "purchase_to": rule.purchase_to,
        "visible_from": rule.visible_from,
    }


def _counted(connection: Connection, aid: str, more: int) -> int:
    """The number of the account's rules, with so many more; the account's row is locked by its version already."""
    counted = update(accounts).where(accounts.c.aid == aid).values(rule_count=accounts.c.rule_count + more)
    return int(connection.execute(counted.returning(accounts.c.rule_count)).scalar_one())
