"""The linear program over whole sets: how many of each set there are, were they not whole numbers.

Its value bounds every packing, and its dual prices say what a unit of each class is worth to the best rivals. Sets
enter one by one, each the best at the prices of the moment (column generation); the tableau is kept in whole numbers
over one denominator, so nothing is rounded. Constraints limit the units of each class, and the sets of an offer.
"""

from collections.abc import Sequence
from typing import NamedTuple

from engine.bits import bits_of
from engine.packing.column_pricing import PricingProblem, SetComposition
from engine.packing.problem import Offer
from engine.packing.transport import TooLong


class SetColumn(NamedTuple):
    """A column of the linear program: one set of an offer."""

    offer: int
    composition: SetComposition


class Constraint(NamedTuple):
    """A limit on the sets of one offer, or on the units of a class that it uses, or that it rewards.

    There are at most `bound` of them, or with `sign` -1 at least `-bound`.
    """

    offer: int
    sign: int
    bound: int
    unit_class: int | None = None
    of_rewarded: bool = False

    def of(self, column: SetColumn) -> int:
        """Return by how much one set counts."""
        if column.offer != self.offer:
            return 0
        if self.unit_class is None:
            return self.sign
        units = 0
        for index, number in column.composition.rewarded if self.of_rewarded else column.composition.used:
            if index == self.unit_class:
                units += number
        return self.sign * units


