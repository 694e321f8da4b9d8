"""What of the index a till sees: postings cut down to the rules whose window and store fit."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from engine.basket.basket import Basket, count_units
from engine.compiled.patterns import MOST_TRIED
from engine.compiled.requirements import Check, Path, customer_field, field_at, instant_of
from engine.compiled.rule import CompiledRule
from engine.fields.columns import texts_of
from engine.index.code_facts import Fact
from engine.index.keys import ALWAYS, customer_texts, month_of, units_needed

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

# So many views are kept of a rule set, and so many cuts of a posting; the oldest goes first.
MOST_KEPT: Final = 64
# A view whose store has more to show is made for one receipt: 64 of a megabyte each would fill the memory.
LONGEST_KEPT: Final = 10_000
_DAY: Final = 24 * 60 * 60 * 1_000_000


class View:
    """A till's store, currency and UTC day: the facts that all its receipts of that day show, and the day's ends.

    One that `is_kept` serves other receipts too, and postings keep its cuts.
    """

    __slots__ = ("facts", "is_kept", "start", "stop")

    def __init__(self, basket: Basket, store_paths: Iterable[Path], *, is_kept: bool = True) -> None:
        """Take the facts from the first receipt that is seen."""
        self.is_kept = is_kept
        self.start = instant_of(basket.purchase_at) // _DAY * _DAY
        self.stop = self.start + _DAY - 1
        stores = [("store", path, text) for path in store_paths for text in texts_of(field_at(basket.store, path))]
        self.facts: tuple[Fact, ...] = (ALWAYS, ("month", month_of(basket.purchase_at)), *stores)


def view_key(basket: Basket, store_paths: Iterable[Path]) -> tuple[Any, ...]:
    """Return what two receipts of one view have in common."""
    store = basket.store
    seen = [
        store.get(path[0]) if len(path) == 1 and path[0] in store else field_at(store, path) for path in store_paths
    ]
    # Any value can be known by how it is written; `1`, `1.0` and `true` would be one key.
    known = [value if value.__class__ is str else (value.__class__, repr(value)) for value in seen]
    return instant_of(basket.purchase_at) // _DAY, basket.receipt.currency, *known


def is_worth_keeping(key: Iterable[Any]) -> bool:
    """Say whether what the receipts of a view have in common is no longer than the fields of a real store."""
    length = 0
    for known in key:
        text = known[1] if isinstance(known, tuple) else known
        length += len(text) if isinstance(text, str) else 0
    return length <= LONGEST_KEPT


def kept(cache: dict[_Key, _Value], key: _Key, value: _Value) -> _Value:
    """Keep a value under a key, in the place of the oldest where there are enough, and return it."""
    # Each of these is one step for other threads, and two that keep a value under one key keep equal ones.
    if len(cache) >= MOST_KEPT:
        for oldest in list(cache)[: len(cache) - MOST_KEPT + 1]:
            cache.pop(oldest, None)
    cache[key] = value
    return value


class Rest(NamedTuple):
    """The rules of a cut for which the receipt must show a little more.

    `edge` are those whose window opens or closes on the day. `customers` are those of which a field of the customer
    must equal a text. `needing` are sorted by the units they need, and `minimums` by their least gross amount.
    """

    edge: Sequence[CompiledRule]
    customers: Sequence[tuple[Path, Mapping[str, Sequence[CompiledRule]]]]
    units: Sequence[int]
    needing: Sequence[CompiledRule]
    amounts: Sequence[int]
    minimums: Sequence[CompiledRule]


class Cut(NamedTuple):
    """The rules of a posting that a view leaves: those that the key is enough for, and the rest."""

    rules: Sequence[CompiledRule]
    rest: Rest | None


class Posting:
    """The rules of one key, in the order of their ids, and its cuts by view."""

    __slots__ = ("cuts", "rules")

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        """Begin without cuts; they are made when they are asked for."""
        self.rules = rules
        self.cuts: dict[View, Cut] = {}


def _cut(rules: Sequence[CompiledRule], view: View, basket: Basket) -> Cut:
    start, stop = view.start, view.stop
    plain: list[CompiledRule] = []
    edge: list[CompiledRule] = []
    customers: dict[Path, dict[str, list[CompiledRule]]] = {}
    needing: list[tuple[int, CompiledRule]] = []
    minimums: list[tuple[int, CompiledRule]] = []
    for rule in rules:
        if rule.closes < start or rule.opens > stop or not _holds(rule.static, basket):
            continue
        requirement = rule.rule.requirement
        if rule.opens > start or rule.closes < stop:
            edge.append(rule)
        elif requirement.customer is not None and (accepted := customer_texts(rule)) is not None:
            path, texts = accepted
            by_text = customers.setdefault(path, {})
            for text in texts:
                by_text.setdefault(text, []).append(rule)
        elif (units := units_needed(rule)) > 1:
            needing.append((units, rule))
        elif requirement.gross_amount:
            minimums.append((requirement.gross_amount, rule))
        else:
            plain.append(rule)
    if not edge and not customers and not needing and not minimums:
        return Cut(rules if len(plain) == len(rules) else tuple(plain), None)
    needing.sort(key=_least)
    minimums.sort(key=_least)
    rest = Rest(
        tuple(edge),
        tuple(customers.items()),
        tuple([least for least, _ in needing]),
        tuple([rule for _, rule in needing]),
        tuple([least for least, _ in minimums]),
        tuple([rule for _, rule in minimums]),
    )
    return Cut(tuple(plain), rest)


def _holds(checks: Iterable[Check], basket: Basket) -> bool:
    return all(check.holds(basket) for check in checks)


def _least(one: tuple[int, CompiledRule]) -> int:
    return one[0]


class Lookup:
    """One look at the index: the rules found so far, each once, and the texts of the customer's fields."""

    __slots__ = ("_basket", "_texts", "_view", "found")

    def __init__(self, basket: Basket, view: View) -> None:
        """Begin with nothing found."""
        self.found: set[CompiledRule] = set()
        self._basket = basket
        self._view = view
        self._texts: dict[Path, Collection[str]] = {}

    def texts_at(self, path: Path) -> Collection[str]:
        """Return the texts of a field of the customer."""
        texts = self._texts.get(path)
        if texts is None:
            value = customer_field(self._basket.customer, path)
            if isinstance(value, list) and len(value) > MOST_TRIED:
                texts = self._basket.prepared.members_of(value).text_set
            else:
                texts = texts_of(value)
            self._texts[path] = texts
        return texts

    def add(self, postings: Iterable[tuple[Any, Posting]], lines_by_key: Mapping[Any, int] | None = None) -> None:
        """Find the rules of postings that the view leaves, each posting with its key.

        `lines_by_key` has the lines with each key; without it, all lines have it.
        """
        # One loop for all: a call for each posting took as long as its look-up.
        view, found = self._view, self.found
        for key, posting in postings:
            cut = posting.cuts.get(view)
            if cut is None:
                cut = _cut(posting.rules, view, self._basket)
                if view.is_kept:
                    kept(posting.cuts, view, cut)
            rules, rest = cut
            if rules:
                found.update(rules)
            if rest is not None:
                self._add_rest(rest, self._basket.all_lines if lines_by_key is None else lines_by_key[key])

    def _add_rest(self, rest: Rest, lines: int) -> None:
        basket, found = self._basket, self.found
        if rest.edge:
            instant = instant_of(basket.purchase_at)
            found.update([rule for rule in rest.edge if rule.opens <= instant <= rule.closes])
        for path, by_text in rest.customers:
            texts = self.texts_at(path)
            if len(texts) > MOST_TRIED:
                # A receipt has many postings, and each may ask for few texts: the fewer are gone through.
                basket.prepared.spend(1 + min(len(texts), len(by_text)))
                if len(by_text) < len(texts):
                    texts = [text for text in by_text if text in texts]
            for text in texts:
                found.update(by_text.get(text, ()))
        if rest.units:
            found.update(rest.needing[: bisect_right(rest.units, count_units(basket, lines))])
        if rest.amounts:
            found.update(rest.minimums[: bisect_right(rest.amounts, basket.gross)])
