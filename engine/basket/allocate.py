"""Split an amount so that the shares add up to it: the largest-remainder method over runs of equal units (SPEC 6).

A run is a number of units, next to each other, with the same weight and the same room. What a run of 80 000 units costs
is what a run of one costs.
"""

from collections.abc import Sequence
from typing import TypeAlias

from engine.money import MinorUnits

# Plain tuples, since every award makes some: the weight of each unit, how many units, and the most that each can take.
Run: TypeAlias = tuple[int, int, MinorUnits]
# What each unit of a run takes, and how many of them, the first ones, take one more.
Share: TypeAlias = tuple[MinorUnits, int]


def allocate(amount: MinorUnits, runs: Sequence[Run]) -> list[Share]:
    """Return each run's share of `amount`, in proportion to the weights, never above the room.

    Shares are rounded down; what is missing goes one by one to the largest fractions, ties to the earlier, then round
    again in the same order to those that have room. The caller promises that the runs have room for the amount.
    """
    if len(runs) == 1:
        return [divmod(amount, runs[0][1])]
    total = 0
    for weight, count, _room in runs:
        total += weight * count
    total = total or 1
    shares = []
    fractions = []
    missing = amount
    for weight, count, room in runs:
        each, fraction = divmod(amount * weight, total)
        each = min(each, room)
        shares.append(each)
        fractions.append(-fraction)
        missing -= each * count
    more = [0] * len(runs)
    if missing:
        # sorted() is stable, so equal fractions stay in the order of the units.
        _hand_out(missing, runs, sorted(range(len(runs)), key=fractions.__getitem__), shares, more)
    return list(zip(shares, more, strict=True))


def _hand_out(missing: int, runs: Sequence[Run], order: list[int], shares: list[MinorUnits], more: list[int]) -> None:
    """Add what is missing to the shares, one each in the given order, as often as it takes."""
    if missing >= len(runs) or any(share >= room for share, (_weight, _count, room) in zip(shares, runs, strict=True)):
        missing = _hand_out_rounds(missing, runs, order, shares)
    # Fewer are missing than there are units with room, or none.
    for run in order:
        _weight, count, room = runs[run]
        if shares[run] < room:
            taken = more[run] = min(count, missing)
            missing -= taken
            if not missing:
                return


def _hand_out_rounds(missing: int, runs: Sequence[Run], order: Sequence[int], shares: list[MinorUnits]) -> int:
    """Add one to every share that has room while there is one for each of them; return what is then missing."""
    while missing:
        open_runs = [run for run in order if shares[run] < runs[run][2]]
        takers = sum([runs[run][1] for run in open_runs])
        rounds = min([missing // takers, *(runs[run][2] - shares[run] for run in open_runs)])
        if not rounds:
            break
        for run in open_runs:
            shares[run] += rounds
        missing -= rounds * takers
    return missing
