"""Step 1 of the selection: all sets of all set-forming rules together (SPEC 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations

from tests.reference.basket import Basket, Unit
from tests.reference.kinds import NOTHING
from tests.reference.rule import Document, Rule

Remaining = dict[Unit, int]


@dataclass(frozen=True)
class Set:
    """The units that one application of a rule uses up, those it rewards, and what it is worth."""

    rule: int
    used: tuple[Unit, ...]
    rewarded: tuple[Unit, ...]
    amount: Fraction


def base_of(rule: Rule, unit: Unit, remaining: Remaining) -> int:
    """Return what a reward is computed on."""
    return remaining[unit] if rule.is_on_net else unit.price


def cheapest(rule: Rule, units: list[Unit], remaining: Remaining) -> list[Unit]:
    """Return the units from the cheapest on, by base; among equals the earlier first."""
    return sorted(units, key=lambda unit: (base_of(rule, unit, remaining), unit))


def reward_on_unit(rule: Rule, basket: Basket, unit: Unit, remaining: Remaining) -> Fraction:
    """Return what a rule gives on one unit: percent, amount, new price, or the whole of it."""
    value = rule.value_on(basket.line_of(unit))
    if value is None:
        return NOTHING
    amount = rule.kind.of_unit(value, base_of(rule, unit, remaining), remaining[unit])
    return amount if rule.is_bonus else min(amount, Fraction(remaining[unit]))


def reward_of_set(rule: Rule, basket: Basket, units: list[Unit], remaining: Remaining) -> tuple[list[Unit], Fraction]:
    """Return which of a set's units are rewarded, and with how much before rounding."""
    if not units:
        return units, NOTHING
    if rule.kind.of_set is not None:
        worth = sum(remaining[unit] for unit in units)
        amount = rule.kind.of_set(rule.value or NOTHING, worth, worth)
        return units, amount if rule.is_bonus else min(amount, Fraction(worth))
    if rule.kind.rewarded != "all":
        units = cheapest(rule, units, remaining)[: units_at_a_time(rule)]
    return units, sum((reward_on_unit(rule, basket, unit, remaining) for unit in units), NOTHING)


def units_at_a_time(rule: Rule) -> int:
    """Return the units that one reward of the cheapest goes to, and one that stamps buy."""
    return int(rule.value or 0) if rule.kind.rewarded == "as many as the value" else 1


def ways_to_fill(
    mixes: list[Document], basket: Basket, free: list[Unit]
) -> Iterator[tuple[tuple[Unit, ...], tuple[Unit, ...]]]:
    """Yield every way to form one set: the units used, and those of reward-eligible mixes."""
    if not mixes:
        yield (), ()
        return
    mix, others = mixes[0], mixes[1:]
    for chosen in combinations(basket.matching(free, mix["items"]), int(mix.get("quantity", 1))):
        rest = [unit for unit in free if unit not in chosen]
        for used, eligible in ways_to_fill(others, basket, rest):
            is_eligible = mix.get("reward_eligible") is not False
            yield chosen + used, chosen + eligible if is_eligible else eligible


def possible_sets(place: int, rule: Rule, basket: Basket, left: list[Unit], remaining: Remaining) -> set[Set]:
    """Return every set that a rule could form of the units left, and that gives something."""
    if rule.mixes:
        ways = set(ways_to_fill(rule.mixes, basket, left))
    else:
        units = basket.matching(left, rule.items)
        ways = {(used, used) for used in combinations(units, rule.quantity)}
    found = set()
    for used, eligible in ways:
        rewarded, amount = reward_of_set(rule, basket, sorted(eligible), remaining)
        # A set that gives nothing is never formed, because fewer sets win a tie.
        if amount > 0:
            found.add(Set(place, tuple(sorted(used)), tuple(sorted(rewarded)), amount))
    return found


def best_sets(rules: list[Rule], basket: Basket, left: list[list[Unit]], remaining: Remaining) -> list[Set]:
    """Return the sets that together are worth the most, given the units left for each rule.

    Every packing of the units is tried; those with the same units free are compared once.
    """
    sets = [
        possible
        for place, rule in enumerate(rules)
        for possible in possible_sets(place, rule, basket, left[place], remaining)
    ]
    limits = tuple(rule.limit("discount_reward_usage") for rule in rules)
    containing = {unit: [possible for possible in sets if possible.used[0] == unit] for unit in basket.units}

    @cache
    def best(free: tuple[Unit, ...], allowed: tuple[int | None, ...]) -> tuple[Set, ...]:
        """Return the best packing of the free units; the first of them is in a set, or in none."""
        if not free:
            return ()
        packings = [best(free[1:], allowed)]
        for possible in containing[free[0]]:
            if allowed[possible.rule] != 0 and set(possible.used) <= set(free):
                rest = tuple(unit for unit in free if unit not in possible.used)
                packings.append((possible, *best(rest, one_less(allowed, possible.rule))))
        return min(packings, key=lambda packing: order_of(packing, len(rules)))

    return list(best(tuple(basket.units), limits))


def one_less(allowed: tuple[int | None, ...], place: int) -> tuple[int | None, ...]:
    """Return the sets allowed by rule after one more of a rule."""
    return tuple(
        number - 1 if number is not None and other == place else number for other, number in enumerate(allowed)
    )


def order_of(packing: tuple[Set, ...], count: int) -> tuple[object, ...]:
    """Return the key by which the best packing is the smallest.

    It can be asked of a part of the units: what is added to two packings alike never turns them round.
    """
    of_rule = [[chosen for chosen in packing if chosen.rule == place] for place in range(count)]
    return (
        -sum((chosen.amount for chosen in packing), NOTHING),
        len(packing),
        [-len(chosen) for chosen in of_rule],
        [sorted(unit for one in chosen for unit in one.used) for chosen in of_rule],
        [sorted(unit for one in chosen for unit in one.rewarded) for chosen in of_rule],
    )
