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
# Of the highest value of a rule and how often it is given at most, counted in sets where the rule forms sets and in
# units where not: the most that is given, None where goods bound it. So a kind that gives its value to each unit of a
# mix is not `_value_each_time`: its sets have several.
Bound: TypeAlias = Callable[[int | Decimal, int], MinorUnits | None]


class Kind(NamedTuple):
    """How one kind of reward is given.

    Its sets make an `offer` to the packing. Where they give a `sum`, that is distributed over what remains of all units
    they reward; else each unit gets its own value. A flat reward that is `even` takes the same off every unit, where so
    much remains.

    No kind gives more on a unit, or for the same units, when less of them remains: `selection.upper_bound` takes what a
    rule gives first for the most that it ever gives, and `selection.dominance` that one rule more never leaves more. It
    may give less, and so wins back part of an earlier discount that is left out: `regains` says how much. That is all
    of it, at a price that stays; its percent, where the base is net; or none, but where so little remains that the
    reward is cut short, as percents of the gross price are too.
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