class LinearProgram:
    """A state of the linear program: a basis, its inverse over `scale`, and what each basic variable is.

    There is a constraint for each class of units, then one for each of `limits`; `constraint_of` has the place of that
    of a class. `basis` has for each row of the tableau its column, or the place of the constraint whose slack is basic.
    """

    def __init__(
        self, offers: Sequence[Offer], pricing_problems: Sequence[PricingProblem], counts: Sequence[int]
    ) -> None:
        """Begin with nothing packed."""
        self.pricing_problems = pricing_problems
        # The offers that may still form sets.
        self.active = list(range(len(pricing_problems)))
        wanted = 0
        for offer in offers:
            wanted |= offer.classes
        self.classes = [index for index in bits_of(wanted) if counts[index]]
        self.constraint_of = {index: place for place, index in enumerate(self.classes)}
        self.limits = [
            Constraint(number, 1, offer.most) for number, offer in enumerate(offers) if offer.most is not None
        ]
        self.number_of_classes = len(counts)
        bounds = [counts[index] for index in self.classes] + [limit.bound for limit in self.limits]
        size = len(bounds)
        self.scale = 1
        self.inverse = [[int(row == column) for column in range(size)] for row in range(size)]
        self.basis: list[SetColumn | int] = list(range(size))
        self.values = bounds
        self.dual_prices = [0] * size
        self.value = 0
        self.pool: list[SetColumn] = []
        self.steps = 0

    def drop(self, worth: int) -> None:
        """Drop the offers of which one set costs so much that no packing with it is worth as much as is known."""
        active = []
        for number in self.active:
            column = self._best_set(number, self.dual_prices, self.scale)
            if column is not None and self.value + self._net(column) >= worth * self.scale:
                active.append(number)
        self.active = active

    def premiums(self, offers: int) -> list[int]:
        """Return what the limits on the sets of each offer cost, over `scale`."""
        premiums = [0] * offers
        for limit, price in zip(self.limits, self.dual_prices[len(self.classes) :], strict=True):
            premiums[limit.offer] += price * limit.bound
        return premiums

    def class_prices(self) -> list[int]:
        """Return what a unit of each class costs, over `scale`."""
        return self._spread(self.dual_prices)

    def copy(self) -> "LinearProgram":
        """Return the same state; what is shared is never changed."""
        twin = LinearProgram((), self.pricing_problems, ())
        twin.active, twin.classes, twin.constraint_of = self.active, self.classes, self.constraint_of
        twin.number_of_classes, twin.scale = self.number_of_classes, self.scale
        twin.dual_prices, twin.value, twin.pool = self.dual_prices, self.value, self.pool
        twin.limits, twin.basis = list(self.limits), list(self.basis)
        twin.inverse, twin.values = list(self.inverse), list(self.values)
        twin.steps = 0
        return twin

    def solve(self, max_steps: int) -> bool:
        """Let sets enter until none is worth more than it costs; False where the steps do not suffice."""
        turn, idle = 0, 0
        while idle < len(self.active):
            if self.steps + self._pivot_cost() > max_steps:
                return False
            least = min(self.dual_prices, default=0)
            if least < 0:
                slack = self.dual_prices.index(least)
                self._enter(slack, -least)
                idle = 0
                continue
            number = self.active[turn]
            try:
                column = self._best_set(number, self.dual_prices, self.scale)
            except TooLong:
                return False
            net = 0 if column is None else self._net(column)
            if column is not None and net > 0:
                self.pool.append(column)
                self._enter(column, net)
                idle = 0
            else:
                idle += 1
                turn = (turn + 1) % len(self.active)
        return True

    def limit(self, constraint: Constraint) -> None:
        """Add a limit on the sets of an offer; `restore` then mends what it breaks."""
        size = len(self.values)
        self.limits.append(constraint)
        fresh = [0] * size
        value = constraint.bound * self.scale
        for number, basic in enumerate(self.basis):
            times = constraint.of(basic) if isinstance(basic, SetColumn) else 0
            if times:
                fresh = [one - times * other for one, other in zip(fresh, self.inverse[number], strict=True)]
                value -= times * self.values[number]
        self.inverse = [[*line, 0] for line in self.inverse]
        self.inverse.append([*fresh, self.scale])
        self.basis.append(size)
        self.values.append(value)
        self.dual_prices = [*self.dual_prices, 0]
        self.steps += size + size * size // 128

    def restore(self, max_steps: int) -> bool | None:
        """Let other sets take the place of those that break a limit; False where none can, None without steps."""
        while True:
            least = min(self.values, default=0)
            if least >= 0:
                return True
            if self.steps + self._pivot_cost() > max_steps:
                return None
            row = self.values.index(least)
            entering = self._mending(row)
            if entering is None:
                return False
            column, net = entering
            self._pivot(row, column, self._in_basis(column), net)

    def _mending(self, row: int) -> tuple[SetColumn | int, int] | None:
        """Return the set or slack that mends a row of the tableau and costs the least, with its net worth."""
        line = self.inverse[row]
        best: tuple[int, int, SetColumn | int] | None = None
        candidates: list[SetColumn | int] = [number for number, entry in enumerate(line) if entry < 0]
        candidates += self.pool
        self.steps += len(self.pool)
        for column in candidates:
            entry = line[column] if isinstance(column, int) else self._along(line, column)
            if entry >= 0:
                continue
            net = -self.dual_prices[column] if isinstance(column, int) else self._net(column)
            if best is None or net * best[1] < best[0] * entry:
                best = net, entry, column
        if best is not None:
            return best[2], best[0]
        # No set known can mend it: the best one at prices that count nothing but this row.
        for number in self.active:
            fresh = self._best_set(number, line, 0)
            if fresh is not None and self._along(line, fresh) < 0:
                self.pool.append(fresh)
                return fresh, self._net(fresh)
        return None

    def _best_set(self, number: int, line: Sequence[int], times: int) -> SetColumn | None:
        """Return the best set of an offer where every constraint costs so much; None where it has none."""
        pricing_problem = self.pricing_problems[number]
        try:
            found = pricing_problem.best(*self._prices_for(number, line), times)
        finally:
            self.steps += pricing_problem.cost + pricing_problem.labels
        return None if found is None else SetColumn(number, found[1])

    def _spread(self, line: Sequence[int]) -> list[int]:
        dual_prices = [0] * self.number_of_classes
        for index, price in zip(self.classes, line, strict=False):
            dual_prices[index] = price
        return dual_prices

    def _prices_for(self, offer: int, line: Sequence[int]) -> tuple[list[int], dict[int, int]]:
        """Return what a unit of each class costs an offer, when every constraint costs so much.

        And what it costs more where it is rewarded.
        """
        dual_prices = self._spread(line)
        rewards: dict[int, int] = {}
        place = len(self.classes)
        for limit in self.limits:
            if limit.offer == offer and limit.unit_class is not None:
                more = limit.sign * line[place]
                if limit.of_rewarded:
                    rewards[limit.unit_class] = rewards.get(limit.unit_class, 0) + more
                else:
                    dual_prices[limit.unit_class] += more
            place += 1
        return dual_prices, rewards

    def _along(self, line: Sequence[int], column: SetColumn) -> int:
        """Return the entry of a set in a row of the tableau, or what it costs at some prices."""
        total = 0
        for index, number in column.composition.used:
            total += line[self.constraint_of[index]] * number
        place = len(self.classes)
        for limit in self.limits:
            if limit.offer == column.offer:
                total += limit.of(column) * line[place]
            place += 1
        return total

    def _net(self, column: SetColumn) -> int:
        return column.composition.worth * self.scale - self._along(self.dual_prices, column)

    def _in_basis(self, column: SetColumn | int) -> list[int]:
        if isinstance(column, int):
            return [line[column] for line in self.inverse]
        return [self._along(line, column) for line in self.inverse]

    def _enter(self, column: SetColumn | int, net: int) -> None:
        """Let a set or slack enter, as far as the values allow."""
        entries = self._in_basis(column)
        leaving = -1
        for row, entry in enumerate(entries):
            if entry > 0 and (leaving < 0 or self.values[row] * entries[leaving] < self.values[leaving] * entry):
                leaving = row
        self._pivot(leaving, column, entries, net)

    def _pivot(self, row: int, column: SetColumn | int, entries: Sequence[int], net: int) -> None:
        """Put a set or slack in the place of a row's basic variable; every division is exact."""
        pivot, scale = entries[row], self.scale
        line, value = self.inverse[row], self.values[row]
        sign = 1 if pivot > 0 else -1
        pivot *= sign
        inverse, values = [], []
        for number, across in enumerate(entries):
            entry = sign * across
            if number == row:
                inverse.append(line if sign > 0 else [-one for one in line])
                values.append(sign * value)
            elif entry or pivot != scale:
                other = self.inverse[number]
                inverse.append([(pivot * one - entry * two) // scale for one, two in zip(other, line, strict=True)])
                values.append((pivot * self.values[number] - entry * value) // scale)
            else:
                inverse.append(self.inverse[number])
                values.append(self.values[number])
        self.dual_prices = [
            (pivot * one + sign * net * two) // scale for one, two in zip(self.dual_prices, line, strict=True)
        ]
        self.value = (pivot * self.value + sign * net * value) // scale
        self.inverse, self.values, self.scale = inverse, values, pivot
        self.basis[row] = column
        self.steps += self._pivot_cost()

    def _pivot_cost(self) -> int:
        return pivot_cost(len(self.values), self.scale)


def most_of(composition: SetComposition, counts: Sequence[int]) -> int:
    """Return for how many such sets the units suffice."""
    needed: dict[int, int] = {}
    for index, units in composition.used:
        needed[index] = needed.get(index, 0) + units
    return min([counts[index] // units for index, units in needed.items()])


def pivot_cost(constraints: int, scale: int) -> int:
    """Return the steps of putting one set in the place of another."""
    # Numbers of many words take longer to multiply.
    return 8 + constraints * constraints * (64 + scale.bit_length()) // 512
