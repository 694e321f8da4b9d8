"""The bodies about credit notes: a new draft, what takes its place, and how it is booked."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from rabatt.service.bodies.read_body import Body, read_model
from rabatt.service.hundredths import ONE, in_hundredths
from rabatt.service.identifiers import Guid as GuidText
from rabatt.service.identifiers import Identifier
from rabatt.service.ledger import AccountNumber as AccountNumberField
from rabatt.service.notes.document import LineKind, NoteLanguage, PaymentType, UnitName
from rabatt.service.store.note_booking import LARGEST_NUMBER
from rules import Fault, Refused
from rules.values import LARGEST, Flag, Name, Read, Text, Whole, refusal

MOST_DAYS = 9_999
LONGEST_REFERENCE = 128
# As many as a receipt's line has, and as much as a receipt comes to: what a return paid can be credited.
MOST_PIECES, HIGHEST_PRICE = 1_000_000, LARGEST // ONE
EARLIEST_YEAR, LATEST_YEAR = 1000, 9000
MISSING = "this required field is missing"
IGNORED = "Ignored: it is worked out here."

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def read_date(value: object) -> date:
    """A day of the calendar."""
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        raise refusal("date", 'a date is written "YYYY-MM-DD"')
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise refusal("date", "there is no such day in the calendar") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise refusal("date", f"a date here is in a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day


def is_currency(text: str) -> bool:
    """Whether it is written as the code of a currency."""
    return _CURRENCY.fullmatch(text) is not None


def read_currency(value: object) -> str:
    """The code of a currency."""
    if not isinstance(value, str) or not is_currency(value):
        raise refusal("currency", 'a currency is three capital letters, such as "DKK"')
    return value


def read_reference(value: object) -> str:
    """What the caller calls the note."""
    if not isinstance(value, str) or len(value) > LONGEST_REFERENCE:
        raise refusal("reference", f"an external reference is text of at most {LONGEST_REFERENCE} characters")
    return value


NoteDate = Annotated[date, Read(read_date, {"type": "string", "format": "date"})]
CurrencyCode = Annotated[str, Read(read_currency, {"type": "string", "pattern": "^[A-Z]{3}$"})]
Reference = Annotated[str, Read(read_reference, {"type": "string", "maxLength": LONGEST_REFERENCE})]
PaymentDays = Annotated[int, Whole(0, MOST_DAYS, f"days are a whole number from 0 to {MOST_DAYS}")]
Pieces = Annotated[int, in_hundredths(-MOST_PIECES, MOST_PIECES, "a quantity")]
NoteAmount = Annotated[int, in_hundredths(-HIGHEST_PRICE, HIGHEST_PRICE, "an amount")]
# No account has more than 100 % VAT.
AmountWithVat = Annotated[int, in_hundredths(-2 * HIGHEST_PRICE, 2 * HIGHEST_PRICE, "an amount")]
PercentOff = Annotated[int, in_hundredths(0, 100, "a discount")]
NumberOfNote = Annotated[
    int, Whole(1, LARGEST_NUMBER, f"the number of a note is a whole number from 1 to {LARGEST_NUMBER}")
]


def one_of(fields: dict[str, Any]) -> dict[str, Any]:
    """What the schema of a body says where it needs one at least of some fields."""
    return {"anyOf": [{"required": [name], "properties": {name: schema}} for name, schema in fields.items()]}


class LineBody(Body):
    """A line: goods, or on a text line a description and nothing else."""

    LineType: LineKind | None = Field(default=None, description='"Product" where left out.')
    ProductGuid: GuidText | None = None
    Description: Name | None = Field(default=None, description="Not needed for a product that the ledger knows.")
    Comments: Text | None = None
    Quantity: Pieces | None = None
    AccountNumber: AccountNumberField | None = Field(
        default=None, description="An account of the ledger: its VAT holds."
    )
    Unit: UnitName | None = Field(default=None, description='"parts" where left out.')
    Discount: PercentOff | None = Field(default=None, description="A percent from 0 to 100; 0 where left out.")
    BaseAmountValue: NoteAmount | None = Field(
        default=None, description="The price of one, without VAT. With `ShowLinesInclVat` not without the one with it."
    )
    BaseAmountValueInclVat: AmountWithVat | None = Field(
        default=None,
        description="The price of one with VAT, where `BaseAmountValue` is left out. Where both are there, that one "
        "counts, and with `ShowLinesInclVat` they are one price.",
    )
    AccountName: Any = Field(default=None, description=IGNORED)
    TotalAmount: Any = Field(default=None, description=IGNORED)
    TotalAmountInclVat: Any = Field(default=None, description=IGNORED)


Lines = Annotated[list[LineBody], Field(min_length=1)]
LINES: dict[str, Any] = {"type": "array", "minItems": 1}


class NoteFields(Body):
    """What a caller may say of a note beside its lines; what was read may be sent back."""

    PaymentConditionNumberOfDays: PaymentDays | None = Field(
        default=None, description="8 where left out, 0 for NettoCash."
    )
    PaymentConditionType: PaymentType | None = Field(default=None, description='"Netto" where left out.')
    DepositAccountNumber: AccountNumberField | None = Field(default=None, description="The ledger's where left out.")
    ContactGuid: GuidText | None = None
    ContactName: Text | None = None
    ShowLinesInclVat: Flag | None = Field(default=None, description="False where left out, true for a return.")
    InvoiceTemplateId: GuidText | None = None
    Currency: CurrencyCode | None = Field(default=None, description='"DKK", or that of the receipt, where left out.')
    Language: NoteLanguage | None = Field(default=None, description='"da-DK" where left out.')
    ExternalReference: Reference | None = Field(default=None, description="The ref of the return where left out.")
    Description: Text | None = Field(default=None, description='"Kreditnota" or "Creditnote" where left out.')
    Comment: Text | None = None
    Date: NoteDate | None = Field(default=None, description="Today in the ledger's time zone where left out.")
    Address: Text | None = None
    PaymentDate: Any = Field(default=None, description=IGNORED)
    PaymentStatus: Any = Field(default=None, description=IGNORED)
    FikCode: Any = Field(default=None, description=IGNORED)
    Status: Any = Field(default=None, description=IGNORED)
    Guid: Any = Field(default=None, description=IGNORED)
    CreatedAt: Any = Field(default=None, description=IGNORED)
    UpdatedAt: Any = Field(default=None, description=IGNORED)
    DeletedAt: Any = Field(default=None, description=IGNORED)
    Number: Any = Field(default=None, description="Ignored: a note gets its number when it is booked.")
    TotalExclVat: Any = Field(default=None, description=IGNORED)
    TotalVatableAmount: Any = Field(default=None, description=IGNORED)
    TotalInclVat: Any = Field(default=None, description=IGNORED)
    TotalNonVatableAmount: Any = Field(default=None, description=IGNORED)
    TotalVat: Any = Field(default=None, description=IGNORED)
    TotalLines: Any = Field(default=None, description=IGNORED)
    Settlements: Any = Field(default=None, description=IGNORED)


class NewNoteBody(NoteFields):
    """A new draft: with lines of its own, or for a return whose worth it comes to."""

    model_config = ConfigDict(json_schema_extra=one_of({"ProductLines": LINES, "fromReturn": {"type": "string"}}))

    ProductLines: Lines | None = Field(default=None, description="Left out with `fromReturn`.")
    fromReturn: Identifier | None = Field(default=None, description="The `ref` of the return.")  # noqa: N815 - as sent
    fromStore: Text | None = Field(  # noqa: N815 - as above
        default=None, description="The id of the return's store, where several stores have a return of the ref."
    )
    TimeStamp: Any = Field(default=None, description=IGNORED)


class NoteVersion(Body):
    """The version that the caller read."""

    Timestamp: Text = Field(description="The note's `TimeStamp`.")


class ChangedNoteBody(NoteFields):
    """A draft that takes the place of the one that was read: its `Timestamp`, or `TimeStamp` as the note has it."""

    model_config = ConfigDict(
        json_schema_extra=one_of({"Timestamp": {"type": "string"}, "TimeStamp": {"type": "string"}})
    )

    ProductLines: Lines
    Timestamp: Text | None = Field(default=None, description="The note's `TimeStamp`.")
    TimeStamp: Text | None = Field(default=None, description="The same; `Timestamp` counts where both are there.")

    @property
    def version(self) -> str:
        """The timestamp of the version that was read."""
        return str(self.TimeStamp if self.Timestamp is None else self.Timestamp)


class BookingBody(NoteVersion):
    """How a draft is booked."""

    Number: NumberOfNote | None = Field(default=None, description="The number after the highest where left out.")


def read_new_note(data: object, most_lines: int) -> NewNoteBody:
    """The body of a new draft; Refused with every fault, also where it has neither lines nor a return, or both."""
    _check_lines(data, most_lines)
    body = read_model(NewNoteBody, data)
    if body.ProductLines is None and body.fromReturn is None:
        raise Refused([Fault("ProductLines", f"{MISSING}; or give fromReturn")])
    if body.ProductLines is not None and body.fromReturn is not None:
        raise Refused([Fault("ProductLines", "a note has the lines of its return; leave these out")])
    return body


def read_changed_note(data: object, most_lines: int) -> ChangedNoteBody:
    """The body of a draft that takes another's place; Refused with every fault, also where it does not say which."""
    _check_lines(data, most_lines)
    body = read_model(ChangedNoteBody, data)
    if body.Timestamp is None and body.TimeStamp is None:
        raise Refused([Fault("Timestamp", MISSING)])
    return body


def _check_lines(data: object, most: int) -> None:
    """Refuse a note of too many lines before any is read: a megabyte of empty ones took seconds."""
    lines = data.get("ProductLines") if isinstance(data, dict) else None
    # One more than a receipt has: the coin that is left of its return.
    if isinstance(lines, list) and len(lines) > most + 1:
        raise Refused([Fault("ProductLines", f"a credit note has {most + 1} lines at most; here are {len(lines)}")])
