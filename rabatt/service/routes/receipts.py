"""Receipts: stored by the till, completed once with a customer and discounts, and listed."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.claim import NOT_BOOKED, not_booked
from rabatt.service.bodies.read_body import read_content
from rabatt.service.bodies.receipt import NEW_RECEIPT_SCHEMA, UPDATE_SCHEMA, in_the_body, read_new_receipt, read_update
from rabatt.service.context import context_of
from rabatt.service.entry.acceptance import acceptance
from rabatt.service.entry.access import (
    RECEIPTS_OWN,
    RECEIPTS_READ,
    RECEIPTS_WRITE,
    AccountId,
    allow,
    check_own_customer,
)
from rabatt.service.entry.idempotency import with_key, write_once
from rabatt.service.identifiers import Identifier, PathCustomerId, PathIdentifier
from rabatt.service.problems import Problem, not_found
from rabatt.service.routes.answers import json_answer
from rabatt.service.routes.pages import PageLimit, StartingAfter, read_page
from rabatt.service.routes.stores import StoreId, say_which
from rabatt.service.schemas.openapi import body_of, component, errors
from rabatt.service.store.of_stores import ManyStores, ReceiptName
from rabatt.service.store.pages import Page
from rabatt.service.store.receipts import (
    FoundReceipts,
    ReceiptDiffers,
    ReceiptHasCustomer,
    ReceiptHasReturns,
    ReceiptIsUpdated,
    add_receipt,
    receipts_of,
    receipts_with_id,
    update_receipt,
)

router = APIRouter(prefix="/v1/accounts/{aid}/receipts", tags=["receipts"])

LIST_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["receipts"],
    "properties": {
        "receipts": {"type": "array", "items": component("Receipt")},
        "starting_after": {"type": "string", "description": "Where the next page starts; absent on the last one."},
    },
}


def _answers(status: int, description: str, schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of a good answer."""
    return {status: {"description": description, "content": {"application/json": {"schema": schema}}}}


@router.post(
    "",
    status_code=201,
    summary="Store a receipt",
    description="The answer is the receipt with every field as it was sent and with `id`, `created_at`, `created_by` "
    "and `updated_at`, which the server sets. The same receipt again, however it is spelled, gives the same "
    "answer; another one of this `receipt_id` and store is refused. Storing claims nothing: discounts are claimed by "
    "the claims path, or by the update of an anonymous receipt.",
    operation_id="post_receipt",
    openapi_extra=with_key(body_of(NEW_RECEIPT_SCHEMA)),
    response_class=Response,
    responses={**_answers(201, "The stored receipt.", component("Receipt")), **errors(409, 413, 415)},
)
async def post_receipt(
    request: Request, aid: AccountId, principal: Annotated[Principal, allow(*RECEIPTS_WRITE)]
) -> Response:
    """The stored receipt."""
    context = context_of(request)
    receipt = await read_content(request, partial(read_new_receipt, most_lines=context.settings.max_lines))
    work = partial(
        add_receipt,
        aid=aid,
        receipt=receipt,
        now=context.clock.now(),
        new_id=context.clock.new_id(),
        subject=principal.subject,
    )
    try:
        stored = await write_once(request, aid, principal, work, lambda text: json_answer(text, 201))
        return stored.answer
    except ReceiptDiffers:
        sentence = (
            "the store has another receipt of this receipt_id, and what was sent is not the same; if it is of another "
            "purchase, as of another till or year, say that in its receipt_id"
        )
        raise Problem(409, sentence, code="RECEIPT_EXISTS") from None


