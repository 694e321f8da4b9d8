"""A purchase in two parts, its receipt and the claims of what it used: how they find each other, whichever came first.

A claim that stands and is known to be of a receipt counts what it was claimed for less all that came back of that
receipt, in whatever order claims, returns and cancellings come (decision 0029). Who makes a claim and who returns goods
lock the receipt first, then claims, then grants: of the two the second one sees what the first one did.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Column, ColumnElement, Connection, Row, and_, exists, or_, select, update

from engine import TakenBack, returnable
from rabatt.service.identifiers import store_key
from rabatt.service.store.claim_request import ClaimRequest
from rabatt.service.store.give_back import HeldClaim, give_back_returned, with_lines
from rabatt.service.store.of_stores import is_only_number
from rabatt.service.store.tables import claims, receipts
from rules import read_receipt

GrantOfRule = tuple[str, str]
"""The id of a rule, and of a grant of it."""
Use = tuple[Any, ...]

# So many purchases of a customer at one instant are looked through: there is one, unless somebody makes them up.
MOST_AT_ONE_INSTANT = 100

_CLAIM = (
    claims.c.id,
    claims.c.ref,
    claims.c.customer_id,
    claims.c.purchase_at,
    claims.c.scope,
    claims.c.answer,
    claims.c.receipt,
    claims.c.store_id,
)
_STANDS = claims.c.cancelled_at.is_(None)


class ReceiptOfClaim(NamedTuple):
    """The stored receipt of a claim, what came back of it so far, and what other claims of it count already."""

    receipt: str
    returns: Sequence[Sequence[TakenBack]]
    claimed: frozenset[GrantOfRule]
    is_returned: bool

    def came_back(self, key: GrantOfRule) -> tuple[TakenBack, ...]:
        """What came back of a grant's use, unless another claim counts it: one entry for each return, oldest first."""
        if key in self.claimed:
            return ()
        return tuple(one for taken in self.returns for one in taken if (one.rule_id, one.grant_id) == key)


def purchase_of(connection: Connection, aid: str, request: ClaimRequest) -> ReceiptOfClaim | None:
    """The purchase that a claim is of, its receipt locked; None as long as no receipt is named, or had such returns."""
    uses = uses_asked(request)
    keys = {use[:2] for use in uses}
    for row, is_named in _receipts_of(connection, aid, request):
        if not is_named and not uses <= _uses_of(row):
            continue
        locked = connection.execute(select(receipts).where(_is(row)).with_for_update()).one()
        # One that nothing came back of is found by its first return; until then the lock keeps that one waiting.
        if locked.customer_id != request.customer_id or not (is_named or locked.returns):
            continue
        own = and_(claims.c.aid == aid, claims.c.receipt == locked.id)
        claimed = frozenset(key for claim in _held(connection, own) for key in with_lines(connection, aid, claim).lines)
        if is_named or claimed.isdisjoint(keys):
            return _purchase(locked, claimed)
    return None


def book_what_is_kept(
    connection: Connection, aid: str, purchase: ReceiptOfClaim, claim_id: str, *, now: datetime, subject: str
) -> None:
    """Book what the kept goods of a purchase use though no ref of the new claim says so: a re-evaluation found it."""
    (claim,) = _held(connection, claims.c.aid == aid, claims.c.id == claim_id)
    booked = with_lines(connection, aid, claim).lines.keys() | purchase.claimed
    _give_back_earlier(connection, aid, claim, purchase.returns, booked, now=now, subject=subject)


def claims_of(connection: Connection, receipt: Row[Any], *, now: datetime, subject: str) -> HeldClaim | None:
    """The claims of a locked receipt's purchase that stand, as one; None where there is none.

    From those that are found only now, what came back before is taken first.
    """
    aid = receipt.aid
    held = _held(connection, and_(claims.c.aid == aid, claims.c.receipt == receipt.id))
    lines = _lines_of(connection, aid, held)
    is_alone = is_only_number(connection, aid, receipt.receipt_id)
    for its_name in (claims.c.receipt_id == receipt.receipt_id, _has_its_ref(receipt)):
        for claim in _free(connection, receipt, its_name):
            # One that named no store may be of another store's purchase of this number.
            if is_alone or claim.store_id is not None or claim.purchase_at == receipt.purchase_at:
                held.append(claim)
                lines |= assign(connection, receipt, claim, lines, now=now, subject=subject)
    uses = _uses_of(receipt)
    if {use[:2] for use in uses} - lines.keys():
        at_that_time = and_(claims.c.purchase_at == receipt.purchase_at, claims.c.receipt_id.is_(None))
        for claim in _free(connection, receipt, at_that_time, _is_no_other_receipts(), most=MOST_AT_ONE_INSTANT):
            claimed = uses_answered(claim.answer)
            if claimed <= uses and lines.keys().isdisjoint(use[:2] for use in claimed):
                held.append(claim)
                lines |= assign(connection, receipt, claim, lines, now=now, subject=subject)
    return _as_one(connection, aid, held)


