"""The order of packings as a whole number for each choice: the best packing is the one whose choices add up to most.

From the most significant digit: worth; fewer sets; more sets of each offer in turn; each offer's used units in turn,
earlier classes first; each offer's rewarded units likewise (SPEC 6, step 1, ties). Of two lists of equal length the
smaller one has more units in the first class where they differ, so counts per class in unit order compare as digits.
"""

from collections.abc import Sequence


class TieOrder:
    """The weight of each choice. A digit is as wide as the count it can reach, so digits never carry."""

    def __init__(self, offers: int, counts: Sequence[int]) -> None:
        """Give each choice its digit, from the least significant one up."""
        total = sum(counts)
        shift = 0
        self.rewarded: list[list[int]] = [[] for _ in range(offers)]
        self.used: list[list[int]] = [[] for _ in range(offers)]
        for digits in (self.rewarded, self.used):
            for offer in reversed(range(offers)):
                weights = [0] * len(counts)
                for index in reversed(range(len(counts))):
                    weights[index] = 1 << shift
                    shift += counts[index].bit_length()
                digits[offer] = weights
        self.sets = [0] * offers
        for offer in reversed(range(offers)):
            self.sets[offer] = 1 << shift
            shift += total.bit_length()
        # One set fewer outweighs every digit below it.
        self.sets = [weight - (1 << shift) for weight in self.sets]
        shift += total.bit_length()
        self.worth = 1 << shift
