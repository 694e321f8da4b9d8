"""Can these mixes be filled? Units assigned to parts along augmenting paths, never by a greedy walk (SPEC 4).

Units come as classes with counts, so the work depends on how many classes and parts there are, not on how many pieces.
"""

from collections.abc import Sequence


def can_fill(demands: Sequence[int], supplies: Sequence[int], fits: Sequence[int]) -> bool:
    """Say whether every part gets all its units at once.

    `demands` says how many units each part needs, `supplies` how many each class has, and `fits[part]` has the bit of
    every class whose units the part accepts.
    """
    return most_filled(demands, supplies, fits) == list(demands)


def most_filled(demands: Sequence[int], supplies: Sequence[int], fits: Sequence[int]) -> list[int]:
    """Return how many units each part gets when as many places as possible are filled, the first parts first."""
    flow = _Flow(supplies, fits)
    filled = []
    for part, demand in enumerate(demands):
        got = 0
        while got < demand and (more := flow.augment(part, demand - got)):
            got += more
        filled.append(got)
    return filled


class _Flow:
    """Units on their way to parts: how many each part has of each class, and what is left.

    `open` has the bits of the classes with units left, and `held` of those that each part has units of.
    """

    def __init__(self, supplies: Sequence[int], fits: Sequence[int]) -> None:
        self.fits = fits
        self.left = list(supplies)
        self.taken = [[0] * len(supplies) for _ in fits]
        self.open = 0
        for index, supply in enumerate(supplies):
            if supply:
                self.open |= 1 << index
        self.held = [0] * len(fits)

    def augment(self, part: int, demand: int) -> int:
        """Give a part up to `demand` units along one path: a class with units left, or one that another gives up."""
        # Breadth first over parts: came_from[p] = (part that wants a unit of the class, class), where p gives it up.
        came_from: dict[int, tuple[int, int] | None] = {part: None}
        queue = [part]
        for taker in queue:
            fits = self.fits[taker]
            if fits & self.open:
                return self._move(taker, _first(fits & self.open), demand, came_from)
            givers = [
                (_first(fits & held), holder)
                for holder, held in enumerate(self.held)
                if fits & held and holder not in came_from
            ]
            for index, holder in sorted(givers):
                came_from[holder] = (taker, index)
                queue.append(holder)
        return 0

    def _move(self, taker: int, index: int, demand: int, came_from: dict[int, tuple[int, int] | None]) -> int:
        """Move as many units along the path as its narrowest step allows, and return how many."""
        taken = self.taken
        amount = min(demand, self.left[index])
        steps = []
        giver = taker
        while (step := came_from[giver]) is not None:
            receiver, given_up = step
            amount = min(amount, taken[giver][given_up])
            steps.append((receiver, given_up, giver))
            giver = receiver
        self.left[index] -= amount
        if not self.left[index]:
            self.open ^= 1 << index
        taken[taker][index] += amount
        self.held[taker] |= 1 << index
        for receiver, given_up, holder in steps:
            taken[receiver][given_up] += amount
            self.held[receiver] |= 1 << given_up
            taken[holder][given_up] -= amount
            if not taken[holder][given_up]:
                self.held[holder] ^= 1 << given_up
        return amount


def _first(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
