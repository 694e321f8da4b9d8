"""The best packing by branch and price: where the linear program says 2.4 sets, it has 2 or less, or 3 or more.

The half that promises most is solved next, of equal ones the latest, and what is left when the steps run out, or
nothing promises more than the best packing found, bounds all packings. What each linear program says is made whole in
three ways: its sets are rounded down; or each offer packs the units of which it has the largest share; or what is there
most of is made whole, and a linear program of the units left says what comes next. Then the units left over are filled
in.
"""

from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush

from engine.bits import bits_of
from engine.packing.closed_form import most_sets, pack_alone
from engine.packing.column_pricing import SetComposition, pricing_problem_of
from engine.packing.dynamic_program import DualPrices, scan
from engine.packing.greedy import pack_some
from engine.packing.linear_program import Constraint, LinearProgram, SetColumn, most_of, pivot_cost
from engine.packing.problem import Form, Offer, Packed, Packing

# The units that are scanned at most, and the part of the steps left that may go into ties once the worth is proven.
_MOST_SCANNED = 256
_TIE_PART = 8
# The part of the steps that is kept for scanning all units, where there are few enough.
_SCANNED_PART = 4
_FEW_UNITS = 48
# The part of the steps that the first packing made set by set may take.
_DIVE_PART = 8
# The steps into which the packing of one offer's share of the units may go.
_OWN_STEPS = 500

_NO_SET = SetComposition(0, (), ())


