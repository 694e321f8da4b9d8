"""How often, when and beside what else a rule may be used (SPEC section 5)."""

from typing import Literal, TypeAlias

from pydantic import Field

from rules.requirement import Matcher, Written
from rules.values import Clock, Days, Limit, Text, Zone

ReturnPolicy: TypeAlias = Literal["as_paid", "spread", "re_evaluate"]
Eligibility: TypeAlias = Literal[
    "item_eligible_for_discount", "item_eligible_for_discount_no_discount", "receipt_no_discount"
]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Period(Written):
    """Hours of one day of the week, in minutes after midnight, both ends included; `start > end` runs into the next."""

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    start: Clock
    end: Clock


class DiscountHours(Written):
    """The periods in which a purchase counts; none given is no limit."""

    hours: tuple[Period, ...] = ()
    timezone: Zone | None = Field(default=None, description="A name from the time zone database; UTC where left out.")


class Activation(Written):
    """A rule of the set that, while active, switches this one off."""

    type: Literal["deactivate_if_discount_active"]
    value: Text = Field(description="The id of the other rule.")


class Limitation(Written):
    """All limits of a rule; -1 is none."""

    discount_hours: DiscountHours | None = None
    discount_repeat_usage: Limit = Field(default=-1, description="Purchases per grant.")
    discount_reward_usage: Limit = Field(default=-1, description="Rewards in one purchase.")
    discount_combination: Limit = Field(default=-1, description="Other discounts in the same purchase; 0 is alone.")
    discount_eligible: Eligibility = Field(
        default="item_eligible_for_discount",
        description="What lines or receipts that carry discounts mean for the rule.",
    )
    dynamic_purchase_to_days: Days = Field(default=-1, description="Days after the grant was created.")
    stamp_expire_days: Days = Field(default=-1, description="Days after which a stamp no longer counts.")
    discount_activation: tuple[Activation, ...] = ()
    return_policy: ReturnPolicy | None = Field(
        default=None,
        description="What becomes of the discount when goods come back; the engine's setting where left out.",
    )
    blacklist: tuple[Matcher, ...] = Field(default=(), description="Lines that are left out.")
