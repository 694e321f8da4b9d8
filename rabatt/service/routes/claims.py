"""Claims: a till says what a purchase used of its discounts, and a cancelled purchase gives it back."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.claim import NOT_BOOKED, ClaimedDiscounts, EvaluationToken, contradictions, not_booked, uses
from rabatt.service.bodies.read_body import Body, read_body
from rabatt.service.context import context_of
from rabatt.service.entry.acceptance import CLAIMS_CANCEL, acceptance, may_cancel, needs_scope
from rabatt.service.entry.access import DISCOUNTS_USE, AccountId, allow
from rabatt.service.entry.idempotency import with_key, write_once
from rabatt.service.identifiers import (
    SCHEMA,
    CustomerId,
    Identifier,
    PathIdentifier,
    StoreName,
    read_identifier,
    store_key,
)
from rabatt.service.problems import not_found
from rabatt.service.routes.answers import json_answer
from rabatt.service.routes.stores import StoreId, say_which
from rabatt.service.schemas.openapi import body_of, errors
from rabatt.service.store.cancel import cancel
from rabatt.service.store.claim_request import ClaimRequest, NeedsScope
from rabatt.service.store.claims import FoundClaim, claim_or_repeat, find_claim, find_claim_by_ref
from rabatt.service.store.of_stores import ManyStores
from rules.values import PurchaseInstant, Read, refusal

router = APIRouter(prefix="/v1/accounts/{aid}", tags=["use discounts"])
PATH = "/discounts/available_for_receipt/claims"
LONGEST_TYPE = 64
AT_THE_TILL = "pos"


def read_type(value: object) -> str:
    """The type of a claim."""
    text = read_identifier(value)
    if len(text) > LONGEST_TYPE:
        raise refusal("claim_type", f"a type has 1 to {LONGEST_TYPE} characters")
    return text


ClaimType = Annotated[str, Read(read_type, {**SCHEMA, "maxLength": LONGEST_TYPE})]


class ClaimBody(Body):
    """The use of discounts for one purchase."""

    purchase_at: PurchaseInstant
    customer_id: CustomerId | None = Field(default=None, description="Left out or null: a purchase without customer.")
    discounts: ClaimedDiscounts
    ref: Identifier = Field(description="What the caller calls the claim: the same ref is booked once.")
    store_id: StoreName | None = Field(
        default=None,
        description="The store of the purchase. Claims are told apart by it where two stores use one ref, as where the "
        "ref is a receipt's number. Left out: the ref alone tells them apart.",
    )
    receipt_id: Identifier | None = Field(
        default=None,
        description="The receipt_id of the purchase. Left out: that of a stored receipt which is the ref, or which has "
        "the same customer and purchase_at, and these uses. What came back of it before is not booked.",
    )
    type: ClaimType | None = Field(default=None, description=f'"{AT_THE_TILL}" where left out.')
    evaluation: EvaluationToken | None = Field(
        default=None,
        description="The `Rabatt-Evaluation` of the answer that gave these discounts: all of them, or some as they "
        "were given. It is no part of what makes two claims the same.",
    )


class ClaimRef(Body):
    """A ref as it was booked."""

    id: str
    amount: int
    usage: int
    bonus: int | None = Field(default=None, description="Absent where none was given.")
    stamp: int | None = Field(default=None, description="Absent where none was earned.")


class ClaimDiscount(Body):
    """A discount as it was booked."""

    id: str
    refs: list[ClaimRef]


class Claim(Body):
    """A claim as it was booked."""

    purchase_at: str
    customer_id: str | None
    discounts: list[ClaimDiscount]
    ref: str
    type: str
    store_id: str | None = Field(default=None, description="Absent where none was said.")
    id: str
    receipt_id: str | None = Field(default=None, description="Absent unless the claim named one.")
    created_at: str
    created_by: str


class StoredClaim(Claim):
    """A claim as it stands now."""

    deleted_at: str | None = Field(default=None, description="Absent unless the claim is cancelled.")
    deleted_by: str | None = Field(default=None, description="Absent unless the claim is cancelled.")


@router.post(
    PATH,
    status_code=201,
    summary="Claim the use of discounts",
    description="Commits what a purchase used, limits upheld: all of it or nothing. The same body again has the same "
    "answer and no further effect, so that a till that got no answer sends it again.",
    operation_id="claim",
    openapi_extra=with_key(body_of(ClaimBody.model_json_schema())),
    responses={201: {"model": Claim, "description": "The claim is booked."}, **errors(409, 413, 415)},
)
async def post_claim(
    request: Request, aid: AccountId, principal: Annotated[Principal, allow(*DISCOUNTS_USE)]
) -> Response:
    """The claim, booked now or before."""
    context = context_of(request)
    body = await read_body(request, ClaimBody)
    now = context.clock.now()
    count = context.metrics.claims.labels
    work = partial(
        claim_or_repeat,
        aid=aid,
        request=request_of(body),
        acceptance=acceptance(context, principal, DISCOUNTS_USE, body.evaluation, now),
        now=now,
        new_id=context.clock.new_id(),
        subject=principal.subject,
    )
    try:
        done = await write_once(request, aid, principal, work, lambda claimed: json_answer(claimed.answer, 201))
    except NOT_BOOKED as why:
        result, problem = not_booked(why)
        count(result).inc()
        raise problem from None
    is_new = done.result is not None and done.result.is_new
    count("booked" if is_new else "repeated").inc()
    return done.answer


@router.get(
    PATH,
    summary="The claim with a ref",
    description="Finds a claim whose answer was lost, and the one that was made with a stored receipt: its ref is the "
    "receipt's `receipt_id`.",
    operation_id="find_claim",
    responses={200: {"model": StoredClaim, "description": "The claim."}, **errors(404, 409)},
)
async def get_claim_by_ref(
    request: Request,
    aid: AccountId,
    ref: Annotated[Identifier, Query(description="What the caller called it.")],
    principal: Annotated[Principal, allow(*CLAIMS_CANCEL)],
    store_id: StoreId = None,
) -> Response:
    """The claim as it stands now."""
    store = None if store_id is None else store_key(store_id)
    try:
        work = partial(find_claim_by_ref, aid=aid, ref=ref, store_id=store)
        return _found(await context_of(request).store.read(work), principal)
    except ManyStores as why:
        raise say_which(why, "a claim of this ref") from None


@router.get(
    PATH + "/{id}",
    summary="A claim",
    operation_id="get_claim",
    responses={200: {"model": StoredClaim, "description": "The claim."}, **errors(404)},
)
async def get_claim(
    request: Request, aid: AccountId, id: PathIdentifier, principal: Annotated[Principal, allow(*CLAIMS_CANCEL)]
) -> Response:
    """The claim as it stands now."""
    return _found(await context_of(request).store.read(partial(find_claim, aid=aid, claim_id=id)), principal)


@router.delete(
    PATH + "/{id}",
    summary="Cancel a claim",
    description="Gives back what a cancelled purchase used, once: cancelling again changes nothing. It takes the scope "
    "that the claim was made with, or a wider one.",
    operation_id="cancel_claim",
    responses={200: {"model": StoredClaim, "description": "The claim is cancelled."}, **errors(404)},
)
async def cancel_claim(
    request: Request, aid: AccountId, id: PathIdentifier, principal: Annotated[Principal, allow(*CLAIMS_CANCEL)]
) -> Response:
    """The claim, cancelled now or before."""
    context = context_of(request)
    work = partial(
        cancel, aid=aid, claim_id=id, may_undo=may_cancel(principal), now=context.clock.now(), subject=principal.subject
    )
    try:
        cancelled = await context.store.write(work)
    except NeedsScope as why:
        raise needs_scope(why.made_with) from None
    if cancelled is None:
        raise not_found("claim")
    if cancelled.is_new:
        context.metrics.claims.labels("cancelled").inc()
    return json_answer(cancelled.answer)


def request_of(body: ClaimBody) -> ClaimRequest:
    """What the store is asked for; Refused with every grant that is named twice."""
    return ClaimRequest(
        body.ref,
        body.type or AT_THE_TILL,
        body.customer_id,
        body.purchase_at,
        uses(body.discounts),
        contradictions=contradictions(body.discounts),
        store_id=body.store_id,
        receipt_id=body.receipt_id,
    )


def _found(found: FoundClaim | None, principal: Principal) -> Response:
    """The claim, to whom claims are open, or who may cancel this one."""
    if found is None:
        raise not_found("claim")
    if principal.scopes.isdisjoint(DISCOUNTS_USE) and not may_cancel(principal)(found.made_with):
        raise needs_scope(found.made_with)
    return json_answer(found.answer)
