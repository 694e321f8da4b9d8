"""A third opinion on sets: the most that they can give, by one integer program that HiGHS solves (SPEC 6, step 1).

Written from the specification alone, for baskets that are too large for the reference engine. It knows rules that form
sets, each unit at a price of its own without other discounts, and whole amounts: rounding is not its matter.

For each rule a whole number of sets. For each of its mixes and each class of equal units, whole numbers of units that
pay and, where the cheapest are free, of units that are. What is in a mix is its quantity times the sets, what is taken
of a class no more than there is. That the cheapest of each set are the free ones is said along falling prices: as sets
can be put in the order of their prices, there is a whole number s of sets for each price from which up at most k x s
units are free, and at least (q - k) x s pay. An amount that a set may be too cheap for has a number for each set of
classes instead.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import comb, floor, prod
from typing import Any, NamedTuple

import highspy

Document = Mapping[str, Any]
# A variable and how often it counts.
Term = tuple[int, int]

# Sets of classes for one rule, at most; more, and there is no program.
MOST_PATTERNS = 5_000
# HiGHS computes in floats: a bound may be off by so much, and every worth is a whole number.
_TOLERANCE = 0.01


class Best(NamedTuple):
    """What sets that were found give, in minor units, and what no sets exceed; both exact, and equal where proven."""

    given: int
    most: int


class UnitClass(NamedTuple):
    """Units that no rule tells apart: their groups, the price of one, and how many they are."""

    groups: frozenset[str]
    price: int
    units: int


class Part(NamedTuple):
    """A mix, or all that a rule without mixes wants: how many units make it up, and which of the classes."""

    quantity: int
    is_rewarded: bool
    classes: tuple[int, ...]


class Program:
    """Whole variables, what each is worth, and rows that limit sums of them."""

    def __init__(self) -> None:
        self.worth: list[int] = []
        self.most: list[int] = []
        self.rows: list[tuple[int | None, int | None, dict[int, int]]] = []

    def variable(self, worth: int, most: int) -> int:
        """Return the number of a new variable from 0 up to `most`."""
        self.worth.append(worth)
        self.most.append(most)
        return len(self.worth) - 1

    def row(self, least: int | None, most: int | None, terms: Iterable[Term]) -> None:
        """Keep a sum between two limits."""
        together: dict[int, int] = {}
        for variable, factor in terms:
            together[variable] = together.get(variable, 0) + factor
        self.rows.append((least, most, together))

    def solve(self, seconds: float) -> Best:
        """Return the best found, as whole numbers that keep every row, and the bound that is proven."""
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5), ("threads", 1)):
            solver.setOptionValue(name, value)
        solver.setOptionValue("time_limit", seconds)
        solver.passModel(self._model())
        solver.run()
        info = solver.getInfo()
        # Without a solution no sets are what is found; without a bound nothing is proven.
        values = [round(value) for value in solver.getSolution().col_value] or [0] * len(self.worth)
        given = (
            sum(value * worth for value, worth in zip(values, self.worth, strict=True)) if self._keeps(values) else 0
        )
        bound = -info.mip_dual_bound
        return Best(given, max(given, floor(bound + _TOLERANCE)))

    def _model(self) -> highspy.HighsLp:
        infinity = highspy.kHighsInf
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.worth), len(self.rows)
        model.col_cost_ = [-float(worth) for worth in self.worth]
        model.col_lower_ = [0.0] * len(self.worth)
        model.col_upper_ = [float(most) for most in self.most]
        model.row_lower_ = [-infinity if least is None else float(least) for least, _, _ in self.rows]
        model.row_upper_ = [infinity if most is None else float(most) for _, most, _ in self.rows]
        starts, indexes, factors = [0], list[int](), list[float]()
        for _, _, terms in self.rows:
            indexes += terms
            factors += [float(factor) for factor in terms.values()]
            starts.append(len(indexes))
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_, matrix.index_, matrix.value_ = starts, indexes, factors
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self.worth)
        return model

    def _keeps(self, values: Sequence[int]) -> bool:
        """Whether whole numbers are within all limits, told in whole numbers."""
        if any(not 0 <= value <= most for value, most in zip(values, self.most, strict=True)):
            return False
        sums = (
            (least, most, sum(values[variable] * factor for variable, factor in terms.items()))
            for least, most, terms in self.rows
        )
        return all((least is None or least <= total) and (most is None or total <= most) for least, most, total in sums)


def best_sets(rules: Sequence[Document], receipt: Document, seconds: float = 30) -> Best | None:
    """Return the most that all sets give together; None where amounts that are capped have too many kinds of sets."""
    classes = list(classes_of(receipt))
    program = Program()
    taken: list[list[Term]] = [[] for _ in classes]
    for rule in rules:
        if not _add(rule, classes, program, taken):
            return None
    for unit_class, terms in zip(classes, taken, strict=True):
        if terms:
            program.row(None, unit_class.units, terms)
    return program.solve(seconds)


def classes_of(receipt: Document) -> Iterator[UnitClass]:
    """Yield the units of a receipt by groups and price."""
    counts: dict[tuple[frozenset[str], int], int] = {}
    for line in receipt["items"]:
        price, rest = divmod(line["gross_amount"], line["quantity"])
        assert not rest, "units of one line have one price here"
        key = frozenset(group["id"] for group in line["groups"]), price
        counts[key] = counts.get(key, 0) + line["quantity"]
    for (groups, price), count in sorted(counts.items(), key=lambda one: (-one[0][1], sorted(one[0][0]))):
        yield UnitClass(groups, price, count)


def parts_of(rule: Document, classes: Sequence[UnitClass]) -> list[Part]:
    """Return the mixes of a rule, or the one part that it is."""
    item = rule["requirement"]["item"]
    mixes = item.get("mixes") or [{"items": item["items"], "quantity": item.get("quantity", 1)}]
    return [
        Part(
            mix["quantity"],
            mix.get("reward_eligible", True),
            tuple(
                number
                for number, unit_class in enumerate(classes)
                if any(matcher["group_id"] in unit_class.groups for matcher in mix["items"])
            ),
        )
        for mix in mixes
    ]


def _whole(amount: Fraction) -> int:
    assert amount.denominator == 1, f"{amount} is no whole amount"
    return int(amount)


def _add(rule: Document, classes: Sequence[UnitClass], program: Program, taken: list[list[Term]]) -> bool:
    """Add a rule to the program; False where it has too many kinds of sets."""
    parts = parts_of(rule, classes)
    reward, prices = rule["reward"], [unit_class.price for unit_class in classes]
    value = Fraction(str(reward["value"]))
    most = min(sum(classes[number].units for number in part.classes) // part.quantity for part in parts)
    most = min(most, rule.get("limitation", {}).get("discount_reward_usage", most))
    match reward["type"]:
        case "discount_percent":
            _add_sums(parts, most, 0, [_whole(price * value / 100) for price in prices], classes, program, taken)
        case "discount_item_new_price":
            _add_sums(parts, most, 0, [max(price - int(value), 0) for price in prices], classes, program, taken)
        case "discount_mix_new_price":
            # A set that costs less than its new price is worth nothing, as no set is: nobody need form it.
            _add_sums(parts, most, -int(value), prices, classes, program, taken)
        case "discount_item_quantity":
            _add_cheapest(parts, most, int(value), prices, classes, program, taken)
        case "discount_item_percent":
            worth = [_whole(price * value / 100) for price in prices]
            _add_cheapest(parts, most, 1, worth, classes, program, taken)
        case "discount_amount":
            return _add_capped(parts, most, int(value), classes, program, taken)
        case other:
            raise AssertionError(other)
    return True


def _add_part(
    part: Part,
    sets: Iterable[Term],
    worth: Sequence[int] | None,
    classes: Sequence[UnitClass],
    program: Program,
    taken: list[list[Term]],
) -> dict[int, int]:
    """Add the units of one part of some sets, each with what it is worth; return the variable of each class."""
    variables = {
        number: program.variable(worth[number] if worth is not None else 0, classes[number].units)
        for number in part.classes
    }
    for number, variable in variables.items():
        taken[number].append((variable, 1))
    filled = [(variable, 1) for variable in variables.values()]
    program.row(0, 0, [*filled, *((variable, -factor * part.quantity) for variable, factor in sets)])
    return variables


def _add_sums(
    parts: Sequence[Part],
    most: int,
    constant: int,
    worth: Sequence[int],
    classes: Sequence[UnitClass],
    program: Program,
    taken: list[list[Term]],
) -> None:
    """Add sets that are worth what their rewarded units are, and a constant each."""
    sets = program.variable(constant, most)
    for part in parts:
        _add_part(part, [(sets, 1)], worth if part.is_rewarded else None, classes, program, taken)


def _add_cheapest(
    parts: Sequence[Part],
    most: int,
    cheapest: int,
    worth: Sequence[int],
    classes: Sequence[UnitClass],
    program: Program,
    taken: list[list[Term]],
) -> None:
    """Add sets whose cheapest rewarded units are worth something, for each way in which these may lie in the mixes."""
    rewarded = [part for part in parts if part.is_rewarded]
    ways = [
        way for way in product(*(range(min(part.quantity, cheapest) + 1) for part in rewarded)) if sum(way) == cheapest
    ]
    sets_of_ways = []
    for way in ways:
        sets = program.variable(0, most)
        sets_of_ways.append((sets, 1))
        for part in parts:
            if not part.is_rewarded:
                _add_part(part, [(sets, 1)], None, classes, program, taken)
        paying, free = [], []
        for part, number in zip(rewarded, way, strict=True):
            pay = part._replace(quantity=part.quantity - number)
            get = part._replace(quantity=number)
            paying.append((pay.quantity, _add_part(pay, [(sets, 1)], None, classes, program, taken)))
            free.append((number, _add_part(get, [(sets, 1)], worth, classes, program, taken)))
        prices = {classes[number].price for part in rewarded for number in part.classes}
        for price in prices:
            begun = program.variable(0, most)
            for number, units in free:
                dear = [(one, 1) for place, one in units.items() if classes[place].price >= price]
                program.row(None, 0, [*dear, (begun, -number)])
            for number, units in paying:
                dear = [(one, 1) for place, one in units.items() if classes[place].price >= price]
                program.row(0, None, [*dear, (begun, -number)])
    program.row(None, most, sets_of_ways)


def _add_capped(
    parts: Sequence[Part],
    most: int,
    value: int,
    classes: Sequence[UnitClass],
    program: Program,
    taken: list[list[Term]],
) -> bool:
    """Add sets that are worth an amount, or what their rewarded units cost where that is less."""
    rewarded = [part for part in parts if part.is_rewarded]
    least = sum(
        sum(
            sorted(price for number in part.classes for price in [classes[number].price] * classes[number].units)[
                : part.quantity
            ]
        )
        for part in rewarded
    )
    if least >= value:
        _add_sums(parts, most, value, [0] * len(classes), classes, program, taken)
        return True
    if prod(comb(len(part.classes) + part.quantity - 1, part.quantity) for part in rewarded) > MOST_PATTERNS:
        return False
    choices = product(*(combinations_with_replacement(part.classes, part.quantity) for part in rewarded))
    patterns = {tuple(sorted(number for units in choice for number in units)) for choice in choices}
    sets = []
    for pattern in sorted(patterns):
        counts = {number: pattern.count(number) for number in pattern}
        if all(count <= classes[number].units for number, count in counts.items()):
            worth = min(value, sum(classes[number].price for number in pattern))
            one = program.variable(worth, most)
            sets.append((one, 1))
            for number, count in counts.items():
                taken[number].append((one, count))
    for part in parts:
        if not part.is_rewarded:
            _add_part(part, sets, None, classes, program, taken)
    program.row(None, most, sets)
    return True