def named_claim(connection: Connection, receipt: Row[Any], ref: str) -> Row[Any] | None:
    """The claim of the receipt's store with a ref, else that which named none, locked, if it stands and is of the
    receipt's customer."""
    same_customer = _is_customers(claims.c.customer_id, receipt.customer_id)
    found = _held(connection, and_(claims.c.aid == receipt.aid, claims.c.ref == ref, same_customer))
    by_store = {claim.store_id: claim for claim in found}
    return by_store.get(receipt.store_id) or by_store.get(None)


def with_named(
    connection: Connection, receipt: Row[Any], named: Row[Any], *, now: datetime, subject: str
) -> HeldClaim | None:
    """The claims that are known to be of a receipt, and the one that was named for it, which is from now on."""
    of_receipt = and_(claims.c.aid == receipt.aid, claims.c.receipt == receipt.id)
    held = [claim for claim in _held(connection, of_receipt) if claim.id != named.id]
    if named.receipt is None:
        assign(connection, receipt, named, _lines_of(connection, receipt.aid, held), now=now, subject=subject)
    return _as_one(connection, receipt.aid, [named, *held])


def assign(
    connection: Connection,
    receipt: Row[Any],
    claim: Row[Any],
    others: Mapping[GrantOfRule, Any],
    *,
    now: datetime,
    subject: str,
) -> dict[GrantOfRule, Row[Any]]:
    """Note that a claim is of a receipt, and take off it what came back before; its lines then."""
    own = and_(claims.c.aid == receipt.aid, claims.c.id == claim.id)
    connection.execute(update(claims).where(own).values(receipt=receipt.id))
    returns = _purchase(receipt, frozenset()).returns
    _give_back_earlier(connection, receipt.aid, claim, returns, others.keys(), now=now, subject=subject)
    return dict(with_lines(connection, receipt.aid, claim).lines)


def _give_back_earlier(
    connection: Connection,
    aid: str,
    claim: Row[Any],
    returns: Iterable[Iterable[TakenBack]],
    others: Container[GrantOfRule],
    *,
    now: datetime,
    subject: str,
) -> None:
    """Take off a claim what came back before it was known, one return after the other, save what is on `others`."""
    for taken in returns:
        back = [one for one in taken if (one.rule_id, one.grant_id) not in others]
        if back:
            give_back_returned(connection, with_lines(connection, aid, claim), back, now=now, subject=subject)


def _receipts_of(connection: Connection, aid: str, request: ClaimRequest) -> Iterator[tuple[Row[Any], bool]]:
    """The receipts that a claim may be of, the likeliest first, and whether it names them."""
    same_customer = _is_customers(receipts.c.customer_id, request.customer_id)
    query = select(receipts).where(receipts.c.aid == aid, same_customer)
    if request.store_id is not None:
        query = query.where(receipts.c.store_id == store_key(request.store_id))
    name = request.receipt_id or request.ref
    named = connection.execute(query.where(receipts.c.receipt_id == name)).all()
    if len(named) > 1:
        # A claim that names no store is of the purchase of its time.
        at_its_time = [row for row in named if row.purchase_at == request.purchase_at]
        yield from ((row, True) for row in at_its_time if len(at_its_time) == 1)
        return
    yield from ((row, True) for row in named)
    if request.receipt_id is None and not named:
        at_that_time = query.where(receipts.c.purchase_at == request.purchase_at).order_by(receipts.c.id)
        yield from ((row, False) for row in connection.execute(at_that_time.limit(MOST_AT_ONE_INSTANT)))


def _purchase(receipt: Row[Any], claimed: frozenset[GrantOfRule]) -> ReceiptOfClaim:
    returns = [_taken_back(entry) for entry in from_json(receipt.returns or "[]")]
    is_returned = False
    if returns:
        document = from_json(receipt.document)
        document["returns"] = [*(document.get("returns") or ()), *from_json(receipt.returns)]
        is_returned = not returnable(read_receipt(document))
    return ReceiptOfClaim(receipt.id, returns, claimed, is_returned)


