"""What became of every rule and every line, with the sentence a cashier can act on (SPEC 9). Computed when asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.basket.basket_state import first_state
from engine.compiled.rule import CompiledRule
from engine.explanation.near_miss import CODE_PATH, Miss, Savings, missing_stamps, near_miss
from engine.explanation.outcome import Became, LineOutcome, RuleOutcome
from engine.meter import Meter
from engine.money import MinorUnits
from engine.qualify import qualify
from engine.rejected import Rejected
from engine.result.refs import Booking
from engine.rewards.award import Awarder
from engine.selection.choose import ChoiceWith, choose_with
from engine.selection.upper_bound import bound_all
from engine.trace import Trace

# The part of an evaluation's steps that the comparison with one rule may take, and so many of them there are for all.
_PART = 8
_PARTS = 64
# What it takes to say what became of a rule that is not searched for.
_STEPS_PER_OUTCOME = 8
# So many hints are on a till's receipt (POLICY 17).
_MOST_AT_TILL = 3
# What stands for the code of a private rule.
_PRIVATE_CODE = "a private code"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of the rules, in the order of their ids, and of the lines, in the order of the receipt.

    `work` counts the steps it took.
    """

    rules: tuple[RuleOutcome, ...]
    lines: tuple[LineOutcome, ...]
    work: int = 0

    @property
    def near_misses(self) -> tuple[RuleOutcome, ...]:
        """Return the rules that miss only what a shopper can mend."""
        return tuple(outcome for outcome in self.rules if outcome.near_miss is not None)

    @property
    def till_hints(self) -> tuple[RuleOutcome, ...]:
        """Return the near misses for a till's receipt: the three that save most, first those; none tells a code.

        Bonuses come after discounts, and what saves an unknown amount last.
        """
        hints = [outcome for outcome in self.near_misses if "discount_code" not in (outcome.near_miss or ())]
        return tuple(sorted(hints, key=_most_saved_first)[:_MOST_AT_TILL])

    def as_data(self) -> dict[str, Any]:
        """Return the explanation as plain data."""
        return {
            "rules": [outcome.as_data() for outcome in self.rules],
            "lines": [outcome.as_data() for outcome in self.lines],
        }


def _most_saved_first(outcome: RuleOutcome) -> tuple[MinorUnits, MinorUnits, str]:
    miss = outcome.near_miss or {}
    return -miss.get("saves", 0), -miss.get("saves_bonus", 0), outcome.rule_id


