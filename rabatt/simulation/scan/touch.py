"""Which receipts of a batch the rules can concern, found column by column: a superset of those where any qualifies.

Rules are put into classes, each of which is one bit (`rule_classes`). A receipt has the bits of the keys that its lines
and fields show (engine.index.keys), less those of the classes that its time, store, currency or amount rule out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.basket.basket import Basket, lay_out
from engine.compiled.requirements import Path
from engine.index.code_facts import EXACT, CodeFamily, Fact, facts_of_code, family_of
from engine.index.keys import Keys
from engine.settings import Settings
from rabatt.simulation.archive.facts import Facts, FieldPath, ReadPlan
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.options import Options
from rabatt.simulation.scan.bit_columns import (
    WORD,
    WORD_MASK,
    Bits,
    any_of_rows,
    bits_at,
    bits_by_text,
    bits_of_rows,
    bits_together,
    steps_of,
)
from rabatt.simulation.scan.rule_classes import EVERY_TOUCH, RuleClass, few_classes, filed_rules
from rabatt.simulation.worlds import Worlds
from rules import read_receipt
from rules.codes import code_text

# Beyond these many bits, neighbouring classes are put together: what they rule out is then less, and still sound.
MOST_CLASSES: Final = 256
_STORE_ID: Final[Path] = ("id",)


class Toucher:
    """Tells, for each receipt of a batch, what the rules of both worlds may mean for it."""

    def __init__(self, worlds: Worlds, granted: SharedGrants, *, most_classes: int = MOST_CLASSES) -> None:
        """File the rules of both worlds, save those that nobody was granted, under their keys."""
        filed = filed_rules(worlds, granted)
        numbers = few_classes((one.of for one in filed), most_classes)
        classes: dict[int, RuleClass] = {}
        for one, number in numbers.items():
            classes[number] = classes[number].with_other(one) if number in classes else one
        self._classes = classes
        self._words = -(-len(classes) // WORD)
        self._items: dict[str, int] = defaultdict(int)
        self._groups: dict[str, int] = defaultdict(int)
        self._codes: dict[Fact, int] = defaultdict(int)
        self._fields: dict[FieldPath, dict[str, int]] = {}
        self._always = 0
        for rule in filed:
            self._file(rule.keys, 1 << numbers[rule.of])
        self._code_families = frozenset([family for fact in self._codes if (family := family_of(fact)) is not None])
        self._windows = steps_of((one.opens, one.closes + 1, 1 << number) for number, one in classes.items())
        self._amounts = steps_of((one.least_gross, None, 1 << number) for number, one in classes.items())
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
        if family_of(fact) is not None:
            self._codes[fact] |= bit
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
                mask = np.uint64(of >> word * WORD & WORD_MASK)
                found[(shown & mask) != 0] |= np.uint8(touch)
        # No rule qualifies without a line that can take a discount.
        found[~any_of_rows(facts.takes, facts.line_offsets)] = 0
        found[facts.suspect] = np.uint8(EVERY_TOUCH)
        return found

    def _ruled_in(self, facts: Facts, word: int) -> Bits:
        """Return the classes that time, amount, store and currency leave."""
        bits = bits_at(self._windows, facts.instants, word) & bits_at(self._amounts, facts.gross, word)
        if any(one.stores is not None for one in self._classes.values()):
            bits &= bits_by_text(facts.store_ids, self._store_bits, word)
        if any(one.currencies is not None for one in self._classes.values()):
            bits &= bits_by_text(facts.currencies, self._currency, word)
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

    def _bits_of_codes(self, names: Iterable[str], families: Collection[CodeFamily]) -> dict[str, int]:
        """Return the bits of each text that stands for a code."""
        found = {}
        for name in names:
            bits = 0
            code = code_text(name)
            for fact in facts_of_code(code, families) if code else ():
                bits |= self._codes.get(fact, 0)
            found[name] = bits
        return found

    def _shown(self, facts: Facts, word: int, ruled_in: Bits) -> Bits:
        """Return the classes of the keys that each receipt shows."""
        shown = np.full(facts.count, self._always >> word * WORD & WORD_MASK, dtype=np.uint64)
        if not ruled_in.any():
            return shown
        lines = len(facts.takes)
        on_lines = np.zeros(lines, dtype=np.uint64)
        if self._items:
            on_lines |= bits_of_rows(facts.items, self._items, word)
        if self._groups:
            on_lines |= bits_of_rows(facts.groups, self._groups, word)
        on_lines[~facts.takes] = 0
        if self._codes:
            shown |= bits_of_rows(facts.codes, self._bits_of_codes(facts.codes.names, self._code_families), word)
        if EXACT in self._code_families:
            by_item = bits_of_rows(facts.items, self._bits_of_codes(facts.items.names, (EXACT,)), word)
            by_item[~facts.shows_code] = 0
            on_lines |= by_item
        shown |= bits_together(on_lines, facts.line_offsets)
        for field, by_text in self._fields.items():
            if field == ("store", _STORE_ID):
                shown |= bits_by_text(facts.store_ids, by_text.get, word)
            else:
                shown |= bits_of_rows(facts.fields[field], by_text, word)
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
        conversions=options.conversions,
    )


@cache
def _basket_in(currency: str | None) -> Basket:
    """Return an empty basket: a check of the currency asks for nothing else."""
    receipt = {"receipt_id": "-", "purchase_at": "2000-01-01T00:00:00Z", "store": {"id": "-"}, "currency": currency}
    return lay_out(read_receipt(receipt), (), Settings())
