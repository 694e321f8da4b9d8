"""What the refs of a claim name: rules of the account, and grants of theirs to the customer or to everyone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, or_, select

from engine import TakenBack
from engine.grants.wallet import everyones_grant_id
from rabatt.service.store import plausible
from rabatt.service.store.bounds import RuleBounds
from rabatt.service.store.claim_request import Acceptance, ClaimProblem, ClaimRefused, ClaimRequest, RefUse
from rabatt.service.store.column_types import StoredInstant
from rabatt.service.store.plausible import RuleHistory
from rabatt.service.store.tables import grants, rules
from rabatt.service.store.terms import Terms, terms_of
from rules.grant import EVERYONE

# A store binds only so many parameters in one statement.
CHUNK = 500

# Made once: putting them together took as long as running them.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_RULES = select(
    rules.c.id, rules.c.document, rules.c.created_at, rules.c.updated_at, rules.c.former_bounds, rules.c.deleted_at
).where(rules.c.aid == bindparam("account"), rules.c.id.in_(_IDS))
_HELD_RULES = _RULES.with_for_update(read=True, key_share=True)
_GRANTS = select(
    grants.c.id,
    grants.c.discount_id,
    grants.c.customer_id,
    grants.c.created_at,
    grants.c.deleted_at,
    grants.c.is_derived,
).where(grants.c.aid == bindparam("account"), grants.c.id.in_(_IDS))
_GRANTED_TO_ALL = select(grants.c.discount_id).where(
    grants.c.aid == bindparam("account"),
    grants.c.customer_id == EVERYONE,
    grants.c.discount_id.in_(_IDS),
    or_(grants.c.deleted_at.is_(None), grants.c.deleted_at >= bindparam("earliest", type_=StoredInstant)),
)
# A customer with a grant of their own has no part in everyone's (SPEC 5), unless it was made after the purchase. What
# was made or taken back close to it was not there, or there, by the till's clock.
_OWNED = select(grants.c.discount_id).where(
    grants.c.aid == bindparam("account"),
    grants.c.customer_id == bindparam("customer"),
    grants.c.discount_id.in_(_IDS),
    grants.c.is_derived.is_(False),
    grants.c.created_at <= bindparam("earliest", type_=StoredInstant),
    or_(grants.c.deleted_at.is_(None), grants.c.deleted_at >= bindparam("latest", type_=StoredInstant)),
)


class Counted(NamedTuple):
    """What a use counts for on its grant."""

    usage: int
    amount: int
    bonus: int


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A ref of a claim whose grant is known, with the terms and bounds of its rule at the purchase."""

    # Where it stands in the claim.
    place: tuple[int, int]
    discount_id: str
    ref: RefUse
    terms: Terms
    bounds: RuleBounds
    # Whether the row that counts the customer's use of what everyone was granted is yet to be made.
    is_new: bool
    # What came back of it before it was claimed, one entry for each return; and whether all goods have by now.
    returned: tuple[TakenBack, ...] = ()
    is_returned: bool = False

    @property
    def counted(self) -> Counted:
        """What of the use is to be counted: less what came back of it, of which no more is taken off than there is."""
        left = Counted(self.ref.usage, self.ref.amount, self.ref.bonus)
        for one in self.returned:
            back = (one.usage, one.amount, one.bonus)
            left = Counted(*(here - min(here, there) for here, there in zip(left, back, strict=True)))
        return left

    @property
    def path(self) -> str:
        """Where the ref stands in the claim."""
        return f"discounts[{self.place[0]}].refs[{self.place[1]}]"

    @property
    def key(self) -> tuple[str, str]:
        """By what lines are put in order: where all claims book in one order, none waits for another in a ring."""
        return self.discount_id, self.ref.id


class ResolvedRule(NamedTuple):
    """The terms of a rule, what it was at which time, and since when it is deleted."""

    terms: Terms
    history: RuleHistory
    deleted_at: datetime | None


def resolve(
    connection: Connection, aid: str, request: ClaimRequest, acceptance: Acceptance, now: datetime
) -> list[ClaimLine]:
    """The lines in the order in which they are booked.

    ClaimRefused with every ref and rule that is not there, and all that no evaluation can have given. What was deleted
    is taken as long as the purchase was before, by a clock that may be off.
    """
    # Held until the claim is booked, so that none of them is changed as only one that was never used may be.
    rules_by_id = resolved_rules(connection, aid, {one.discount_id for one in request.discounts}, held=True)
    grant_ids = {ref.id for discount in request.discounts for ref in discount.refs}
    grants_by_id = {row.id: row for row in _rows_of(connection, _GRANTS, grant_ids, account=aid)}
    evidence = acceptance.evidence(request)
    granted_to_all = _granted_to_all(
        connection, aid, request, acceptance.skew, grants_by_id, is_given=evidence.is_given
    )
    lines: list[ClaimLine] = []
    problems = [*plausible.of_purchase(request, acceptance, now), *request.contradictions, *evidence.problems]
    for position, discount in enumerate(request.discounts):
        rule = rules_by_id.get(discount.discount_id)
        if rule is None or _is_over(rule.deleted_at, request.purchase_at, acceptance.skew):
            problems.append(_no_rule(position, discount.discount_id, is_known=rule is not None))
            continue
        known = rule.history.bounds_at(request.purchase_at, acceptance.skew)
        bounds = RuleBounds() if evidence.is_given else known
        if not evidence.is_given:
            path = f"discounts[{position}]"
            problems += plausible.of_rule(discount, path, rule.history, bounds, request.purchase_at)
        for place, ref in enumerate(discount.refs):
            grant = grants_by_id.get(ref.id)
            terms = _terms_then(rule.terms, known, ref, is_given=evidence.is_given)
            line = ClaimLine((position, place), discount.discount_id, ref, terms, bounds, is_new=grant is None)
            own = None if grant is None or grant.is_derived else grant
            if own is None:
                is_there = discount.discount_id in granted_to_all and _is_everyones(line, request.customer_id)
            else:
                is_there = _is_own(line, own, request, acceptance.skew)
            if is_there:
                lines.append(line)
                why_not = plausible.of_grant(bounds, None if own is None else own.created_at, request.purchase_at)
                problems += [] if why_not is None else [_of(line, "id", why_not)]
            else:
                problems.append(_no_grant(line))
            wrong = [*plausible.of_use(ref), *plausible.of_gift(ref, bounds)]
            problems += [_of(line, name, sentence) for name, sentence in wrong]
    if problems:
        raise ClaimRefused(problems)
    return sorted(lines, key=lambda line: line.key)


