"""A pattern compiled to a predicate on one field of a receipt (SPEC 3), and matchers on lines (SPEC 1)."""

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias, TypeVar

from engine.basket import Basket, Line
from engine.periods import age_on, is_anniversary
from rules.pattern import (
    Age,
    AnythingBut,
    Birthday,
    Equals,
    EqualsIgnoreCase,
    Exists,
    Numeric,
    PatternElement,
    Prefix,
    Suffix,
    Wildcard,
    scalar_text,
)
from rules.requirement import ANY_ITEM, EVERY_LINE, Matcher

# The value is a field's, or one member of it, as it stands in the receipt; the date is the purchase's local one.
MemberTest: TypeAlias = Callable[[Any, date], bool]
FieldTest: TypeAlias = Callable[[Any, date], bool]

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_Name = TypeVar("_Name", str, tuple[str, str])
_FEW: Final = 4
_ACCEPTS_ALL: Final = frozenset({EVERY_LINE, ANY_ITEM})
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def field_test(pattern: Sequence[PatternElement]) -> FieldTest:
    """Return the predicate of a pattern on one field's value: one element that matches is enough."""
    texts = frozenset(element.value for element in pattern if isinstance(element, Equals))
    exists = frozenset(element.exists for element in pattern if isinstance(element, Exists))
    refusals = [frozenset(element.values) for element in pattern if isinstance(element, AnythingBut)]
    others = [_member_test(element) for element in pattern if not isinstance(element, Equals | Exists | AnythingBut)]
    absent_matches = False in exists
    present_matches = True in exists

    def holds(value: Any, today: date) -> bool:
        if value.__class__ is str and value in texts:
            return True
        members = _members(value)
        if not members:
            return absent_matches
        if present_matches:
            return True
        # An object or a list among the members is there, but is no text to compare.
        members = [member for member in members if not isinstance(member, dict | list)]
        written = [scalar_text(member) for member in members]
        if texts and not texts.isdisjoint(written):
            return True
        if any(named.isdisjoint(written) for named in refusals):
            return True
        return any(test(member, today) for test in others for member in members)

    return holds


def _members(value: Any) -> Sequence[Any]:
    """Return the scalars of a field; none where it is absent, null or an empty list."""
    if isinstance(value, list):
        return [member for member in value if member is not None]
    return () if value is None else (value,)


def _member_test(element: PatternElement) -> MemberTest:
    match element:
        case Prefix(prefix=prefix):
            return lambda member, _: scalar_text(member).startswith(prefix)
        case Suffix(suffix=suffix):
            return lambda member, _: scalar_text(member).endswith(suffix)
        case Wildcard(wildcard=wildcard):
            return _wildcard_test(wildcard)
        case EqualsIgnoreCase(text=text):
            folded = text.casefold()
            return lambda member, _: scalar_text(member).casefold() == folded
        case Numeric(tests=tests):
            return lambda member, _: _all_hold(tests, as_number(member))
        case Age(tests=tests):
            return lambda member, today: _all_hold(tests, _age(member, today))
        case Birthday(days_before=before, days_after=after):
            return lambda member, today: (
                (born := as_date(member)) is not None and is_anniversary(born, today, before, after)
            )
        case _:
            message = f"no predicate for {element!r}"
            raise AssertionError(message)


def _all_hold(tests: Iterable[tuple[str, Decimal]], number: Decimal | int | None) -> bool:
    return number is not None and all(_COMPARISONS[sign](number, bound) for sign, bound in tests)


def _age(member: Any, today: date) -> int | None:
    born = as_date(member)
    return None if born is None else age_on(today, born)


def as_number(member: Any) -> Decimal | None:
    """Return a number, or a string that reads as one, as an exact decimal; None for anything else."""
    if isinstance(member, bool | dict | list):
        return None
    text = member if isinstance(member, str) else str(member)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def as_date(member: Any) -> date | None:
    """Return a string of the form YYYY-MM-DD as a date; None for anything else."""
    if not isinstance(member, str) or not _DATE.fullmatch(member):
        return None
    try:
        return date.fromisoformat(member)
    except ValueError:
        return None


