"""Which receipts of a batch the rules can concern, found column by column: a superset of those where any qualifies.

Rules are put into classes that share their window, stores, currencies, least amount and what their touch means. Each
class is one bit. A receipt has the bits of the keys that its lines and fields show (engine.keys), less those of the
classes that its time, store, currency or amount rule out.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntFlag
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.basket.basket import Basket, lay_out
from engine.compiled.requirements import Check, Path
from engine.compiled.rule import ALWAYS, CompiledRule
from engine.index.keys import Fact, Keys, keys_of
from engine.settings import Settings
from rabatt.simulation.archive.facts import BoolArray, Facts, FieldPath, Ragged, ReadPlan
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.options import Options
from rabatt.simulation.worlds import Worlds
from rules import read_receipt

Bits: TypeAlias = npt.NDArray[np.uint64]

# Beyond these many bits, neighbouring classes are put together: what they rule out is then less, and still sound.
MOST_CLASSES: Final = 256
_WORD: Final = 64
_WORD_MASK: Final = (1 << _WORD) - 1
# A basket that lacks more than this share of a least amount is not counted as a near miss.
NEAR_PERCENT: Final = 25
_STORE_ID: Final[Path] = ("id",)


class Touch(IntFlag):
    """What a rule that can concern a receipt means for it, and whether a return line says that some was returned."""

    CANDIDATE = 1
    CHANGED = 2
    HISTORY = 4
    NEAR = 8
    RETURNED = 16


# All that rules can mean.
EVERY_TOUCH: Final = Touch.CANDIDATE | Touch.CHANGED | Touch.HISTORY | Touch.NEAR


@dataclass(frozen=True, slots=True)
class _Class:
    """What the rules of one bit have in common; `stores` and `currencies` are None where any will do."""

    touch: Touch
    opens: int
    closes: int
    least_gross: int
    stores: frozenset[str] | None
    currencies: Check | None

    def with_other(self, other: "_Class") -> "_Class":
        """Return the class that rules out nothing that either of two does not."""
        stores = None if self.stores is None or other.stores is None else self.stores | other.stores
        return _Class(
            self.touch | other.touch,
            min(self.opens, other.opens),
            max(self.closes, other.closes),
            min(self.least_gross, other.least_gross),
            stores,
            self.currencies if self.currencies is other.currencies else None,
        )


class _Filed(NamedTuple):
    """A rule's class, and the keys of which a receipt must show one."""

    of: _Class
    keys: Keys


def _id_of(rule: CompiledRule) -> str:
    return rule.id


def _filed(worlds: Worlds, granted: SharedGrants) -> list[_Filed]:
    filed = []
    for rule_set in (worlds.baseline, worlds.scenario):
        for rule in sorted(rule_set.rules, key=_id_of):
            if worlds.status[rule.id] == "unchanged" and rule_set is worlds.scenario:
                continue
            keys = keys_of(rule)
            if keys != Keys() and granted.can_have(rule):
                touch = Touch.CANDIDATE
                if rule.id in worlds.changed:
                    touch |= Touch.CHANGED
                if rule.id in worlds.with_history:
                    touch |= Touch.HISTORY
                filed.append(_Filed(_class_of(rule, touch), keys))
    near = [rule for rule in worlds.drafted if granted.can_have(rule)]
    return [*filed, *(_Filed(_near(_class_of(rule, Touch.NEAR)), near_keys(rule)) for rule in near)]


def _class_of(rule: CompiledRule, touch: Touch) -> _Class:
    requirement = rule.rule.requirement
    ids = requirement.store_ids
    stores = None if not ids or "*" in ids else frozenset(ids)
    currencies = next((check for check in rule.static if check.path == "requirement.currencies"), None)
    # What is returned may cost more than what is bought: without a least amount none is ruled out.
    least = ALWAYS[0] if requirement.gross_amount is None else requirement.gross_amount
    return _Class(touch, rule.opens, rule.closes, least, stores, currencies)


