"""What a rule promises: one model per kind of value, told apart by `type` (SPEC section 6)."""

from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from rules.requirement import Matcher, Written
from rules.values import Count, Percent, Price

Matchers = Annotated[tuple[Matcher, ...], Field(min_length=1)]
Base = Annotated[Literal["gross", "net"], Field(description="gross: the price; net: less discounts already given.")]
Effect = Annotated[Literal["discount", "bonus"], Field(description="bonus: booked for later, prices stay.")]

AMOUNT_TYPES = ("discount_amount", "discount_item_new_price", "discount_mix_new_price", "discount_debit")
PERCENT_TYPES = ("discount_percent", "discount_item_percent")
COUNT_TYPES = ("discount_item_quantity",)
REWARD_TYPES = (*AMOUNT_TYPES, *PERCENT_TYPES, *COUNT_TYPES)


class AmountValue(Written):
    """The amount for units that one of the matchers accepts."""

    items: Matchers
    value: Price


class PercentValue(Written):
    """The percent for units that one of the matchers accepts."""

    items: Matchers
    value: Percent


class CountValue(Written):
    """A count by item, which no rule may have; read so that the fault can be named."""

    items: Matchers
    value: Count


class AmountReward(Written):
    """An amount off, a new price, or a balance, in the smallest unit."""

    type: Literal["discount_amount", "discount_item_new_price", "discount_mix_new_price", "discount_debit"]
    value: Price | None = None
    values: tuple[AmountValue, ...] = Field(
        default=(), description="The first entry that accepts a unit replaces value for it."
    )
    base: Base = "gross"
    effect: Effect = "discount"


class PercentReward(Written):
    """A percent off, exact to the last decimal written."""

    type: Literal["discount_percent", "discount_item_percent"]
    value: Percent | None = None
    values: tuple[PercentValue, ...] = Field(
        default=(), description="The first entry that accepts a unit replaces value for it."
    )
    base: Base = "gross"
    effect: Effect = "discount"


class CountReward(Written):
    """So many of the cheapest units free."""

    type: Literal["discount_item_quantity"]
    value: Count | None = None
    values: tuple[CountValue, ...] = ()
    base: Base = "gross"
    effect: Effect = "discount"


Reward: TypeAlias = AmountReward | PercentReward | CountReward
RewardValue: TypeAlias = AmountValue | PercentValue | CountValue
Value: TypeAlias = int | Decimal
