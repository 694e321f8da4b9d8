"""A grant: the record that a customer, or everyone, was given a rule (SPEC section 5)."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from rules.values import Count, Instant, Money, Name

EVERYONE = "*"


class Stored(BaseModel):
    """A part of a grant: frozen; fields that a store adds are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Stamp(Stored):
    """So many stamps, earned at one time."""

    at: Instant
    count: Count


class Statistics(Stored):
    """What was used of the grant before this purchase."""

    usage: Count = 0
    amount: Money = 0
    bonus: Money = 0
    stamp: Count = Field(default=0, description="Live stamps, where the grant carries no stamps with times.")
    debit_balance: Money | None = Field(default=None, description="What is left of a debit.")


class Grant(Stored):
    """One grant; `document` is the plain data it was read from, and is only read."""

    id: Name
    discount_id: Name = Field(description="The id of the rule.")
    customer_id: Name = Field(description='"*" is everyone.')
    created_at: Instant | None = None
    statistics: Statistics = Statistics()
    stamps: tuple[Stamp, ...] | None = Field(
        default=None, description="Stamps with their times; where given they count."
    )

    _document: dict[str, Any] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: object) -> None:
        """Keeps the document, which the reader hands over as the context."""
        if isinstance(context, dict):
            self._document = context

    @property
    def document(self) -> dict[str, Any]:
        """The grant exactly as it was given."""
        return self._document