def _near(of: _Class) -> _Class:
    return replace(of, least_gross=min(of.least_gross, of.least_gross * (100 - NEAR_PERCENT) // 100))


def near_keys(rule: CompiledRule) -> Keys:
    """Return the keys of receipts that show any part of what a rule wants: those that may miss it by a little."""
    matchers = [part.items for part in rule.parts]
    if rule.items is not None and not (rule.items.accepts_all and matchers):
        matchers = [rule.items]
    if not matchers or any(items.accepts_all for items in matchers):
        return keys_of(rule)
    return Keys(
        {*(item for items in matchers for item in items.ids), *(item for items in matchers for item, _ in items.pairs)},
        {group for items in matchers for group in items.groups},
    )


def _few_classes(classes: Iterable[_Class], most: int) -> dict[_Class, int]:
    """Return the number of each class, neighbours in one where there are too many."""
    # In the order of the rules, where they are alike: a set has another order in each process.
    ordered = sorted(
        dict.fromkeys(classes),
        key=lambda one: (
            one.touch,
            one.opens,
            one.closes,
            one.least_gross,
            sorted(one.stores or ()),
            repr(one.currencies and one.currencies.wanted),
        ),
    )
    each = -(-len(ordered) // most) if ordered else 1
    return {one: place // each for place, one in enumerate(ordered)}


class Toucher:
    """Tells, for each receipt of a batch, what the rules of both worlds may mean for it."""

    def __init__(self, worlds: Worlds, granted: SharedGrants, *, most_classes: int = MOST_CLASSES) -> None:
        """File the rules of both worlds, save those that nobody was granted, under their keys."""
        filed = _filed(worlds, granted)
        numbers = _few_classes((one.of for one in filed), most_classes)
        classes: dict[int, _Class] = {}
        for one, number in numbers.items():
            classes[number] = classes[number].with_other(one) if number in classes else one
        self._classes = classes
        self._words = -(-len(classes) // _WORD)
        self._items: dict[str, int] = defaultdict(int)
        self._groups: dict[str, int] = defaultdict(int)
        self._codes: dict[str, int] = defaultdict(int)
        self._fields: dict[FieldPath, dict[str, int]] = {}
        self._always = 0
        for rule in filed:
            self._file(rule.keys, 1 << numbers[rule.of])
        self._windows = _steps((one.opens, one.closes + 1, 1 << number) for number, one in classes.items())
        self._amounts = _steps((one.least_gross, None, 1 << number) for number, one in classes.items())
        self._by_touch = {
            touch: sum(1 << number for number, one in classes.items() if touch in one.touch) for touch in EVERY_TOUCH
        }
        self._currency = cache(self._currency_bits)

    def _file(self, keys: Keys, bit: int) -> None:
        for name in keys.items:
            self._items[name] |= bit
        for name in keys.groups:
            self._groups[name] |= bit
        for fact in keys.facts:
            self._file_fact(fact, bit)

    def _file_fact(self, fact: Fact, bit: int) -> None:
        family, *rest = fact
        if family == "code":
            self._codes[rest[0]] |= bit
        elif family in {"customer", "store"}:
            path, text = rest
            self._fields.setdefault((family, path), defaultdict(int))[text] |= bit
        else:
            # What runs in a month has a window; the window is asked of every class.
            self._always |= bit

    @property
    def fields(self) -> frozenset[FieldPath]:
        """Return the fields of the customer and of the store that are looked up."""
        return frozenset(field for field in self._fields if field != ("store", _STORE_ID))

    def touched(self, facts: Facts) -> npt.NDArray[np.uint8]:
        """Return the touch of each receipt; suspect ones have all."""
        found = np.zeros(facts.count, dtype=np.uint8)
        ruled_in = [self._ruled_in(facts, word) for word in range(self._words)]
        for word, bits in enumerate(ruled_in):
            shown = self._shown(facts, word, bits) & bits
            for touch, of in self._by_touch.items():
                mask = np.uint64(of >> word * _WORD & _WORD_MASK)
                found[(shown & mask) != 0] |= np.uint8(touch)
        # No rule qualifies without a line that can take a discount.
        found[~_any(facts.takes, facts.line_offsets)] = 0
        found[facts.suspect] = np.uint8(EVERY_TOUCH)
        return found

    def _ruled_in(self, facts: Facts, word: int) -> Bits:
        """Return the classes that time, amount, store and currency leave."""
        bits = _at(self._windows, facts.instants, word) & _at(self._amounts, facts.gross, word)
        if any(one.stores is not None for one in self._classes.values()):
            bits &= _by_text(facts.store_ids, self._store_bits, word)
        if any(one.currencies is not None for one in self._classes.values()):
            bits &= _by_text(facts.currencies, self._currency, word)
        return bits

    def _store_bits(self, store_id: str | None) -> int:
        return sum(
            1 << number
            for number, one in self._classes.items()
            if one.stores is None or (store_id is not None and store_id in one.stores)
        )

    def _currency_bits(self, currency: str | None) -> int:
        basket = _basket_in(currency)
        return sum(
            1 << number
            for number, one in self._classes.items()
            if one.currencies is None or one.currencies.holds(basket)
        )

    def _shown(self, facts: Facts, word: int, ruled_in: Bits) -> Bits:
        """Return the classes of the keys that each receipt shows."""
        shown = np.full(facts.count, self._always >> word * _WORD & _WORD_MASK, dtype=np.uint64)
        if not ruled_in.any():
            return shown
        lines = len(facts.takes)
        on_lines = np.zeros(lines, dtype=np.uint64)
        if self._items:
            on_lines |= _of_rows(facts.items, self._items, word)
        if self._groups:
            on_lines |= _of_rows(facts.groups, self._groups, word)
        on_lines[~facts.takes] = 0
        if self._codes:
            by_item = _of_rows(facts.items, self._codes, word)
            by_item[~facts.shows_code] = 0
            on_lines |= by_item
            shown |= _of_rows(facts.codes, self._codes, word)
        shown |= _reduced(on_lines, facts.line_offsets)
        for field, by_text in self._fields.items():
            if field == ("store", _STORE_ID):
                shown |= _by_text(facts.store_ids, by_text.get, word)
            else:
                shown |= _of_rows(facts.fields[field], by_text, word)
        return shown


def read_plan_of(worlds: Worlds, toucher: Toucher, options: Options) -> ReadPlan:
    """Return what the archive's reader has to read for a simulation."""
    requirements = [rule.rule.requirement for rule_set in (worlds.baseline, worlds.scenario) for rule in rule_set.rules]
    fields: set[FieldPath] = set(toucher.fields)
    if options.group_path is not None:
        fields.add(("customer", options.group_path))
    return ReadPlan(
        fields=frozenset(fields),
        whole_customer=any(requirement.customer is not None for requirement in requirements),
        whole_store=any(requirement.store is not None for requirement in requirements),
        since=options.since,
        until=options.until,
        max_units=options.settings.max_units,
    )


@cache
def _basket_in(currency: str | None) -> Basket:
    """Return an empty basket: a check of the currency asks for nothing else."""
    receipt = {"receipt_id": "-", "purchase_at": "2000-01-01T00:00:00Z", "store": {"id": "-"}, "currency": currency}
    return lay_out(read_receipt(receipt), (), Settings())


# The values at which the classes change, and the classes from each on up to the next.
_Steps: TypeAlias = tuple[npt.NDArray[np.int64], Sequence[int]]


def _steps(spans: Iterable[tuple[int, int | None, int]]) -> _Steps:
    """Return the bits that hold before every edge and after the last, given from where up to where each holds."""
    known = list(spans)
    edges = sorted({edge for start, stop, _ in known for edge in (start, stop) if edge is not None})
    held = [0] * (len(edges) + 1)
    for start, stop, bit in known:
        first = bisect_left(edges, start) + 1
        last = len(edges) if stop is None else bisect_left(edges, stop)
        for place in range(first, last + 1):
            held[place] |= bit
    return np.array(edges, dtype=np.int64), held


def _at(steps: _Steps, values: npt.NDArray[np.int64], word: int) -> Bits:
    edges, held = steps
    return _table(held, word)[np.searchsorted(edges, values, side="right")]


def _table(bits: Iterable[int], word: int) -> Bits:
    return np.array([one >> word * _WORD & _WORD_MASK for one in bits], dtype=np.uint64)


def _by_text(column: Any, bits_of: Callable[[Any], int | None], word: int) -> Bits:
    """Return the bits of each row, worked out once for each text of the column and once for none."""
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    found: Bits = _table((*(bits_of(text) or 0 for text in texts), bits_of(None) or 0), word)[codes]
    return found


def _of_rows(ragged: Ragged, known: Mapping[str, int], word: int) -> Bits:
    """Return the bits of the texts of each row together."""
    # The last place is for the code -1: no text.
    table = _table((*(known.get(name, 0) for name in ragged.names), 0), word)
    return _reduced(table[ragged.codes], ragged.offsets)


def _reduced(bits: Bits, offsets: npt.NDArray[np.int64]) -> Bits:
    """Return the bits of each row's members together."""
    starts, stops = offsets[:-1], offsets[1:]
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    # A row without members would be given the next one's; what lies past the end needs a place.
    found: Bits = np.bitwise_or.reduceat(np.append(bits, np.uint64(0)), starts)
    found[starts == stops] = 0
    return found


def _any(flags: BoolArray, offsets: npt.NDArray[np.int64]) -> BoolArray:
    sums = np.concatenate(([0], np.cumsum(flags)))
    return sums[offsets[1:]] > sums[offsets[:-1]]
