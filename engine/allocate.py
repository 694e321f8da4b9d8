"""Split an amount so that the shares add up to it: the largest-remainder method over runs of equal units (SPEC 6).

A run is a number of units, next to each other, with the same weight and the same room. What a run of 80 000 units costs
is what a run of one costs.
"""

from collections.abc import Sequence
from typing import NamedTuple

from engine.money import MinorUnits


class Run(NamedTuple):
    """`units` equal units: each weighs `weight` and can take at most `room`."""

    weight: int
    units: int
    room: MinorUnits


class Share(NamedTuple):
    """What each unit of a run takes: the first `more` of them `each + 1`, the others `each`."""

    each: MinorUnits
    more: int


def allocate(amount: MinorUnits, runs: Sequence[Run]) -> list[Share]:
    """Return each run's share of `amount`, in proportion to the weights, never above the room.

    Shares are rounded down; what is missing goes one by one to the largest fractions, ties to the earlier, then round
    again in the same order to those that have room. The caller promises that the runs have room for the amount.
    """
    if len(runs) == 1:
        return [Share(*divmod(amount, runs[0].units))]
    total = sum(weight * count for weight, count, _ in runs) or 1
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
    return [Share(each, extra) for each, extra in zip(shares, more, strict=True)]


def _hand_out(missing: int, runs: Sequence[Run], order: list[int], shares: list[MinorUnits], more: list[int]) -> None:
    """Add what is missing to the shares, one each in the given order, as often as it takes."""
    while missing:
        open_runs = [run for run in order if shares[run] < runs[run].room]
        takers = sum(runs[run].units for run in open_runs)
        rounds = min(missing // takers, *(runs[run].room - shares[run] for run in open_runs))
        if not rounds:
            break
        for run in open_runs:
            shares[run] += rounds
        missing -= rounds * takers
    # Fewer are missing than there are units with room, or none.
    for run in order:
        if shares[run] < runs[run].room:
            more[run] = min(missing, runs[run].units)
            missing -= more[run]
