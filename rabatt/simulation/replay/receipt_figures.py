"""What one receipt was given in one world, as figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine.money import MinorUnits
from engine.trace import Trace


class Gift(NamedTuple):
    """What one rule gave: money in minor units, and stamps. `uses` is 1, or 0 where only stamps were earned."""

    rule_id: str
    uses: int
    discount: MinorUnits
    bonus: MinorUnits
    stamps: int
    debit: MinorUnits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a receipt was given in one world, by rule and in all.

    `by_line` is what was taken off each line, debits aside: these pay, they discount nothing.
    """

    gifts: tuple[Gift, ...] = ()
    discount: MinorUnits = 0
    bonus: MinorUnits = 0
    stamps: int = 0
    debit: MinorUnits = 0
    by_line: Mapping[int, MinorUnits] = field(default_factory=dict)
    optimal: bool = True

    @property
    def used(self) -> list[str]:
        """Return the ids of the used rules, in their order."""
        return [gift.rule_id for gift in self.gifts if gift.uses]


NOTHING: Final = Outcome()


def outcome_of(trace: Trace) -> Outcome:
    """Return the figures of an evaluation; lines are named by their place among those that can take discounts."""
    if not trace.bookings:
        return NOTHING if trace.choice.optimal else Outcome(optimal=False)
    gifts = []
    by_line: dict[int, MinorUnits] = {}
    for booking in trace.bookings:
        rule, amount = booking.rule, booking.amount
        uses = 1 if any(ref["usage"] for ref in booking.refs) else 0
        is_discount = not rule.is_debit and not rule.is_bonus
        gifts.append(
            Gift(
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
    return Outcome(
        gifts=tuple(gifts),
        discount=sum(gift.discount for gift in gifts),
        bonus=sum(gift.bonus for gift in gifts),
        stamps=sum(gift.stamps for gift in gifts),
        debit=sum(gift.debit for gift in gifts),
        by_line=by_line,
        optimal=trace.choice.optimal,
    )
