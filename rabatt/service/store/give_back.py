"""Giving back what a claim used to its grants: all of it when it is cancelled, a part when goods are returned."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Row, bindparam, insert, select, update

from engine import TakenBack
from engine.grants.stamp_card import CardUse, StampCard, after_cancelling, after_return
from engine.grants.wallet import everyones_grant_id
from rabatt.service.store.claim_grants import THE_GRANT, GrantKey, make_derived_grant, read_card, write_card
from rabatt.service.store.resolve import resolved_rules
from rabatt.service.store.rule_use import UseChange, count_lines
from rabatt.service.store.stamps import read_stamps, write_stamps
from rabatt.service.store.tables import claim_lines, grants
from rabatt.service.store.terms import Terms

_AMOUNT = bindparam("paid", type_=BigInteger)
_GIVE_BACK = (
    update(grants)
    .where(*THE_GRANT)
    .values(
        usage=grants.c.usage - bindparam("used", type_=BigInteger),
        amount=grants.c.amount - _AMOUNT,
        bonus=grants.c.bonus - bindparam("booked", type_=BigInteger),
        # Whatever the rule is by now: only a grant with a balance drew on one.
        debit_balance=grants.c.debit_balance + _AMOUNT,
    )
    .returning(grants.c.stamps, grants.c.stamps_owed)
)


class HeldClaim(NamedTuple):
    """A claim that nobody else gives back until the transaction ends, and its lines, less what was returned before.

    `made_with` is the scope that it was made with, if that is known, and `store_id` the store that it named, if any.
    """

    aid: str
    claim_id: str
    customer_id: str | None
    purchase_at: datetime
    made_with: str | None
    store_id: str | None
    lines: Mapping[tuple[str, str], Row[Any]]


class _PartOfUse(NamedTuple):
    """What of a line of a claim counts no more; below 0, what the kept goods use more than before.

    `card` makes of the stamp card what the line still counts on it, and the card then; None where it stays as it is.
    """

    usage: int
    amount: int
    bonus: int
    card: Callable[[StampCard], tuple[CardUse, StampCard]] | None


def with_lines(connection: Connection, aid: str, claim: Any) -> HeldClaim:
    """The claim of a row that this transaction has locked: its id, customer_id, purchase_at, scope and store_id."""
    query = select(claim_lines).where(claim_lines.c.aid == aid, claim_lines.c.claim_id == claim.id)
    lines = {(line.discount_id, line.grant_id): line for line in connection.execute(query)}
    return HeldClaim(aid, claim.id, claim.customer_id, claim.purchase_at, claim.scope, claim.store_id, lines)


def give_back_all(connection: Connection, claim: HeldClaim, *, now: datetime) -> None:
    """Give back all that a claim used: it counts no more."""
    rules_by_id = resolved_rules(connection, claim.aid, {rule_id for rule_id, _ in claim.lines})
    changes: list[UseChange] = []
    # In the order in which claims book them: where all keep to one order, none waits for another in a ring.
    for (rule_id, _), line in sorted(claim.lines.items()):
        part = _all_of(claim, line, rules_by_id[rule_id].terms, now)
        _take_off_grant(connection, line, part)
        changes.append(UseChange(rule_id, -1, -part.usage, -part.amount, -part.bonus))
    of_claim = (claim_lines.c.aid == claim.aid, claim_lines.c.claim_id == claim.claim_id)
    connection.execute(update(claim_lines).where(*of_claim).values(is_cancelled=True))
    count_lines(connection, claim.aid, claim.claim_id, claim.customer_id, changes)


def give_back_returned(
    connection: Connection, claim: HeldClaim, taken: Iterable[TakenBack], *, now: datetime, subject: str
) -> None:
    """Give back what a return undoes, and take it off the claim's lines, so that cancelling gives back only the rest.

    Never more is given back than the claim booked. What the kept goods use more than before is booked on its lines.
    """
    taken = sorted(taken, key=lambda one: (one.rule_id, one.grant_id))
    rules_by_id = resolved_rules(connection, claim.aid, {one.rule_id for one in taken})
    changes: list[UseChange] = []
    # In the order in which claims book them, as above.
    for one in taken:
        line = claim.lines.get((one.rule_id, one.grant_id))
        rule = rules_by_id.get(one.rule_id)
        if line is None and uses_more(one) and rule is not None:
            line = _new_line(connection, claim, one, now=now, subject=subject)
            if line is not None:
                changes.append(UseChange(one.rule_id, 1, 0, 0, 0))
        if line is not None and rule is not None:
            part = _part_of(claim, line, one, rule.terms, now)
            use = _take_off_grant(connection, line, part)
            _take_off_line(connection, line, part, use)
            changes.append(UseChange(one.rule_id, 0, -part.usage, -part.amount, -part.bonus))
    count_lines(connection, claim.aid, claim.claim_id, claim.customer_id, changes)


def card_without(card: StampCard, claim: HeldClaim, line: Row[Any], terms: Terms, now: datetime) -> StampCard:
    """The stamp card of a line's grant once all that the line earned and spent on it is undone."""
    spent = read_stamps(line.stamps_spent)
    return after_cancelling(card, claim.purchase_at, terms.stamp_days, now, earned=line.stamp, spent=spent)


