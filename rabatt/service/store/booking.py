"""Booking the lines of a claim on the grants they name: here a claim's limit is upheld (SPEC 5 and 7, decision 0011).

The UPDATE that counts a use upholds the limit itself, by its WHERE (`_BOOK_WITHIN_LIMITS`, `_DRAW_WITHIN_BALANCE`): of
two claims for the last use, the second waits for the row and then finds no room. No row changed means that a limit is
reached, and `_reached` says which.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, func, or_, select, update

from engine.grants.stamp_card import CardUse, after_purchase, after_return, live_count
from rabatt.service.store.claim_grants import THE_GRANT, GrantKey, make_derived_grant, read_card, write_card
from rabatt.service.store.claim_request import ClaimProblem, ClaimRefused, ClaimRequest
from rabatt.service.store.resolve import ClaimLine
from rabatt.service.store.tables import grants
from rules.values import LARGEST

REPEAT_USAGE = "limitation.discount_repeat_usage"
DEBIT_BALANCE = "debit_balance"
STAMP = "requirement.stamp"

_NAMED_GRANT = (
    *THE_GRANT,
    grants.c.discount_id == bindparam("rule"),
    grants.c.customer_id == bindparam("customer"),
)
_USAGE = bindparam("used", type_=BigInteger)
_AMOUNT = bindparam("paid", type_=BigInteger)
_BONUS = bindparam("booked", type_=BigInteger)
# What is left of a debit: the rule's value less what was drawn, where nobody wrote down what is left.
_LEFT = func.coalesce(grants.c.debit_balance, bindparam("debit", type_=BigInteger) - grants.c.amount)
_BOOK_WITHIN_LIMITS = (
    update(grants)
    .where(
        *_NAMED_GRANT,
        grants.c.usage + _USAGE <= bindparam("most", type_=BigInteger),
        # Beyond that, no evaluation could read the grant.
        grants.c.amount + _AMOUNT <= LARGEST,
        grants.c.bonus + _BONUS <= LARGEST,
    )
    .values(usage=grants.c.usage + _USAGE, amount=grants.c.amount + _AMOUNT, bonus=grants.c.bonus + _BONUS)
    .returning(grants.c.stamps, grants.c.stamps_owed)
)
# Nothing can be drawn from what is below 0 too.
_DRAW_WITHIN_BALANCE = _BOOK_WITHIN_LIMITS.where(or_(_AMOUNT == 0, _LEFT >= _AMOUNT)).values(
    debit_balance=grants.c.debit_balance - _AMOUNT
)
_HELD = select(grants.c.usage, grants.c.amount, grants.c.bonus, grants.c.debit_balance).where(*_NAMED_GRANT)


class Held(NamedTuple):
    """What is counted on a grant."""

    usage: int
    amount: int
    bonus: int
    debit_balance: int | None


class _BookedLine(NamedTuple):
    """What became of one line: what it counts for on the stamp card, or every limit that is in its way."""

    card: CardUse = CardUse()
    problems: tuple[ClaimProblem, ...] = ()


def book(
    connection: Connection, aid: str, request: ClaimRequest, lines: Iterable[ClaimLine], *, now: datetime, subject: str
) -> list[tuple[ClaimLine, CardUse]]:
    """The lines and what they count for on stamp cards, once it is booked; ClaimRefused with every limit reached.

    Every line is tried, so that all limits are named at once; then the transaction is to be undone.
    """
    booked: list[tuple[ClaimLine, _BookedLine]] = []
    for line in lines:
        if request.customer_id is None:
            booked.append((line, _booked_without_grant(line)))
            continue
        if line.is_new:
            key = GrantKey(aid, line.ref.id, line.discount_id, request.customer_id)
            make_derived_grant(connection, key, now=now, subject=subject)
        parameters = _parameters(aid, request.customer_id, line)
        booked.append((line, _booked(connection, line, parameters, request.purchase_at, now)))
    problems = [problem for _, one in sorted(booked, key=lambda booked: booked[0].place) for problem in one.problems]
    if problems:
        raise ClaimRefused(problems)
    return [(line, one.card) for line, one in booked]


def _parameters(aid: str, customer_id: str, line: ClaimLine) -> dict[str, Any]:
    most, counted = line.terms.most_usage, line.counted
    return {
        "account": aid,
        "grant": line.ref.id,
        "rule": line.discount_id,
        "customer": customer_id,
        "used": counted.usage,
        "paid": counted.amount,
        "booked": counted.bonus,
        # A purchase that only earned stamps is no use, nor is one that came back.
        "most": LARGEST if most is None or not counted.usage else most,
        "debit": line.terms.debit,
    }


def _booked(
    connection: Connection, line: ClaimLine, parameters: dict[str, Any], purchase_at: datetime, now: datetime
) -> _BookedLine:
    """What became of a line on the grant it names, whose row is locked from here on."""
    update_of = _BOOK_WITHIN_LIMITS if line.terms.debit is None else _DRAW_WITHIN_BALANCE
    row = connection.execute(update_of, parameters).one_or_none()
    if row is None:
        held = Held(*connection.execute(_HELD.with_for_update(), parameters).one())
        problems = tuple(_reached(line, held))
        if problems:
            return _BookedLine(problems=problems)
        # A claim was cancelled in between. Now that the row is locked, the room that it made stays.
        row = connection.execute(update_of, parameters).one()
    if not line.terms.stamp:
        return _BookedLine()
    card = read_card(row)
    days = line.terms.stamp_days
    live = live_count(card, purchase_at, days)
    wanted = _wanted_stamps(line, live)
    if wanted is None and line.is_returned:
        # What it spent came back, and may be spent by now: the card is as if there had been no such purchase.
        return _BookedLine()
    if wanted is None:
        return _BookedLine(problems=(_too_few_stamps(line, live),))
    card, spent = after_purchase(card, purchase_at, days, earned=line.ref.stamp, spent=wanted)
    use = CardUse(line.ref.stamp, spent)
    for one in line.returned:
        if one.stamp:
            use, card = after_return(card, use, one.stamp, purchase_at, days, now)
    write_card(connection, parameters["account"], line.ref.id, card)
    return _BookedLine(use)


def _booked_without_grant(line: ClaimLine) -> _BookedLine:
    """What became of a line that no grant counts: only a limit of its own purchase can be in its way."""
    most = line.terms.most_usage
    if most is None or line.counted.usage <= most:
        return _BookedLine()
    return _BookedLine(problems=(_repeat_usage(line, most, 0),))


def _wanted_stamps(line: ClaimLine, live: int) -> int | None:
    """How many stamps the purchase spends; None where the card is not the one that the receipt was evaluated with.

    A ref says whether rewards were given, not how many: that is seen from the stamps that it left alive.
    """
    ref, each, rewards = line.ref, line.bounds.stamps_each, line.bounds.rewards
    if not ref.usage:
        return 0
    there = live + ref.stamp
    if ref.stamps_after is None:
        wanted = ref.usage * line.terms.stamp
        return wanted if wanted <= there else None
    wanted = there - ref.stamps_after
    if not 0 < wanted <= there:
        return None
    # What a reward cost is known from today's rule only where it was no other one at the purchase.
    if each and (wanted % each or (rewards is not None and wanted > rewards * each)):
        return None
    return wanted


def _reached(line: ClaimLine, held: Held) -> Iterator[ClaimProblem]:
    """Every limit of a grant that the use of a line would break."""
    counted, terms = line.counted, line.terms
    most = terms.most_usage
    if most is not None and counted.usage and held.usage + counted.usage > most:
        yield _repeat_usage(line, most, held.usage)
    if terms.debit is not None:
        left = max(terms.debit - held.amount if held.debit_balance is None else held.debit_balance, 0)
        if counted.amount > left:
            sentence = f"{left} is left of the balance; evaluate the receipt again"
            yield _limit(line, DEBIT_BALANCE, sentence, most=held.amount + left, used=held.amount)
    for name, value in counted._asdict().items():
        if getattr(held, name) + value > LARGEST:
            sentence = f"the grant cannot count beyond {LARGEST}; make another rule"
            yield _limit(line, f"statistics.{name}", sentence, most=LARGEST, used=getattr(held, name))


def _repeat_usage(line: ClaimLine, most: int, used: int) -> ClaimProblem:
    sentence = f"of the uses that each customer has ({most}), so many are gone: {used}; evaluate the receipt again"
    return _limit(line, REPEAT_USAGE, sentence, most=most, used=used)


def _too_few_stamps(line: ClaimLine, live: int) -> ClaimProblem:
    sentence = (
        f"the card has {live} stamps now, which is not what these rewards were given for; evaluate the receipt again"
    )
    return _limit(line, STAMP, sentence, most=live, used=None)


def _limit(line: ClaimLine, limit: str, sentence: str, *, most: int, used: int | None) -> ClaimProblem:
    return ClaimProblem(line.path, sentence, limit, line.discount_id, line.ref.id, most, used)
