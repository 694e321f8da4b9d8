"""Giving back what goods took with them when they return: from the claim of their purchase to its grants."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Row, bindparam, insert, select, update

from engine import TakenBack
from engine.grants.stamp_card import CardUse, StampCard, after_return
from engine.grants.wallet import everyones_grant_id
from rabatt.service.store.resolve import StoredRule, stored_rules
from rabatt.service.store.rule_use import Change, count_lines
from rabatt.service.store.stamps import read_stamps, write_stamps
from rabatt.service.store.tables import claim_lines, claims, grants, insert_into

_THE_GRANT = (grants.c.aid == bindparam("account"), grants.c.id == bindparam("grant"))
_AMOUNT = bindparam("paid", type_=BigInteger)
GIVE_BACK = (
    update(grants)
    .where(*_THE_GRANT)
    .values(
        usage=grants.c.usage - bindparam("used", type_=BigInteger),
        amount=grants.c.amount - _AMOUNT,
        bonus=grants.c.bonus - bindparam("booked", type_=BigInteger),
        # Whatever the rule is by now: only a grant with a balance drew on one.
        debit_balance=grants.c.debit_balance + _AMOUNT,
    )
    .returning(grants.c.stamps, grants.c.stamps_owed)
)
"""What counts no more, taken off a grant and put back on its balance; its stamp card comes back."""


class Purchase(NamedTuple):
    """The claim of a purchase that still stands, held until the transaction ends: its lines, less what came back.

    `made_with` is the scope that it was made with, if that is known.
    """

    aid: str
    claim_id: str
    customer_id: str | None
    purchase_at: datetime
    made_with: str | None
    lines: Mapping[tuple[str, str], Row[Any]]


def hold_purchase(connection: Connection, aid: str, ref: str) -> Purchase | None:
    """The claim with a ref, unless there is none or it was cancelled; nobody cancels it until this transaction ends."""
    query = (
        select(claims.c.id, claims.c.customer_id, claims.c.purchase_at, claims.c.scope)
        .where(claims.c.aid == aid, claims.c.ref == ref, claims.c.cancelled_at.is_(None))
        .with_for_update()
    )
    claim = connection.execute(query).one_or_none()
    if claim is None:
        return None
    of_claim = select(claim_lines).where(claim_lines.c.aid == aid, claim_lines.c.claim_id == claim.id)
    lines = {(line.discount_id, line.grant_id): line for line in connection.execute(of_claim)}
    return Purchase(aid, claim.id, claim.customer_id, claim.purchase_at, claim.scope, lines)


def give_back(
    connection: Connection, purchase: Purchase, taken: Iterable[TakenBack], *, now: datetime, subject: str
) -> None:
    """Take what a return undoes off the grants and off the claim's lines, so that cancelling gives back only the rest.

    Never more comes back than the claim booked. What the goods that stay use more than before is booked on its lines.
    """
    taken = sorted(taken, key=lambda one: (one.rule_id, one.grant_id))
    rules_by_id = stored_rules(connection, purchase.aid, {one.rule_id for one in taken})
    changes: list[Change] = []
    # In the order in which claims book them: where all keep to one order, none waits for another in a ring.
    for one in taken:
        line = purchase.lines.get((one.rule_id, one.grant_id))
        rule = rules_by_id.get(one.rule_id)
        if line is None and _uses_more(one) and rule is not None:
            line = _new_line(connection, purchase, one, now=now, subject=subject)
            if line is not None:
                changes.append(Change(one.rule_id, 1, 0, 0, 0))
        if line is not None and rule is not None:
            changes.append(_give_back_line(connection, purchase, line, one, rule, now))
    count_lines(connection, purchase.aid, purchase.claim_id, purchase.customer_id, changes)


def _uses_more(one: TakenBack) -> bool:
    return one.usage < 0 or one.amount < 0 or one.bonus < 0


def _new_line(
    connection: Connection, purchase: Purchase, one: TakenBack, *, now: datetime, subject: str
) -> Row[Any] | None:
    """A line of nothing on a grant that only the goods that stay use; None where the customer has no such grant."""
    if purchase.customer_id is None:
        return None
    key = {"aid": purchase.aid, "id": one.grant_id, "discount_id": one.rule_id, "customer_id": purchase.customer_id}
    if one.grant_id == everyones_grant_id(one.rule_id, purchase.customer_id):
        row = {**key, "created_at": now, "created_by": subject, "is_derived": True}
        connection.execute(insert_into(connection, grants).on_conflict_do_nothing(), row)
    own = select(grants.c.id).where(*(grants.c[name] == value for name, value in key.items()))
    if connection.execute(own).first() is None:
        return None
    line = {
        "aid": purchase.aid,
        "claim_id": purchase.claim_id,
        "grant_id": one.grant_id,
        "discount_id": one.rule_id,
        "customer_id": purchase.customer_id,
        "usage": 0,
        "amount": 0,
        "bonus": 0,
        "stamp": 0,
    }
    return connection.execute(insert(claim_lines).returning(claim_lines), line).one()


def _give_back_line(
    connection: Connection, purchase: Purchase, line: Row[Any], one: TakenBack, rule: StoredRule, now: datetime
) -> Change:
    usage, amount, bonus = min(one.usage, line.usage), min(one.amount, line.amount), min(one.bonus, line.bonus)
    left: dict[str, Any] = {"usage": line.usage - usage, "amount": line.amount - amount, "bonus": line.bonus - bonus}
    # What was used without a customer is on no grant.
    if line.customer_id is not None:
        parameters = {"account": line.aid, "grant": line.grant_id, "used": usage, "paid": amount, "booked": bonus}
        row = connection.execute(GIVE_BACK, parameters).one()
        if one.stamp and rule.terms.stamp:
            card = StampCard(read_stamps(row.stamps), row.stamps_owed)
            use = CardUse(line.stamp, read_stamps(line.stamps_spent))
            use, card = after_return(card, use, one.stamp, purchase.purchase_at, rule.terms.stamp_days, now)
            stamps = {"stamps": write_stamps(card.stamps), "stamps_owed": card.owed}
            connection.execute(update(grants).where(*_THE_GRANT).values(**stamps), parameters)
            left |= {"stamp": use.earned, "stamps_spent": write_stamps(use.spent) if use.spent else None}
    of_line = (
        claim_lines.c.aid == purchase.aid,
        claim_lines.c.claim_id == purchase.claim_id,
        claim_lines.c.grant_id == line.grant_id,
    )
    connection.execute(update(claim_lines).where(*of_line).values(**left))
    return Change(one.rule_id, 0, -usage, -amount, -bonus)
