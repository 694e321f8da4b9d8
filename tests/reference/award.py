"""What a selection gives: the steps 1 to 6 in that order (SPEC 6), and stamps (SPEC 7)."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from tests.reference.basket import Unit
from tests.reference.kinds import NOTHING
from tests.reference.money import allocated, rounded
from tests.reference.qualify import (
    Shop,
    items_hold,
    qualifying_units,
    units_left,
)
from tests.reference.rule import Rule
from tests.reference.sets import (
    Remaining,
    Set,
    best_sets,
    cheapest,
    reward_on_unit,
    units_at_a_time,
)
from tests.reference.stamps import live_stamps

Amounts = dict[Unit, int]


@dataclass
class Book:
    """What was given so far, by rule and unit, and what the next rule therefore sees."""

    remaining: Remaining
    carrying: frozenset[int]
    amounts: dict[str, Amounts] = field(default_factory=dict)
    stamp_rewards: dict[str, int] = field(default_factory=dict)
    in_sets: set[Unit] = field(default_factory=set)
    stamped: set[Unit] = field(default_factory=set)
    item_lines: set[int] = field(default_factory=set)
    used: dict[str, list[Unit]] = field(default_factory=dict)

    def give(self, rule: Rule, amounts: Amounts) -> None:
        """Book what a rule gives; a rule that gives nothing is not used."""
        given = {unit: amount for unit, amount in amounts.items() if amount}
        if not given:
            return
        self.amounts[rule.id] = given
        if not rule.is_receipt_rule and not rule.is_debit:
            self.item_lines |= {unit.line_id for unit in given}
        if rule.stamps:
            self.stamped |= set(given)
        if not rule.is_bonus:
            for unit, amount in given.items():
                self.remaining[unit] -= amount
            self.carrying |= {unit.line_id for unit in given}

    @property
    def total(self) -> int:
        """All that was given."""
        return sum(sum(amounts.values()) for amounts in self.amounts.values())


@dataclass(frozen=True)
class Settings:
    """The rounding policy of an evaluation."""

    mode: str
    rule: str


class Till:
    """Awards selections of one shop; the sets of the same rules on the same units are found once."""

    def __init__(self, shop: Shop, settings: Settings) -> None:
        """Keep what is the same for every selection."""
        self.shop = shop
        self.basket = shop.basket
        self.settings = settings
        self.found: dict[object, list[Set]] = {}

    def award(self, selection: list[Rule]) -> tuple[Book, Book]:
        """Return the discounts and the bonuses that a selection gives."""
        discounts = Book({unit: unit.price - unit.brought for unit in self.basket.units}, self.basket.carrying)
        self.steps_one_to_four([rule for rule in selection if not rule.is_bonus], discounts)
        bonuses = Book(dict(discounts.remaining), discounts.carrying)
        self.steps_one_to_four([rule for rule in selection if rule.is_bonus], bonuses)
        return discounts, bonuses

    def steps_one_to_four(self, rules: list[Rule], book: Book) -> None:
        """Give what sets, item stamps, flat item rules and receipt rules give, in this order."""
        self.give_sets([rule for rule in rules if rule.forms_sets], book)
        for rule in rules:
            if rule.is_item_stamp_rule:
                self.give_item_stamp_reward(rule, book)
        flat = [rule for rule in rules if rule.is_flat]
        for rule in sorted(flat, key=lambda rule: (rule.has_any_item, turn(rule.kind.flat_turn))):
            self.give_flat(rule, book)
        whole = [rule for rule in rules if rule.is_receipt_rule]
        for rule in sorted(whole, key=lambda rule: turn(rule.kind.receipt_turn)):
            self.give_on_receipt(rule, book)

    def units_for(self, rule: Rule, book: Book) -> list[Unit]:
        """Return the units left for a rule at its turn; none when it is asked again and fails."""
        left = units_left(rule, self.basket, book.carrying)
        return left if items_hold(rule, self.basket, left) else []

    def give_sets(self, rules: list[Rule], book: Book) -> None:
        """Step 1."""
        left = [self.units_for(rule, book) for rule in rules]
        asked = (
            tuple(rule.id for rule in rules),
            tuple(tuple(units) for units in left),
            tuple(book.remaining.values()),
        )
        if asked not in self.found:
            self.found[asked] = best_sets(rules, self.basket, left, book.remaining)
        sets = self.found[asked]
        book.in_sets |= {unit for chosen in sets for unit in chosen.used}
        remaining = dict(book.remaining)
        for place, rule in enumerate(rules):
            own = [chosen for chosen in sets if chosen.rule == place]
            units = sorted(unit for chosen in own for unit in chosen.rewarded)
            book.used[rule.id] = sorted(unit for chosen in own for unit in chosen.used)
            if rule.kind.of_set is not None:
                total = sum((chosen.amount for chosen in own), NOTHING)
                book.give(rule, self.money_laid_out(rule, int(total), units, remaining))
            else:
                shares = {unit: reward_on_unit(rule, self.basket, unit, remaining) for unit in units}
                book.give(rule, self.rounded_shares(rule, shares, remaining))

    def give_item_stamp_reward(self, rule: Rule, book: Book) -> None:
        """Step 2."""
        left = self.units_for(rule, book)
        free = [
            unit
            for unit in stamped_units(rule, self.shop, left)
            if unit not in book.in_sets and (unit not in book.stamped if rule.is_bonus else book.remaining[unit] > 0)
        ]
        each = units_at_a_time(rule)
        if each == 0:
            return
        live = live_stamps(rule, self.shop)
        earned = len(qualifying_stamp_units(rule, self.shop))
        bought = (live + earned) // (rule.stamps + each)
        rewards = min(bought, len(free) // each)
        limit = rule.limit("discount_reward_usage")
        rewards = rewards if limit is None else min(rewards, limit)
        units = cheapest(rule, free, book.remaining)[: rewards * each]
        shares = {unit: reward_on_unit(rule, self.basket, unit, book.remaining) for unit in units}
        book.give(rule, self.rounded_shares(rule, shares, book.remaining))
        if rule.id in book.amounts:
            book.stamp_rewards[rule.id] = rewards
            book.used[rule.id] = units

    def give_flat(self, rule: Rule, book: Book) -> None:
        """Step 3."""
        units = qualifying_units(rule, self.basket, self.units_for(rule, book))
        if rule.has_any_item:
            units = [unit for unit in units if unit.line_id not in book.item_lines]
        shares = {unit: reward_on_unit(rule, self.basket, unit, book.remaining) for unit in units}
        best_first = sorted(units, key=lambda unit: (-shares[unit], unit))
        chosen = best_first[: rule.limit("discount_reward_usage")]
        book.give(
            rule,
            self.rounded_shares(rule, {unit: shares[unit] for unit in sorted(chosen)}, book.remaining),
        )

    def give_on_receipt(self, rule: Rule, book: Book) -> None:
        """Step 4."""
        if rule.limit("discount_reward_usage") == 0:
            return
        if rule.stamps and live_stamps(rule, self.shop) < rule.stamps:
            return
        units = self.units_for(rule, book)
        if rule.is_percent:
            shares = {unit: reward_on_unit(rule, self.basket, unit, book.remaining) for unit in units}
            book.give(rule, self.rounded_shares(rule, shares, book.remaining))
        elif units:
            value = int(rule.value or 0)
            worth = sum(book.remaining[unit] for unit in units)
            amount = value if rule.is_bonus else min(value, worth)
            book.give(rule, self.money_laid_out(rule, amount, units, book.remaining))
        if rule.stamps and rule.id in book.amounts:
            book.stamp_rewards[rule.id] = 1

    def give_debit(self, rule: Rule, balance: int, book: Book) -> None:
        """Step 6; a balance pays at most what is due (POLICY 15)."""
        units = qualifying_units(rule, self.basket, self.units_for(rule, book))
        elsewhere = sum(line.net for line in self.basket.lines if not line.takes_discounts)
        due = max(0, sum(book.remaining.values()) + elsewhere)
        amount = min(balance, due, sum(book.remaining[unit] for unit in units))
        book.give(rule, self.money_laid_out(rule, amount, units, book.remaining))

    # Rounding and allocation

    def rounded_shares(self, rule: Rule, shares: dict[Unit, Fraction], remaining: Remaining) -> Amounts:
        """Return exact shares in whole minor units, by the policy."""
        mode = self.settings.mode
        shares = dict(sorted(shares.items()))
        if self.settings.rule == "PerItem":
            return {unit: rounded(share, mode) for unit, share in shares.items()}
        room = None if rule.is_bonus else remaining
        if self.settings.rule == "Total":
            return laid_out(rounded(sum(shares.values(), NOTHING), mode), shares, room)
        amounts: Amounts = {}
        for _, units in groupby(shares, key=lambda unit: unit.line_id):
            of_line = {unit: shares[unit] for unit in units}
            amounts |= laid_out(rounded(sum(of_line.values(), NOTHING), mode), of_line, room)
        return amounts

    def money_laid_out(self, rule: Rule, amount: int, units: list[Unit], remaining: Remaining) -> Amounts:
        """Return money over what remains of the units; a bonus over prices where nothing does."""
        weights = {unit: Fraction(remaining[unit]) for unit in units}
        if rule.is_bonus and not any(weights.values()):
            weights = {unit: Fraction(unit.price) for unit in units}
        return laid_out(amount, weights, None if rule.is_bonus else remaining)


def laid_out(amount: int, weights: dict[Unit, Fraction], room: Remaining | None) -> Amounts:
    """Return an amount over lines, then each line's share over its units, in order."""
    lines = [list(units) for _, units in groupby(weights, key=lambda unit: unit.line_id)]
    of_lines = allocated(
        amount,
        [sum((weights[unit] for unit in units), NOTHING) for units in lines],
        [None if room is None else sum(room[unit] for unit in units) for units in lines],
    )
    amounts: Amounts = {}
    for units, share in zip(lines, of_lines, strict=True):
        rooms = [None if room is None else room[unit] for unit in units]
        of_units = allocated(share, [weights[unit] for unit in units], rooms)
        amounts |= dict(zip(units, of_units, strict=True))
    return amounts


def turn(place: int | None) -> int:
    """Return the place of a kind in an order; a ValueError where it has none."""
    if place is None:
        raise ValueError("a rule of this kind never has its turn in this step")
    return place


def stamped_units(rule: Rule, shop: Shop, left: list[Unit]) -> list[Unit]:
    """Return those of the units left that earn stamps: with mixes, of the reward-eligible ones."""
    eligible = [mix for mix in rule.mixes if mix.get("reward_eligible") is not False]
    if rule.mixes:
        matchers = [matcher for mix in eligible for matcher in mix["items"]]
        return shop.basket.matching(left, matchers)
    return qualifying_units(rule, shop.basket, left)


def qualifying_stamp_units(rule: Rule, shop: Shop) -> list[Unit]:
    """Return the units that earn stamps as the receipt came in."""
    left = units_left(rule, shop.basket, shop.basket.carrying)
    return stamped_units(rule, shop, left)
