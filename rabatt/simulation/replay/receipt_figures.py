"""What one receipt was given in one world, as figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine.money import MinorUnits
from engine.trace import Trace


class RuleFigures(NamedTuple):
    """What one rule gave: money in minor units, and stamps. `uses` is 1, or 0 where only stamps were earned."""

    rule_id: str
    uses: int
    discount: MinorUnits
    bonus: MinorUnits
    stamps: int
    debit: MinorUnits


@dataclass(frozen=True, slots=True)
class ReceiptFigures:
    """What a receipt was given in one world, by rule and in all.

    `by_line` is what was taken off each line, debits aside: these pay, they discount nothing.
    """

    by_rule: tuple[RuleFigures, ...] = ()
    discount: MinorUnits = 0
    bonus: MinorUnits = 0
    stamps: int = 0
    debit: MinorUnits = 0
    by_line: Mapping[int, MinorUnits] = field(default_factory=dict)
    optimal: bool = True

    @property
    def used(self) -> list[str]:
        """Return the ids of the used rules, in their order."""
        return [one.rule_id for one in self.by_rule if one.uses]


NOTHING: Final = ReceiptFigures()


def figures_of(trace: Trace) -> ReceiptFigures:
    """Return the figures of an evaluation; lines are named by their place among those that can take discounts."""
    if not trace.bookings:
        return NOTHING if trace.choice.optimal else ReceiptFigures(optimal=False)
    by_rule = []
    by_line: dict[int, MinorUnits] = {}
    for booking in trace.bookings:
        rule, amount = booking.rule, booking.amount
        uses = 1 if any(ref["usage"] for ref in booking.refs) else 0
        is_discount = not rule.is_debit and not rule.is_bonus
        by_rule.append(
            RuleFigures(
                rule.id,
                uses,
                amount if is_discount else 0,
                amount if rule.is_bonus else 0,
                booking.stamp,
                amount if rule.is_debit else 0,
            )
        )
        if is_discount:
            for line, share in booking.by_line.items():
                by_line[line] = by_line.get(line, 0) + share
    return ReceiptFigures(
        by_rule=tuple(by_rule),
        discount=sum(one.discount for one in by_rule),
        bonus=sum(one.bonus for one in by_rule),
        stamps=sum(one.stamps for one in by_rule),
        debit=sum(one.debit for one in by_rule),
        by_line=by_line,
        optimal=trace.choice.optimal,
    )
