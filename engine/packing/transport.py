"""Units on their way to parts, worth most: a transport along paths.

Units go along the path that adds most, as many at once as its narrowest step allows. Such a path may take units from
one part and give them to another, so nothing decided early is final.
"""

from collections.abc import Callable, Sequence

# What one transport may take, in looks at a class of a part: some milliseconds. Where each line has an odd unit the
# paths of large transports move unit by unit.
MOST_LOOKS = 30_000


def last_where(holds: Callable[[int], bool], most: int) -> int:
    """Return the largest number up to `most` for which something holds that holds for all smaller ones but 0."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


class TooLong(Exception):
    """A transport takes more than anyone waits for; what it would have found is searched in another way."""


class Transport:
    """Units on their way from classes to parts: how many each part has of each class, and what they are worth there.

    `masks` has the classes each part accepts, and `weights` what a unit of each class is worth in each part.
    """

    def __init__(
        self,
        masks: Sequence[int],
        weights: Sequence[Sequence[int]],
        counts: Sequence[int],
        most_looks: int = MOST_LOOKS,
    ) -> None:
        self.masks = masks
        self.weights = weights
        self.left = list(counts)
        self.taken = [[0] * len(counts) for _ in masks]
        self.looks = 0
        self.most_looks = most_looks

    def run(self, demands: list[int]) -> int | None:
        """Give every part as many units as it demands; return what all are worth, None where that can't be done.

        TooLong where it would take more than `most_looks`.
        """
        total = 0
        looks = len(self.masks) * len(self.masks) * len(self.left)
        while any(demands):
            self.looks += looks
            if self.looks > self.most_looks:
                raise TooLong
            moved = self._augment(demands)
            if moved is None:
                return None
            added, number = moved
            total += added * number
        return total

    def _augment(self, demands: list[int]) -> tuple[int, int] | None:
        """Move units along the path that adds most per unit; return what that is, and how many were moved."""
        best: dict[int, tuple[int, tuple[tuple[int, int], ...]]] = {
            part: (0, ()) for part, demand in enumerate(demands) if demand
        }
        # Each round lets paths pass through one part more; no path that adds most passes one twice, so this ends.
        while any([self._relax(part, added, path, best) for part, (added, path) in list(best.items())]):  # noqa: C419
            pass
        choices = [
            (added + self.weights[part][index], part, index)
            for part, (added, _) in best.items()
            for index, left in enumerate(self.left)
            if left and self.masks[part] >> index & 1
        ]
        if not choices:
            return None
        added, part, index = max(choices, key=lambda choice: (choice[0], -choice[1], -choice[2]))
        return added, self._move(part, index, best[part][1], demands)

    def _relax(
        self,
        part: int,
        added: int,
        path: tuple[tuple[int, int], ...],
        best: dict[int, tuple[int, tuple[tuple[int, int], ...]]],
    ) -> bool:
        """See whether the path to a part goes on to others by taking units over from them."""
        is_better = False
        mask, weights = self.masks[part], self.weights[part]
        for giver, taken in enumerate(self.taken):
            if giver == part:
                continue
            for index, count in enumerate(taken):
                if not count or not mask >> index & 1:
                    continue
                through = added + weights[index] - self.weights[giver][index]
                if giver not in best or through > best[giver][0]:
                    best[giver] = through, (*path, (part, index))
                    is_better = True
        return is_better

    def _move(self, last: int, index: int, path: tuple[tuple[int, int], ...], demands: list[int]) -> int:
        """Move units: the last part takes them from the class, each before it takes some over from the next."""
        first = path[0][0] if path else last
        givers = [part for part, _ in path[1:]] + [last]
        number = min(demands[first], self.left[index])
        for (_, handed), giver in zip(path, givers, strict=False):
            number = min(number, self.taken[giver][handed])
        for (receiver, handed), giver in zip(path, givers, strict=False):
            self.taken[receiver][handed] += number
            self.taken[giver][handed] -= number
        self.taken[last][index] += number
        self.left[index] -= number
        demands[first] -= number
        return number
