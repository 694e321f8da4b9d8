"""Customer tokens: tied to a customer here, so that `available_for_receipt` knows who shows one."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.read_body import Body, read_body
from rabatt.service.context import context_of
from rabatt.service.entry.access import DISCOUNTS_READ, DISCOUNTS_WRITE, AccountId, allow
from rabatt.service.identifiers import Identifier, PathCustomerId
from rabatt.service.problems import Problem
from rabatt.service.routes.answers import json_answer
from rabatt.service.schemas.openapi import body_of, errors
from rabatt.service.store.customer_tokens import (
    MOST_TOKENS,
    CustomerToken,
    TokenIsTaken,
    TooManyTokens,
    tie_token,
    tokens_of,
    untie_token,
)
from rules.serialise import serialise

router = APIRouter(prefix="/v1/accounts/{aid}", tags=["customer tokens"])
PATH = "/discounts/customers/{customer_id:identifier}/tokens"


class TokenName(Body):
    """Which token: its value, and its type unless it has none."""

    value: Identifier
    type: Identifier | None = None


class TokenBody(TokenName):
    """A token to tie; `token_id` is only given back."""

    token_id: Identifier | None = None


class TiedToken(Body):
    """A token that is tied to a customer."""

    value: str
    type: str | None = Field(default=None, description="Absent for a token without a type.")
    token_id: str | None = None
    customer_id: str
    created_at: str
    created_by: str


class TiedTokens(Body):
    """The tokens of a customer, newest first."""

    tokens: list[TiedToken]


@router.put(
    PATH,
    summary="Tie a token to a customer",
    description=f"A token is of one customer only; a customer has {MOST_TOKENS} at most. "
    "A receipt whose `customer.token` has this value and type is then that customer's.",
    operation_id="put_customer_token",
    openapi_extra=body_of(TokenBody.model_json_schema()),
    responses={200: {"model": TiedToken, "description": "The token."}, **errors(409, 413, 415)},
)
async def put_token(
    request: Request,
    aid: AccountId,
    customer_id: PathCustomerId,
    principal: Annotated[Principal, allow(*DISCOUNTS_WRITE)],
) -> Response:
    """The token, tied to the customer."""
    context = context_of(request)
    body = await read_body(request, TokenBody)
    token = CustomerToken(body.value, body.type or "", body.token_id)
    work = partial(
        tie_token, aid=aid, customer_id=customer_id, token=token, now=context.clock.now(), subject=principal.subject
    )
    try:
        return _answer(await context.store.write(work))
    except TokenIsTaken:
        sentence = "the token is tied to another customer; take it from that one first"
        raise Problem(409, sentence, code="TOKEN_IS_TAKEN") from None
    except TooManyTokens:
        sentence = f"the customer has {MOST_TOKENS} tokens, which are the most; remove one first"
        raise Problem(409, sentence, code="TOO_MANY_TOKENS") from None


@router.get(
    PATH,
    summary="The tokens of a customer",
    operation_id="get_customer_tokens",
    responses={200: {"model": TiedTokens, "description": "The tokens, newest first."}, **errors()},
    dependencies=[allow(*DISCOUNTS_READ)],
)
async def get_tokens(request: Request, aid: AccountId, customer_id: PathCustomerId) -> Response:
    """The customer's tokens."""
    found = await context_of(request).store.read(partial(tokens_of, aid=aid, customer_id=customer_id))
    return _answer({"tokens": found})


@router.delete(
    PATH,
    summary="Take a token from a customer",
    description="A token that the customer does not have is as good as taken.",
    operation_id="delete_customer_token",
    openapi_extra=body_of(TokenName.model_json_schema()),
    responses={200: {"model": TiedTokens, "description": "The tokens that are left."}, **errors(413, 415)},
    dependencies=[allow(*DISCOUNTS_WRITE)],
)
async def delete_token(request: Request, aid: AccountId, customer_id: PathCustomerId) -> Response:
    """The tokens that are left."""
    body = await read_body(request, TokenName)
    token = CustomerToken(body.value, body.type or "")
    work = partial(untie_token, aid=aid, customer_id=customer_id, token=token)
    return _answer({"tokens": await context_of(request).store.write(work)})


def _answer(document: dict[str, Any]) -> Response:
    return json_answer(serialise(document))
