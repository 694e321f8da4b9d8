"""The bodies about receipts: one to store, and what is added to a stored one."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from pydantic import ConfigDict, Field

from rabatt.service.bodies.claim import (
    MOST_DISCOUNTS,
    MOST_REFS,
    ClaimedDiscount,
    ClaimedRef,
    EvaluationToken,
    NotBooked,
    contradictions,
    uses,
)
from rabatt.service.bodies.document_ids import OF_DISCOUNTS, read_with_ids, with_normal_ids
from rabatt.service.bodies.read_body import Body, read_model
from rabatt.service.identifiers import CustomerId, Identifier
from rabatt.service.schemas.openapi import component
from rabatt.service.store.claim_request import ClaimRefused
from rabatt.service.store.receipts import AddedToReceipt, ReceiptText, receipt_text
from rules import Fault, Refused
from rules.fault import joined
from rules.parse import parse
from rules.receipt import BookedDiscount
from rules.refuse import faults_of
from rules.validate import Faulty, Reader
from rules.values import NullMeans

_BOOKED = Reader(list[BookedDiscount])
_DISCOUNT = re.compile(r"^discounts\[(\d+)\]")


class ReceiptNames(Body):
    """The names that a receipt is found by."""

    model_config = ConfigDict(extra="ignore")

    receipt_id: Identifier
    customer_id: CustomerId | None = None


class AddedDiscount(Body):
    """A discount that is added to a receipt; one without refs claims nothing and needs no id."""

    model_config = ConfigDict(extra="ignore")

    id: Identifier | None = None
    refs: Annotated[list[ClaimedRef], Field(max_length=MOST_REFS), NullMeans(())] = Field(default=[])


class ReceiptUpdate(Body):
    """What is added to a receipt: its customer, and discounts."""

    customer_id: CustomerId
    discounts: Annotated[list[AddedDiscount], Field(max_length=MOST_DISCOUNTS), NullMeans(())] = Field(default=[])
    evaluation: EvaluationToken | None = Field(
        default=None,
        description="The `Rabatt-Evaluation` of the answer that gave these discounts. It is no part of the receipt.",
    )


UPDATE_SCHEMA = ReceiptUpdate.model_json_schema()
NEW_RECEIPT_SCHEMA: dict[str, Any] = {
    "allOf": [component("Receipt"), {"type": "object", "properties": ReceiptNames.model_json_schema()["properties"]}]
}


class Update(NamedTuple):
    """An update, the places in its `discounts` of those that are claimed, and the token of their evaluation."""

    added: AddedToReceipt
    places: list[int]
    evaluation: str | None


def read_new_receipt(content: bytes, most_lines: int) -> ReceiptText:
    """The receipt of a body as it is stored; Refused with every fault."""
    try:
        receipt = read_with_ids(content)
    except Refused as refused:
        # Read once more, for all that else is wrong with it.
        raise Refused(joined(refused.faults, list(_limits(parse(content), most_lines)))) from None
    faults = list(_limits(receipt.document, most_lines))
    if faults:
        raise Refused(faults)
    return receipt_text(receipt)


def _limits(document: object, most_lines: int) -> Iterable[Fault]:
    """What a receipt that is stored must keep to, beyond what any receipt must."""
    try:
        read_model(ReceiptNames, document)
    except Refused as refused:
        yield from refused.faults
    lines = document.get("items") if isinstance(document, dict) else None
    if isinstance(lines, list) and len(lines) > most_lines:
        yield Fault("items", f"a receipt has {most_lines} lines at most; here are {len(lines)}")


def read_update(content: bytes) -> Update:
    """What a body adds to a receipt; Refused with every fault."""
    data = with_normal_ids(parse(content), OF_DISCOUNTS)
    faults: list[Fault] = []
    update = None
    try:
        update = read_model(ReceiptUpdate, data)
    except Refused as refused:
        faults += refused.faults
    given = data.get("discounts") if isinstance(data, dict) else None
    sent = [] if given is None else given
    try:
        # The receipt must still be one that can be read.
        _BOOKED.read(sent)
    except Faulty as faulty:
        faults = joined(faults, faults_of(faulty, None, ("discounts",)))
    if update is None or faults:
        raise Refused(faults)
    places = [place for place, discount in enumerate(update.discounts) if discount.refs]
    nameless = [place for place in places if update.discounts[place].id is None]
    if nameless:
        raise Refused(Fault(f"discounts[{place}].id", "refs need the id of their rule") for place in nameless)
    claimed = [
        ClaimedDiscount.model_construct(id=update.discounts[place].id, refs=update.discounts[place].refs)
        for place in places
    ]
    try:
        used = uses(claimed)
    except Refused as refused:
        raise Refused(each.at(_at_its_place(each.path, places)) for each in refused.faults) from None
    return Update(AddedToReceipt(update.customer_id, sent, used, contradictions(claimed)), places, update.evaluation)


def in_the_body(why: NotBooked, places: list[int]) -> NotBooked:
    """The reason for which nothing was claimed, its paths as the body has them."""
    if not isinstance(why, ClaimRefused):
        return why
    return ClaimRefused(replace(each, path=_at_its_place(each.path, places)) for each in why.problems)


def _at_its_place(path: str, places: list[int]) -> str:
    """The path in the body of what has this path among the claimed discounts alone, or in the stored receipt."""
    if path == "purchase_at":
        return f"receipt.{path}"
    return _DISCOUNT.sub(lambda found: f"discounts[{places[int(found[1])]}]", path)
