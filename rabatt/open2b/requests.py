"""The bodies of `commerce.receipts.*`, their fields to the letter; the catalogue has its say elsewhere."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from engine.settings import RoundingMode, RoundingRule
from rabatt.open2b.addresses import BillingAddress, SellerAddress, ShippingAddress
from rabatt.open2b.field_types import (
    Characters,
    Cost,
    Day,
    DayOfCondition,
    DiscountValue,
    Id,
    IdOrZero,
    Label,
    Price,
    Quantity,
    StrictModel,
    Text32,
    Time,
    TimeOrNothing,
)
from rabatt.open2b.goods import DiscountType
from rules.values import LARGEST, Whole, refusal

MOST_DISCOUNTS = 5
# Of identifiers in one request.
MOST_IDS = 1_000
# Receipts in one answer where the request does not say, as on every page of the service.
USUAL_FOUND = 100
WHOLE = 100

Status: TypeAlias = Literal["Open", "Sent", "Disputed", "Archived", "Cancelled"]
ReferenceType: TypeAlias = Literal[
    "Order", "Quote", "Invoice", "ShippingInvoice", "Proforma", "CreditNote", "Receipt", "PackingSlip"
]
Order: TypeAlias = Literal[
    "id",
    "-id",
    "number",
    "-number",
    "status",
    "-status",
    "creationTime",
    "-creationTime",
    "updateTime",
    "-updateTime",
    "issueDate",
    "-issueDate",
    "total",
    "-total",
    "taxedTotal",
    "-taxedTotal",
    "customerName",
    "-customerName",
]
FieldName: TypeAlias = Literal[
    "id",
    "number",
    "status",
    "creationTime",
    "updateTime",
    "issueDate",
    "referenceType",
    "referenceNumber",
    "token",
    "customer",
    "rounding",
    "locale",
    "taxArea",
    "items",
    "prediscountSubtotal",
    "taxedPrediscountSubtotal",
    "discounts",
    "discountsIncludeTaxes",
    "subtotal",
    "taxedSubtotal",
    "shippingMethod",
    "paymentMethod",
    "taxes",
    "taxAmount",
    "total",
    "taxedTotal",
    "quantity",
    "weight",
    "customerName",
    "billingAddress",
    "shippingAddress",
    "sellerAddress",
    "terms",
    "labels",
]
Ids = Annotated[list[Id], Field(max_length=MOST_IDS)]
ReceiptNumber = Annotated[str, Characters(1, 32)]


class RoundingPolicy(StrictModel):
    """How amounts become cents, and what is rounded."""

    mode: RoundingMode
    rule: RoundingRule


class NewItem(StrictModel):
    """A line of goods."""

    sku: Annotated[str, Characters(0, 40)] = ""
    name: Annotated[str, Characters(0, 255)] = ""
    quantity: Quantity = Decimal("1.00")
    price: Price = Decimal("0.000")
    weight: Cost = Decimal("0.000")
    taxClass: Id | None = None
    requests: Annotated[str, Characters(0, 255, long=True)] = ""


class ChangedItem(NewItem):
    """A line of goods that may be one that is there: then what is left out stays as it is."""

    id: Id | None = None


class NewDiscount(StrictModel):
    """A discount, off what the ones before it leave."""

    type: DiscountType
    value: DiscountValue = Field(description="Above 0, and for PercentOff 100 at most.")

    @model_validator(mode="after")
    def is_no_more_than_all(self) -> "NewDiscount":
        """Refuse to take off more than a hundred percent."""
        if self.type == "PercentOff" and self.value > WHOLE:
            raise refusal("value", "a percentage is 100 at most", below=("value",))
        return self


class ReceiptFields(StrictModel):
    """What a receipt is made or changed with; `taxArea` is that of the source's notes, `labels` our own addition."""

    number: Text32 = ""
    status: Status = "Open"
    creationTime: TimeOrNothing = None
    issueDate: Day | None = Field(default=None, description="The day of creation where left out.")
    referenceType: ReferenceType | None = None
    referenceNumber: Text32 = ""
    customer: Id | None = None
    rounding: RoundingPolicy | None = Field(default=None, description="That of the catalogue where left out.")
    locale: str | None = Field(
        default=None, json_schema_extra={"pattern": "^[a-z]{2}(-[A-Z]{2})?$"}, description="en, or en-GB."
    )
    taxArea: Id | None = Field(default=None, description="That of the addresses where left out.")
    discounts: list[NewDiscount] = Field(default=[], json_schema_extra={"maxItems": MOST_DISCOUNTS})
    discountsIncludeTaxes: bool = False
    shippingMethod: Id | None = None
    shippingCost: Cost | None = None
    paymentMethod: Id | None = None
    paymentCost: Cost | None = None
    shippingAddress: ShippingAddress | None = None
    sellerAddress: SellerAddress | None = None
    terms: Annotated[str, Characters(0, 65_535, long=True)] = ""
    labels: list[Label] = Field(default=[], max_length=64, description="By which it is found; our own addition.")

    @property
    def seller(self) -> SellerAddress | None:
        """The seller's address."""
        return self.sellerAddress

    @property
    def seller_name(self) -> str:
        """The name by which it is given."""
        return "sellerAddress"


