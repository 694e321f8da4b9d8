"""A receipt that is surely right, read in one walk; what may be wrong is left to the models."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rules.fast_json import read_text
from rules.one_walk import Doubt, Walk
from rules.parse import MOST_VALUES_OF_A_RECEIPT, count_of_names
from rules.receipt import BookedDiscount, BroughtBonus, BroughtDiscount, Receipt, Return, read_codes
from rules.receipt_kinds import kind_of_receipt
from rules.validate import Faulty, reader_of
from rules.values import read_purchase_instant

# By the name in the document, that of the field.
_FIELDS = {str(field.validation_alias or name): name for name, field in Receipt.model_fields.items()}


def quick_receipt(data: bytes | str) -> Receipt | None:
    """The receipt of a JSON text, the same that the models give; nothing where these have to look at it."""
    # A text has no more values than characters.
    if len(data) > MOST_VALUES_OF_A_RECEIPT:
        return None
    try:
        document = read_text(data)
        if not isinstance(document, dict):
            return None
        walk = Walk(*_readers())
        walk.look_at(document, kind_of_receipt())
        return _receipt(document, walk) if walk.names == count_of_names(data) else None
    # That of pydantic's own errors is a ValueError, too.
    except (Doubt, Faulty, TypeError, ValueError):
        return None


@lru_cache(maxsize=1)
def _readers() -> tuple[Any, Any]:
    return reader_of(tuple[BroughtDiscount, ...]).read, reader_of(tuple[BroughtBonus, ...]).read


def _receipt(document: dict[str, Any], walk: Walk) -> Receipt:
    """The model as the models' reader makes it, field by field, without asking it."""
    get = document.get
    discounts, returns = get("discounts"), get("returns")
    receipt = Receipt.__new__(Receipt)
    fields = {
        "receipt_id": document["receipt_id"],
        "purchase_at": read_purchase_instant(document["purchase_at"]),
        "customer_id": get("customer_id"),
        "currency": get("currency"),
        "gross_amount": get("gross_amount"),
        "net_amount": get("net_amount"),
        "total_discount": get("total_discount"),
        "total_bonus": get("total_bonus"),
        "discount_codes": read_codes(get("discount_code")),
        "discounts": reader_of(list[BookedDiscount]).read(discounts) if discounts else discounts,
        "items": walk.lines(get("items") or []),
        "returns": reader_of(list[Return]).read(returns) if returns else returns,
    }
    object.__setattr__(receipt, "__dict__", fields)
    given = {_FIELDS[name] for name in _FIELDS.keys() & document.keys()}
    object.__setattr__(receipt, "__pydantic_fields_set__", given)
    object.__setattr__(receipt, "__pydantic_extra__", None)
    object.__setattr__(receipt, "__pydantic_private__", {"_document": document})
    return receipt
