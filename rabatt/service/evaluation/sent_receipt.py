"""The receipt of a body that is to be evaluated: one of ours, or one of Open2b's, which is answered in its own way."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from fastapi import Request
from sqlalchemy import Connection

from engine import Settings as EngineSettings
from rabatt.open2b import bridge
from rabatt.open2b.external_receipt import ExternalDocument, read_external
from rabatt.service.bodies.document_ids import read_with_ids
from rabatt.service.bodies.read_body import Body, read_model
from rabatt.service.identifiers import CustomerId
from rabatt.service.settings import ServiceSettings
from rabatt.service.store.customer_tokens import customer_of
from rabatt.service.store.open2b import catalogue_of
from rules import Fault, Receipt, Refused, exact_json, read_receipt
from rules.parse import parse
from rules.serialise import serialise

OPEN2B = "application/vnd.open2b+json"
JSON = "application/json"

ReadReceipt: TypeAlias = Receipt | ExternalDocument


class Shopper(Body):
    """Whose receipt it is."""

    customer_id: CustomerId | None


@dataclass(frozen=True, slots=True)
class SentReceipt:
    """A receipt to evaluate, how, and the Open2b receipt that it was read from, if it was."""

    receipt: Receipt
    settings: EngineSettings
    open2b: ExternalDocument | None = None

    @property
    def media_type(self) -> str:
        """What the answer is."""
        return JSON if self.open2b is None else OPEN2B

    def answer(self, result: dict[str, Any]) -> bytes:
        """The answer in the shape that it was sent in; Refused where the discounts do not go into it."""
        if self.open2b is None:
            return serialise(result)
        return exact_json.write(bridge.answer(self.open2b, result)).encode()


def is_open2b(request: Request) -> bool:
    """Whether a body is said to be a receipt of Open2b's."""
    return request.headers.get("content-type", JSON).partition(";")[0].strip().lower() == OPEN2B


def read_sent(content: bytes, settings: ServiceSettings, *, is_open2b: bool) -> ReadReceipt:
    """The receipt of a body; Refused with every fault, also where it has more lines than are taken here."""
    if is_open2b:
        read = read_external(parse(content, exact=True))
        _check_lines(len(read.receipt.items), settings)
        return read
    return _bounded(read_with_ids(content), settings)


def completed_by_store(
    connection: Connection, aid: str, read: ReadReceipt, settings: ServiceSettings, engine: EngineSettings
) -> SentReceipt:
    """The receipt with what the store knows of it: the clock of an Open2b shop, and the customer of a token."""
    open2b = None
    if isinstance(read, ExternalDocument):
        open2b, engine = read, bridge.settings_for(read, engine)
        # The catalogue says which clock the shop goes by.
        receipt = _bounded(bridge.ours(read, catalogue_of(connection, aid).timezone), settings)
    else:
        receipt = read
    if receipt.customer_id is None:
        receipt = _with_customer(connection, aid, receipt)
    return SentReceipt(receipt, engine, open2b)


def _with_customer(connection: Connection, aid: str, receipt: Receipt) -> Receipt:
    """The receipt with the customer whose token it carries, if the account knows the token."""
    customer = receipt.document.get("customer")
    token = customer.get("token") if isinstance(customer, dict) else None
    customer_id = customer_of(connection, aid, token) if isinstance(token, dict) else None
    return receipt if customer_id is None else read_receipt({**receipt.document, "customer_id": customer_id})


def _bounded(receipt: Receipt, settings: ServiceSettings) -> Receipt:
    """The receipt itself; Refused where the service does not take it."""
    _check_lines(len(receipt.items), settings)
    read_model(Shopper, {"customer_id": receipt.customer_id})
    return receipt


def _check_lines(lines: int, settings: ServiceSettings) -> None:
    """Refuse a receipt of too many lines."""
    most = settings.max_lines
    if lines > most:
        raise Refused([Fault("items", f"a receipt may have {most} lines here; this one has {lines}")])
