"""A receipt: the document as it came, and the fields that decide discounts, read once (SPEC sections 1 and 2).

The models below hold what the engine asks for; fields that are only typed are in `receipt_rest`. Reading 20 lines into
one model with all 35 fields took half as long again as reading them into the 13 here and checking the rest apart.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PrivateAttr
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from rules.receipt_line import ReceiptLine
from rules.values import Flag, Integer, Money, Name, NullMeans, Number, PurchaseInstant, Read, Text, refusal

# No line of a receipt can bear this id: it is beyond the bounds of an integer field.
NO_LINE_ID = -(10**18)

AbsentIsFalse = Annotated[Flag, NullMeans(False)]


def read_codes(value: object) -> tuple[str, ...]:
    """The discount codes of a receipt: one code, or a list of them."""
    codes = [value] if isinstance(value, str) else value
    if value is None:
        return ()
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise refusal("codes", "discount codes are text, or a list of text")
    return tuple(codes)


Codes = Annotated[
    tuple[str, ...],
    Read(read_codes, {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}, {"type": "null"}]}),
]


class Brought(BaseModel):
    """A part of a receipt: frozen; unknown fields are left to the document."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class BroughtDiscount(Brought):
    """A discount that a line brought."""

    amount: Annotated[Money, NullMeans(0)] = 0
    discount_id: Text | None = None
    discount_type: Text | None = Field(
        default=None, description="customer, periodic, manual, loyalty, total, employee, external"
    )
    percentage: Number | None = None
    description: Text | None = None
    line_id: Integer | None = None


class BroughtBonus(Brought):
    """A bonus that a line brought."""

    bonus: Annotated[Money, NullMeans(0)] = 0
    discount_id: Text | None = None
    discount_type: Text | None = None
    percentage: Number | None = None
    description: Text | None = None
    line_id: Integer | None = None


class Group(TypedDict, total=False):
    """A group that a line's item belongs to."""

    id: Text | None
    name: Text | None


class Line(Brought):
    """One line of a receipt; `line_id` is its own, or its position from 1 where it has none."""

    line_id: Annotated[Integer, NullMeans(NO_LINE_ID)] = NO_LINE_ID
    id: Text | None = None
    groups: Annotated[tuple[Group, ...], NullMeans(())] = ()
    quantity: Annotated[Number, NullMeans(1)] = 1
    gross_amount: Money | None = Field(default=None, description="For the whole line, in the smallest unit.")
    net_amount: Money | None = Field(default=None, description="After discounts, for the whole line.")
    eligible_for_discount: AbsentIsFalse = False
    voided: AbsentIsFalse = False
    is_return_item: AbsentIsFalse = False
    scale_item: AbsentIsFalse = Field(default=False, description="Sold by weight or volume: one unit.")
    discount_lines: Annotated[tuple[BroughtDiscount, ...], NullMeans(())] = ()
    bonus_lines: Annotated[tuple[BroughtBonus, ...], NullMeans(())] = ()


def line_of(line: Line) -> ReceiptLine:
    """The line with what it says, and `NO_LINE_ID` where it has no id."""
    return ReceiptLine(
        line.line_id,
        True,
        line.id,
        tuple([name for group in line.groups if (name := group.get("id")) is not None]),
        line.quantity,
        line.gross_amount,
        line.net_amount,
        line.eligible_for_discount,
        line.voided,
        line.is_return_item,
        line.scale_item,
        line.discount_lines,
        line.bonus_lines,
    )


class LinesInSlots:
    """The lines of a receipt, checked as models and kept as what is read of them."""

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The model of a line, then what is read of it."""
        schema = handler.generate_schema(Line)
        return core_schema.tuple_variable_schema(core_schema.no_info_after_validator_function(line_of, schema))


class RefStatistics(TypedDict, total=False):
    """What was used of a grant after a purchase."""

    usage: Integer | None
    amount: Money | None
    bonus: Money | None
    stamp: Integer | None
    debit_balance: Money | None


class RefItem(TypedDict, total=False):
    """What a discount gave on one line."""

    line_id: Integer | None
    amount: Money | None
    bonus: Money | None


# Not a class, since `from` is a word of Python's own.
RefUnits = TypedDict(
    "RefUnits",
    {
        "line_id": Integer | None,
        "from": Integer | None,
        "to": Integer | None,
        "amount": Money | None,
        "bonus": Money | None,
        "stamp": Integer | None,
    },
    total=False,
)


class Ref(TypedDict, total=False):
    """One use of a discount, booked under the id of its grant."""

    id: Text | None
    usage: Integer | None
    amount: Money | None
    bonus: Money | None
    stamp: Integer | None
    items: list[RefItem] | None
    units: list[RefUnits] | None
    statistics: RefStatistics | None
    stamps: list[dict[str, Any]] | None


class BookedDiscount(TypedDict, total=False):
    """A discount booked on the receipt: the rule as it was, and its refs."""

    id: Text | None
    type: Text | None
    name: Text | None
    receipt_text: Text | None
    description: Text | None
    requirement: dict[str, Any] | None
    reward: dict[str, Any] | None
    limitation: dict[str, Any] | None
    metadata: dict[str, Any] | None
    refs: list[Ref] | None


class ReturnItem(TypedDict, total=False):
    """Units of one line that came back, and what they were worth together."""

    line_id: Integer | None
    quantity: Number | None
    amount: Money | None


class ReturnRef(TypedDict, total=False):
    """What a return took back of one grant; `debit_balance` is what it put back."""

    id: Text | None
    usage: Integer | None
    amount: Money | None
    bonus: Money | None
    stamp: Integer | None
    debit_balance: Money | None


class ReturnDiscount(TypedDict, total=False):
    """What a return took back of one discount, grant by grant."""

    id: Text | None
    refs: list[ReturnRef] | None


class Return(TypedDict, total=False):
    """One return: what came back, what was paid for it, and what it took back of the discounts."""

    policy: Text | None
    items: list[ReturnItem] | None
    amount: Money | None
    refund_amount: Money | None
    credit_amount: Money | None
    discounts: list[ReturnDiscount] | None


class Receipt(Brought):
    """One purchase, paid or not; `document` is the plain data it was read from, and is only read."""

    receipt_id: Name
    purchase_at: PurchaseInstant
    customer_id: Text | None = None
    currency: Text | None = Field(default=None, description="ISO 4217.")
    gross_amount: Money | None = Field(default=None, description="Before discounts, in the smallest unit.")
    net_amount: Money | None = Field(default=None, description="After discounts.")
    total_discount: Money | None = None
    total_bonus: Money | None = None
    discount_codes: Codes = Field(default=(), validation_alias="discount_code")
    discounts: list[BookedDiscount] | None = Field(
        default=None, description="All discounts that the discount lines refer to."
    )
    items: Annotated[tuple[ReceiptLine, ...], LinesInSlots(), NullMeans(())] = ()
    returns: list[Return] | None = Field(default=None, description="What came back after the purchase, in order.")

    _document: dict[str, Any] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: object) -> None:
        """Keeps the document, which the reader hands over as the context."""
        if isinstance(context, dict):
            self._document = context

    @property
    def document(self) -> dict[str, Any]:
        """The receipt exactly as it came, unknown fields included."""
        # Read where pydantic keeps it: its look-up of a private attribute takes twenty times as long.
        private: Any = self.__pydantic_private__
        document: dict[str, Any] = private["_document"]
        return document