def _taken_back(entry: Mapping[str, Any]) -> list[TakenBack]:
    """What an entry of `returns` says was undone."""
    return [
        TakenBack(
            discount["id"],
            ref["id"],
            ref["usage"],
            ref["amount"],
            ref.get("bonus", 0),
            ref.get("stamp", 0),
            ref.get("debit_balance", 0),
        )
        for discount in entry["discounts"]
        for ref in discount["refs"]
    ]


def _held(connection: Connection, *conditions: ColumnElement[bool], most: int | None = None) -> list[Row[Any]]:
    """The claims that stand of some, locked in one order."""
    # Not by the bare id: to have that order from an index SQLite would look through all claims of the account.
    in_order = claims.c.id.concat("")
    query = select(*_CLAIM).where(*conditions, _STANDS).order_by(in_order).limit(most).with_for_update()
    return list(connection.execute(query))


def _free(
    connection: Connection, receipt: Row[Any], *conditions: ColumnElement[bool], most: int | None = None
) -> list[Row[Any]]:
    """Those of the receipt's customer that are of no receipt yet, and named its store or none."""
    same_customer = _is_customers(claims.c.customer_id, receipt.customer_id)
    is_free = and_(claims.c.aid == receipt.aid, claims.c.receipt.is_(None), same_customer)
    held = _held(connection, is_free, *conditions, most=most)
    # Asked here, since no index is found for one store or none.
    return [claim for claim in held if claim.store_id in {None, receipt.store_id}]


def _lines_of(connection: Connection, aid: str, held: Iterable[Row[Any]]) -> dict[GrantOfRule, Row[Any]]:
    lines: dict[GrantOfRule, Row[Any]] = {}
    for claim in held:
        lines = dict(with_lines(connection, aid, claim).lines) | lines
    return lines


def _as_one(connection: Connection, aid: str, held: Sequence[Row[Any]]) -> HeldClaim | None:
    """Several claims of one purchase as one; of a line that two of them have, the first one's."""
    if not held:
        return None
    return with_lines(connection, aid, held[0])._replace(lines=_lines_of(connection, aid, held))


def _is(row: Row[Any]) -> ColumnElement[bool]:
    return and_(receipts.c.aid == row.aid, receipts.c.id == row.id)


def _is_customers(column: Column[str | None], customer_id: str | None) -> ColumnElement[bool]:
    """The condition on rows of a customer, or of none, as an index can answer it on every store."""
    return column.is_(None) if customer_id is None else column == customer_id


def _has_its_ref(receipt: Row[Any]) -> ColumnElement[bool]:
    """The condition on claims that name no receipt and have the receipt's id for their ref."""
    return and_(claims.c.receipt_id.is_(None), claims.c.ref == receipt.receipt_id)


def _is_no_other_receipts() -> ColumnElement[bool]:
    """The condition on claims whose ref is the id of no receipt of their store."""
    same_store = or_(claims.c.store_id.is_(None), claims.c.store_id == receipts.c.store_id)
    return ~exists().where(receipts.c.aid == claims.c.aid, receipts.c.receipt_id == claims.c.ref, same_store)


def _uses_of(receipt: Row[Any]) -> set[Use]:
    """What a stored receipt says was used: rule, grant, and how much of it."""
    discounts = [*(from_json(receipt.document).get("discounts") or ())]
    if receipt.update is not None:
        discounts += from_json(receipt.update)["discounts"]
    return {
        (discount.get("id"), ref.get("id"), *(ref.get(name) or 0 for name in ("usage", "amount", "bonus", "stamp")))
        for discount in discounts
        for ref in discount.get("refs") or ()
    }


def uses_asked(request: ClaimRequest) -> set[Use]:
    """What a claim says was used: rule, grant, and how much of it."""
    return {
        (discount.discount_id, ref.id, ref.usage, ref.amount, ref.bonus, ref.stamp)
        for discount in request.discounts
        for ref in discount.refs
    }


def uses_answered(answer: str) -> set[Use]:
    """The same, of a claim that was answered so."""
    return {
        (discount["id"], ref["id"], ref["usage"], ref["amount"], ref.get("bonus", 0), ref.get("stamp", 0))
        for discount in from_json(answer)["discounts"]
        for ref in discount["refs"]
    }
