"""The lines of a rule on one basket, and the checks that look at them (SPEC 4, the rows of `item` and below them)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, get_args

from engine.basket.basket import Basket, count_units, line_ids
from engine.compiled.requirements import Memo
from engine.packing.assignment import can_fill
from engine.rejected import Rejected
from rules import Rule
from rules.limitation import Eligibility

_EVERY_ELIGIBLE: Final = "item_eligible_for_discount"


class RuleLines(NamedTuple):
    """The lines of a rule as bits.

    `named` are those its items match, `counted` those of them that `item.quantity` counts, all but the black list, and
    `eligible` those that `discount_eligible` leaves of these; `parts` are the counted lines of each mix, and
    `eligible_parts` the eligible ones.
    """

    named: int
    counted: int
    eligible: int
    parts: tuple[int, ...]
    eligible_parts: Sequence[int]


@dataclass(frozen=True, slots=True, eq=False)
class LinesCheck:
    """A limitation or requirement on units: a predicate, and for those who ask why, what it wanted and what it saw.

    One that `counts` may fail where a line is eligible. Where none is, the one on the quantity fails in any case.
    """

    path: str
    wanted: Any
    holds: Callable[[Basket, RuleLines], bool]
    saw: Callable[[Basket, RuleLines], Any]
    counts: bool = False

    def __call__(self, basket: Basket, lines: RuleLines) -> Rejected | None:
        """Return the reason where the limitation or requirement does not hold."""
        return None if self.holds(basket, lines) else Rejected(self.path, self.wanted, self.saw(basket, lines))


def lines_checks(rule: Rule, memo: Memo) -> tuple[LinesCheck, ...]:
    """Return the checks of a rule in their order; equal ones are the same object, but for those that say what goods."""
    checks = tuple(_checks(rule, memo))
    shared: tuple[LinesCheck, ...] = memo.setdefault(checks, checks)
    return shared


def _checks(rule: Rule, memo: Memo) -> Iterator[LinesCheck]:
    item, limitation = rule.requirement.item, rule.limitation
    if item.items:
        yield _items(rule.document["requirement"]["item"]["items"])
        if limitation.blacklist:
            yield _BLACKLIST
    if limitation.discount_eligible != _EVERY_ELIGIBLE:
        yield _ELIGIBLE[limitation.discount_eligible]
    key = ("quantity", item.quantity)
    yield memo.get(key) or memo.setdefault(key, _quantity(max(item.quantity, 1)))
    if item.mixes:
        yield _mixes(tuple([mix.quantity for mix in item.mixes]), rule.document["requirement"]["item"]["mixes"])


def _items(written: Any) -> LinesCheck:
    # Most rules have one of their own, so it is made of no function of its own.
    return LinesCheck("requirement.item.items", written, _is_named, _no_lines)


def _is_named(_: Basket, lines: RuleLines) -> bool:
    return lines.named != 0


def _no_lines(_: Basket, __: RuleLines) -> list[int]:
    return []


_BLACKLIST: Final = LinesCheck(
    "limitation.blacklist",
    "a line not on the list",
    lambda _, lines: lines.counted != 0,
    lambda basket, lines: line_ids(basket, lines.named),
)


def _eligible(wanted: str) -> LinesCheck:
    return LinesCheck(
        "limitation.discount_eligible",
        wanted,
        # Where no line is counted, it is the quantity that is wanting.
        lambda _, lines: lines.eligible != 0 or not lines.counted,
        lambda basket, _: line_ids(basket, basket.carrying),
    )


_ELIGIBLE: Final = {wanted: _eligible(wanted) for wanted in get_args(Eligibility)}


def _quantity(least: int) -> LinesCheck:
    def holds(basket: Basket, lines: RuleLines) -> bool:
        # Every line has a unit at least.
        if least == 1 or not lines.eligible:
            return lines.eligible != 0
        basket.meter.work += len(basket.lines) // 8
        return count_units(basket, lines.eligible) >= least

    return LinesCheck(
        "requirement.item.quantity",
        least,
        holds,
        lambda basket, lines: count_units(basket, lines.eligible),
        counts=least > 1,
    )


def _mixes(demands: Sequence[int], written: Any) -> LinesCheck:
    return LinesCheck(
        "requirement.item.mixes",
        written,
        lambda basket, lines: can_form_set(demands, basket, lines.eligible_parts),
        lambda basket, lines: [count_units(basket, part) for part in lines.eligible_parts],
        counts=True,
    )


def can_form_set(demands: Sequence[int], basket: Basket, parts: Sequence[int]) -> bool:
    """Say whether one set, of so many units of each part, can be formed of the lines of each, no unit used twice."""
    lines = len(basket.lines)
    basket.meter.work += len(parts) * (1 + lines // 8)
    together = shared = 0
    for part, demand in zip(parts, demands, strict=True):
        if not part or (demand > 1 and count_units(basket, part) < demand):
            return False
        shared |= together & part
        together |= part
    # Parts that want no line in common do not take units from each other.
    if not shared:
        return True
    basket.meter.spend((1 + len(parts)) * lines // 2)
    return can_fill(demands, [line.units for line in basket.lines], parts)
