"""A receipt of Open2b's that is not kept here: read as it comes, as far as its amounts and its customer go."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from rabatt.open2b.error_rows import NotTaken
from rabatt.open2b.field_types import Cost, Id, Price, Quantity, Rate, Time
from rabatt.open2b.goods import Discount, GoodsLine, Rounding, Tax
from rabatt.open2b.mark import MARK, Mark
from rabatt.open2b.requests import MOST_DISCOUNTS, NewDiscount, RoundingPolicy
from rabatt.open2b.stored_receipt import totals_of
from rabatt.open2b.totals import Charge, Totals
from rules import Fault, Refused
from rules.refuse import faults_of
from rules.validate import Faulty, reader_of

ENVELOPE = "receipt"


class ExternalPart(BaseModel):
    """A part of a receipt that comes as it may: only what is read is looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class ExternalTax(ExternalPart):
    """What an item or a method is taxed with."""

    taxCode: str = ""
    taxRate: Rate = Decimal("0.00")


class ExternalItem(ExternalTax):
    """A line of goods."""

    sku: str = ""
    name: str = ""
    quantity: Quantity
    price: Price
    weight: Cost = Decimal("0.000")


class ExternalMethod(ExternalTax):
    """Shipping or payment."""

    cost: Cost


class ExternalTaxClass(ExternalPart):
    """A tax class, for its name."""

    code: str
    name: str = ""
    rate: Rate


class ExternalAddress(ExternalPart):
    """Who pays, or who sells."""

    firstName: str | None = None
    lastName: str | None = None
    companyName: str | None = None
    companyCode: str | None = None
    street1: str | None = None
    street2: str | None = None
    city: str | None = None
    postalCode: str | None = None
    country: str | None = None
    phoneNumber: str | None = None
    email: str | None = None


class ExternalReceipt(ExternalPart):
    """A receipt as `get` answers it; it needs no more than its items and its time of creation."""

    id: Id | None = None
    number: str = ""
    token: str = ""
    creationTime: Time
    customer: Id | None = None
    rounding: RoundingPolicy = RoundingPolicy(mode="HalfUp", rule="PerLine")
    items: list[ExternalItem]
    discounts: Annotated[list[NewDiscount], Field(max_length=MOST_DISCOUNTS)] = Field(default=[])
    discountsIncludeTaxes: bool = False
    shippingMethod: ExternalMethod | None = None
    paymentMethod: ExternalMethod | None = None
    taxes: list[ExternalTaxClass] = Field(default=[])
    billingAddress: ExternalAddress | None = None
    sellerAddress: ExternalAddress | None = None
    terms: str = ""
    rabatt: Mark | None = Field(default=None, description="Which discounts are ours: our own field of an answer.")

    def totals(self, discounts: Sequence[Discount]) -> Totals:
        """Every total with these discounts; Refused where one of them finds nothing, or a field has no room."""
        try:
            return totals_of(
                [self.line_of(item) for item in self.items],
                discounts,
                self.charge_of(self.shippingMethod),
                self.charge_of(self.paymentMethod),
                self.policy,
                discounts_include_taxes=self.discountsIncludeTaxes,
            )
        except NotTaken as why:
            raise Refused(Fault(row.field, row.description) for row in why.rows) from None

    def tax_of(self, part: ExternalTax) -> Tax:
        """The tax of an item or a method, with the name that the receipt has for its class."""
        return Tax(part.taxCode, self.class_names.get((part.taxCode, part.taxRate), ""), part.taxRate)

    @cached_property
    def class_names(self) -> dict[tuple[str, Decimal], str]:
        """The names of its tax classes by code and rate; of two the first."""
        return {(each.code, each.rate): each.name for each in reversed(self.taxes)}

    def line_of(self, item: ExternalItem) -> GoodsLine:
        """What the arithmetic asks of an item."""
        return GoodsLine(item.quantity, item.price, self.tax_of(item), item.weight)

    def charge_of(self, method: ExternalMethod | None) -> Charge | None:
        """What the arithmetic asks of a method."""
        return Charge(method.cost, self.tax_of(method)) if method else None

    @property
    def policy(self) -> Rounding:
        """How its amounts are rounded."""
        return Rounding(self.rounding.mode, self.rounding.rule)

    @property
    def own_discounts(self) -> list[Discount]:
        """The discounts that it has of its own."""
        return [Discount(one.type, one.value) for one in self.discounts]


class ExternalDocument(NamedTuple):
    """A receipt with the document that it is part of: the receipt itself, or an object that has it as `receipt`."""

    receipt: ExternalReceipt
    document: dict[str, Any]

    @property
    def is_wrapped(self) -> bool:
        """Whether the document has the receipt as one of its fields, as the answer of `get` does."""
        return is_envelope(self.document)

    @property
    def own_document(self) -> dict[str, Any]:
        """The document of the receipt alone."""
        inner: dict[str, Any] = self.document[ENVELOPE] if self.is_wrapped else self.document
        return inner

    def with_receipt(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """The document with another receipt in its place."""
        return {**self.document, ENVELOPE: receipt} if self.is_wrapped else receipt

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Faults of the receipt become faults of the document: their paths begin where the receipt is in it."""
        try:
            yield
        except Refused as refused:
            if not self.is_wrapped:
                raise
            faults = [fault.at(f"{ENVELOPE}.{fault.path}") for fault in refused.faults]
            raise Refused(faults) from None

    def without_ours(self) -> "ExternalDocument":
        """The same without what an answer of ours put on it; Refused where that is no longer what it ends with."""
        mark = self.receipt.rabatt
        if mark is None:
            return self
        with self.placed():
            discounts, terms = mark.taken_off(self.receipt.discounts, self.receipt.terms)
        document = {name: value for name, value in self.own_document.items() if name != MARK}
        document["discounts"] = document.get("discounts", [])[: len(discounts)]
        document["terms"] = terms
        receipt = self.receipt.model_copy(update={"discounts": discounts, "terms": terms, MARK: None})
        return ExternalDocument(receipt, self.with_receipt(document))


def is_envelope(document: dict[str, Any]) -> bool:
    """Whether it is an object around a receipt, which may be null: then nobody has it."""
    return ENVELOPE in document


def read_external(data: Any) -> ExternalDocument:
    """The receipt of plain data with exact decimals, without what is ours on it; Refused with every fault."""
    if not isinstance(data, dict):
        raise Refused([Fault("", "a receipt is an object")])
    inner, place = (data[ENVELOPE], (ENVELOPE,)) if is_envelope(data) else (data, ())
    try:
        read = ExternalDocument(reader_of(ExternalReceipt).read(inner), data)
    except Faulty as faulty:
        raise Refused(faults_of(faulty, ExternalReceipt, place)) from None
    return read.without_ours()