def pack_by_branching(
    offers: Sequence[Offer],
    counts: Sequence[int],
    found: tuple[Packed, ...],
    max_steps: int,
    cutoff: int | None = None,
) -> Packing:
    """Return the best packing of offers, at least as good as one that was found.

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
        return _unsolved(offers, counts, found, 0)
    root = _begin(offers, counts)
    if not root.solve(max_steps):
        return _unsolved(offers, counts, found, root.steps)
    tree = _Tree(offers, counts, found, cutoff or 0, root)
    dual_prices = DualPrices(root.scale, root.class_prices(), root.premiums(len(offers)))
    tree.round(root)
    # Where all are ADDITIVE the numbers of sets decide; else a scan of few units may find more.
    kept = 0 if tree.is_additive or sum(counts) > _FEW_UNITS else max(0, max_steps - tree.steps) // _SCANNED_PART
    if not tree.is_additive and tree.most > max(tree.worth, tree.cutoff):
        tree.dive(root, tree.steps + max(0, max_steps - tree.steps) // _DIVE_PART)
    tree.grow(root, max_steps - kept)
    tree.scan(root, dual_prices, max_steps)
    return Packing(tree.best, tree.steps, tree.most <= tree.worth, max(tree.most, tree.worth))


def _begin(offers: Sequence[Offer], counts: Sequence[int]) -> LinearProgram:
    """Return the linear program over the sets of some offers, not solved yet."""
    pricing_problems = [pricing_problem_of(offer, counts) for offer in offers]
    program = LinearProgram(offers, pricing_problems, counts)
    program.steps = len(program.values) * len(offers) // 8
    program.steps += sum([pricing_problem.setup for pricing_problem in pricing_problems])
    return program


def _unsolved(offers: Sequence[Offer], counts: Sequence[int], found: tuple[Packed, ...], steps: int) -> Packing:
    """Return what was found, and what no packing exceeds: most sets of each offer, each unit at its highest value."""
    unit_values: Sequence[int] = offers[0].unit_values
    for offer in offers[1:]:
        unit_values = list(map(max, unit_values, offer.unit_values))
    most = sum([max(0, offer.constant) * most_sets(offer, counts) for offer in offers])
    most += sum([unit_value * count for unit_value, count in zip(unit_values, counts, strict=True)])
    return Packing(found, steps, optimal=False, most=most)


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
        # Each with what it promises, less than 0 so that the largest comes first, and its number.
        self.halves: list[tuple[int, int, LinearProgram]] = []
        self.opened = 0

    def grow(self, root: LinearProgram, max_steps: int) -> None:
        """Solve one half after the other, that which promises most first, as long as the steps last."""
        self.most = 0
        self._open(root)
        while self.halves:
            negative, _, program = heappop(self.halves)
            most = -negative
            if self._leaves(most):
                # The others promise no more.
                break
            if self.steps > max_steps:
                self.most = max(self.most, most)
                break
            self.round(program)
            if self._leaves(most):
                continue
            between = _constraint_between(program)
            if between is None:
                # All numbers are whole, and yet the sets need not be: then nothing is left to branch on.
                self.dive(program, max_steps)
                if not self._leaves(most):
                    self.most = max(self.most, most)
                continue
            for half in (between, between._replace(sign=-1, bound=-between.bound - 1)):
                self._halve(program, half, max_steps, most)

    def _open(self, program: LinearProgram) -> None:
        self.opened += 1
        heappush(self.halves, (-(program.value // program.scale), -self.opened, program))

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

    def _halve(self, program: LinearProgram, constraint: Constraint, max_steps: int, most: int) -> None:
        """Open one half, solved, unless nothing fits it; `most` bounds it where the steps do not suffice."""
        half = program.copy()
        half.limit(constraint)
        left = max(0, max_steps - self.steps)
        can_be = half.restore(left)
        is_solved = bool(can_be) and half.solve(left)
        self.steps += half.steps
        if is_solved:
            self._open(half)
        elif can_be is not False:
            self.most = max(self.most, most)

    def round(self, program: LinearProgram) -> None:
        """Round the sets down, let the offers fill in what is left, then each have what the others leave it."""
        self._fill(program, _rounded(program, self.offers, self.counts))
        if not self._leaves(program.value // program.scale):
            self._fill(program, self._own(program))

    def dive(self, program: LinearProgram, max_steps: int) -> None:
        """Make whole what the linear program has most of, and solve one of the units that are left, until none is."""
        left = list(self.counts)
        packed = [_alike(0, _NO_SET, len(left)) for _ in self.offers]
        while taken := _whole(program, left):
            for column, number in taken:
                packed[column.offer] = _sum(packed[column.offer], _alike(number, column.composition, len(left)))
                for index, units in column.composition.used:
                    left[index] -= number * units
            offers = [
                offer if offer.most is None else replace(offer, most=offer.most - one.sets)
                for offer, one in zip(self.offers, packed, strict=True)
            ]
            program = _begin(offers, left)
            is_solved = program.solve(max(0, max_steps - self.steps))
            self.steps += program.steps
            if not is_solved:
                break
        self._fill(program, packed)

    def _own(self, program: LinearProgram) -> list[Packed]:
        """Return what each offer makes of the units of which it has the largest share."""
        own = [[0] * len(self.counts) for _ in self.offers]
        left = list(self.counts)
        shares = []
        for (offer, index), number in _units(program).items():
            own[offer][index], part = divmod(number, program.scale)
            left[index] -= own[offer][index]
            if part:
                shares.append((-part, offer, index))
        for _, offer, index in sorted(shares):
            if left[index] > 0:
                own[offer][index] += 1
                left[index] -= 1
        packed = []
        for packer, mine in zip(self.offers, own, strict=True):
            self.steps += 10 + len(mine)
            found, steps = pack_some(packer, mine, _OWN_STEPS)
            self.steps += steps
            packed.append(found)
        return packed

    def _fill(self, program: LinearProgram, packed: list[Packed]) -> None:
        """Let each offer in turn have what the others leave it."""
        left = list(self.counts)
        for one in packed:
            left = [count - used for count, used in zip(left, one.used, strict=True)]
        numbers = _sets(program, len(self.offers))
        order = sorted(range(len(self.offers)), key=lambda number: (-(numbers[number] % program.scale), number))
        for number in order:
            offer, before = self.offers[number], packed[number]
            free = [count + used for count, used in zip(left, before.used, strict=True)]
            self.steps += 10 + len(free)
            after = pack_alone(offer, free) or self._added(offer, before, left)
            if after.worth > before.worth:
                packed[number] = after
                left = [count - used for count, used in zip(free, after.used, strict=True)]
        self._keep(tuple(packed))

    def _added(self, offer: Offer, before: Packed, left: Sequence[int]) -> Packed:
        """Return what an offer without a closed form makes of what is left, on top of what it has."""
        more = offer if offer.most is None else replace(offer, most=offer.most - before.sets)
        if not most_sets(more, left):
            return before
        found, steps = pack_some(more, left, _OWN_STEPS)
        self.steps += steps
        return _sum(before, found)

    def _keep(self, packed: tuple[Packed, ...]) -> None:
        worth = sum([one.worth for one in packed])
        if worth > self.worth:
            self.best, self.worth = packed, worth


def _whole(program: LinearProgram, counts: Sequence[int]) -> list[tuple[SetColumn, int]]:
    """Return the sets of which the linear program has one or more, in whole numbers; or one that it has a part of.

    As far as the units suffice.
    """
    columns = [
        (value, basic)
        for basic, value in zip(program.basis, program.values, strict=True)
        if isinstance(basic, SetColumn) and value
    ]
    left = list(counts)
    taken: list[tuple[SetColumn, int]] = []
    # Sorting keeps equal ones in their order.
    for value, column in sorted(columns, key=lambda one: -one[0]):
        number = value // program.scale
        if not number and taken:
            break
        number = min(max(1, number), most_of(column.composition, left))
        if number:
            taken.append((column, number))
            for index, units in column.composition.used:
                left[index] -= number * units
    return taken


def _alike(number: int, composition: SetComposition, classes: int) -> Packed:
    """Return so many sets that are alike."""
    used, rewarded = [0] * classes, [0] * classes
    for index, units in composition.used:
        used[index] += number * units
    for index, units in composition.rewarded:
        rewarded[index] += number * units
    return Packed(number, tuple(used), tuple(rewarded), number * composition.worth)


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
    # Of the units that are used those that are rewarded are chosen, too, where that is not told by the part.
    for of_rewarded in (False, True):
        for (offer, index), number in _units(program, of_rewarded=of_rewarded).items():
            part = number % scale
            if part and (best is None or min(part, scale - part) > best[0]):
                best = min(part, scale - part), Constraint(offer, 1, number // scale, index, of_rewarded)
        if best is not None:
            return best[1]
    return None


def _units(program: LinearProgram, *, of_rewarded: bool = False) -> dict[tuple[int, int], int]:
    """Return how many units of each class each offer uses, or rewards, over the scale of the linear program."""
    units: dict[tuple[int, int], int] = {}
    for basic, value in zip(program.basis, program.values, strict=True):
        if isinstance(basic, SetColumn):
            for index, number in basic.composition.rewarded if of_rewarded else basic.composition.used:
                key = basic.offer, index
                units[key] = units.get(key, 0) + number * value
    return units


def _rounded(program: LinearProgram, offers: Sequence[Offer], counts: Sequence[int]) -> list[Packed]:
    """Return the packing of as many whole sets as the linear program has of each."""
    packed = [_alike(0, _NO_SET, len(counts)) for _ in offers]
    for basic, value in zip(program.basis, program.values, strict=True):
        if isinstance(basic, SetColumn) and value >= program.scale:
            sets = _alike(value // program.scale, basic.composition, len(counts))
            packed[basic.offer] = _sum(packed[basic.offer], sets)
    return packed
