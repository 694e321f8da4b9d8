"""The kinds of reward as the engine gives them: one table; a kind that it lacks is an error of the type checker.

What the language says of a kind is in `rules.reward`; what one unit is given, in `unit_value`.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple, TypeAlias, assert_never

from engine.basket.basket import Basket
from engine.compiled.rule import CompiledRule
from engine.money import MinorUnits
from engine.packing.problem import Offer, Part
from engine.rewards.offers import UnitClasses, amount_per_set, each_unit, free_units, percent_of_cheapest, price_of_set
from rules.reward import REWARD_KINDS, RewardKind

# Of a rule, the parts of its sets, and the classes of units: what its sets are worth, on a scale.
MakeOffer: TypeAlias = Callable[[CompiledRule, tuple[Part, ...], UnitClasses, Basket, int], Offer]
# Of the highest value of a rule and how often it is given at most: the most that is given, None where goods bound it.
Bound: TypeAlias = Callable[[int | Decimal, int], MinorUnits | None]


class Kind(NamedTuple):
    """How one kind of reward is given.

    Its sets make an `offer` to the packing. Where they give a `sum`, that is laid over what remains of all units they
    reward; else each unit gets its own value. A flat reward that is `even` takes the same off every unit, where so much
    remains. What an earlier discount takes away, a later reward wins back: `regains` says how much of it.
    """

    offer: MakeOffer
    gives_sum: bool
    is_even: bool
    regains: Literal["all", "its percent", "where little remains"]
    most: Bound


def _value_each_time(highest: int | Decimal, rewards: int) -> MinorUnits | None:
    return int(highest) * rewards


def _price_of_goods(highest: int | Decimal, rewards: int) -> MinorUnits | None:
    return None if highest and rewards else 0


def _unbounded(_highest: int | Decimal, rewards: int) -> MinorUnits | None:
    return None if rewards else 0


def _kind(kind: RewardKind) -> Kind:
    match kind:
        case "discount_percent":
            return Kind(each_unit, False, False, "its percent", _price_of_goods)
        case "discount_amount":
            return Kind(amount_per_set, True, True, "where little remains", _value_each_time)
        case "discount_item_new_price":
            return Kind(each_unit, False, False, "all", _unbounded)
        case "discount_item_quantity":
            return Kind(free_units, False, False, "all", _price_of_goods)
        case "discount_item_percent":
            return Kind(percent_of_cheapest, False, False, "its percent", _price_of_goods)
        case "discount_mix_new_price":
            return Kind(price_of_set, True, False, "all", _unbounded)
        case "discount_debit":
            # Forms no sets, and the balance of its grant bounds it, which may have been moved in from elsewhere.
            return Kind(each_unit, True, False, "where little remains", _unbounded)
        case _:
            assert_never(kind)


_KINDS: Final[Mapping[RewardKind, Kind]] = {kind: _kind(kind) for kind in REWARD_KINDS}


def kind_of(rule: CompiledRule) -> Kind:
    """Return how the kind of a rule's reward is given."""
    return _KINDS[rule.kind]


def most_of_kind(kind: RewardKind, values: Sequence[int | Decimal], rewards: int) -> MinorUnits | None:
    """Return the most that so many rewards of a kind give, for the values of a rule; None where goods bound it."""
    return _KINDS[kind].most(max(values, default=0), rewards)
