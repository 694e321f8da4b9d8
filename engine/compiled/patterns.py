"""A pattern compiled to a predicate on one field of a receipt (SPEC 3)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, assert_never

from engine.fields.anniversaries import age_on, is_anniversary
from engine.fields.columns import Column, Columns
from engine.fields.members import Members, all_hold, as_date, as_number
from engine.fields.prepared import PreparedFields
from engine.fields.wildcards import CompiledWildcard, WildcardPool
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
    Tests,
    Wildcard,
    scalar_text,
)

# A pattern of so many elements, or a list of so many members, is tried one by one, and so is a text that is no longer:
# that is quicker than to make the field ready.
MOST_TRIED: Final = 8
LONGEST_TRIED: Final = 256


class FieldTest:
    """A pattern as a predicate on one field's value: one element that matches is enough."""

    __slots__ = (
        "_absent",
        "_ages",
        "_birthdays",
        "_folded",
        "_is_long",
        "_numbers",
        "_pool",
        "_prefixes",
        "_present",
        "_refused",
        "_suffixes",
        "_wildcards",
        "is_dated",
        "is_plain",
        "texts",
    )

    def __init__(self, pattern: Sequence[PatternElement], pool: WildcardPool | None = None) -> None:
        """Sort the elements by how they are looked up; the `pool` has the wildcards of all patterns for the field."""
        self._pool = WildcardPool() if pool is None else pool
        texts: list[str] = []
        prefixes: list[str] = []
        suffixes: list[str] = []
        folded: list[str] = []
        self._refused: list[frozenset[str]] = []
        self._wildcards: list[CompiledWildcard] = []
        self._numbers: list[Tests] = []
        self._ages: list[Tests] = []
        self._birthdays: list[Birthday] = []
        self._absent = self._present = False
        for element in pattern:
            match element:
                case Equals(value=value):
                    texts.append(value)
                case AnythingBut(values=values):
                    self._refused.append(frozenset(values))
                case Prefix(prefix=prefix):
                    prefixes.append(prefix)
                case Suffix(suffix=suffix):
                    suffixes.append(suffix)
                case Wildcard(wildcard=wildcard):
                    self._wildcards.append(self._pool.add(wildcard))
                case EqualsIgnoreCase(text=text):
                    folded.append(text.casefold())
                case Numeric(tests=tests):
                    self._numbers.append(tests)
                case Exists(exists=exists):
                    self._present = self._present or exists
                    self._absent = self._absent or not exists
                case Age(tests=tests):
                    self._ages.append(tests)
                case Birthday():
                    self._birthdays.append(element)
                case _:
                    assert_never(element)
        self.texts = frozenset(texts)
        self._prefixes = tuple(prefixes)
        self._suffixes = tuple(suffixes)
        self._folded = frozenset(folded)
        self.is_dated = bool(self._ages or self._birthdays)
        others = len(pattern) - len(texts)
        self.is_plain = others == 0
        # Sets are as quick however much is in them.
        self._is_long = others > MOST_TRIED

    def holds(self, value: Any, today: date, prepared: PreparedFields) -> bool:
        """Say whether the pattern accepts a field's value, which stands in the receipt; `today` is its local date."""
        if value.__class__ is str:
            if value in self.texts:
                return True
            if self.is_plain:
                return False
            if len(value) <= LONGEST_TRIED and not self._is_long:
                return self._present or self._names(value, today)
        elif value is None:
            return self._absent
        elif not self._is_long:
            tried = self._tried(value if isinstance(value, list) else (value,), today)
            if tried is not None:
                return tried
        members = prepared.members_of(value)
        key = (self, today) if self.is_dated else self
        known = members.answers.get(key)
        if known is None:
            before = members.looked_at
            known = members.answers[key] = self._looked_up(members, today)
            prepared.spend(members.looked_at - before)
        return known

    def rows(self, name: str, columns: Columns, today: date, prepared: PreparedFields) -> int:
        """Return the bits of the objects in which it accepts a field; each distinct value is asked once."""
        key = (self, name, today) if self.is_dated else (self, name)
        rows = columns.answers.get(key)
        if rows is None:
            column = columns.column(name)
            marks = bytearray(columns.count // 8 + 1)
            looked_at = 1
            for row in self._rows(column, today, prepared):
                marks[row >> 3] |= 1 << (row & 7)
                looked_at += 1
            prepared.spend(looked_at)
            rows = columns.answers[key] = int.from_bytes(marks, "little")
        return rows

    def _rows(self, column: Column, today: date, prepared: PreparedFields) -> Iterator[int]:
        if self.is_plain:
            prepared.spend(len(self.texts))
            yield from _rows_of(self.texts, column)
        elif self._absent or self._present or self._refused or self.is_dated:
            prepared.spend(len(column.distinct))
            for value, rows in column.distinct:
                if self.holds(value, today, prepared):
                    yield from rows
        elif self.holds(column.members, today, prepared):
            members = prepared.members_of(column.members)
            before = members.looked_at
            yield from _rows_of(self._named(members), column)
            prepared.spend(members.looked_at - before)

    def _named(self, members: Members) -> Iterator[str]:
        """Return the texts that an element accepts of those that ask for one member alone, dates aside."""
        yield from self.texts
        yield from members.folding(self._folded)
        for prefix in self._prefixes:
            yield from members.beginning(prefix)
        for suffix in self._suffixes:
            yield from members.ending(suffix)
        for tests in self._numbers:
            yield from members.numbered(tests)
        for wildcard in self._wildcards:
            yield from wildcard.named(members)

    def _tried(self, members: Sequence[Any], today: date) -> bool | None:
        """Say whether it accepts a field with these members; None where they are many or long."""
        if len(members) > MOST_TRIED:
            return None
        present = False
        written: list[str] = []
        scalars: list[Any] = []
        for member in members:
            # An object or a list among the members is there, but is no text to compare; null is not there.
            if member is None:
                continue
            present = True
            if isinstance(member, str):
                if len(member) > LONGEST_TRIED:
                    return None
                written.append(member)
                scalars.append(member)
            elif not isinstance(member, dict | list):
                written.append(scalar_text(member))
                scalars.append(member)
        if not present:
            return self._absent
        return self._present or self._names_some(written, scalars, today)

    def _names_some(self, written: Sequence[str], scalars: Sequence[Any], today: date) -> bool:
        if not self.texts.isdisjoint(written):
            return True
        if self.is_plain:
            return False
        for named in self._refused:
            if named.isdisjoint(written):
                return True
        return any(self._names_one(text, member, today) for text, member in zip(written, scalars, strict=True))

    def _names(self, text: str, today: date) -> bool:
        for named in self._refused:
            if text not in named:
                return True
        return self._names_one(text, text, today)

    def _names_one(self, text: str, member: Any, today: date) -> bool:
        """Say whether an element that asks for one member alone accepts it."""
        # Of none, no text begins or ends so.
        if text.startswith(self._prefixes) or text.endswith(self._suffixes):
            return True
        if self._folded and text.casefold() in self._folded:
            return True
        for wildcard in self._wildcards:
            if wildcard.matches(text):
                return True
        if self._numbers:
            number = as_number(member)
            for tests in self._numbers:
                if all_hold(tests, number):
                    return True
        born = as_date(member) if self.is_dated else None
        if born is None:
            return False
        if self._ages:
            age = age_on(today, born)
            for tests in self._ages:
                if all_hold(tests, age):
                    return True
        return any(is_anniversary(born, today, one.days_before, one.days_after) for one in self._birthdays)

    def _looked_up(self, members: Members, today: date) -> bool:
        """Say the same, each element looked up among all members."""
        if not members.present:
            return self._absent
        return (
            self._present
            or (bool(self.texts) and members.names(self.texts))
            or any(not members.names(named) for named in self._refused)
            or (bool(self._folded) and members.names_folded(self._folded))
            or any(members.begins_with(prefix) for prefix in self._prefixes)
            or any(members.ends_with(suffix) for suffix in self._suffixes)
            or any(members.has_number(tests) for tests in self._numbers)
            or any(members.has_age(tests, today) for tests in self._ages)
            or any(members.has_birthday(today, one.days_before, one.days_after) for one in self._birthdays)
            or any(self._pool.names_one_of(wildcard, members) for wildcard in self._wildcards)
        )


def _rows_of(texts: Iterable[str], column: Column) -> Iterator[int]:
    for text in texts:
        yield from column.rows_by_text.get(text, ())
