"""Balances that nobody can spend: gift cards that were over when goods were returned, or a purchase was cancelled."""

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from rabatt.service.bodies.read_body import Body
from rabatt.service.clock import written
from rabatt.service.context import context_of
from rabatt.service.entry.access import AccountId
from rabatt.service.routes.pages import PageLimit, StartingAfter, read_page
from rabatt.service.routes.rules import READERS, answer
from rabatt.service.schemas.openapi import errors
from rabatt.service.store.pages import Page
from rabatt.service.store.stranded import stranded_on_page

router = APIRouter(prefix="/v1/accounts/{aid}", tags=["grants"])


class StrandedCard(Body):
    """A gift card to which money went back though nobody could spend it, and still cannot."""

    discount_id: str
    grant_id: str
    customer_id: str
    debit_balance: int = Field(description="What is on it now, in the smallest unit.")
    credited_amount: int = Field(description="All that went back on it while nobody could spend it.")
    credited_at: str = Field(description="When the last of it did.")
    why: str


@router.get(
    "/discounts/stranded_balances",
    summary="List balances that nobody can spend",
    description="Gift cards to which a return or a cancelled claim gave money back though their rule was over, "
    "switched off or deleted, or their grant taken back: those of which that still holds, the newest first.",
    operation_id="list_stranded_balances",
    dependencies=READERS,
    responses={200: {"model": list[StrandedCard], "description": "The cards."}, **errors()},
)
async def list_stranded_balances(
    request: Request, aid: AccountId, limit: PageLimit = 10, starting_after: StartingAfter = None
) -> Response:
    """List the cards, by the id of their grant."""
    now, page = context_of(request).clock.now(), Page(limit, starting_after)

    def work(connection: Connection) -> Response:
        found = stranded_on_page(connection, aid, page, now)
        return answer([{**card._asdict(), "credited_at": written(card.credited_at)} for card in found])

    return await read_page(request, work)
