"""A credit note as it is shown: every field of the source document, under its name and in its order."""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from rabatt.service.bodies.read_body import Body
from rabatt.service.clock import written
from rabatt.service.hundredths import as_decimal
from rabatt.service.identifiers import Guid as GuidText
from rabatt.service.notes.amounts import NoteLine, NoteSums, ProductLine, sums_of, with_vat
from rabatt.service.store.notes import StoredNote, timestamp_of
from rules import exact_json

NoteLanguage = Literal["da-DK", "en-GB"]
PaymentType = Literal["Netto", "NettoCash", "CurrentMonthOut"]
UnitName = Literal[
    "hours",
    "parts",
    "km",
    "day",
    "week",
    "month",
    "kilogram",
    "cubicMetre",
    "set",
    "litre",
    "box",
    "case",
    "carton",
    "metre",
    "package",
    "shipment",
    "squareMetre",
    "session",
    "tonne",
]
LineKind = Literal["Product", "Text"]
NoteStatus = Literal["Draft", "Booked"]

DESCRIPTIONS: dict[NoteLanguage, str] = {"da-DK": "Kreditnota", "en-GB": "Creditnote"}
LABELS: dict[NoteLanguage, tuple[str, str, str]] = {
    "da-DK": ("Subtotal", "Moms", "Total"),
    "en-GB": ("Subtotal", "VAT", "Total"),
}
TYPES = ("SubTotal", "Vat", "Total")


class TotalLine(Body):
    """A line below the others."""

    Type: Literal["SubTotal", "SubTotalWithVat", "SubTotalWithoutVat", "Vat", "Total"]
    TotalAmount: float
    Position: int = Field(description="From 0.")
    Label: str


class InvoiceLine(Body):
    """A line; on a text line all amounts are 0, and what only goods have is null."""

    AccountName: str | None
    BaseAmountValue: float = Field(description="Without VAT.")
    BaseAmountValueInclVat: float
    TotalAmount: float = Field(description="Of the line, without VAT.")
    TotalAmountInclVat: float
    ProductGuid: GuidText | None
    Description: str
    Comments: str | None
    Quantity: float
    AccountNumber: int | None
    Unit: UnitName | None
    Discount: float = Field(description="A percent from 0 to 100.")
    LineType: LineKind


class NoteSettlement(Body):
    """What of a credit note was settled when the goods were returned."""

    Type: Literal["GiftCard"]
    AccountNumber: int = Field(description="The ledger's account of what is owed on gift cards.")
    Amount: float


class CreditNote(Body):
    """A credit note, draft or booked."""

    PaymentDate: str = Field(description="By when it is to be paid, YYYY-MM-DD.")
    PaymentStatus: NoteStatus = Field(description="Payments are not kept here: it says no more than `Status`.")
    PaymentConditionNumberOfDays: int
    PaymentConditionType: PaymentType
    FikCode: str | None = Field(description="Null for a draft, and where the organization has no creditor's number.")
    DepositAccountNumber: int
    Status: NoteStatus
    ContactGuid: GuidText | None
    Guid: GuidText
    TimeStamp: str
    CreatedAt: str
    UpdatedAt: str
    DeletedAt: str | None = Field(description="Null unless it is deleted.")
    Number: int | None = Field(description="Null for a draft.")
    ContactName: str | None
    ShowLinesInclVat: bool
    TotalExclVat: float
    TotalVatableAmount: float
    TotalInclVat: float
    TotalNonVatableAmount: float
    TotalVat: float
    TotalLines: list[TotalLine]
    InvoiceTemplateId: GuidText | None
    Currency: str
    Language: NoteLanguage
    ExternalReference: str | None
    Description: str
    Comment: str | None
    Date: str
    ProductLines: list[InvoiceLine]
    Address: str | None
    Settlements: list[NoteSettlement] | None = Field(
        default=None, description="What of the total is not paid out. Absent where nothing went back on gift cards."
    )


FIELDS = tuple(name for name in CreditNote.model_fields if name != "Settlements")
"""Every field of the source's credit note, in its order."""


@dataclass(frozen=True, slots=True)
class NoteHead:
    """What is said of a credit note as a whole."""

    date: date
    days: int = 8
    kind: PaymentType = "Netto"
    deposit_account: int = 55_000
    contact: str | None = None
    contact_name: str | None = None
    shows_vat: bool = False
    template: str | None = None
    currency: str = "DKK"
    language: NoteLanguage = "da-DK"
    reference: str | None = None
    description: str | None = None
    comment: str | None = None
    address: str | None = None


