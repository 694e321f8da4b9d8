"""What a rule promises: one model per kind of value, told apart by `type` (SPEC section 6).

A kind of reward is one of the names that `type` may have. What the language says of each stands in one table here, and
what the engine does with it in another, `engine.rewards.kinds`; a kind that either lacks is an error of the type
checker.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias, assert_never, get_args

from pydantic import Field

from rules.requirement import Matcher, Written
from rules.values import Count, Percent, Price

Matchers = Annotated[tuple[Matcher, ...], Field(min_length=1)]
Base = Annotated[Literal["gross", "net"], Field(description="gross: the price; net: less discounts already given.")]
Effect = Annotated[Literal["discount", "bonus"], Field(description="bonus: booked for later, prices stay.")]

AmountKind: TypeAlias = Literal[
    "discount_amount", "discount_item_new_price", "discount_mix_new_price", "discount_debit"
]
PercentKind: TypeAlias = Literal["discount_percent", "discount_item_percent"]
CountKind: TypeAlias = Literal["discount_item_quantity"]
RewardKind: TypeAlias = AmountKind | PercentKind | CountKind

REWARD_KINDS: Final[tuple[RewardKind, ...]] = (*get_args(AmountKind), *get_args(PercentKind), *get_args(CountKind))


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

    type: AmountKind
    value: Price | None = None
    values: tuple[AmountValue, ...] = Field(
        default=(), description="The first entry that accepts a unit replaces value for it."
    )
    base: Base = "gross"
    effect: Effect = "discount"


class PercentReward(Written):
    """A percent off, exact to the last decimal written."""

    type: PercentKind
    value: Percent | None = None
    values: tuple[PercentValue, ...] = Field(
        default=(), description="The first entry that accepts a unit replaces value for it."
    )
    base: Base = "gross"
    effect: Effect = "discount"


class CountReward(Written):
    """So many of the cheapest units free."""

    type: CountKind
    value: Count | None = None
    values: tuple[CountValue, ...] = ()
    base: Base = "gross"
    effect: Effect = "discount"


Reward: TypeAlias = AmountReward | PercentReward | CountReward
RewardValue: TypeAlias = AmountValue | PercentValue | CountValue
Value: TypeAlias = int | Decimal


class KindTraits(NamedTuple):
    """What the language says of one kind of reward (SPEC sections 6 and 10).

    `value` is what `reward.value` states: money off, a percent off, how many units are free, what is left to pay, or
    the balance of a new grant, which pays. Checks and compilation go by it too: a percent is exact, and no more than
    all; a count is no more than its set; a price of 0 takes all, where any other 0 gives nothing; a balance has its
    turn last. A kind of which one of these does not hold needs a value of its own, and each `match` over it asks what
    that means there. `sets` says when an item rule without stamps forms sets, `needs` what goods the rule shall name,
    `on_receipt` whether a receipt rule gives it unit by unit or once, `by_item` where `reward.values` is allowed, and
    `order` when its turn comes among the flat rules, and among those on the receipt.
    """

    value: Literal["amount", "percent", "count", "price", "balance"]
    sets: Literal["never", "with mixes", "with mixes or a quantity", "always"]
    needs: Literal["nothing", "items or mixes", "mixes"]
    on_receipt: Literal["by unit", "once"]
    by_item: Literal["never", "flat or stamped", "flat, stamped or on the receipt", "always"]
    order: int

    @property
    def is_percent(self) -> bool:
        """Whether the value is a part of a hundred, which the engine counts over a denominator."""
        match self.value:
            case "percent":
                return True
            case "amount" | "count" | "price" | "balance":
                return False
            case _:
                assert_never(self.value)

    @property
    def is_balance(self) -> bool:
        """Whether the value is a balance, which pays after all discounts."""
        match self.value:
            case "balance":
                return True
            case "amount" | "percent" | "count" | "price":
                return False
            case _:
                assert_never(self.value)


def _traits(kind: RewardKind) -> KindTraits:
    match kind:
        case "discount_percent":
            return KindTraits("percent", "with mixes", "nothing", "by unit", "flat, stamped or on the receipt", 1)
        case "discount_amount":
            return KindTraits("amount", "with mixes or a quantity", "nothing", "once", "flat or stamped", 2)
        case "discount_item_new_price":
            return KindTraits("price", "with mixes", "items or mixes", "by unit", "flat or stamped", 0)
        case "discount_item_quantity":
            return KindTraits("count", "always", "items or mixes", "by unit", "never", 0)
        case "discount_item_percent":
            return KindTraits("percent", "always", "items or mixes", "by unit", "always", 0)
        case "discount_mix_new_price":
            return KindTraits("price", "with mixes", "mixes", "once", "never", 0)
        case "discount_debit":
            return KindTraits("balance", "never", "nothing", "once", "never", 0)
        case _:
            assert_never(kind)


_TRAITS: Final[Mapping[RewardKind, KindTraits]] = {kind: _traits(kind) for kind in REWARD_KINDS}


def traits_of(kind: RewardKind) -> KindTraits:
    """What the language says of a kind of reward."""
    return _TRAITS[kind]


def is_balance(kind: object) -> bool:
    """Whether what a document has as the type of its reward, which may be anything, pays with a balance."""
    return any(kind == known and traits.is_balance for known, traits in _TRAITS.items())
