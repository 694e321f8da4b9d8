"""What a return line of the archive says of the receipt that its goods were bought with (decision 0015).

A line with `is_return_item` names that receipt by `returned_receipt_id`, and may name its line by `returned_line_id`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rules import Receipt
from rules.receipt_line import ReceiptLine

RECEIPT_FIELD: Final = "returned_receipt_id"
LINE_FIELD: Final = "returned_line_id"

Document = Mapping[str, Any]


def is_return(line: ReceiptLine) -> bool:
    """Say whether a line is of returned goods."""
    return line.is_return_item and not line.voided


def named_receipt(document: Document) -> str | None:
    """Return the id of the receipt that a line names; None where it names none, or what it says is no text."""
    named = document.get(RECEIPT_FIELD)
    return named if isinstance(named, str) and named else None


def return_lines(receipt: Receipt) -> Iterator[tuple[ReceiptLine, Document]]:
    """Yield the return lines of a receipt, as they were read and as they were written."""
    documents: Sequence[Document] = receipt.document.get("items") or ()
    for line, document in zip(receipt.items, documents, strict=True):
        if is_return(line):
            yield line, document


def unnamed_lines(receipt: Receipt) -> int:
    """Return how many return lines of a receipt name no receipt."""
    return sum(named_receipt(document) is None for _, document in return_lines(receipt))


def written_lines(receipt: Receipt) -> dict[str, list[dict[str, Any]]]:
    """Return what is returned by the receipt that is named, in the order of the lines: what a row has of each line.

    `quantity` is without its sign, `line_id` whatever the line says, and None where it says nothing.
    """
    named: dict[str, list[dict[str, Any]]] = {}
    for line, document in return_lines(receipt):
        receipt_id = named_receipt(document)
        if receipt_id is not None:
            what = {"id": line.id, "line_id": document.get(LINE_FIELD), "quantity": abs(line.quantity)}
            named.setdefault(receipt_id, []).append(what)
    return named