def document_of(head: NoteHead, lines: Iterable[NoteLine]) -> str:
    """The JSON of a credit note as it is stored: all fields but those that are the store's."""
    lines = tuple(lines)
    sums = sums_of(lines)
    document = {
        "PaymentDate": payment_date(head).isoformat(),
        "PaymentConditionNumberOfDays": head.days,
        "PaymentConditionType": head.kind,
        "DepositAccountNumber": head.deposit_account,
        "ContactGuid": head.contact,
        "ContactName": head.contact_name,
        "ShowLinesInclVat": head.shows_vat,
        "TotalExclVat": as_decimal(sums.without_vat),
        "TotalVatableAmount": as_decimal(sums.vatable),
        "TotalInclVat": as_decimal(sums.with_vat),
        "TotalNonVatableAmount": as_decimal(sums.non_vatable),
        "TotalVat": as_decimal(sums.vat),
        "TotalLines": list(_total_lines(sums, head.language)),
        "InvoiceTemplateId": head.template,
        "Currency": head.currency,
        "Language": head.language,
        "ExternalReference": head.reference,
        "Description": DESCRIPTIONS[head.language] if head.description is None else head.description,
        "Comment": head.comment,
        "Date": head.date.isoformat(),
        "ProductLines": [_line(line) for line in lines],
        "Address": head.address,
    }
    return exact_json.write(document)


def payment_date(head: NoteHead) -> date:
    """By when a note is to be paid: so many days after its date, or after the end of that date's month."""
    start = head.date
    if head.kind == "CurrentMonthOut":
        start = start.replace(day=calendar.monthrange(start.year, start.month)[1])
    return start + timedelta(days=head.days)


def _total_lines(sums: NoteSums, language: NoteLanguage) -> Iterator[dict[str, Any]]:
    amounts = (sums.without_vat, sums.vat, sums.with_vat)
    for position, (kind, amount, label) in enumerate(zip(TYPES, amounts, LABELS[language], strict=True)):
        yield {"Type": kind, "TotalAmount": as_decimal(amount), "Position": position, "Label": label}


def _line(line: NoteLine) -> dict[str, Any]:
    counted = line if isinstance(line, ProductLine) else None
    base, total, vat = (0, 0, 0) if counted is None else (counted.base, counted.total, counted.vat)
    return {
        "AccountName": counted and counted.account_name,
        "BaseAmountValue": as_decimal(base),
        "BaseAmountValueInclVat": as_decimal(with_vat(base, vat)),
        "TotalAmount": as_decimal(total),
        "TotalAmountInclVat": as_decimal(with_vat(total, vat)),
        "ProductGuid": counted and counted.product_guid,
        "Description": line.description,
        "Comments": counted and counted.comments,
        "Quantity": as_decimal(0 if counted is None else counted.quantity),
        "AccountNumber": counted and counted.account_number,
        "Unit": counted and counted.unit,
        "Discount": as_decimal(0 if counted is None else counted.discount),
        "LineType": "Text" if counted is None else "Product",
    }


def shown(note: StoredNote) -> str:
    """The JSON of a stored credit note, every field in its place."""
    document = exact_json.read(note.document)
    status = "Draft" if note.number is None else "Booked"
    document |= {
        "PaymentStatus": status,
        "FikCode": note.fik_code,
        "Status": status,
        "Guid": note.guid,
        "TimeStamp": timestamp_of(note.version),
        "CreatedAt": written(note.created_at),
        "UpdatedAt": written(note.updated_at),
        "DeletedAt": None if note.deleted_at is None else written(note.deleted_at),
        "Number": note.number,
    }
    fields = {name: document[name] for name in FIELDS}
    if note.settlements is not None:
        fields["Settlements"] = exact_json.read(note.settlements)
    return exact_json.write(fields)


def settlements_of(to_cards: int, account_number: int) -> str | None:
    """The JSON of what of a note was settled on gift cards (hundredths); None where nothing was."""
    if not to_cards:
        return None
    return exact_json.write([{"Type": "GiftCard", "AccountNumber": account_number, "Amount": as_decimal(to_cards)}])
