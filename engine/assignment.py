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
    taken = [[0] * len(supplies) for _ in demands]
    left = list(supplies)
    filled = []
    for part, demand in enumerate(demands):
        got = 0
        while got < demand and (more := _augment(part, demand - got, taken, left, fits)):
            got += more
        filled.append(got)
    return filled


def _augment(part: int, demand: int, taken: list[list[int]], left: list[int], fits: Sequence[int]) -> int:
    """Give a part up to `demand` units along one path: a class with units left, or one that another part gives up."""
    # Breadth first over parts: came_from[p] = (part that wants a unit of the class, class), where p gives it up.
    came_from: dict[int, tuple[int, int] | None] = {part: None}
    queue = [part]
    for taker in queue:
        for index in range(len(left)):
            if not fits[taker] >> index & 1:
                continue
            if left[index]:
                return _move(taker, index, demand, taken, left, came_from)
            for holder in range(len(taken)):
                if holder not in came_from and taken[holder][index]:
                    came_from[holder] = (taker, index)
                    queue.append(holder)
    return 0


def _move(
    taker: int,
    index: int,
    demand: int,
    taken: list[list[int]],
    left: list[int],
    came_from: dict[int, tuple[int, int] | None],
) -> int:
    """Move as many units along the path as its narrowest step allows, and return how many."""
    amount = min(demand, left[index])
    steps = []
    giver = taker
    while (step := came_from[giver]) is not None:
        receiver, given_up = step
        amount = min(amount, taken[giver][given_up])
        steps.append((receiver, given_up, giver))
        giver = receiver
    left[index] -= amount
    taken[taker][index] += amount
    for receiver, given_up, holder in steps:
        taken[receiver][given_up] += amount
        taken[holder][given_up] -= amount
    return amount
