"""The fields of a receipt that are only typed, or asked for through patterns: checked here, read from the document.

Dictionaries rather than models, since nothing is kept of them but their faults.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Required

from pydantic_core import core_schema
from typing_extensions import TypedDict

from rules.values import Flag, Instant, Integer, Money, Name, Number, Text

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """Text or a list of texts, since the field that a pattern asks for may be a list (SPEC section 3)."""

    numbers: bool = False

    def __get_pydantic_core_schema__(self, _source: object, _handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """Plain text first: pydantic-core alone reads all of them."""
        text = core_schema.str_schema(strict=True)
        choices: list[CoreSchema | tuple[CoreSchema, str]] = [
            text,
            core_schema.none_schema(),
            core_schema.list_schema(text, strict=True),
        ]
        if self.numbers:
            choices[1:1] = [
                core_schema.int_schema(strict=True),
                core_schema.float_schema(allow_inf_nan=False, strict=True),
            ]
        return core_schema.custom_error_schema(
            core_schema.union_schema(choices, mode="left_to_right"),
            custom_error_type="texts",
            custom_error_message="text or a number is wanted" if self.numbers else "text is wanted, in quotes",
        )

    def __get_pydantic_json_schema__(self, _schema: "CoreSchema", _handler: "GetJsonSchemaHandler") -> dict[str, Any]:
        """The types that are read."""
        number = ["number"] if self.numbers else []
        return {"type": ["string", *number, "array", "null"], "items": {"type": "string"}}


Texts = Annotated[Any, OneOrMany()]
TextsOrNumber = Annotated[Any, OneOrMany(numbers=True)]
Object = dict[str, Any]


class Address(TypedDict, total=False):
    """An address of a store, a customer or a delivery."""

    address_line: Texts
    address_line_2: Texts
    postal_code: Texts
    postal_place: Texts
    country: Texts
    type: Texts
    custom_type: Texts


class Store(TypedDict, total=False):
    """Where the purchase was made."""

    id: Required[Name]
    name: Texts
    business_name: Texts
    address: Address | None
    chain: Texts
    email: Texts
    gln: Texts
    organization_number: Texts
    phone_number: Texts
    mcc: TextsOrNumber
    bax: Texts
    terminal_id: Texts
    payout_destination_id: Texts


class EnrolledBy(TypedDict, total=False):
    """What the customer enrolled by."""

    type: Texts
    value: Texts


class Company(TypedDict, total=False):
    """The customer's company; its name may be spelled either way."""

    bussiness_name: Texts
    business_name: Texts
    organization_number: Texts
    department: Texts
    industry: Texts
    website: Texts
    number_of_employees: TextsOrNumber


class Consent(TypedDict, total=False):
    """One consent, and when it was given."""

    consent: Flag | None
    updated_at: Instant | None


class MarketingConsent(TypedDict, total=False):
    """The consents to be written to."""

    sms: Consent | None
    email: Consent | None


class Term(TypedDict, total=False):
    """The terms the customer accepted."""

    id: Texts


class Token(TypedDict, total=False):
    """What identified the customer."""

    token_id: Texts
    value: Texts
    type: Texts


class Customer(TypedDict, total=False):
    """Who bought; `attributes` and `metadata` hold anything."""

    customer_id: Texts
    gender: Texts
    first_name: Texts
    last_name: Texts
    email: Texts
    phone_number: Texts
    metadata: Object | None
    attributes: Object | None
    addresses: list[Address] | None
    pays_tax: Flag | None
    date_of_birth: Texts
    enrolled_by: EnrolledBy | None
    favorite_store: Texts
    company: Company | None
    marketing_consent: MarketingConsent | None
    status: Texts
    term: Term | None
    type: Texts
    token: Token | None


class Delivery(TypedDict, total=False):
    """Where the goods go."""

    first_name: Text | None
    last_name: Text | None
    email: Text | None
    phone_number: Text | None
    address: Address | None


class InfocodeLine(TypedDict, total=False):
    """A remark of the till on a line, a payment or the receipt."""

    line_id: Integer | None
    amount: Money | None
    amount_dwh: Text | None
    infocode_id: Text | None
    sub_infocode_id: Text | None
    information: Text | None
    input_type: Integer | None
    withdrawal_from_stock: Flag | None


class TaxLine(TypedDict, total=False):
    """Tax of one group."""

    amount: Money | None
    amount_dwh: Text | None
    exempt: Flag | None
    included_in_price: Flag | None
    percentage: Number | None
    tax_basis: Money | None
    tax_basis_dwh: Text | None
    tax_code: Text | None
    tax_group: Text | None


class ExtraInfo(TypedDict, total=False):
    """A named value of the till's own."""

    key: Text | None
    value: Text | None
    value_type: Text | None


class Dimension(TypedDict, total=False):
    """What tells variants of an item apart."""

    color: Text | None
    size: Text | None
    style: Text | None
    config: Text | None
    variant: Text | None


class CardInfo(TypedDict, total=False):
    """The card that paid."""

    balance_amount: Money | None
    card_amount: Money | None
    issuer_id: Integer | None
    issuer_name: Text | None
    session_id: Text | None
    terminal_id: Text | None
    card_number: Text | None
    card_type: Text | None
    receipt: Text | None


class Payment(TypedDict, total=False):
    """One payment."""

    line_id: Integer | None
    amount: Money | None
    type_id: Text | None
    token_id: Text | None
    token_type: Text | None
    description: Text | None
    voided: Flag | None
    card_info: CardInfo | None
    reference_id: Text | None
    infocode_lines: list[InfocodeLine] | None


class LineRest(TypedDict, total=False):
    """The fields of a line that are only typed."""

    unit: Text | None
    description: Text | None
    description_alias: Text | None
    net_amount_dwh: Text | None
    gross_amount_dwh: Text | None
    unit_gross_price: Money | None
    tax_percent: Number | None
    barcode: Text | None
    cost_price: Money | None
    included_in_total_discount: Flag | None
    price_has_been_keyedIn: Flag | None
    discount_has_been_keyedIn: Flag | None
    is_linked_item: Flag | None
    is_virtual_product: Flag | None
    is_changed: Flag | None
    salesperson_id: Text | None
    salesperson_name: Text | None
    serial_id: Text | None
    comment: Text | None
    infocode_lines: list[InfocodeLine] | None
    tax_lines: list[TaxLine] | None
    dimension: Dimension | None
    extra_info: list[ExtraInfo] | None


class ReceiptRest(TypedDict, total=False):
    """The fields of a receipt that are only typed, its store and its customer."""

    store: Required[Store]
    customer: Customer | None
    delivery: Delivery | None
    items: list[LineRest] | None
    id: Text | None
    created_at: Instant | None
    created_by: Text | None
    updated_at: Instant | None
    deleted_at: Instant | None
    deleted_by: Text | None
    gross_amount_dwh: Text | None
    net_amount_dwh: Text | None
    round_off_to_coin: Integer | None
    order_number: Text | None
    transaction_date: Instant | None
    amount_due: Money | None
    amount_due_dwh: Text | None
    no_of_items: Number | None
    is_changed: Flag | None
    transaction_id: Text | None
    total_manual_discount_amount: Money | None
    total_manual_percentage_discount: Integer | None
    operator_id: Text | None
    operator_name: Text | None
    salesperson_id: Text | None
    salesperson_name: Text | None
    entry_status: Text | None
    comment: Text | None
    tax_lines: list[TaxLine] | None
    payments: list[Payment] | None
    infocode_items: list[InfocodeLine] | None
    receipt_text: Text | None
    extra_info: list[ExtraInfo] | None
