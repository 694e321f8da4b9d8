"""The facts of receipts that were read as objects, as those of columns are."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from engine.basket.basket import Basket
from engine.compiled.requirements import customer_field, field_at, instant_of
from engine.fields.columns import texts_of
from rabatt.receipt_files.conversions import has_fractions
from rabatt.simulation.archive.facts import Facts, FieldPath, Ragged, ReadPlan, days_of
from rabatt.simulation.archive.return_lines import named_receipt, return_lines
from rabatt.simulation.archive.texts import ragged_of
from rules import Refused
from rules.parse import parse


class ObjectRead(NamedTuple):
    """A receipt's place in its file, its document, and itself laid out; None where it is refused."""

    position: int
    document: bytes
    basket: Basket | None


def facts_of_objects(read: Sequence[ObjectRead], plan: ReadPlan) -> Facts:
    """Return the facts of receipts that were read as objects; those that were refused are suspect."""
    baskets = [one.basket for one in read]
    receipts = [None if basket is None else basket.receipt for basket in baskets]
    items: list[list[str]] = []
    groups: list[list[str]] = []
    takes: list[bool] = []
    shows: list[bool] = []
    prices: list[int] = []
    offsets = [0]
    returns: list[int] = []
    naming: list[int] = []
    for basket in baskets:
        takers = set() if basket is None else {line.position for line in basket.lines}
        for position, line in enumerate(basket.receipt.items if basket is not None else ()):
            items.append([] if line.id is None else [line.id])
            groups.append(list(line.group_ids))
            takes.append(position in takers)
            shows.append(not line.voided and not line.is_return_item)
            prices.append(line.gross_amount or 0)
        offsets.append(len(items))
        back = [] if basket is None else [document for _, document in return_lines(basket.receipt)]
        returns.append(len(back))
        naming.append(sum(named_receipt(document) is not None for document in back))
    documents = [one.document for one in read]
    return Facts(
        count=len(read),
        instants=np.array([0 if one is None else instant_of(one.purchase_at) for one in receipts], dtype=np.int64),
        days=np.array([0 if one is None else days_of(one.purchase_at) for one in receipts], dtype=np.int32),
        receipt_ids=_texts([None if one is None else one.receipt_id for one in receipts]),
        customer_ids=_texts([None if one is None else one.customer_id for one in receipts]),
        store_ids=_texts([None if basket is None else basket.store["id"] for basket in baskets]),
        currencies=_texts([None if one is None else one.currency for one in receipts]),
        gross=np.array([0 if basket is None else basket.gross for basket in baskets], dtype=np.int64),
        line_offsets=np.array(offsets, dtype=np.int64),
        items=ragged_of(items),
        groups=ragged_of(groups),
        takes=np.array(takes, dtype=np.bool_),
        shows_code=np.array(shows, dtype=np.bool_),
        line_gross=np.array(prices, dtype=np.int64),
        has_fractions=np.array([_has_fractions(one) for one in read], dtype=np.bool_),
        return_lines=np.array(returns, dtype=np.int64),
        naming_lines=np.array(naming, dtype=np.int64),
        codes=ragged_of([] if one is None else one.discount_codes for one in receipts),
        fields={field: _field(field, baskets) for field in plan.fields},
        suspect=np.array([basket is None for basket in baskets], dtype=np.bool_),
        positions=np.array([one.position for one in read], dtype=np.int64),
        documents=lambda rows: [documents[row] for row in rows],
    )


def _has_fractions(read: ObjectRead) -> bool:
    # Most receipts have no fraction at all, in whatever field.
    if b"." not in read.document:
        return False
    if read.basket is not None:
        return has_fractions(read.basket.receipt.document)
    try:
        plain = parse(read.document)
    except Refused:
        return False
    return isinstance(plain, dict) and has_fractions(plain)


def _texts(values: Sequence[str | None]) -> pa.StringArray:
    return pa.array(values, type=pa.string())


def _field(field: FieldPath, baskets: Sequence[Basket | None]) -> Ragged:
    family, path = field
    look_up = customer_field if family == "customer" else field_at
    documents = [
        None if basket is None else basket.customer if family == "customer" else basket.store for basket in baskets
    ]
    return ragged_of([] if document is None else texts_of(look_up(document, path)) for document in documents)