def _terms_then(terms: Terms, known: RuleBounds, ref: RefUse, *, is_given: bool) -> Terms:
    """The terms that a ref was given on, as far as an evaluation shows that they may have been others than today's."""
    if not is_given:
        return terms
    if terms.debit is not None and known.debit is not None and known.debit > terms.debit:
        terms = replace(terms, debit=known.debit)
    if terms.stamp and ref.stamps_after is None:
        # An evaluation says the stamps of every grant whose rule has any.
        terms = replace(terms, stamp=0)
    return terms


def _is_over(deleted_at: datetime | None, purchase_at: datetime, skew: timedelta) -> bool:
    return deleted_at is not None and purchase_at > deleted_at + skew


def _is_own(line: ClaimLine, grant: Row[Any], request: ClaimRequest, skew: timedelta) -> bool:
    """Whether a grant is of the rule and of the customer, and was not taken back before the purchase."""
    return (
        grant.discount_id == line.discount_id
        and grant.customer_id == request.customer_id
        and not _is_over(grant.deleted_at, request.purchase_at, skew)
    )


def _is_everyones(line: ClaimLine, customer_id: str | None) -> bool:
    """Whether the id is the one that stands for everyone's grant; a debit is never drawn on that."""
    return line.terms.debit is None and line.ref.id == everyones_grant_id(line.discount_id, customer_id)


def _no_rule(position: int, discount_id: str, *, is_known: bool) -> ClaimProblem:
    sentence = (
        "this rule was deleted before the purchase; evaluate the receipt again"
        if is_known
        else "there is no rule of this id in the account; send discounts of the result receipt"
    )
    return ClaimProblem(f"discounts[{position}].id", sentence, discount_id=discount_id)


def _no_grant(line: ClaimLine) -> ClaimProblem:
    return _of(line, "id", "at the purchase this was no grant of the rule to the customer; evaluate the receipt again")


def _of(line: ClaimLine, name: str, sentence: str) -> ClaimProblem:
    return ClaimProblem(f"{line.path}.{name}", sentence, discount_id=line.discount_id, grant_id=line.ref.id)


def resolved_rules(
    connection: Connection, aid: str, ids: Iterable[str], *, held: bool = False
) -> dict[str, ResolvedRule]:
    """Those of the rules that the account has, deleted ones included; held, none of them changes meanwhile."""
    rows = _rows_of(connection, _HELD_RULES if held else _RULES, ids, account=aid)
    return {
        row.id: ResolvedRule(
            terms_of(row.document),
            RuleHistory(row.document, row.created_at, row.updated_at, row.former_bounds),
            row.deleted_at,
        )
        for row in rows
    }


def _granted_to_all(
    connection: Connection,
    aid: str,
    request: ClaimRequest,
    skew: timedelta,
    grants_by_id: Mapping[str, Row[Any]],
    *,
    is_given: bool,
) -> set[str]:
    """Which rules the customer had as one of everyone at the purchase, of those for which that matters."""
    asked = {
        discount.discount_id
        for discount in request.discounts
        for ref in discount.refs
        if ref.id not in grants_by_id or grants_by_id[ref.id].is_derived
    }
    times = {"earliest": request.purchase_at - skew, "latest": request.purchase_at + skew}
    rows = _rows_of(connection, _GRANTED_TO_ALL, asked, account=aid, earliest=times["earliest"])
    granted = {row.discount_id for row in rows}
    # Grants are imported with times of before the evaluation, which did not know of them.
    if request.customer_id is None or is_given:
        return granted
    owned = _rows_of(connection, _OWNED, granted, account=aid, customer=request.customer_id, **times)
    return granted - {row.discount_id for row in owned}


def _rows_of(
    connection: Connection, query: Select[Any], ids: Iterable[str], **parameters: object
) -> Iterator[Row[Any]]:
    """The rows of a query for these ids."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield from connection.execute(query, parameters | {"ids": ordered[start : start + CHUNK]})
