"""The work of an evaluation, counted in steps, and the bound beyond which it is refused.

A step is about a microsecond of plain CPython, whatever is done. Every kind of work counts: rules looked at, lines and
runs of units touched, states of a search. Counts are added in bulk where a loop begins or ends, and depend on nothing
but the input.
"""

from collections.abc import Sized

from engine.settings import TooMuchWork
from rules import Fault


class Meter:
    """The steps taken so far; `most` is how many there may be, None for any number."""

    __slots__ = ("lines", "most", "rules", "work")

    def __init__(self, most: int | None, lines: Sized) -> None:
        """Begin with none; `lines` are those of the receipt."""
        self.work = 0
        self.most = most
        self.lines = len(lines)
        # How many rules qualify, once that is known.
        self.rules: int | None = None

    def spend(self, steps: int) -> None:
        """Count steps, those taken or those about to be taken; TooMuchWork where they are too many."""
        self.work += steps
        if self.most is not None and self.work > self.most:
            raise self.refusal()

    def left(self, steps: int) -> int:
        """Return how many of so many steps may still be taken before the work is too much, and one beyond."""
        return steps if self.most is None else min(steps, self.most - self.work + 1)

    def refusal(self) -> TooMuchWork:
        """Return what is said of too much work."""
        rules = "the rules that could qualify" if self.rules is None else f"{self.rules} qualifying rules"
        sentence = (
            f"{self.lines} lines and {rules} take more than max_work ({self.most} steps); split the receipt, let fewer "
            "rules qualify at once, or raise max_work"
        )
        refused = TooMuchWork((Fault("items", sentence),))
        refused.work = self.work
        return refused