class ReceiptToCreate(ReceiptFields):
    """A receipt to make."""

    items: list[NewItem] = Field(default=[])
    billingAddress: BillingAddress


class ReceiptToUpdate(ReceiptFields):
    """What of a receipt is changed: the fields that are given. `sellingAddress` is here the source's word."""

    items: list[ChangedItem] = Field(default=[])
    billingAddress: BillingAddress | None = None
    sellingAddress: SellerAddress | None = None

    @model_validator(mode="after")
    def has_one_seller(self) -> "ReceiptToUpdate":
        """Refuse two addresses of the one seller."""
        if self.sellerAddress and self.sellingAddress:
            sentence = "this is sellerAddress by another name, and that is given too; leave one of them out"
            raise refusal("seller", sentence, below=("sellingAddress",))
        return self

    @property
    def seller(self) -> SellerAddress | None:
        """The seller's address by either of its names."""
        return self.sellerAddress or self.sellingAddress

    @property
    def seller_name(self) -> str:
        """The name by which it is given."""
        return "sellerAddress" if self.sellerAddress else "sellingAddress"


class CreateRequest(StrictModel):
    """`commerce.receipts.create`."""

    receipt: ReceiptToCreate


class UpdateRequest(StrictModel):
    """`commerce.receipts.update`."""

    id: Id
    receipt: ReceiptToUpdate


class DeleteRequest(StrictModel):
    """`commerce.receipts.delete`."""

    ids: Ids


class GetRequest(StrictModel):
    """`commerce.receipts.get`."""

    id: Id
    fields: list[FieldName] | None = None


class Conditions(StrictModel):
    """Which receipts are meant: those that meet all of these."""

    ids: Ids | None = None
    status: list[Status] | None = None
    fromNumber: ReceiptNumber | None = None
    toNumber: ReceiptNumber | None = None
    fromCreationTime: Time | None = None
    toCreationTime: Time | None = None
    fromUpdateTime: Time | None = None
    toUpdateTime: Time | None = None
    fromIssueDate: DayOfCondition | None = None
    toIssueDate: DayOfCondition | None = None
    customer: Id | None = None
    address: Annotated[str, Characters(1, 30)] | None = None
    labels: list[Label] | None = None
    after: IdOrZero | None = None


class CountRequest(StrictModel):
    """`commerce.receipts.count`."""

    conditions: Conditions = Conditions()


class FindRequest(StrictModel):
    """`commerce.receipts.find`."""

    conditions: Conditions = Conditions()
    fields: list[FieldName] | None = None
    order: list[Order] = Field(default=[], max_length=18)
    limit: Annotated[int, Whole(1, LARGEST, f"a limit is a whole number from 1 to {LARGEST}")] = USUAL_FOUND
    first: IdOrZero = 0
