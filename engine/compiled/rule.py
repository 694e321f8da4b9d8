"""Rules made ready: matchers as sets, patterns as predicates, percents as whole numbers over one denominator.

A rule is compiled when rules change, not per receipt. This folder is where the wire's words end: inside, a
receipt's item is a line and a discount's definition a rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar, assert_never

from engine.basket.basket import Line
from engine.compiled.limitations import LimitationCheck, limitation_checks
from engine.compiled.matchers import MatcherSet
from engine.compiled.requirements import Check, Memo, instant_of, requirement_checks
from engine.compiled.rule_lines import LinesCheck, lines_checks
from rules import Fault, Refused, Rule
from rules.limitation import Eligibility
from rules.requirement import Matcher
from rules.reward import KindTraits, RewardKind

AnyCheck = TypeVar("AnyCheck", Check, LimitationCheck, LinesCheck)
# Before and after every instant of a calendar, in microseconds.
ALWAYS: Final = (-(10**18), 10**18)
# So many parts of earlier rules are kept to be shared with later ones; then it begins anew.
_MOST_REMEMBERED: Final = 50_000
_NO_PERCENTS: Final[Mapping[int, Any]] = {}


class Step(IntEnum):
    """When a rule's turn comes within a selection (SPEC 6)."""

    SETS = 1
    STAMPS = 2
    FLAT = 3
    RECEIPT = 4
    DEBIT = 6


class CompiledMix(NamedTuple):
    """One mix: `quantity` units that match, rewarded or only needed."""

    quantity: int
    rewarded: bool
    items: MatcherSet
    matchers: Sequence[Matcher]

    @property
    def wanted(self) -> list[dict[str, str]]:
        """Return the matchers as they are written."""
        return [_written(matcher) for matcher in self.matchers]


# Two rules are never equal, and a rule is looked for by identity: comparing all fields would take its time.
@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    """A rule as the engine asks it. `turn` sorts rules into their order.

    Percents are `value / denominator`: the amount on a base is `base * value / denominator`. A reward that `is_debit`
    is drawn from a balance. `description` is what the entries on a receipt's lines say.

    `limitations`, `checks` and `lines_checks` are all that is asked, in this order: the limitations, the requirements
    that do not look at units, and what does. Where every rule is granted to everyone, the `open_limitations` are left.
    The index settles the checks of the window, from the instant `opens` up to and with `closes`, and the `static` ones;
    the `open_checks` are left. Where a line is eligible, the `open_lines_checks` are.
    """

    id: str
    rule: Rule
    step: Step
    turn: tuple[bool, int, bool, int, str]
    is_bonus: bool
    is_debit: bool
    is_receipt_rule: bool
    kind: RewardKind
    traits: KindTraits
    is_percent: bool
    on_net: bool
    value: int | None
    values: tuple[tuple[MatcherSet, int], ...]
    denominator: int
    percent_written: Mapping[int, Any]
    items: MatcherSet | None
    mixes: tuple[CompiledMix, ...]
    quantity: int
    stamps: int
    days: int
    most_purchases: int | None
    is_any_item: bool
    blacklist: MatcherSet | None
    eligible: Eligibility
    most_rewards: int | None
    most_others: int | None
    limitations: tuple[LimitationCheck, ...]
    open_limitations: tuple[LimitationCheck, ...]
    checks: tuple[Check, ...]
    opens: int
    closes: int
    static: tuple[Check, ...]
    open_checks: tuple[Check, ...]
    lines_checks: tuple[LinesCheck, ...]
    open_lines_checks: tuple[LinesCheck, ...]
    description: str | None

    def value_for(self, line: Line) -> int | None:
        """Return the value for units of a line: the first entry of `values` that matches, else the rule's own."""
        for items, value in self.values:
            if items.matches(line):
                return value
        return self.value


def compile_rule(rule: Rule, memo: Memo | None = None) -> CompiledRule:
    """Return one rule made ready; parts that are equal to those of other rules in the memo are shared with them."""
    memo = {} if memo is None else memo
    reward, requirement, limitation = rule.reward, rule.requirement, rule.limitation
    item = requirement.item
    limitations, checks = limitation_checks(rule, memo), requirement_checks(rule, memo)
    on_lines = lines_checks(rule, memo)
    is_bonus = reward.effect == "bonus"
    is_any_item = rule.takes_what_is_left
    traits = rule.traits
    step = _step(rule, traits)
    denominator, percent_written = _percents(rule, memo)
    return CompiledRule(
        id=rule.id,
        rule=rule,
        step=step,
        turn=(is_bonus, step, is_any_item, traits.order if _is_ordered(step) else 0, rule.id),
        is_bonus=is_bonus,
        is_debit=step is Step.DEBIT,
        is_receipt_rule=rule.is_receipt_rule,
        kind=reward.type,
        traits=traits,
        is_percent=traits.is_percent,
        on_net=reward.base == "net",
        value=_numerator(reward.value, denominator),
        values=tuple(
            [(_matchers(entry.items, memo), _numerator(entry.value, denominator) or 0) for entry in reward.values]
        ),
        denominator=denominator,
        percent_written=percent_written,
        items=_matchers(item.items, memo) if item.items else None,
        mixes=tuple(
            [
                CompiledMix(mix.quantity, mix.reward_eligible, _matchers(mix.items, memo), mix.items)
                for mix in item.mixes
            ]
        ),
        quantity=max(item.quantity, 1),
        stamps=requirement.stamp,
        days=limitation.dynamic_purchase_to_days,
        most_purchases=_limit(limitation.discount_repeat_usage),
        is_any_item=is_any_item,
        blacklist=_matchers(limitation.blacklist, memo) if limitation.blacklist else None,
        eligible=limitation.discount_eligible,
        most_rewards=_limit(limitation.discount_reward_usage),
        most_others=_limit(limitation.discount_combination),
        limitations=limitations,
        open_limitations=_shared(tuple([check for check in limitations if not check.holds_for_everyone]), memo),
        checks=checks,
        opens=ALWAYS[0] if requirement.purchase_from is None else _instant(requirement.purchase_from, memo),
        closes=ALWAYS[1] if requirement.purchase_to is None else _instant(requirement.purchase_to, memo),
        static=_shared(tuple([check for check in checks if check.is_static]), memo),
        open_checks=_shared(tuple([check for check in checks if not check.is_static and not check.is_of_time]), memo),
        lines_checks=on_lines,
        open_lines_checks=_shared(tuple([check for check in on_lines if check.counts]), memo),
        description=rule.name if rule.receipt_text is None else rule.receipt_text,
    )


