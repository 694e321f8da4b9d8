"""The receipt of a body that is to be evaluated: one of ours, or one of Open2b's, which is answered in its own way."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from fastapi import Request, Response

from engine import Settings
from open2b import bridge
from open2b.brought import Read, read_brought
from rules import Fault, Receipt, Refused, exact_json
from rules.parse import parse
from rules.serialise import serialise
from service.body import Body, read_bytes, read_model
from service.context import Context
from service.document_ids import read_with_ids
from service.identifiers import CustomerId
from service.store.open2b import catalogue_of

OPEN2B = "application/vnd.open2b+json"
JSON = "application/json"


class Shopper(Body):
    """Whose receipt it is."""

    customer_id: CustomerId | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A receipt to evaluate, how, and the Open2b receipt that it was read from, if it was."""

    receipt: Receipt
    settings: Settings
    open2b: Read | None = None

    def answer(self, result: dict[str, Any], headers: dict[str, str]) -> Response:
        """The answer in the shape of the question; Refused where the discounts do not go into it."""
        if self.open2b is None:
            return Response(serialise(result), media_type=JSON, headers=headers)
        document = bridge.answer(self.open2b, result)
        return Response(exact_json.write(document), media_type=OPEN2B, headers=headers)

    def of(self, receipt: Receipt) -> "Asked":
        """The same with another receipt."""
        return replace(self, receipt=receipt)


def is_open2b(request: Request) -> bool:
    """Whether a body is said to be a receipt of Open2b's."""
    return request.headers.get("content-type", JSON).partition(";")[0].strip().lower() == OPEN2B


async def read_asked(request: Request, aid: str, context: Context) -> Asked:
    """The receipt of the body; Refused with every fault, also where it has more lines than are taken here."""
    content = await read_bytes(request)
    if not is_open2b(request):
        return Asked(bounded(read_with_ids(content), context), context.engine)
    read = read_brought(parse(content, exact=True))
    check_lines(len(read.receipt.items), context)
    # The shop's clock is told by the catalogue.
    catalogue = await context.store.look_up(partial(catalogue_of, aid=aid))
    receipt = bounded(bridge.ours(read, catalogue.timezone), context)
    return Asked(receipt, bridge.settings_for(read, context.engine), read)


def bounded(receipt: Receipt, context: Context) -> Receipt:
    """The receipt itself; Refused where the service does not take it."""
    check_lines(len(receipt.items), context)
    read_model(Shopper, {"customer_id": receipt.customer_id})
    return receipt


def check_lines(lines: int, context: Context) -> None:
    """Refuse a receipt of too many lines."""
    most = context.settings.max_lines
    if lines > most:
        raise Refused([Fault("items", f"a receipt may have {most} lines here; this one has {lines}")])
