"""Returns: goods of a stored receipt are returned, and what they used of its discounts is given back with them."""

import json
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.read_body import Body, read_body
from rabatt.service.context import context_of
from rabatt.service.entry.acceptance import may_give_back, needs_scope
from rabatt.service.entry.access import RECEIPTS_WRITE, AccountId, allow
from rabatt.service.entry.idempotency import with_key, write_once
from rabatt.service.evaluation.settling import Settling
from rabatt.service.identifiers import Identifier, PathIdentifier
from rabatt.service.problems import Problem, fault, not_found
from rabatt.service.routes.answers import json_answer
from rabatt.service.routes.stores import StoreId, say_which
from rabatt.service.schemas.openapi import body_of, errors
from rabatt.service.store.claim_request import NeedsScope
from rabatt.service.store.of_stores import ManyStores, ReceiptName
from rabatt.service.store.returns import NoSuchClaim, ReturnDiffers, Returned, ReturnRequest, add_return
from rules import ReturnedLine
from rules.limitation import ReturnPolicy

router = APIRouter(prefix="/v1/accounts/{aid}/receipts", tags=["receipts"])

MOST_RETURNED = 10_000
MONEY = "money"


class ReturnBody(Body):
    """Returned goods."""

    ref: Identifier = Field(description="What the caller calls the return: the same ref of a store is settled once.")
    items: list[ReturnedLine] = Field(
        min_length=1, max_length=MOST_RETURNED, description="Lines of the receipt; without a quantity all that is left."
    )
    policy: ReturnPolicy | None = Field(
        default=None, description="Left out: that of the settings. A rule with a policy of its own keeps it."
    )
    claim_ref: Identifier | None = Field(
        default=None,
        description="The ref of a claim of the purchase, whose uses are given back. Left out: all claims that are "
        "known to be of the receipt. What is not claimed yet is given back when it is.",
    )
    credit: Literal["card", "money"] | None = Field(
        default=None,
        description="money: what would go back on gift cards that nobody can use any more is paid out. Left out, or "
        "card: it goes back on them, and the answer says so in `stranded`.",
    )


class ReturnedItem(Body):
    """A returned line."""

    line_id: int
    quantity: float
    amount: int


class UndoneRef(Body):
    """What was undone of one grant."""

    id: str
    usage: int
    amount: int
    bonus: int | None = Field(default=None, description="Absent where there is none.")
    stamp: int | None = Field(default=None, description="Stamps earned less stamps spent; absent where there is none.")
    debit_balance: int | None = Field(default=None, description="Put back on a gift card; absent where nothing is.")


class UndoneDiscount(Body):
    """What was undone of one discount."""

    id: str
    refs: list[UndoneRef]


class AwaitedUses(Body):
    """What of a return waits for a claim."""

    credit_amount: int = Field(description="What of the return's `credit_amount` goes on gift cards only then.")
    discounts: list[UndoneDiscount]


class StrandedCredit(Body):
    """What went back on a gift card that nobody can use any more."""

    discount_id: str
    grant_id: str
    debit_balance: int = Field(description="What this return put on it.")
    why: str


class SettledReturn(Body):
    """A return as it was settled, and as its receipt has it in `returns`."""

    ref: str
    id: str
    receipt_id: str
    created_at: str
    created_by: str
    policy: ReturnPolicy
    items: list[ReturnedItem]
    amount: int = Field(description="What the goods are worth, in the smallest unit: refund and credit together.")
    refund_amount: int = Field(description="What is paid out.")
    credit_amount: int = Field(description="What goes back on gift cards.")
    discounts: list[UndoneDiscount]
    awaits_claim: AwaitedUses | None = Field(
        default=None,
        description="What of `discounts` is not given back yet, since no claim that stands has used it: a claim "
        "that comes is booked less this. Absent where all is given back.",
    )
    stranded: list[StrandedCredit] | None = Field(
        default=None, description="What nobody can spend of what went back on gift cards. Absent where there is none."
    )


@router.post(
    "/all/{receipt_id:identifier}/returns",
    status_code=201,
    summary="Return goods of a receipt",
    description="Settles what is paid for them, keeps it with the receipt, and gives back what they used of its "
    "discounts: all of it or nothing. The same body again has the same answer and no further effect.",
    operation_id="post_return",
    openapi_extra=with_key(body_of(ReturnBody.model_json_schema())),
    responses={201: {"model": SettledReturn, "description": "The return is settled."}, **errors(404, 409, 413, 415)},
)
async def post_return(
    request: Request,
    aid: AccountId,
    receipt_id: PathIdentifier,
    principal: Annotated[Principal, allow(*RECEIPTS_WRITE)],
    store_id: StoreId = None,
) -> Response:
    """The return, settled now or before."""
    context = context_of(request)
    body = await read_body(request, ReturnBody)
    now, new_id = context.clock.now(), context.clock.new_id()
    wanted = ReturnRequest(body.ref, body.claim_ref, _spelling(body), may_give_back(principal))
    settling = Settling(context, aid, body.items, body.policy, now, pays_out=body.credit == MONEY)

    def work(connection: Connection) -> Returned:
        returned = add_return(
            connection,
            aid,
            ReceiptName(receipt_id, store_id),
            wanted,
            lambda receipt, claim: settling.settle(connection, receipt, claim),
            now=now,
            new_id=new_id,
            subject=principal.subject,
        )
        if returned is None:
            raise not_found("receipt")
        return returned

    if settling.evaluates:
        # Now: reading all of an account's rules takes a while, in which others could not write.
        await context.store.read(partial(context.rule_sets.current, aid=aid))
    try:
        settled = await write_once(request, aid, principal, work, lambda returned: json_answer(returned.answer, 201))
        return settled.answer
    except ManyStores as why:
        raise say_which(why, "a receipt of this receipt_id") from None
    except ReturnDiffers:
        sentence = "another return of the store was made with this ref; give each return its own"
        raise Problem(409, sentence, code="RETURN_DIFFERS") from None
    except NoSuchClaim:
        sentence = "no claim of this ref stands that is of the receipt's customer; leave it out if nothing was claimed"
        raise fault("claim_ref", sentence) from None
    except NeedsScope as why:
        raise needs_scope(why.made_with) from None


def _spelling(body: ReturnBody) -> str:
    """The return in one spelling, by which it is known again."""
    spelling: dict[str, Any] = body.model_dump(mode="json")
    if spelling["credit"] != MONEY:
        # As it was before there was a choice: a return of then may be sent again.
        del spelling["credit"]
    return json.dumps(spelling, sort_keys=True)