def compile_all(rules: Iterable[Rule]) -> tuple[CompiledRule, ...]:
    """Return the rules in the order of their ids; Refused when two have one id."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    twice = {rule.id for rule, following in pairwise(ordered) if rule.id == following.id}
    if twice:
        sentence = "two rules have this id; give each its own"
        raise Refused(tuple(Fault(f"rules[id={rule_id}].id", sentence) for rule_id in sorted(twice)))
    memo: Memo = {}
    compiled = []
    for rule in ordered:
        if len(memo) > _MOST_REMEMBERED:
            memo.clear()
        compiled.append(compile_rule(rule, memo))
    return tuple(compiled)


def _shared(checks: tuple[AnyCheck, ...], memo: Memo) -> tuple[AnyCheck, ...]:
    shared: tuple[AnyCheck, ...] = memo.setdefault(checks, checks)
    return shared


def _instant(moment: datetime, memo: Memo) -> int:
    instant = instant_of(moment)
    shared: int = memo.setdefault(("instant", instant), instant)
    return shared


def _matchers(matchers: Sequence[Matcher], memo: Memo) -> MatcherSet:
    key = ("matchers", *[(matcher.id, matcher.group_id) for matcher in matchers])
    found: MatcherSet | None = memo.get(key)
    if found is None:
        found = memo[key] = MatcherSet(matchers)
    return found


def _step(rule: Rule, traits: KindTraits) -> Step:
    if traits.is_balance:
        return Step.DEBIT
    if rule.is_receipt_rule:
        return Step.RECEIPT
    if rule.has_stamps:
        return Step.STAMPS
    return Step.SETS if rule.forms_sets else Step.FLAT


def _is_ordered(step: Step) -> bool:
    """Say whether the rules of a step take their turns kind by kind."""
    match step:
        case Step.FLAT | Step.RECEIPT:
            return True
        case Step.SETS | Step.STAMPS | Step.DEBIT:
            return False
        case _:
            assert_never(step)


def _percents(rule: Rule, memo: Memo) -> tuple[int, Mapping[int, Any]]:
    """Return the denominator of a rule's percents, and each percent as its document writes it by its numerator.

    The denominator is 100 times the power of ten that makes every percent whole; 1 for other rewards. Whole numbers are
    written without decimals.
    """
    if not rule.traits.is_percent:
        return 1, _NO_PERCENTS
    document = rule.document["reward"]
    # An object without anything in it may stand for a list of nothing.
    entries = document["values"] if rule.reward.values else ()
    written = [document.get("value"), *(entry["value"] for entry in entries)]
    percents = [rule.reward.value, *(entry.value for entry in rule.reward.values)]
    key = ("percents", repr(written), repr(percents))
    found: tuple[int, Mapping[int, Any]] | None = memo.get(key)
    if found is None:
        found = memo[key] = _percents_written(written, percents)
    return found


def _percents_written(written: Sequence[Any], percents: Sequence[Any]) -> tuple[int, Mapping[int, Any]]:
    exacts = [None if percent is None else Fraction(percent) for percent in percents]
    digits = [-int(percent.as_tuple().exponent) for percent in percents if isinstance(percent, Decimal)]
    denominator = 100 * int(10 ** max([0, *digits]))
    by_numerator = {}
    # What is written may be the nearest double only, so the percent itself says which one it stands for.
    for number, exact in zip(written, exacts, strict=True):
        if exact is not None:
            by_numerator[int(exact * denominator / 100)] = int(exact) if exact.denominator == 1 else number
    return denominator, by_numerator


def _limit(count: int) -> int | None:
    """Return a count, or None where -1 says that there is no limit."""
    return None if count < 0 else count


def _numerator(value: Decimal | int | None, denominator: int) -> int | None:
    if value is None or denominator == 1:
        return None if value is None else int(value)
    return int(Fraction(value) * denominator / 100)


def _written(matcher: Matcher) -> dict[str, str]:
    pairs = {"id": matcher.id, "group_id": matcher.group_id}
    return {name: value for name, value in pairs.items() if value is not None}