def explain(trace: Trace, rule_id: str | None = None) -> Explanation:
    """Return what became of every rule and line, or of one rule; a KeyError names a rule that the set lacks.

    TooMuchWork where that takes more than `max_work`, which counts anew.
    """
    rules: Sequence[CompiledRule] = trace.rule_set.rules
    if rule_id is not None:
        rules = [trace.rule_set.rules_by_id[rule_id]]
    meter = Meter(trace.settings.max_work, trace.basket.receipt.items)
    meter.rules = len(trace.qualified)
    trace = trace._replace(basket=trace.basket._replace(meter=meter))
    budget = _Budget(trace, rules)
    outcomes = tuple([_rule_outcome(rule, trace, budget) for rule in rules])
    meter.spend(len(trace.basket.receipt.items) * (2 + len(trace.bookings) // 8))
    return Explanation(outcomes, tuple(_line_outcomes(trace)), meter.work)


class _Budget:
    """The steps of an explanation, shared by the rules that ask for any; what one leaves the next ones get.

    One awarder serves all, so that sets found for one rule are known to the next.
    """

    def __init__(self, trace: Trace, rules: Sequence[CompiledRule]) -> None:
        self.meter = trace.basket.meter
        self.bookings = {booking.rule.id: booking for booking in trace.bookings}
        self.savings = Savings(trace)
        self.rivals = [one for one in trace.qualified if not one.rule.is_debit]
        first = first_state(trace.basket)
        self.awarder = Awarder(trace.basket, trace.settings, first, most=dict(trace.choice.most))
        self.most = max(1, trace.settings.max_steps // _PART)
        self.left = _PARTS * self.most
        if trace.settings.max_work is not None:
            # Half of what may be done at all: the rest is for what no rule can do without.
            self.left = min(self.left, trace.settings.max_work // 2)
        self.asking = len(rules) - len(self.bookings)

    def share(self, most: int) -> int:
        """Return the steps that the next rule may take, `most` at most: a fair share of those left."""
        return max(1, min(most, self.left // max(1, self.asking)))

    def take(self, steps: int) -> None:
        """Note that one rule more was looked at, and what that took."""
        self.asking -= 1
        self.left = max(0, self.left - steps)

    def hint(self, rule: CompiledRule, miss: Miss | None) -> dict[str, Any] | None:
        """Return what a rule misses, and what that would save; None where it saves nothing."""
        return None if miss is None else self.savings.hint(rule, miss)

    def choose_with(self, rule_id: str) -> ChoiceWith | None:
        """Return the best selection found with one rule; None where no steps are left to look for one."""
        before = self.meter.work
        # What every rule can give at most is found once for all of them.
        bound_all(self.rivals, self.awarder)
        self.left = max(0, self.left - (self.meter.work - before))
        if not self.left and self.awarder.most[rule_id]:
            return None
        self.awarder.begin(self.share(self.most))
        found = choose_with(rule_id, self.rivals, self.awarder)
        self.take(self.awarder.steps)
        return found


def _rule_outcome(rule: CompiledRule, trace: Trace, budget: _Budget) -> RuleOutcome:
    budget.meter.spend(_STEPS_PER_OUTCOME)
    booking = budget.bookings.get(rule.id)
    if booking is not None:
        return _booked(rule, booking, trace, budget)
    basket, wallet, rules_by_id = trace.basket, trace.wallet, trace.rule_set.rules_by_id
    answer = qualify(rule, basket, wallet, rules_by_id)
    if isinstance(answer, Rejected):
        missed = budget.hint(rule, near_miss(rule, basket, wallet, rules_by_id))
        budget.take(0)
        is_secret = answer.path == CODE_PATH and rule.rule.private
        wanted = _PRIVATE_CODE if is_secret else answer.wanted
        return _outcome(rule, "rejected", path=answer.path, wanted=wanted, saw=answer.saw, near_miss=missed)
    return _not_selected(rule, trace, budget)


def _outcome(rule: CompiledRule, became: Became, **details: Any) -> RuleOutcome:
    return RuleOutcome(rule.id, rule.rule.name, became, **details)


def _booked(rule: CompiledRule, booking: Booking, trace: Trace, budget: _Budget) -> RuleOutcome:
    basket = trace.basket
    amounts = {"bonus" if rule.is_bonus else "amount": booking.amount}
    lines = tuple(basket.lines[line].line_id for line, amount in sorted(booking.by_line.items()) if amount)
    is_used = any(ref["usage"] for ref in booking.refs)
    missed = None
    if rule.stamps and not is_used:
        qualified = next(one for one in trace.qualified if one.rule is rule)
        missed = budget.hint(rule, missing_stamps(qualified, basket))
    became: Became = "used" if is_used else "stamped"
    return _outcome(rule, became, stamp=booking.stamp, lines=lines, near_miss=missed, **amounts)


def _not_selected(rule: CompiledRule, trace: Trace, budget: _Budget) -> RuleOutcome:
    """Return by how much the best selection wins over the best one with this rule, if the rule would give anything."""
    if rule.is_debit:
        return _outcome(rule, "gives_nothing")
    found = budget.choose_with(rule.id)
    best = trace.choice.selection
    # Where no selection with it was looked at, it gives nothing at least.
    discount = bonus = 0
    proven = False
    if found is not None:
        proven = found.optimal and trace.choice.optimal
        if found.selection is None:
            return _outcome(rule, "gives_nothing", proven=found.optimal)
        discount, bonus = found.selection.discount, found.selection.bonus
    return _outcome(
        rule,
        "outvoted",
        won=best.rating.used,
        by_discount=max(best.discount - discount, 0),
        by_bonus=best.bonus - bonus,
        proven=proven,
    )


def _line_outcomes(trace: Trace) -> Iterator[LineOutcome]:
    basket = trace.basket
    takers = {line.position: line.index for line in basket.lines}
    for position, line in enumerate(basket.receipt.items):
        description = basket.receipt.document["items"][position].get("description")
        if position in takers:
            discounts = {
                booking.rule.id: booking.by_line[takers[position]]
                for booking in trace.bookings
                if not booking.rule.is_bonus and booking.by_line.get(takers[position])
            }
            yield LineOutcome(line.line_id, description, takes_part=True, discounts=discounts)
            continue
        at = f"items[{position}]"
        reasons = (
            (line.voided, "voided"),
            (line.is_return_item, "is_return_item"),
            (not line.eligible_for_discount, "eligible_for_discount"),
            (line.quantity <= 0, "quantity"),
        )
        field_name = next((name for holds, name in reasons if holds), "gross_amount")
        yield LineOutcome(line.line_id, description, takes_part=False, path=f"{at}.{field_name}")
