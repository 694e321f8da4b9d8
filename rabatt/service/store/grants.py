"""Grants: who was given which rule, and what was used of it since."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from engine.grants.wallet import everyones_grant_id
from rabatt.service.store.changes import Change, raise_version
from rabatt.service.store.pages import Page, on_page, place_of
from rabatt.service.store.rule_lists import EVERYONE, is_live
from rabatt.service.store.rules import RuleIsDeleted, StoredRule, locked_rule, rule_of, set_granted_to_everyone
from rabatt.service.store.tables import grants, insert_into
from rules.meaning import means_the_same


class GrantDiffers(Exception):
    """The id belongs to a grant that was made from something else."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(grant_id)
        self.grant_id = grant_id


class EveryoneIsGranted(Exception):
    """Everyone was granted the rule already, by the grant `grant_id`; a second one would add nothing."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(grant_id)
        self.grant_id = grant_id


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant to be made; `entry` is what it is made from, in one spelling, where the caller gave its id."""

    id: str
    customer_id: str
    created_at: datetime
    usage: int = 0
    amount: int = 0
    bonus: int = 0
    stamps: str | None = None
    debit_balance: int | None = None
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """A grant as it was kept; `stamps` is a list of {at, count}, None for a rule that asked for none."""

    id: str
    discount_id: str
    customer_id: str
    created_at: datetime
    created_by: str
    usage: int
    amount: int
    bonus: int
    stamps: list[dict[str, Any]] | None
    debit_balance: int | None


STORED = (
    grants.c.id,
    grants.c.discount_id,
    grants.c.customer_id,
    grants.c.created_at,
    grants.c.created_by,
    grants.c.usage,
    grants.c.amount,
    grants.c.bonus,
    grants.c.stamps,
    grants.c.debit_balance,
)

NAMES = tuple(column.name for column in STORED)


def stored(row: Sequence[Any]) -> StoredGrant:
    """The grant of a row of the columns STORED, which come first in it."""
    grant = dict(zip(NAMES, row, strict=False))
    stamps = grant.pop("stamps")
    return StoredGrant(stamps=None if stamps is None else json.loads(stamps), **grant)


@dataclass(frozen=True, slots=True)
class Opened:
    """A rule whose grants may be changed in this transaction; `change` is made where everyone's may be."""

    rule: StoredRule
    change: Change | None


def open_grants(connection: Connection, aid: str, rule_id: str, customer_ids: Iterable[str]) -> Opened:
    """The rule, locked so that none of its grants is given twice; NoSuchRule.

    The account's version is raised first where everyone is among the customers, as every change of a rule does it:
    two transactions that wait for each other's locks would be undone.
    """
    change = raise_version(connection, aid) if EVERYONE in customer_ids else None
    return Opened(locked_rule(connection, aid, rule_id), change)


def add_grants(connection: Connection, aid: str, opened: Opened, new: Sequence[NewGrant], *, subject: str) -> None:
    """Make the grants, save those that were made before of the same; GrantDiffers, EveryoneIsGranted, RuleIsDeleted."""
    if opened.rule.deleted_at is not None:
        raise RuleIsDeleted
    there = _made_before(connection, aid, opened.rule.id, new)
    missing = [grant for grant in new if grant.id not in there]
    if any(grant.customer_id == EVERYONE for grant in missing):
        for holder in live_grants(connection, aid, opened.rule.id, [EVERYONE]):
            raise EveryoneIsGranted(holder.id)
        _set_granted_to_everyone(connection, aid, opened, granted=True)
    _insert(connection, aid, opened.rule.id, missing, subject)


def _made_before(connection: Connection, aid: str, rule_id: str, new: Sequence[NewGrant]) -> set[str]:
    columns = (grants.c.id, grants.c.discount_id, grants.c.entry)
    same_ids = select(*columns).where(grants.c.aid == aid, grants.c.id.in_([grant.id for grant in new]))
    there = {row.id: row for row in connection.execute(same_ids)}
    for grant in new:
        row = there.get(grant.id)
        if row is not None and (row.discount_id != rule_id or not _is_made_from(row.entry, grant.entry)):
            raise GrantDiffers(grant.id)
    return set(there)


def _is_made_from(entry: str | None, other: str | None) -> bool:
    """Whether two grants are made from the same; one that the caller gave no id is made from nothing."""
    return entry is not None and other is not None and means_the_same(entry, other)


def _insert(connection: Connection, aid: str, rule_id: str, new: Sequence[NewGrant], subject: str) -> None:
    rows = [
        {
            "aid": aid,
            "id": grant.id,
            "discount_id": rule_id,
            "customer_id": grant.customer_id,
            "created_at": grant.created_at,
            "created_by": subject,
            "usage": grant.usage,
            "amount": grant.amount,
            "bonus": grant.bonus,
            "stamps": grant.stamps,
            "debit_balance": grant.debit_balance,
            "entry": grant.entry,
        }
        # In the order of their ids, so that no two transactions wait for each other.
        for grant in sorted(new, key=lambda grant: grant.id)
    ]
    if not rows:
        return
    inserted = insert_into(connection, grants).on_conflict_do_nothing().returning(grants.c.id)
    made = set(connection.execute(inserted, rows).scalars())
    for grant in new:
        # Another rule's grant took the id meanwhile.
        if grant.id not in made:
            raise GrantDiffers(grant.id)


