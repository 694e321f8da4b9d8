"""One receipt through the engine: the steps of SPEC 2 to 8 from top to bottom."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.basket.basket import Basket, lay_out
from engine.basket.basket_state import Range, first_state, joined
from engine.compiled.rule import CompiledRule
from engine.grants.wallet import Wallet, open_wallet
from engine.money import MinorUnits
from engine.qualify import Qualified, qualify_unless_it_fails
from engine.result.refs import book
from engine.result.write import write
from engine.rewards.award import Award, Awarder
from engine.rule_set import RuleSet
from engine.selection.choose import Choice, choose
from engine.selection.upper_bound import steps_of
from engine.settings import Settings
from engine.trace import Trace
from rules import Grant, Receipt, read_receipt
from rules.serialise import serialise

if TYPE_CHECKING:
    from engine.explanation.explain import Explanation

DEFAULT_SETTINGS = Settings()
NOTHING: Container[str] = frozenset()

# In steps: asking whether a rule qualifies, so many at once; what an award takes to be booked, and each line of it.
_STEPS_PER_CANDIDATE = 4
_AT_ONCE = 32
_STEPS_PER_BOOKING = 8
_STEPS_PER_WRITTEN = 2


class RuleUse(NamedTuple):
    """A used rule: what it gave, and for rules that form sets how many there are and which units, by line id.

    Units are ranges of places on their line, counted from 0: (0, 2) are its first two pieces.
    """

    rule_id: str
    amount: MinorUnits
    bonus: MinorUnits
    sets: int
    used_units: Mapping[int, Sequence[Range]]
    rewarded_units: Mapping[int, Sequence[Range]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of an evaluation.

    `receipt` is the result document, plain data. `optimal` is false where the search ran out of steps. `steps`, `work`
    and `candidates` count what was done: steps of the search, steps in all, and rules that were looked at.
    """

    receipt: dict[str, Any]
    optimal: bool
    steps: int
    work: int
    candidates: int
    trace: Trace

    def explain(self, rule_id: str | None = None) -> "Explanation":
        """Return what became of every rule and line, or of one rule; a KeyError names a rule that the set lacks."""
        # A till that never asks why need not wait for this when it starts.
        from engine.explanation.explain import explain  # noqa: PLC0415

        return explain(self.trace, rule_id)

    @property
    def upper_bound(self) -> MinorUnits:
        """Return the most discount that any selection could give, debits aside; what this one gives where `optimal`."""
        return self.trace.choice.upper_bound

    @property
    def used(self) -> tuple[RuleUse, ...]:
        """Return the used rules in the order of their ids, debits included."""
        lines = self.trace.basket.lines
        uses = []
        for award in sorted(self.trace.awards, key=lambda award: award.qualified.rule.id):
            rule = award.qualified.rule
            uses.append(
                RuleUse(
                    rule.id,
                    0 if rule.is_bonus else award.amount,
                    award.amount if rule.is_bonus else 0,
                    award.sets,
                    {lines[line].line_id: joined(ranges) for line, ranges in award.used.items()},
                    {lines[line].line_id: joined(ranges) for line, ranges in award.rewarded.items()},
                )
            )
        return tuple(uses)


def evaluate(
    rule_set: RuleSet,
    receipt: Receipt,
    grants: Iterable[Grant] | None = None,
    settings: Settings = DEFAULT_SETTINGS,
    granted_to_everyone: Container[str] = NOTHING,
) -> Evaluation:
    """Return the receipt with the best selection of discounts.

    Without `grants` every rule is granted to everyone. `granted_to_everyone` holds ids of rules, and does the same as
    a grant to `"*"` for each, which need not be gone through one by one then. Nothing that is given is changed. Refused
    when the receipt has more units than the settings allow, two grants have one id, or a grant lacks the `created_at`
    its rule needs; TooMuchWork, which is Refused too, beyond `max_work`.
    """
    basket = lay_out(receipt, rule_set.rules_by_id, settings)
    wallet = open_wallet(grants, rule_set.rules_by_id, receipt.customer_id, granted_to_everyone)
    trace = work_out(rule_set, basket, wallet, settings)
    result = write(basket, trace.bookings, rule_set.rules_by_id)
    choice = trace.choice
    return Evaluation(result, choice.optimal, choice.steps, basket.meter.work, trace.candidates, trace)


