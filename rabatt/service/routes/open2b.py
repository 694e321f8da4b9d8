"""`POST /api/v8/commerce.receipts.*`: receipts as Open2b's back office keeps them, of the account of the token."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from rabatt.open2b.error_rows import NotTaken, not_there
from rabatt.open2b.requests import (
    CountRequest,
    CreateRequest,
    DeleteRequest,
    FindRequest,
    GetRequest,
    UpdateRequest,
)
from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.open2b import RowProblem, not_taken, read_request
from rabatt.service.context import context_of
from rabatt.service.entry.access import RECEIPTS_READ, RECEIPTS_WRITE, allow_own
from rabatt.service.entry.idempotency import with_key, write_once
from rabatt.service.routes.answers import json_answer
from rabatt.service.schemas.open2b import ID, RECEIPT_REF, answer, list_of, or_null
from rabatt.service.schemas.openapi import body_of, errors
from rabatt.service.store.open2b import (
    count_receipts,
    create_receipt,
    delete_receipts,
    find_receipts,
    get_receipt,
    update_receipt,
)

router = APIRouter(prefix="/api/v8", tags=["Open2b receipts"])
Open2bReader = Annotated[Principal, allow_own(*RECEIPTS_READ)]
Open2bWriter = Annotated[Principal, allow_own(*RECEIPTS_WRITE)]


def _answers(description: str, content: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of the answers."""
    return {200: {"description": description, "content": content}, **errors(413, 415)}


@router.post(
    "/commerce.receipts.find",
    summary="Find receipts",
    description="Those that meet all conditions, by `order` and then by `id`. `labels` are only shown where `fields` "
    "names them.",
    operation_id="open2b_find",
    openapi_extra=body_of(FindRequest.model_json_schema()),
    response_class=Response,
    responses=_answers("The receipts.", answer(receipts=list_of(RECEIPT_REF))),
)
async def find(request: Request, principal: Open2bReader) -> Response:
    """A page of receipts."""
    asked = await read_request(request, FindRequest)
    work = partial(find_receipts, aid=principal.account, request=asked)
    try:
        receipts = await context_of(request).store.read(work)
    except NotTaken as why:
        raise not_taken(why) from None
    return _ok(f',"receipts":[{",".join(receipts)}]')


@router.post(
    "/commerce.receipts.get",
    summary="A receipt",
    operation_id="open2b_get",
    openapi_extra=body_of(GetRequest.model_json_schema()),
    response_class=Response,
    responses=_answers("The receipt, or null.", answer(receipt=or_null(RECEIPT_REF))),
)
async def get(request: Request, principal: Open2bReader) -> Response:
    """The receipt; null where there is none."""
    asked = await read_request(request, GetRequest)
    work = partial(get_receipt, aid=principal.account, id=asked.id, fields=asked.fields)
    return _ok(f',"receipt":{await context_of(request).store.read(work) or "null"}')


@router.post(
    "/commerce.receipts.count",
    summary="Count receipts",
    operation_id="open2b_count",
    openapi_extra=body_of(CountRequest.model_json_schema()),
    response_class=Response,
    responses=_answers("How many meet the conditions.", answer(count={"type": "integer", "minimum": 0})),
)
async def count(request: Request, principal: Open2bReader) -> Response:
    """How many receipts there are."""
    asked = await read_request(request, CountRequest)
    work = partial(count_receipts, aid=principal.account, conditions=asked.conditions)
    return _ok(f',"count":{await context_of(request).store.read(work)}')


@router.post(
    "/commerce.receipts.create",
    summary="Create a receipt",
    description="Totals are worked out, taxes are those of the area that the goods go to. Each row of `errors` has the "
    "`field`, `type` and `description` of Open2b beside its path.",
    operation_id="open2b_create",
    openapi_extra=with_key(body_of(CreateRequest.model_json_schema())),
    response_class=Response,
    responses=_answers("The new receipt's identifier.", answer(id=ID)),
)
async def create(request: Request, principal: Open2bWriter) -> Response:
    """The identifier of the new receipt."""
    context = context_of(request)
    asked = await read_request(request, CreateRequest)
    work = partial(
        create_receipt,
        aid=principal.account,
        body=asked.receipt,
        now=context.clock.now(),
        token=context.clock.new_id().replace("-", ""),
        subject=principal.subject,
    )
    try:
        made = await write_once(request, principal.account, principal, work, lambda id: _ok(f',"id":{id}'))
        return made.answer
    except NotTaken as why:
        raise not_taken(why) from None


@router.post(
    "/commerce.receipts.update",
    summary="Change a receipt",
    description="What is left out stays as it is. The seller's address may be called `sellingAddress`.",
    operation_id="open2b_update",
    openapi_extra=body_of(UpdateRequest.model_json_schema()),
    response_class=Response,
    responses=_answers("The receipt is changed.", answer()),
)
async def update(request: Request, principal: Open2bWriter) -> Response:
    """That it is done."""
    context = context_of(request)
    asked = await read_request(request, UpdateRequest)
    work = partial(
        update_receipt,
        aid=principal.account,
        id=asked.id,
        body=asked.receipt,
        now=context.clock.now(),
        subject=principal.subject,
    )
    try:
        is_there = await context.store.write(work)
    except NotTaken as why:
        raise not_taken(why) from None
    if not is_there:
        raise RowProblem([not_there("id", "Receipt", asked.id, "id").as_data()])
    return _ok()


@router.post(
    "/commerce.receipts.delete",
    summary="Delete receipts",
    description="Those that are not there are as good as deleted.",
    operation_id="open2b_delete",
    openapi_extra=body_of(DeleteRequest.model_json_schema()),
    response_class=Response,
    responses=_answers("The receipts are deleted.", answer()),
)
async def delete(request: Request, principal: Open2bWriter) -> Response:
    """That it is done."""
    asked = await read_request(request, DeleteRequest)
    await context_of(request).store.write(partial(delete_receipts, aid=principal.account, ids=asked.ids))
    return _ok()


def _ok(rest: str = "") -> Response:
    """A good answer, with what comes after its status."""
    return json_answer(f'{{"status":"ok"{rest}}}')
