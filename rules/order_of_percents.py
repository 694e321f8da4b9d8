"""Percents of the gross and of the net price on one unit: whose id comes first decides what is paid."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from rules.stacking import WHOLE, is_plain_percent, percent_of, rules_that_meet, windows_overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from rules.rule import Rule

# With rules that never hold together, each would be compared with all others.
MOST_COMPARED = 1_000
PRICE = 10_000


def ordered_by_id(rules: Iterable[Rule]) -> dict[str, list[tuple[str, str]]]:
    """By rule id, a note for each percent of the net price beside one of the gross price on the same goods.

    A rule of the goods has its turn before every rule of the receipt, so only two of a kind are ordered by their ids.
    """
    percents = sorted((rule for rule in rules if is_plain_percent(rule)), key=lambda rule: rule.id)
    flat = [rule for rule in percents if not rule.is_receipt_rule]
    of_receipt = [rule for rule in percents if rule.is_receipt_rule]
    return dict(_notes([*rules_that_meet(flat), of_receipt]))


def _notes(groups: Iterable[list[Rule]]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    said: set[str] = set()
    for group in groups:
        gross = [rule for rule in group if rule.reward.base == "gross"]
        for net in group:
            if net.reward.base == "net" and net.id not in said and (sentence := _sentence(net, gross)) is not None:
                said.add(net.id)
                yield net.id, [("reward.base", sentence)]


def _sentence(net: Rule, gross: Iterable[Rule]) -> str | None:
    for other in islice(gross, MOST_COMPARED):
        gross_first, net_first = _gross_first(net, other), _net_first(net, other)
        if gross_first != net_first and windows_overlap(net, other):
            now, else_ = (net_first, gross_first) if net.id < other.id else (gross_first, net_first)
            return (
                f'this percent is of what is left, that of "{other.id}" is of the price, and the lower id comes first: '
                f"of {PRICE} they take {now:f} together, and {else_:f} if the ids were the other way round; give both "
                "the same base"
            )
    return None


def _gross_first(net: Rule, gross: Rule) -> Decimal:
    first = PRICE * percent_of(gross) / WHOLE
    return (first + (PRICE - first) * percent_of(net) / WHOLE).normalize()


def _net_first(net: Rule, gross: Rule) -> Decimal:
    first = PRICE * percent_of(net) / WHOLE
    return (first + min(PRICE * percent_of(gross) / WHOLE, PRICE - first)).normalize()