def _fixed_pieces(wildcard: str) -> list[str]:
    """Return the texts between the stars; `\\*` is a star of the text and `\\\\` a backslash."""
    pieces = [""]
    for mark in re.findall(r"\\[*\\]|.", wildcard, re.DOTALL):
        if mark == "*":
            pieces.append("")
        else:
            pieces[-1] += mark[1] if len(mark) > 1 else mark
    return pieces


def _wildcard_test(wildcard: str) -> MemberTest:
    """Return the test of a text against fixed pieces with any run of characters between them.

    Each piece is looked for from where the one before it ended. The first place found leaves the most for the rest,
    so nothing is ever tried twice.
    """
    first, *middle = _fixed_pieces(wildcard)
    last = middle.pop() if middle else None

    def matches(member: Any, _: date) -> bool:
        text = scalar_text(member)
        if last is None:
            return text == first
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, stop = len(first), len(text) - len(last)
        for piece in middle:
            found = text.find(piece, at, stop)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return matches


def lines_of(basket: Basket, mask: int) -> Sequence[Line]:
    """Return the lines whose bits are set, in their order."""
    lines = basket.lines
    if mask == basket.all_lines:
        return lines
    if not mask & (mask - 1):
        return [lines[mask.bit_length() - 1]] if mask else ()
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lines[lowest.bit_length() - 1])
        mask ^= lowest
    return found


def count_units(basket: Basket, mask: int) -> int:
    """Return how many units the lines have together."""
    units = 0
    lines = basket.lines
    while mask:
        lowest = mask & -mask
        units += lines[lowest.bit_length() - 1].units
        mask ^= lowest
    return units


class MatcherSet:
    """A list of matchers as sets: one that matches a line is enough; in each, every key present must hold."""

    __slots__ = ("accepts_all", "groups", "ids", "pairs")

    accepts_all: bool
    ids: Collection[str]
    groups: Collection[str]
    pairs: Collection[tuple[str, str]]

    def __init__(self, matchers: Iterable[Matcher]) -> None:
        """Sort the matchers by what they look at."""
        ids, groups, pairs = set(), set(), set()
        self.accepts_all = False
        for matcher in matchers:
            item = None if matcher.id in _ACCEPTS_ALL else matcher.id
            if item is not None and matcher.group_id is not None:
                pairs.add((item, matcher.group_id))
            elif item is not None:
                ids.add(item)
            elif matcher.group_id is not None:
                groups.add(matcher.group_id)
            else:
                self.accepts_all = True
        self.ids = _few(ids)
        self.groups = _few(groups)
        self.pairs = _few(pairs)

    def matches(self, line: Line) -> bool:
        """Say whether one matcher accepts the line."""
        return (
            self.accepts_all
            or line.id in self.ids
            or any(group in self.groups for group in line.groups)
            or (bool(self.pairs) and any(line.id == item and group in line.groups for item, group in self.pairs))
        )

    def lines(self, basket: Basket) -> int:
        """Return the bits of the lines that match."""
        if self.accepts_all:
            return basket.all_lines
        bits = 0
        by_item, by_group = basket.by_item, basket.by_group
        ids = self.ids
        if len(ids) > len(by_item):
            ids = [item for item in by_item if item in ids]
        for item in ids:
            if item in by_item:
                bits |= by_item[item]
        for group in self.groups:
            if group in by_group:
                bits |= by_group[group]
        for item, group in self.pairs:
            bits |= by_item.get(item, 0) & by_group.get(group, 0)
        return bits


def _few(names: set[_Name]) -> Collection[_Name]:
    """Return the names; where they are few as a tuple, which is a quarter of a frozen set and as quick to search."""
    return tuple(sorted(names)) if len(names) <= _FEW else frozenset(names)
