"""What Open2b's receipts look like in answers, for the OpenAPI document."""

from typing import Any, get_args

from engine.settings import RoundingMode, RoundingRule
from rabatt.open2b.addresses import BillingAddress, SellerAddress, ShippingAddress
from rabatt.open2b.external_receipt import ExternalReceipt
from rabatt.open2b.goods import DiscountType
from rabatt.open2b.requests import MOST_DISCOUNTS, ReferenceType, Status
from rabatt.service.schemas.definitions import Schema, without_definitions

TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "integer", "minimum": 1}
AMOUNT: Schema = {"type": "number", "description": "Two decimals."}
PRICE: Schema = {"type": "number", "description": "Three decimals."}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"}


def or_null(schema: Schema) -> Schema:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def object_of(**properties: Schema) -> Schema:
    """An object of just these fields, all of them there."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


def list_of(schema: Schema, **more: Any) -> Schema:
    """A list."""
    return {"type": "array", "items": schema, **more}


TAXED = {"taxCode": TEXT, "taxRate": AMOUNT, "taxAmount": AMOUNT}
METHOD = or_null(object_of(id=or_null(ID), name=TEXT, cost=PRICE, **TAXED))
FIELDS: dict[str, Schema] = {
    "id": ID,
    "number": TEXT,
    "status": {"enum": list(get_args(Status))},
    "creationTime": TIME,
    "updateTime": TIME,
    "issueDate": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    "referenceType": or_null({"enum": list(get_args(ReferenceType))}),
    "referenceNumber": TEXT,
    "token": {"type": "string", "minLength": 32, "maxLength": 32},
    "customer": or_null(ID),
    "rounding": object_of(mode={"enum": list(get_args(RoundingMode))}, rule={"enum": list(get_args(RoundingRule))}),
    "locale": TEXT,
    "taxArea": ID,
    "items": list_of(
        object_of(
            id=ID,
            sku=TEXT,
            name=TEXT,
            quantity=AMOUNT,
            price=PRICE,
            totalPrice=AMOUNT,
            weight=PRICE,
            **TAXED,
            requests=TEXT,
        )
    ),
    "prediscountSubtotal": AMOUNT,
    "taxedPrediscountSubtotal": AMOUNT,
    "discounts": list_of(object_of(type={"enum": list(get_args(DiscountType))}, value=PRICE), maxItems=MOST_DISCOUNTS),
    "discountsIncludeTaxes": {"type": "boolean"},
    "subtotal": AMOUNT,
    "taxedSubtotal": AMOUNT,
    "shippingMethod": METHOD,
    "paymentMethod": METHOD,
    "taxes": list_of(object_of(code=TEXT, name=TEXT, rate=AMOUNT, taxableTotal=AMOUNT, amount=AMOUNT)),
    "taxAmount": AMOUNT,
    "total": AMOUNT,
    "taxedTotal": AMOUNT,
    "quantity": AMOUNT,
    "weight": PRICE,
    "customerName": TEXT,
    "billingAddress": without_definitions(BillingAddress.model_json_schema()),
    "shippingAddress": or_null(without_definitions(ShippingAddress.model_json_schema())),
    "sellerAddress": without_definitions(SellerAddress.model_json_schema()),
    "terms": TEXT,
    "labels": list_of({"type": "integer", "minimum": 1, "maximum": 64}),
}
RECEIPT: Schema = {
    "type": "object",
    "description": "All fields but `labels`, or those that were asked for.",
    "properties": FIELDS,
    "additionalProperties": False,
}
OK: Schema = {"const": "ok"}


BROUGHT: Schema = {
    "description": "A receipt as commerce.receipts.get answers it: the answer whole, or the receipt alone.",
    "anyOf": [
        {
            "type": "object",
            "required": ["receipt"],
            "properties": {"receipt": {"$ref": "#/components/schemas/Open2bBroughtReceipt"}},
        },
        {"$ref": "#/components/schemas/Open2bBroughtReceipt"},
    ],
}
RECEIPT_REF: Schema = {"$ref": "#/components/schemas/Open2bReceipt"}


def add_open2b_schemas(schemas: dict[str, Schema]) -> None:
    """Add what the routes refer to."""
    schemas["Open2bReceipt"] = RECEIPT
    schemas["Open2bBroughtReceipt"] = without_definitions(ExternalReceipt.model_json_schema())


def answer(**properties: Schema) -> dict[str, Any]:
    """What a good answer holds beside its `status`."""
    return {"application/json": {"schema": object_of(status=OK, **properties)}}