def work_out(rule_set: RuleSet, basket: Basket, wallet: Wallet, settings: Settings) -> Trace:
    """Return what an evaluation finds, before any of it is written on a receipt.

    For those who evaluate a receipt against several rule sets, or only count what is given: the basket is laid out
    once, with the ids of all these sets as its own.
    """
    return work_out_with(rule_set.candidates(basket), rule_set, basket, wallet, settings)


def work_out_with(
    candidates: Sequence[CompiledRule], rule_set: RuleSet, basket: Basket, wallet: Wallet, settings: Settings
) -> Trace:
    """Return what an evaluation finds with some of the set's candidates, in the order of their ids.

    The others give nothing, and still switch off what waits for them (SPEC 5, `discount_activation`).
    """
    meter = basket.meter
    qualified = qualified_of(candidates, basket, wallet, rule_set)
    meter.rules = len(qualified)
    awarder = Awarder(basket, settings, first_state(basket))
    debits = [one for one in qualified if one.rule.is_debit]
    choice = choose([one for one in qualified if not one.rule.is_debit] if debits else qualified, awarder)
    awards = choice.selection.awards
    if debits:
        awards = (*awards, *draw_debits(debits, choice, awarder))
    # What is booked is written, too.
    written = 0
    for award in awards:
        written += len(award.by_line)
    meter.spend(_STEPS_PER_BOOKING * len(awards) + _STEPS_PER_WRITTEN * written)
    bookings = book(qualified, awards, basket)
    return Trace(rule_set, settings, basket, wallet, len(candidates), qualified, choice, awards, bookings)


def qualified_of(
    candidates: Sequence[CompiledRule], basket: Basket, wallet: Wallet, rule_set: RuleSet
) -> list[Qualified]:
    """Return the candidates that qualify, in their order."""
    rules_by_id = rule_set.rules_by_id
    settled = rule_set.index is not None
    meter = basket.meter
    qualified: list[Qualified] = []
    for start in range(0, len(candidates), _AT_ONCE):
        some = candidates[start : start + _AT_ONCE]
        meter.spend(_STEPS_PER_CANDIDATE * len(some))
        tried = [qualify_unless_it_fails(rule, basket, wallet, rules_by_id, is_candidate=settled) for rule in some]
        qualified += [one for one in tried if one is not None]
    return qualified


def draw_debits(debits: Iterable[Qualified], choice: Choice, awarder: Awarder) -> list[Award]:
    """Return what is drawn from balances once the selection stands (SPEC 6, step 6)."""
    state = choice.selection.state
    others = len(choice.selection.awards) + awarder.basket.existing_discounts
    drawn = []
    for one in debits:
        most = one.rule.most_others
        if most is not None and others > most:
            continue
        awarder.spend(steps_of(one))
        state, award = awarder.take_turn(one, state)
        if award is not None:
            drawn.append(award)
    return drawn


def evaluate_json(
    rule_set: RuleSet,
    data: bytes | str,
    grants: Iterable[Grant] | None = None,
    settings: Settings = DEFAULT_SETTINGS,
    granted_to_everyone: Container[str] = NOTHING,
) -> bytes:
    """Return the result of `evaluate` as compact JSON in UTF-8; Refused with every fault of the receipt.

    What no discount touches has the values that were sent, in the order they were sent in: unknown fields, nulls,
    integers of any length, and fractions as the nearest double, in the shortest digits that read as the same.
    """
    return serialise(evaluate(rule_set, read_receipt(data), grants, settings, granted_to_everyone).receipt)
