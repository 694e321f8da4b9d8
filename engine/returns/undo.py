"""What the returned goods take with them of each grant: uses, discount, bonus, stamps, and what cards paid."""

from collections.abc import Container, Sequence
from typing import NamedTuple

from engine.compiled.rule import CompiledRule
from engine.money import MinorUnits
from engine.returns.booked import Booked, BookedRef
from engine.returns.purchase import Purchase
from engine.returns.returned_units import NOTHING_UNDONE, ByGrant, Earlier, Undone
from engine.returns.unit_worth import OnLines, given_on
from engine.rewards.stamp import units_per_reward


def everything_of(booked: Booked, purchase: Purchase) -> ByGrant:
    """Return all that a discount gave and took by its grants."""
    undone: ByGrant = {}
    for place, ref in enumerate(booked.refs):
        spent = 0 if place else _stamps_spent(booked, [0] * len(purchase.lines))
        _add(undone, booked, ref, Undone(ref.usage, ref.amount, ref.bonus, ref.stamp - spent))
    return undone


def undone_of(booked: Booked, given: OnLines, purchase: Purchase, kept: Sequence[int]) -> ByGrant:
    """Return what is undone of a discount when only the first units of each line are kept."""
    back = sum(given_on(portions, kept[index], purchase.lines[index].line.units) for index, portions in given.items())
    amounts = from_last(back, [ref.bonus if booked.is_bonus else ref.amount for ref in booked.refs])
    is_over = not _is_used(booked, kept)
    undone: ByGrant = {}
    for place, (ref, amount) in enumerate(zip(booked.refs, amounts, strict=True)):
        stamp = 0 if place else _stamps_earned(booked, ref, purchase, kept) - _stamps_spent(booked, kept)
        usage = ref.usage if is_over else 0
        one = Undone(usage, 0, amount, stamp) if booked.is_bonus else Undone(usage, amount, 0, stamp)
        _add(undone, booked, ref, one)
    return undone


class DrawnCards(NamedTuple):
    """What balances paid, in the order drawn: what went back to each before, and what can still go back to it."""

    drawn: Sequence[tuple[Booked, BookedRef]]
    credited: Sequence[MinorUnits]
    left: Sequence[MinorUnits]

    def credited_with(self, credit: MinorUnits) -> ByGrant:
        """Return all that is undone of each card once so much more goes back: on the one first that was drawn last."""
        undone: ByGrant = {}
        more = from_last(credit, self.left)
        for (booked, ref), before, now in zip(self.drawn, self.credited, more, strict=True):
            amount = before + now
            usage = ref.usage if amount == ref.amount else 0
            _add(undone, booked, ref, Undone(usage, amount, debit_balance=amount))
        return undone


def cards_of(purchase: Purchase, earlier: Earlier, paid_out: Container[str]) -> DrawnCards:
    """Return what went back on the cards before, and what can still: to grants that are `paid_out`, nothing more."""
    drawn = [(booked, ref) for booked in purchase.discounts if booked.is_debit for ref in booked.refs]
    told = {key: one.debit_balance for key, one in earlier.undone.items()}
    credited = []
    for booked, ref in drawn:
        key = booked.rule_id, ref.grant_id
        credited.append(min(max(told.get(key, 0), 0), ref.amount))
        told[key] = told.get(key, 0) - credited[-1]
    # What an entry says was credited without saying to which card, it was to the one that was drawn last.
    untold = max(earlier.credit - sum(credited), 0)
    more = from_last(untold, [ref.amount - before for (_, ref), before in zip(drawn, credited, strict=True)])
    credited = [before + also for before, also in zip(credited, more, strict=True)]
    left = [
        0 if ref.grant_id in paid_out else ref.amount - before for (_, ref), before in zip(drawn, credited, strict=True)
    ]
    return DrawnCards(drawn, credited, left)


def from_last(amount: MinorUnits, most: Sequence[MinorUnits]) -> list[MinorUnits]:
    """Return an amount taken from several, the last one first, from each no more than it has."""
    taken = []
    for one in reversed(most):
        taken.append(min(amount, one))
        amount -= taken[-1]
    return taken[::-1]


def _add(undone: ByGrant, booked: Booked, ref: BookedRef, more: Undone) -> None:
    key = booked.rule_id, ref.grant_id
    undone[key] = undone.get(key, NOTHING_UNDONE).plus(more)


def _is_used(booked: Booked, kept: Sequence[int]) -> bool:
    """Say whether any unit is kept that earned the discount."""
    earned = [(index, run.start) for index, runs in booked.units.items() for run in runs if not run.has_stamp]
    if not booked.units:
        earned = [(index, 0) for index in booked.by_line]
    # Where nothing says which units those were, any of them may be.
    return any(start < kept[index] for index, start in earned) if earned else any(kept)


def _stamps_earned(booked: Booked, ref: BookedRef, purchase: Purchase, kept: Sequence[int]) -> int:
    """Return the stamps that leave with the units that earned them, or with the last that could take discounts."""
    stamped = [(index, run) for index, runs in booked.units.items() for run in runs if run.has_stamp]
    if stamped:
        return sum(max(run.stop - max(run.start, kept[index]), 0) for index, run in stamped)
    is_any_kept = any(kept[sold.line.index] for sold in purchase.lines if sold.earns)
    return 0 if is_any_kept else ref.stamp


def _stamps_spent(booked: Booked, kept: Sequence[int]) -> int:
    """Return the stamps that are given back because what they paid for is returned."""
    rule: CompiledRule | None = booked.rule
    if rule is None or not rule.stamps or not booked.refs[0].usage:
        return 0
    if rule.is_receipt_rule:
        return 0 if _is_used(booked, kept) else rule.stamps
    back = sum(
        max(run.stop - max(run.start, kept[index]), 0)
        for index, runs in booked.units.items()
        for run in runs
        if not run.has_stamp
    )
    return back // max(units_per_reward(rule), 1) * rule.stamps
