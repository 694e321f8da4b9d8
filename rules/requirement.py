"""What must hold for a rule to apply: customer, store, items and mixes, codes, amounts, stamps (SPEC section 4)."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from rules.codes import CodePattern
from rules.pattern import MccPattern, Pattern, PatternElement
from rules.values import Code, Count, CountFromOne, Flag, Instant, Price, Text

FieldPattern: TypeAlias = tuple[tuple[str, ...], tuple[PatternElement, ...]]

EVERY_LINE = "*"
ANY_ITEM = "ANY_ITEM"


class Written(BaseModel):
    """A part of a rule as it is written: frozen, and without room for unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PatternFields(Written):
    """An object whose fields are patterns, or objects of patterns in their turn."""

    spelled_alike: ClassVar[dict[str, str]] = {}
    not_patterns: ClassVar[frozenset[str]] = frozenset()

    def patterns(self) -> tuple[FieldPattern, ...]:
        """Every pattern that is given, with its path in the receipt's object."""
        return tuple(self._patterns())

    def _patterns(self) -> Iterator[FieldPattern]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in self.not_patterns or not value:
                continue
            name = self.spelled_alike.get(name, name)  # noqa: PLW2901 - one field, two spellings
            match value:
                case PatternFields():
                    yield from (((name, *path), pattern) for path, pattern in value.patterns())
                case dict():
                    yield from (((name, key), pattern) for key, pattern in value.items() if pattern)
                case _:
                    yield (name,), value


class AddressRequirement(PatternFields):
    """Patterns on one address: some address of the customer agrees with all of them."""

    address_line: Pattern = ()
    address_line_2: Pattern = ()
    postal_code: Pattern = ()
    postal_place: Pattern = ()
    country: Pattern = ()
    type: Pattern = ()
    custom_type: Pattern = ()


class CompanyRequirement(PatternFields):
    """Patterns on the customer's company."""

    spelled_alike: ClassVar[dict[str, str]] = {"business_name": "bussiness_name"}

    bussiness_name: Pattern = Field(
        default=(), description="The company's name, spelled as in the API; business_name is read too."
    )
    business_name: Pattern = ()
    department: Pattern = ()
    industry: Pattern = ()
    number_of_employees: Pattern = ()
    organization_number: Pattern = ()
    website: Pattern = ()


class EnrolledByRequirement(PatternFields):
    """Patterns on what the customer enrolled by."""

    type: Pattern = ()
    value: Pattern = ()


class ConsentRequirement(PatternFields):
    """Patterns on one consent."""

    consent: Pattern = ()
    updated_at: Pattern = ()


class MarketingConsentRequirement(PatternFields):
    """Patterns on the consents to be written to."""

    email: ConsentRequirement | None = None
    sms: ConsentRequirement | None = None


class TermRequirement(PatternFields):
    """Patterns on the terms the customer accepted."""

    id: Pattern = ()


class TokenRequirement(PatternFields):
    """Patterns on the customer's token."""

    token_id: Pattern = ()
    value: Pattern = ()
    type: Pattern = ()


class CustomerRequirement(PatternFields):
    """Patterns on the receipt's customer, nested objects field by field."""

    not_patterns: ClassVar[frozenset[str]] = frozenset({"addresses"})

    addresses: tuple[AddressRequirement, ...] = Field(
        default=(), description="One that agrees with one address is enough."
    )
    company: CompanyRequirement | None = None
    customer_id: Pattern = ()
    date_of_birth: Pattern = Field(default=(), description="YYYY-MM-DD; the place for age and birthday.")
    email: Pattern = ()
    enrolled_by: EnrolledByRequirement | None = None
    favorite_store: Pattern = ()
    first_name: Pattern = ()
    gender: Pattern = ()
    last_name: Pattern = ()
    marketing_consent: MarketingConsentRequirement | None = None
    pays_tax: Pattern = ()
    phone_number: Pattern = ()
    status: Pattern = ()
    term: TermRequirement | None = None
    token: TokenRequirement | None = None
    type: Pattern = ()
    attributes: dict[str, Pattern] = Field(
        default_factory=dict, description="On customer.attributes of the receipt, else on customer.metadata."
    )
    metadata: dict[str, Pattern] = Field(default_factory=dict)


class StoreAddressRequirement(PatternFields):
    """Patterns on the store's address."""

    address_line: Pattern = ()
    address_line_2: Pattern = ()
    country: Pattern = ()
    postal_code: Pattern = ()
    postal_place: Pattern = ()


class MccRange(Written):
    """Merchant category codes from `start` to `end`, both included."""

    start: Code
    end: Code


class StoreRequirement(PatternFields):
    """Patterns on the receipt's store; `mcc` and `mcc_ranges` are one requirement."""

    not_patterns: ClassVar[frozenset[str]] = frozenset({"mcc", "mcc_ranges"})

    id: Pattern = ()
    name: Pattern = ()
    business_name: Pattern = ()
    address: StoreAddressRequirement | None = None
    chain: Pattern = ()
    email: Pattern = ()
    gln: Pattern = ()
    organization_number: Pattern = ()
    phone_number: Pattern = ()
    mcc: MccPattern = Field(default=(), description="Merchant category codes, ISO 18245; padded to four digits.")
    mcc_ranges: tuple[MccRange, ...] = Field(default=(), description="Both ends included; one requirement with mcc.")
    bax: Pattern = ()
    terminal_id: Pattern = ()
    payout_destination_id: Pattern = ()


class Matcher(Written):
    """Accepts a line when every id that it names is the line's."""

    id: Text | None = Field(
        default=None, description='The line\'s id; "*" accepts every line, "ANY_ITEM" every one left over.'
    )
    group_id: Text | None = Field(default=None, description="The id of one of the line's groups.")


class Mix(Written):
    """One part of a set: so many units that match one of the matchers."""

    quantity: CountFromOne = 1
    reward_eligible: Flag = Field(default=True, description="False: these units are needed, but not rewarded.")
    items: Annotated[tuple[Matcher, ...], Field(min_length=1)]


class ItemRequirement(Written):
    """Which units the rule is about, and how many of them it wants."""

    items: tuple[Matcher, ...] = Field(default=(), description="One matcher that accepts is enough.")
    quantity: Count = Field(default=0, description="Units that must qualify; 0 is one.")
    mixes: tuple[Mix, ...] = Field(default=(), description="Together they form one set; no unit is used twice.")


class Requirement(Written):
    """All that must hold; what is left out holds."""

    purchase_from: Instant | None = None
    purchase_to: Instant | None = None
    customer: CustomerRequirement | None = None
    store_ids: tuple[Text, ...] = Field(default=(), description='Ids of stores; "*" is every store.')
    store: StoreRequirement | None = None
    gross_amount: Price | None = Field(default=None, description="The least gross amount of the receipt.")
    net_amount: Price | None = Field(default=None, description="The least net amount of the receipt.")
    currencies: Pattern = ()
    discount_code: CodePattern = Field(
        default=(),
        description="A code on the receipt, or the id of one of its lines; or a pattern on the receipt's codes. "
        "Compared in normal form C, without blanks around.",
    )
    item: ItemRequirement = ItemRequirement()
    stamp: Count = Field(default=0, description="Stamps that buy one reward; 0 is none.")
