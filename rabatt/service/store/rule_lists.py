"""Lists of rules: all of an account by their state, those of one customer, and those that anyone may see."""

from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select, true

from rabatt.service.store.pages import Page, UnknownStart, on_page, place_of
from rabatt.service.store.rules import STORED, StoredRule, stored
from rabatt.service.store.tables import grants, rules

EVERYONE = "*"

RuleState: TypeAlias = Literal["all", "active", "scheduled", "completed", "available", "deleted", "inactive"]


class PublicRule(NamedTuple):
    """A rule that anyone may see, and the id of everyone's grant."""

    rule: StoredRule
    ref_id: str


def in_state(state: RuleState, now: datetime) -> ColumnElement[bool]:
    """The condition on rules that are in a state at a time."""
    if state == "deleted":
        return rules.c.deleted_at.is_not(None)
    opens, closes = rules.c.purchase_from, rules.c.purchase_to
    is_open = and_(or_(opens.is_(None), opens <= now), or_(closes.is_(None), closes >= now))
    conditions: dict[RuleState, tuple[ColumnElement[bool], ...]] = {
        "all": (),
        "inactive": (rules.c.active.is_(False),),
        "scheduled": (rules.c.active, opens > now),
        "completed": (rules.c.active, closes < now),
        "active": (rules.c.active, is_open),
        "available": (rules.c.active, is_open, is_granted()),
    }
    return and_(true(), rules.c.deleted_at.is_(None), *conditions[state])


def is_granted() -> ColumnElement[bool]:
    """The condition on rules that some customer, or everyone, is granted."""
    return exists().where(grants.c.aid == rules.c.aid, grants.c.discount_id == rules.c.id, is_live())


def is_live() -> ColumnElement[bool]:
    """The condition on grants that were given and not taken back; what was used of everyone's is no such grant."""
    return and_(grants.c.deleted_at.is_(None), grants.c.is_derived.is_(False))


def rules_on_page(
    connection: Connection, aid: str, page: Page, *, state: RuleState, since: datetime | None, now: datetime
) -> list[StoredRule]:
    """One page of the account's rules; `since` leaves out what was neither made, changed nor deleted from then on."""
    query = select(*STORED).where(rules.c.aid == aid, in_state(state, now))
    if since is not None:
        query = query.where(or_(rules.c.updated_at >= since, rules.c.deleted_at >= since))
    return _on_page(connection, aid, query, page)


def customers_rules_on_page(
    connection: Connection, aid: str, customer_id: str, page: Page, *, state: RuleState, now: datetime
) -> list[StoredRule]:
    """One page of the rules that a customer was granted, or that everyone was."""
    granted = select(grants.c.discount_id).where(
        grants.c.aid == aid, grants.c.customer_id.in_([customer_id, EVERYONE]), is_live()
    )
    query = select(*STORED).where(rules.c.aid == aid, in_state(state, now), rules.c.id.in_(granted))
    return _on_page(connection, aid, query, page)


def _on_page(connection: Connection, aid: str, query: Select[Any], page: Page) -> list[StoredRule]:
    start = _place(connection, aid, page.starting_after)
    paged = on_page(query, page, start, rules.c.created_at, rules.c.id)
    return [stored(row) for row in connection.execute(paged)]


def _place(connection: Connection, aid: str, rule_id: str | None) -> tuple[datetime, str] | None:
    return place_of(connection, rule_id, rules.c.created_at, rules.c.id, rules.c.aid == aid)


def public_rules_on_page(connection: Connection, aid: str, page: Page, *, now: datetime) -> list[PublicRule]:
    """One page of the rules that everyone was granted and may see by now; it starts after a grant or a rule."""
    opens, closes, visible = rules.c.purchase_from, rules.c.purchase_to, rules.c.visible_from
    is_visible = or_(visible <= now, and_(visible.is_(None), or_(opens.is_(None), opens <= now)))
    query = (
        select(*STORED, grants.c.id.label("ref_id"))
        .join(grants, and_(grants.c.aid == rules.c.aid, grants.c.discount_id == rules.c.id))
        .where(
            rules.c.aid == aid,
            grants.c.customer_id == EVERYONE,
            is_live(),
            rules.c.deleted_at.is_(None),
            rules.c.active,
            rules.c.private.is_(False),
            or_(closes.is_(None), closes >= now),
            is_visible,
        )
    )
    start = _public_place(connection, aid, page.starting_after)
    paged = on_page(query, page, start, rules.c.created_at, rules.c.id)
    return [PublicRule(stored(row), row.ref_id) for row in connection.execute(paged)]


def _public_place(connection: Connection, aid: str, ref_id: str | None) -> tuple[datetime, str] | None:
    """Where a rule stands that this list shows or showed; UnknownStart for any other, of which it says nothing."""
    if ref_id is None:
        return None
    everyones = (
        select(rules.c.id)
        .join(grants, and_(grants.c.aid == rules.c.aid, grants.c.discount_id == rules.c.id))
        .where(
            rules.c.aid == aid,
            rules.c.private.is_(False),
            grants.c.customer_id == EVERYONE,
            or_(grants.c.id == ref_id, rules.c.id == ref_id),
        )
    )
    rule_id = connection.execute(everyones).scalar()
    if rule_id is None:
        raise UnknownStart(ref_id)
    return _place(connection, aid, rule_id)
