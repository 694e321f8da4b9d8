"""What a rule gives when its turn comes, and what is left for those after it (SPEC 6, steps 1 to 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.basket import Basket
from engine.compile import Step
from engine.gain import remaining_on
from engine.layout import Given, Layout, Range, amount_of, discounted, marked, touched
from engine.money import MinorUnits
from engine.qualify import Qualified, can_form_set, count_units, eligible_lines
from engine.rewards.debit import give_debit
from engine.rewards.flat import give_flat
from engine.rewards.receipt import give_amount
from engine.rewards.stamp import give_stamp_rewards, stamp_count
from engine.sets import SetAwards, award_fewer, award_sets
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Award:
    """What one rule gives on this receipt: portions by line, their sum, and for sets and stamps what they took."""

    qualified: Qualified
    given: Given
    amount: MinorUnits
    sets: int = 0
    used: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    rewarded: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    stamp_rewards: int = 0


@dataclass(slots=True)
class Awarder:
    """Awards rules on one basket, and remembers which sets it found for which rules."""

    basket: Basket
    settings: Settings
    steps: int = 0
    optimal: bool = True
    found: dict[tuple[str, ...], SetAwards] = field(default_factory=dict)

    def take_sets(self, rules: Sequence[Qualified], layout: Layout) -> tuple[Layout, list[Award]]:
        """Return the layout and the awards after all set-forming rules of a phase, in the order of their ids."""
        sets = self._sets(rules, layout)
        awards = []
        ranges = dict(layout.in_sets)
        for found in sets.awards:
            ranges = marked(ranges, found.used)
            amount = amount_of(found.given)
            awards.append(Award(found.qualified, found.given, amount, found.sets, found.used, found.rewarded))
        for award in awards:
            layout = _after(award, layout)
        return _with_ranges(layout, ranges, layout.by_stamps), [award for award in awards if award.amount]

    def ids_with_sets(self, rules: Sequence[Qualified]) -> set[str]:
        """Return the ids of those discount rules that form sets when all of these are selected."""
        known = self.found.get(tuple(qualified.rule.id for qualified in rules))
        return set() if known is None else {award.qualified.rule.id for award in known.awards}

    def worth_of(self, rules: Sequence[Qualified], layout: Layout) -> tuple[int, int]:
        """Return what the sets of several discount rules are worth before rounding, as a numerator and denominator."""
        sets = self._sets(rules, layout)
        return sets.worth, sets.scale

    def _sets(self, rules: Sequence[Qualified], layout: Layout) -> SetAwards:
        # No single packing takes all the steps, and the last ones are not left without any.
        left = max(self.settings.max_steps - self.steps, self.settings.max_steps // 8) // 2
        if rules and rules[0].rule.is_bonus:
            # What bonuses see differs from selection to selection, so these are not remembered.
            sets = award_sets(rules, layout, self.basket, self.settings, left)
        else:
            key = tuple(qualified.rule.id for qualified in rules)
            known = self.found.get(key)
            if known is not None:
                return known
            whole = next(iter(self.found.values()), None)
            fewer = award_fewer(whole, rules, self.basket, self.settings) if whole is not None else None
            sets = fewer or award_sets(rules, layout, self.basket, self.settings, left)
            self.found[key] = sets
        self.steps += sets.steps
        self.optimal = self.optimal and sets.optimal
        return sets

    def take_turn(self, qualified: Qualified, layout: Layout) -> tuple[Layout, Award | None]:
        """Return the layout and the award after one rule of steps 2 to 4 or 6; no award where it gives nothing."""
        rule = qualified.rule
        lines = self._lines_now(qualified, layout)
        if not lines or rule.most_rewards == 0:
            return layout, None
        match rule.step:
            case Step.STAMPS:
                return self._take_stamps(qualified, lines, layout)
            case Step.FLAT:
                given = give_flat(rule, lines, layout, self.basket, self.settings)
            case Step.RECEIPT:
                given = self._give_to_receipt(qualified, lines, layout)
            case _:
                given = give_debit(rule, qualified.grants, lines, layout, self.basket)
        amount = amount_of(given)
        if not amount:
            return layout, None
        award = Award(qualified, given, amount, stamp_rewards=1 if rule.stamps else 0)
        return _after(award, layout), award

    def _lines_now(self, qualified: Qualified, layout: Layout) -> int:
        """Return the lines that still qualify at the rule's turn; none where too few units do."""
        rule = qualified.rule
        lines = eligible_lines(rule, qualified.lines, layout.carrying, any_carrying=layout.any_carrying)
        if rule.eligible != "item_eligible_for_discount":
            counted = eligible_lines(rule, qualified.counted, layout.carrying, any_carrying=layout.any_carrying)
            if count_units(self.basket, counted) < rule.quantity:
                return 0
            parts = [
                eligible_lines(rule, part, layout.carrying, any_carrying=layout.any_carrying)
                for part in qualified.parts
            ]
            if parts and not can_form_set(rule, self.basket, parts):
                return 0
        return lines & ~layout.by_item_rules if rule.is_any_item else lines

    def _take_stamps(self, qualified: Qualified, lines: int, layout: Layout) -> tuple[Layout, Award | None]:
        rule = qualified.rule
        stamps = stamp_count(rule, qualified.grants, self.basket.purchase_at)
        given, rewards, units = give_stamp_rewards(
            rule, stamps, qualified.stamp_units, lines, layout, self.basket, self.settings
        )
        amount = amount_of(given)
        if not amount:
            return layout, None
        award = Award(qualified, given, amount, rewarded=units, stamp_rewards=rewards)
        layout = _after(award, layout)
        gave = {line: [(start, stop) for start, stop, _ in portions] for line, portions in given.items()}
        return _with_ranges(layout, layout.in_sets, marked(layout.by_stamps, gave)), award

    def _give_to_receipt(self, qualified: Qualified, lines: int, layout: Layout) -> Given:
        rule = qualified.rule
        if rule.stamps:
            stamps = stamp_count(rule, qualified.grants, self.basket.purchase_at)
            if stamps < rule.stamps or not (rule.is_bonus or remaining_on(lines, layout, self.basket)):
                return {}
        if not rule.is_percent:
            return give_amount(rule, lines, layout, self.basket)
        return give_flat(rule, lines, layout, self.basket, self.settings)


def _after(award: Award, layout: Layout) -> Layout:
    rule = award.qualified.rule
    by_item_rule = not rule.is_receipt_rule and rule.step is not Step.DEBIT
    if not rule.is_bonus:
        return discounted(layout, award.given, by_item_rule=by_item_rule)
    return touched(layout, award.given) if by_item_rule else layout


def _with_ranges(
    layout: Layout, in_sets: Mapping[int, Sequence[Range]], by_stamps: Mapping[int, Sequence[Range]]
) -> Layout:
    return Layout(layout.segments, layout.carrying, layout.any_carrying, layout.by_item_rules, in_sets, by_stamps)
