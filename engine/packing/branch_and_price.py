"""The best packing by branch and price: where the linear program says 2.4 sets, it has 2 or less, or 3 or more.

Each half is solved in turn, and left when even the linear program makes no more of it than the best packing found. What
it says is rounded down to a packing first, and the units left over are filled in.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from engine.bits import bits_of
from engine.packing.closed_form import pack_alone, transported
from engine.packing.closed_form_untied import pack_many
from engine.packing.column_pricing import pricing_problem_of
from engine.packing.dynamic_program import DualPrices, scan
from engine.packing.linear_program import Constraint, LinearProgram, SetColumn, pivot_cost
from engine.packing.problem import Form, Offer, Packed, Packing
from engine.packing.tie_order import TieOrder
from engine.packing.transport import TooLong

# The units that are scanned at most, and the part of the steps left that may go into ties once the worth is proven.
_MOST_SCANNED = 256
_TIE_PART = 8
# The part of the steps that goes into numbers of sets and units before all units are scanned.
_BRANCHED_PART = 4


def pack_by_branching(
    offers: Sequence[Offer],
    counts: Sequence[int],
    found: tuple[Packed, ...],
    max_steps: int,
    cutoff: int | None = None,
) -> Packing | None:
    """Return the best packing of offers, at least as good as one that was found; None where no linear
    program covers them.

    It is optimal when it is proven to be worth the most. Of packings that are worth the same it need not be the one
    that settles ties, where a scan for those would take too long. Nothing more is asked for once it is proven that no
    packing is worth more than `cutoff`.
    """
    wanted = limits = 0
    for offer in offers:
        wanted |= offer.classes
        limits += offer.most is not None
    size = sum([1 for index in bits_of(wanted) if counts[index]]) + limits
    # Telling that not even one set can enter must not take longer than letting it.
    if size * len(offers) // 4 + pivot_cost(size, 1) > max_steps:
        return None
    pricing_problems = [
        pricing_problem
        for pricing_problem in [pricing_problem_of(offer, counts) for offer in offers]
        if pricing_problem is not None
    ]
    if len(pricing_problems) < len(offers):
        return None
    root = LinearProgram(offers, pricing_problems, counts)
    root.steps = size * len(offers) // 8 + sum([pricing_problem.setup for pricing_problem in pricing_problems])
    if not root.solve(max_steps):
        return None
    tree = _Tree(offers, counts, found, cutoff or 0, root)
    dual_prices = DualPrices(root.scale, root.class_prices(), root.premiums(len(offers)))
    tree.round(root)
    # Where all are ADDITIVE the numbers of sets decide; else a scan finds more.
    tree.grow(root, max_steps if tree.is_additive else tree.steps + (max_steps - tree.steps) // _BRANCHED_PART)
    tree.scan(root, dual_prices, max_steps)
    return Packing(tree.best, tree.steps, tree.most <= tree.worth, max(tree.most, tree.worth))


def _scan_some(
    offers: Sequence[Offer],
    numbers: Sequence[int],
    counts: Sequence[int],
    least: int,
    max_steps: int,
    dual_prices: DualPrices,
) -> Packing:
    """Return the best packing in which only some of the offers form sets."""
    nothing = (0,) * len(counts)
    packed = [Packed(0, nothing, nothing, 0)] * len(offers)
    if not numbers:
        return Packing(tuple(packed) if least <= 0 else (), 1, optimal=True, most=max(least - 1, 0))
    some = dual_prices._replace(premiums=[dual_prices.premiums[number] for number in numbers])
    scanned = scan([offers[number] for number in numbers], counts, least, max_steps, some)
    if not scanned.packed:
        return scanned
    for number, one in zip(numbers, scanned.packed, strict=True):
        packed[number] = one
    return scanned._replace(packed=tuple(packed))


class _Tree:
    """The halves still to be solved, the best packing so far, and the most that the halves given up may hold."""

    def __init__(
        self,
        offers: Sequence[Offer],
        counts: Sequence[int],
        found: tuple[Packed, ...],
        cutoff: int,
        root: LinearProgram,
    ) -> None:
        self.cutoff = cutoff
        self.offers = offers
        self.counts = counts
        self.best = found
        self.worth = sum([one.worth for one in found])
        self.most = root.value // root.scale
        self.steps = root.steps
        self.is_additive = all(offer.form is Form.ADDITIVE for offer in offers)

    def grow(self, root: LinearProgram, max_steps: int) -> None:
        """Solve one half after the other, as long as the steps last."""
        most_before, self.most = self.most, 0
        open_halves = [root]
        while open_halves:
            program = open_halves.pop()
            most = program.value // program.scale
            if self._leaves(most):
                continue
            if self.steps > max_steps:
                self.most = max(self.most, most)
                continue
            self.round(program)
            if self._leaves(most):
                continue
            between = _constraint_between(program)
            if self.is_additive and (between is None or between.unit_class is not None):
                self._send(program, max_steps)
                between = None
            if between is None:
                self.most = max(self.most, most)
                continue
            halves = []
            for half in (between, between._replace(sign=-1, bound=-between.bound - 1)):
                solved = self._half(program, half, max_steps, most)
                if solved is not None:
                    halves.append(solved)
            # The half that promises more comes first.
            halves.sort(key=lambda one: one.value // one.scale)
            open_halves += halves
        self.most = min(self.most, most_before)

    def scan(self, root: LinearProgram, dual_prices: DualPrices, max_steps: int) -> None:
        """Scan all units for what is worth more, or as much and settles ties."""
        if sum(self.counts) > _MOST_SCANNED:
            return
        root.steps = 0
        least = max(self.worth, self.cutoff + 1)
        root.drop(least)
        self.steps += root.steps
        left = max_steps - self.steps
        if self.most <= self.worth:
            left //= _TIE_PART
        elif self.most <= self.cutoff:
            return
        scanned = _scan_some(self.offers, root.active, self.counts, least, left, dual_prices)
        self.steps += scanned.steps
        if scanned.optimal:
            self.most = scanned.most
            if scanned.packed:
                self.best, self.worth = scanned.packed, scanned.most

    def _leaves(self, most: int) -> bool:
        """Say whether a half need not be solved further, and note what it may hold."""
        if self.worth < most <= self.cutoff:
            self.most = max(self.most, most)
        return most <= max(self.worth, self.cutoff)

    def _half(self, program: LinearProgram, constraint: Constraint, max_steps: int, most: int) -> LinearProgram | None:
        """Return one half, solved; None where nothing fits it, or the steps do not suffice."""
        half = program.copy()
        half.limit(constraint)
        left = max(0, max_steps - self.steps)
        can_be = half.restore(left)
        is_solved = bool(can_be) and half.solve(left)
        self.steps += half.steps
        if can_be is False:
            return None
        if not is_solved:
            self.most = max(self.most, most)
            return None
        return half

    def _send(self, program: LinearProgram, max_steps: int) -> None:
        """Send units to parts for whole numbers of sets of ADDITIVE offers: the units then come out whole."""
        cost = 10 * len(self.offers) * len(self.counts)
        if self.steps + cost > max_steps:
            return
        sets = [number // program.scale for number in _sets(program, len(self.offers))]
        self.steps += cost
        with suppress(TooLong):
            tie_order = TieOrder(len(self.offers), self.counts)
            self._keep(transported(self.offers, sets, self.counts, tie_order) or self.best)

    def round(self, program: LinearProgram) -> None:
        """Round the sets down, let the offers fill in what is left, then each have what the others leave it."""
        packed = _rounded(program, self.offers, self.counts)
        left = list(self.counts)
        for one in packed:
            left = [count - used for count, used in zip(left, one.used, strict=True)]
        numbers = _sets(program, len(self.offers))
        order = sorted(range(len(self.offers)), key=lambda number: (-(numbers[number] % program.scale), number))
        for number in order:
            offer, before = self.offers[number], packed[number]
            free = [count + used for count, used in zip(left, before.used, strict=True)]
            self.steps += 10 + len(free)
            after = pack_alone(offer, free) or _added(offer, before, left)
            if after is not None and after.worth > before.worth:
                packed[number] = after
                left = [count - used for count, used in zip(free, after.used, strict=True)]
        self._keep(tuple(packed))

    def _keep(self, packed: tuple[Packed, ...]) -> None:
        worth = sum([one.worth for one in packed])
        if worth > self.worth:
            self.best, self.worth = packed, worth


def _added(offer: Offer, before: Packed, left: Sequence[int]) -> Packed | None:
    """Return what an offer without a closed form makes of what is left, on top of what it has."""
    more = pack_many(offer if offer.most is None else replace(offer, most=offer.most - before.sets), left)
    if more is None:
        return None
    return _sum(before, more)


def _sum(one: Packed, other: Packed) -> Packed:
    """Return the sets of two packings of one offer."""
    return Packed(
        one.sets + other.sets,
        tuple([count + more for count, more in zip(one.used, other.used, strict=True)]),
        tuple([count + more for count, more in zip(one.rewarded, other.rewarded, strict=True)]),
        one.worth + other.worth,
    )


def _sets(program: LinearProgram, offers: int) -> list[int]:
    """Return how many sets each offer forms, over the scale of the linear program."""
    numbers = [0] * offers
    for basic, value in zip(program.basis, program.values, strict=True):
        if isinstance(basic, SetColumn):
            numbers[basic.offer] += value
    return numbers


def _constraint_between(program: LinearProgram) -> Constraint | None:
    """Return a limit on the offer whose number of sets is farthest from whole; None where all are whole.

    Where only units of classes are in parts, the limit is on those that one offer uses.
    """
    scale = program.scale
    best = None
    for offer, number in enumerate(_sets(program, len(program.pricing_problems))):
        part = number % scale
        if part and (best is None or min(part, scale - part) > best[0]):
            best = min(part, scale - part), Constraint(offer, 1, number // scale)
    if best is not None:
        return best[1]
    for (offer, index), number in _units(program).items():
        part = number % scale
        if part and (best is None or min(part, scale - part) > best[0]):
            best = min(part, scale - part), Constraint(offer, 1, number // scale, index)
    return None if best is None else best[1]


def _units(program: LinearProgram) -> dict[tuple[int, int], int]:
    """Return how many units of each class each offer uses, over the scale of the linear program."""
    units: dict[tuple[int, int], int] = {}
    for basic, value in zip(program.basis, program.values, strict=True):
        if isinstance(basic, SetColumn):
            for index, number in basic.composition.used:
                key = basic.offer, index
                units[key] = units.get(key, 0) + number * value
    return units


def _rounded(program: LinearProgram, offers: Sequence[Offer], counts: Sequence[int]) -> list[Packed]:
    """Return the packing of as many whole sets as the linear program has of each."""
    sets, worth = [0] * len(offers), [0] * len(offers)
    used = [[0] * len(counts) for _ in offers]
    rewarded = [[0] * len(counts) for _ in offers]
    for basic, value in zip(program.basis, program.values, strict=True):
        number = value // program.scale
        if not isinstance(basic, SetColumn) or not number:
            continue
        sets[basic.offer] += number
        worth[basic.offer] += number * basic.composition.worth
        for index, units in basic.composition.used:
            used[basic.offer][index] += number * units
        for index, units in basic.composition.rewarded:
            rewarded[basic.offer][index] += number * units
    return [
        Packed(sets[number], tuple(used[number]), tuple(rewarded[number]), worth[number])
        for number in range(len(offers))
    ]