def _all_of(claim: HeldClaim, line: Row[Any], terms: Terms, now: datetime) -> _PartOfUse:
    """All that a line counts."""

    def undone(card: StampCard) -> tuple[CardUse, StampCard]:
        return CardUse(), card_without(card, claim, line, terms, now)

    return _PartOfUse(line.usage, line.amount, line.bonus, undone if line.stamp or line.stamps_spent else None)


def _part_of(claim: HeldClaim, line: Row[Any], one: TakenBack, terms: Terms, now: datetime) -> _PartOfUse:
    """What a return gives back of a line, which is never more than the line counts."""

    def undone(card: StampCard) -> tuple[CardUse, StampCard]:
        use = CardUse(line.stamp, read_stamps(line.stamps_spent))
        return after_return(card, use, one.stamp, claim.purchase_at, terms.stamp_days, now)

    return _PartOfUse(
        min(one.usage, line.usage),
        min(one.amount, line.amount),
        min(one.bonus, line.bonus),
        undone if one.stamp and terms.stamp else None,
    )


def _take_off_grant(connection: Connection, line: Row[Any], part: _PartOfUse) -> CardUse | None:
    """Take a part of a line off its grant and put it back on the balance; what the line still counts on the card.

    None where the card stays as it is. The row of the grant is locked from here on.
    """
    # What was used without a customer is on no grant.
    if line.customer_id is None:
        return None
    parameters = {
        "account": line.aid,
        "grant": line.grant_id,
        "used": part.usage,
        "paid": part.amount,
        "booked": part.bonus,
    }
    row = connection.execute(_GIVE_BACK, parameters).one()
    if part.card is None:
        return None
    use, card = part.card(read_card(row))
    write_card(connection, line.aid, line.grant_id, card)
    return use


def _take_off_line(connection: Connection, line: Row[Any], part: _PartOfUse, use: CardUse | None) -> None:
    """Take a part off the line of the claim."""
    rest: dict[str, Any] = {
        "usage": line.usage - part.usage,
        "amount": line.amount - part.amount,
        "bonus": line.bonus - part.bonus,
    }
    if use is not None:
        rest |= {"stamp": use.earned, "stamps_spent": write_stamps(use.spent) if use.spent else None}
    of_line = (
        claim_lines.c.aid == line.aid,
        claim_lines.c.claim_id == line.claim_id,
        claim_lines.c.grant_id == line.grant_id,
    )
    connection.execute(update(claim_lines).where(*of_line).values(**rest))


def uses_more(one: TakenBack) -> bool:
    """Whether the kept goods use more of a grant than the purchase did."""
    return one.usage < 0 or one.amount < 0 or one.bonus < 0


def _new_line(
    connection: Connection, claim: HeldClaim, one: TakenBack, *, now: datetime, subject: str
) -> Row[Any] | None:
    """A line of nothing on a grant that only the kept goods use; None where the customer has no such grant."""
    if claim.customer_id is None:
        return None
    key = GrantKey(claim.aid, one.grant_id, one.rule_id, claim.customer_id)
    if one.grant_id == everyones_grant_id(one.rule_id, claim.customer_id):
        make_derived_grant(connection, key, now=now, subject=subject)
    own = select(grants.c.id).where(*(grants.c[name] == value for name, value in key._asdict().items()))
    if connection.execute(own).first() is None:
        return None
    line = {
        "aid": claim.aid,
        "claim_id": claim.claim_id,
        "grant_id": one.grant_id,
        "discount_id": one.rule_id,
        "customer_id": claim.customer_id,
        "usage": 0,
        "amount": 0,
        "bonus": 0,
        "stamp": 0,
    }
    return connection.execute(insert(claim_lines).returning(claim_lines), line).one()