@router.put(
    "/all/{receipt_id:identifier}",
    summary="Add customer and discounts to an anonymous receipt",
    description="Once: the same update again gives the same answer, another one is refused. The discounts come after "
    "those of the receipt, with every field as it was sent, and what their `refs` used is claimed with them under the "
    "`receipt_id` and with type `receipt`; where the till has claimed just that already, it is not counted twice.",
    operation_id="put_receipt",
    openapi_extra=body_of(UPDATE_SCHEMA),
    response_class=Response,
    responses={**_answers(200, "The receipt.", component("Receipt")), **errors(404, 409, 413, 415)},
)
async def put_receipt(
    request: Request,
    aid: AccountId,
    receipt_id: PathIdentifier,
    principal: Annotated[Principal, allow(*RECEIPTS_WRITE)],
    store_id: StoreId = None,
) -> Response:
    """The receipt with what was added."""
    context = context_of(request)
    body = await read_content(request, read_update)
    now = context.clock.now()
    work = partial(
        update_receipt,
        aid=aid,
        name=ReceiptName(receipt_id, store_id),
        added=body.added,
        acceptance=acceptance(context, principal, RECEIPTS_WRITE, body.evaluation, now),
        now=now,
        new_id=context.clock.new_id(),
        subject=principal.subject,
    )
    try:
        updated = await context.store.write(work)
    except ManyStores as why:
        raise say_which(why, "a receipt of this receipt_id") from None
    except ReceiptHasCustomer:
        sentence = "the receipt has a customer already; only that customer can be sent, and no more discounts"
        raise Problem(409, sentence, code="RECEIPT_HAS_CUSTOMER") from None
    except ReceiptHasReturns:
        sentence = "goods of the receipt were returned; its customer and discounts can be added only before that"
        raise Problem(409, sentence, code="RECEIPT_HAS_RETURNS") from None
    except ReceiptIsUpdated:
        sentence = "the receipt was updated before, with other discounts; it can be updated once"
        raise Problem(409, sentence, code="RECEIPT_IS_UPDATED") from None
    except NOT_BOOKED as why:
        result, problem = not_booked(in_the_body(why, body.places))
        context.metrics.claims.labels(result).inc()
        raise problem from None
    if updated is None:
        raise not_found("receipt")
    if updated.is_claimed:
        context.metrics.claims.labels("booked").inc()
    return json_answer(updated.receipt)


@router.get(
    "/customers/{customer_id:identifier}",
    summary="The receipts of a customer",
    description="Newest first. A token of scope `user:receipts` sees its own customer's receipts only.",
    operation_id="get_customer_receipts",
    response_class=Response,
    responses={**_answers(200, "The receipts.", LIST_SCHEMA), **errors(404, 500)},
)
async def get_customer_receipts(
    request: Request,
    aid: AccountId,
    customer_id: PathCustomerId,
    principal: Annotated[Principal, allow(*RECEIPTS_OWN)],
    limit: PageLimit = 10,
    starting_after: StartingAfter = None,
) -> Response:
    """A page of the customer's receipts."""
    check_own_customer(principal, customer_id)
    work = partial(receipts_of, aid=aid, customer_id=customer_id, page=Page(limit, starting_after))
    return _list_answer(await read_page(request, work))


@router.get(
    "/search",
    summary="The receipts of a receipt_id",
    description="One of each store that has a receipt of this number, in the order of their stores; a hundred at most.",
    operation_id="search_receipts",
    response_class=Response,
    responses={**_answers(200, "The receipts, or an empty list.", LIST_SCHEMA), **errors()},
    dependencies=[allow(*RECEIPTS_READ)],
)
async def search_receipts(
    request: Request,
    aid: AccountId,
    receipt_id: Annotated[Identifier, Query(description="The till's own id of the receipt.")],
    store_id: Annotated[str | None, Query(description="Only a receipt of the store of this id.")] = None,
) -> Response:
    """The receipts that were found."""
    work = partial(receipts_with_id, aid=aid, receipt_id=receipt_id, store_id=store_id)
    return _list_answer(await context_of(request).store.read(work))


def _list_answer(found: FoundReceipts) -> Response:
    # Ids of receipts are ours and need no escapes.
    more = "" if found.starting_after is None else f',"starting_after":"{found.starting_after}"'
    return json_answer(f'{{"receipts":[{",".join(found.receipts)}]{more}}}')
