"""The members of one field of a receipt, made ready once to be looked up by any number of patterns (SPEC 3).

A pattern that tries each of its elements on each member takes their product. Here every way of asking has its own order
of the same members (sorted, sorted from the end, folded, as numbers, as dates), which is made when it is first asked
for, so an element costs a search and no walk. `looked_at` counts what was gone through.
"""

import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from engine.fields.anniversaries import ages_on, nearest_anniversaries
from rules.pattern import Tests, scalar_text

# Looking at so many characters takes about as long as one step of a search in order.
CHARACTERS_A_STEP: Final = 16
COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Parts the texts that are searched as one. A text may hold it: what is found is tried on its own text in any case.
_PARTED: Final = "\n"


class Members:
    """The members of one field: whether any is there, and the distinct texts as which the scalars are compared.

    `answers` are those of the patterns that were asked, and `wildcards` those of single wildcards, by how they are
    written. `spent` is what wildcards that were looked for one by one have cost since all were asked together.
    """

    __slots__ = (
        "_ages",
        "_anniversaries",
        "_backwards",
        "_characters",
        "_dates",
        "_folded",
        "_haystack",
        "_numbers",
        "_numerals",
        "_scalars",
        "_starts",
        "_text_set",
        "answers",
        "looked_at",
        "present",
        "size",
        "spent",
        "texts",
        "value",
        "wildcards",
    )

    def __init__(self, value: Any) -> None:
        """Take the value of a field, which is kept; null members are none, and objects and lists have no text."""
        members: Sequence[Any] = value if isinstance(value, list) else (value,)
        self.value = value
        self.present = any(member is not None for member in members)
        self._scalars: list[Any] = [
            member for member in members if member is not None and not isinstance(member, dict | list)
        ]
        self.texts: list[str] = sorted({scalar_text(member) for member in self._scalars})
        self.size: int = sum(map(len, self.texts)) + len(self.texts)
        self.looked_at: int = 0
        self.answers: dict[Hashable, bool] = {}
        self.wildcards: dict[str, bool] = {}
        self.spent: int = 0
        self._text_set: frozenset[str] | None = None
        self._characters: frozenset[str] | None = None
        self._folded: dict[str, list[str]] | None = None
        self._backwards: list[str] | None = None
        self._numbers: list[Decimal] | None = None
        self._numerals: list[str] = []
        self._dates: frozenset[date] | None = None
        self._ages: dict[date, list[int]] = {}
        self._anniversaries: dict[date, tuple[int | None, int | None]] = {}
        self._haystack: str | None = None
        self._starts: list[int] = []
        self._look_at_all(len(members))

    def _look_at_all(self, members: int) -> None:
        self.looked_at += members + self.size // CHARACTERS_A_STEP

    @property
    def text_set(self) -> frozenset[str]:
        """Return the distinct texts."""
        if self._text_set is None:
            self._text_set = frozenset(self.texts)
            self._look_at_all(len(self.texts))
        return self._text_set

    @property
    def characters(self) -> frozenset[str]:
        """Return the characters of all texts."""
        if self._characters is None:
            self._characters = frozenset().union(*self.texts)
            self._look_at_all(len(self.texts))
        return self._characters

    def names(self, texts: frozenset[str]) -> bool:
        """Say whether a member is one of these."""
        return self._meets(self.text_set.isdisjoint(texts), len(self.texts), len(texts))

    def names_folded(self, texts: frozenset[str]) -> bool:
        """Say whether a member is one of these, which are case-folded, after full case folding."""
        folded = self._fold()
        return self._meets(folded.keys().isdisjoint(texts), len(folded), len(texts))

    def _meets(self, is_disjoint: bool, own: int, others: int) -> bool:
        # Of two sets the smaller one is gone through.
        self.looked_at += 1 + min(own, others)
        return not is_disjoint

    def folding(self, texts: Iterable[str]) -> Iterable[str]:
        """Return the texts that are one of these, which are case-folded, after full case folding."""
        folded = self._fold()
        for text in texts:
            self.looked_at += 1
            yield from folded.get(text, ())

    def _fold(self) -> dict[str, list[str]]:
        if self._folded is None:
            self._folded = {}
            for text in self.texts:
                self._folded.setdefault(text.casefold(), []).append(text)
            self._look_at_all(len(self.texts))
        return self._folded

    def begins_with(self, prefix: str) -> bool:
        """Say whether a member begins so."""
        at = self._search(self.texts, prefix)
        return at < len(self.texts) and self.texts[at].startswith(prefix)

    def beginning(self, prefix: str) -> Sequence[str]:
        """Return the texts that begin so."""
        first, behind = self.span_of(prefix)
        return self.texts[first:behind]

    def ends_with(self, suffix: str) -> bool:
        """Say whether a member ends so."""
        backwards, start = self._turned(), suffix[::-1]
        at = self._search(backwards, start)
        return at < len(backwards) and backwards[at].startswith(start)

    def ending(self, suffix: str) -> Iterable[str]:
        """Return the texts that end so."""
        backwards, start = self._turned(), suffix[::-1]
        for at in range(self._search(backwards, start), len(backwards)):
            if not backwards[at].startswith(start):
                break
            yield backwards[at][::-1]

    def _turned(self) -> list[str]:
        if self._backwards is None:
            self._backwards = sorted([text[::-1] for text in self.texts])
            self._look_at_all(len(self.texts))
        return self._backwards

    def span_of(self, prefix: str) -> tuple[int, int]:
        """Return the places in `texts` from the first to behind the last that begin so."""
        if not prefix:
            return 0, len(self.texts)
        length = len(prefix)
        start = self._search(self.texts, prefix)
        stop = bisect_right(self.texts, prefix, lo=start, key=lambda text: text[:length])
        return start, stop

    def _search(self, ordered: Sequence[str], start: str) -> int:
        self.looked_at += 1 + len(start) // CHARACTERS_A_STEP
        return bisect_left(ordered, start)

    def has_number(self, tests: Tests) -> bool:
        """Say whether all comparisons hold for a member that is, or reads as, a number."""
        numbers = self._count()
        least = self._least(numbers, tests)
        return least < len(numbers) and all_hold(tests, numbers[least])

    def numbered(self, tests: Tests) -> Iterable[str]:
        """Return the texts that read as numbers for which all comparisons hold."""
        numbers = self._count()
        for at in range(self._least(numbers, tests), len(numbers)):
            if not all_hold(tests, numbers[at]):
                break
            yield self._numerals[at]

    def _count(self) -> list[Decimal]:
        if self._numbers is None:
            found = [(number, scalar_text(one)) for one in self._scalars if (number := as_number(one)) is not None]
            found.sort(key=lambda pair: pair[0])
            self._numbers = [number for number, _ in found]
            self._numerals = [text for _, text in found]
            self._look_at_all(len(self._scalars))
        return self._numbers

    def has_age(self, tests: Tests, today: date) -> bool:
        """Say whether all comparisons hold for the age of a member that is a date of birth."""
        ages = self._ages.get(today)
        if ages is None:
            ages = self._ages[today] = sorted(ages_on(today, self._days()))
        least = self._least(ages, tests)
        return least < len(ages) and all_hold(tests, ages[least])

    def has_birthday(self, today: date, days_before: int, days_after: int) -> bool:
        """Say whether the anniversary of a member that is a date is at most so many days ahead, or past."""
        nearest = self._anniversaries.get(today)
        if nearest is None:
            nearest = self._anniversaries[today] = nearest_anniversaries(today, self._days())
        self.looked_at += 1
        ahead, past = nearest
        return (ahead is not None and ahead <= days_before) or (past is not None and past <= days_after)

    def _days(self) -> Iterable[date]:
        if self._dates is None:
            self._dates = frozenset([day for day in map(as_date, self._scalars) if day is not None])
            self._look_at_all(len(self._scalars))
        self.looked_at += len(self._dates)
        return self._dates

    def _least(self, numbers: Sequence[Decimal | int], tests: Tests) -> int:
        """Return the place of the least of sorted numbers that no comparison finds too small.

        If another finds it too large, so are all behind it.
        """
        self.looked_at += 1
        least = 0
        for sign, bound in tests:
            if sign in {"=", ">="}:
                least = max(least, bisect_left(numbers, bound))
            elif sign == ">":
                least = max(least, bisect_right(numbers, bound))
        return least

    def place_of(self, piece: str, first: int, behind: int) -> int:
        """Return the place of the first text, from one place to behind another, that holds a piece; -1 for none.

        A text may be named that does not hold it, where the piece runs over its end; none that holds it is left out.
        """
        if self._haystack is None:
            self._haystack = _PARTED.join(self.texts)
            start = 0
            for text in self.texts:
                self._starts.append(start)
                start += len(text) + len(_PARTED)
            self._starts.append(start)
            self._look_at_all(len(self.texts))
        start, stop = self._starts[first], self._starts[behind]
        found = self._haystack.find(piece, start, stop)
        self.looked_at += 1 + ((stop if found < 0 else found) - start) // CHARACTERS_A_STEP
        return -1 if found < 0 else bisect_right(self._starts, found, lo=first) - 1


def all_hold(tests: Tests, number: Decimal | int | None) -> bool:
    """Say whether there is a number for which every comparison holds."""
    return number is not None and all(COMPARISONS[sign](number, bound) for sign, bound in tests)


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