def add_missing_grants(
    connection: Connection, aid: str, opened: Opened, new: Sequence[NewGrant], *, subject: str
) -> None:
    """Make the grants of those customers who have no live one of their own; RuleIsDeleted."""
    holders = {
        grant.customer_id
        for grant in live_grants(connection, aid, opened.rule.id, [grant.customer_id for grant in new])
    }
    missing = [grant for grant in new if grant.customer_id not in holders]
    add_grants(connection, aid, opened, missing, subject=subject)


def take_grants(
    connection: Connection, aid: str, opened: Opened, customer_ids: Sequence[str], *, now: datetime, subject: str
) -> list[StoredGrant]:
    """The live grants of the customers, marked as deleted now; what they used of everyone's grant is left."""
    live = _live(aid, opened.rule.id, customer_ids)
    # In the order of their ids, as they are made.
    taken = [stored(row) for row in connection.execute(live.order_by(grants.c.id).with_for_update())]
    if taken:
        marked = update(grants).where(grants.c.aid == aid, grants.c.id.in_([grant.id for grant in taken]))
        connection.execute(marked.values(deleted_at=now, deleted_by=subject))
    if any(grant.customer_id == EVERYONE for grant in taken):
        _set_granted_to_everyone(connection, aid, opened, granted=False)
    return sorted(taken, key=lambda grant: (grant.created_at, grant.id))


def _set_granted_to_everyone(connection: Connection, aid: str, opened: Opened, *, granted: bool) -> None:
    assert opened.change is not None  # noqa: S101 - everyone was among the customers it was opened for
    set_granted_to_everyone(connection, aid, opened.rule.id, opened.change, granted=granted)


def live_grants(connection: Connection, aid: str, rule_id: str, customer_ids: Sequence[str]) -> list[StoredGrant]:
    """The grants of a rule that customers hold of their own, the oldest first; `"*"` among them is everyone's."""
    query = _live(aid, rule_id, customer_ids).order_by(grants.c.created_at, grants.c.id)
    return [stored(row) for row in connection.execute(query)]


def _live(aid: str, rule_id: str, customer_ids: Sequence[str]) -> Select[Any]:
    return select(*STORED).where(
        grants.c.aid == aid, grants.c.discount_id == rule_id, grants.c.customer_id.in_(customer_ids), is_live()
    )


def grants_on_page(connection: Connection, aid: str, rule_id: str, page: Page) -> tuple[StoredRule, list[StoredGrant]]:
    """A rule and one page of its live grants, the newest first; NoSuchRule, UnknownStart."""
    rule = rule_of(connection, aid, rule_id)
    of_rule = (grants.c.aid == aid, grants.c.discount_id == rule_id)
    start = place_of(connection, page.starting_after, grants.c.created_at, grants.c.id, *of_rule)
    paged = on_page(select(*STORED).where(*of_rule, is_live()), page, start, grants.c.created_at, grants.c.id)
    return rule, [stored(row) for row in connection.execute(paged)]


def refs_of_customer(
    connection: Connection, aid: str, customer_id: str, granted: Sequence[StoredRule]
) -> dict[str, list[StoredGrant]]:
    """By rule, what a customer holds of it: his own live grants, the oldest first, else his part in everyone's."""
    query = (
        select(*STORED, grants.c.is_derived)
        .where(
            grants.c.aid == aid,
            grants.c.customer_id == customer_id,
            grants.c.discount_id.in_([rule.id for rule in granted]),
            grants.c.deleted_at.is_(None),
        )
        .order_by(grants.c.created_at, grants.c.id)
    )
    own: dict[str, list[StoredGrant]] = {}
    derived: dict[str, StoredGrant] = {}
    for row in connection.execute(query):
        if row.is_derived:
            derived[row.discount_id] = stored(row)
        else:
            own.setdefault(row.discount_id, []).append(stored(row))
    everyones = _everyones(connection, aid, [rule.id for rule in granted if rule.id not in own])
    shared = {rule_id: [derived.get(rule_id) or _unused(grant, customer_id)] for rule_id, grant in everyones.items()}
    return own | shared


def _everyones(connection: Connection, aid: str, rule_ids: Sequence[str]) -> dict[str, StoredGrant]:
    query = select(*STORED).where(
        grants.c.aid == aid, grants.c.customer_id == EVERYONE, grants.c.discount_id.in_(rule_ids), is_live()
    )
    return {row.discount_id: stored(row) for row in connection.execute(query)}


def _unused(everyones: StoredGrant, customer_id: str) -> StoredGrant:
    """The part of a customer who used nothing of everyone's grant yet."""
    grant_id = everyones_grant_id(everyones.discount_id, customer_id)
    return StoredGrant(
        grant_id, everyones.discount_id, customer_id, everyones.created_at, everyones.created_by, 0, 0, 0, None, None
    )
