"""JSON bytes, text or Python data to plain data; what is not JSON is refused here, before any model sees it."""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from rules.fault import MOST_FAULTS, Fault, Refused, further, path_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1024 * 1024
LARGEST_DOCUMENT = 32 * MEGABYTE
# A hundred thousand rules with their texts, or grants.
LARGEST_LIST = 256 * MEGABYTE
# Each value may be a fault, and pydantic takes some microseconds for each: these bound the time a refusal takes. Of a
# list only a few faulty entries are read, so what counts there is how large one of them can be.
MOST_VALUES = 16_000_000
MOST_VALUES_OF_A_RECEIPT = 1_000_000
MOST_VALUES_OF_AN_ENTRY = 2_000_000
# As deep as pydantic-core reads JSON, so that every way in takes the same documents.
DEEPEST = 200
# The range of a float: past it a number cannot be written back as it was.
LARGEST_NUMBER = 10**308
LARGEST_EXPONENT = 307

# Told apart first, since nearly every value is one of them.
FEW = 2**60
AS_THEY_ARE = frozenset({bool, type(None)})
WITHOUT_KEYS = frozenset({str, int, *AS_THEY_ARE})

TOO_LARGE = "this number is beyond what can be counted"
NO_NUMBER = "NaN and infinity are no numbers; write a number, or leave the field out"
TOO_DEEP = f"the document is nested too deeply; {DEEPEST} levels are taken"

_PLACE = re.compile(r" at line \d+ column \d+$")


def refused(sentence: str) -> Refused:
    """The refusal of a whole document."""
    return Refused([Fault("", sentence)])


def parse(data: object, *, exact: bool = False) -> Any:
    """Plain data from JSON bytes, text or Python data; for rules and grants `exact` keeps decimals."""
    if isinstance(data, bytearray | memoryview):
        data = bytes(data)
    if not isinstance(data, bytes | str):
        return plain(data)
    largest = LARGEST_LIST if exact else LARGEST_DOCUMENT
    if len(data) > largest:
        raise refused(f"the document is larger than {largest // MEGABYTE} MB; send fewer entries at a time")
    most = MOST_VALUES if exact else MOST_VALUES_OF_A_RECEIPT
    # Counted before parsing, and only where there is room for so many: commas and brackets are all that parts values.
    if len(data) > most and sum(_count(data, mark) for mark in ",[{") > most:
        raise refused(f"the document holds more than {most} values; send fewer entries at a time")
    return plain(_load(data, Decimal), exact=True) if exact else _parse_fast(data)


def has_too_many_values(entry: object) -> bool:
    """Whether one rule or grant holds more values than anyone would wait for the refusal of."""
    left = [entry]
    count = 0
    while left and count <= MOST_VALUES_OF_AN_ENTRY:
        value = left.pop()
        members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        count += len(members)
        left += [member for member in members if isinstance(member, dict | list)]
    return count > MOST_VALUES_OF_AN_ENTRY


def _count(data: bytes | str, mark: str) -> int:
    return data.count(mark) if isinstance(data, str) else data.count(mark.encode())


def _parse_fast(data: bytes | str) -> Any:
    try:
        document = from_json(data, allow_inf_nan=False)
    except (ValueError, TypeError):
        # The slow parser either takes it (a byte order mark) or says what is wrong.
        return plain(_load(data, _double))
    # Where the counts differ, a key may be there twice; the slow parser knows.
    if not isinstance(document, dict) or _count_keys(document) != count_of_names(data):
        return plain(_load(data, _double))
    return document


def count_of_names(data: bytes | str) -> int:
    """How many names of fields a JSON text has, names that are there twice included; -1 where that takes a parser.

    In most JSON every name ends in `":`. Some may end in another way where white space comes before any other colon.
    """
    return -1 if _has_spaced_colon(data) else _count(data, '":')


def _has_spaced_colon(data: bytes | str) -> bool:
    """Whether white space comes before any colon, of a name or in a text; most documents have no line ends at all."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    return b" :" in data or any(space in data and space + b":" in data for space in (b"\t", b"\n", b"\r"))


def _count_keys(document: dict[str, Any]) -> int:
    """The number of keys of an object and of all objects below it; -1 or less when a number overflowed to infinity.

    This is on the way of every receipt: a general walk with a stack took a third longer.
    """
    count = len(document)
    for value in document.values():
        kind = value.__class__
        if kind in WITHOUT_KEYS:
            continue
        if kind is dict:
            count += _count_keys(value)
        elif kind is list:
            for member in value:
                if member.__class__ is dict:
                    count += _count_keys(member)
                elif member.__class__ is list or member.__class__ is float:
                    count += _count_keys({"": member}) - 1
        elif not isfinite(value):
            count -= LARGEST_DOCUMENT
    return count


class _NoNumber(ValueError):
    """A word that Python's JSON takes for a number."""


def _double(digits: str) -> float | Decimal:
    """The double that the fast parser gives for a fraction; past its range the decimal, refused with its path."""
    double = float(digits)
    return double if isfinite(double) else Decimal(digits)


def _load(data: bytes | str, fraction: Callable[[str], float | Decimal]) -> Any:
    """The document, its fractions read by a function; every way in which it is not JSON is refused."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
        return json.loads(text, parse_float=fraction, parse_constant=_constant, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise refused(f"the document is not UTF-8: byte {error.start + 1} belongs to no character") from None
    except json.JSONDecodeError as error:
        sentence = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at line {error.lineno} column {error.colno}"
        raise refused(sentence) from None
    except RecursionError:
        raise refused(TOO_DEEP) from None
    except _NoNumber as error:
        raise refused(f"not JSON: {error} is no number{_place(text)}; write a number, or leave the field out") from None
    except (ValueError, InvalidOperation):
        raise refused(f"a number has too many digits to be counted{_place(text)}") from None


def _place(text: str) -> str:
    """Line and column of the first thing that is not JSON, where pydantic-core names it."""
    try:
        from_json(text, allow_inf_nan=False)
    except ValueError as error:
        found = _PLACE.search(str(error))
        return found[0] if found else ""
    return ""


def _constant(name: str) -> None:
    raise _NoNumber(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise refused(f"the field {shown(twice)} is there twice in one object; leave one of them out")
    return document


def plain(data: object, *, exact: bool = False) -> Any:
    """A copy of Python data as JSON knows it; Refused with the path of everything that is not JSON.

    Decimals stay where `exact` asks for them, else become integers or floats. Tuples become lists, and datetimes text.
    """
    copier = _Copier(exact=exact)
    copy = copier.copy(data, ())
    if copier.faults:
        raise Refused([*copier.faults, further(copier.further)] if copier.further else copier.faults)
    return copy


class _Copier:
    """One walk over Python data; after `MOST_FAULTS` it only counts faults."""

    def __init__(self, *, exact: bool) -> None:
        self.exact = exact
        self.faults: list[Fault] = []
        self.further = 0

    def copy(self, value: object, path: tuple[str | int, ...]) -> Any:
        """The value as JSON knows it; null in the place of one that JSON does not know."""
        match value:
            case dict():
                return self.mapping(value, path)
            case datetime():
                # What data frames and databases hand over for a time; whether it has its offset is asked later.
                return value.isoformat()
            case list() | tuple():
                return self.sequence(value, path)
            case None | bool():
                return value
            case str():
                return self.text(value, path)
            case int():
                return int(value) if -LARGEST_NUMBER < value < LARGEST_NUMBER else self.fault(path, TOO_LARGE)
            case float():
                return float(value) if isfinite(value) else self.fault(path, NO_NUMBER)
            case Decimal():
                return self.decimal(value, path)
            case _:
                return self.fault(path, f"{shown(value)} has no place in JSON; give text, numbers, lists or objects")

    def mapping(self, value: dict[Any, Any], path: tuple[str | int, ...]) -> Any:
        """A copy of an object; the commonest members are told here, since a call for each took three times as long."""
        if len(path) >= DEEPEST:
            return self.fault(path[:1], TOO_DEEP)
        copied: dict[Any, Any] = {}
        for name, member in value.items():
            known = name if name.__class__ is str and name.isascii() else self.name(name, path)
            kind = member.__class__
            if (kind is str and member.isascii()) or (kind is int and -FEW < member < FEW) or kind in AS_THEY_ARE:
                copied[known] = member
            else:
                copied[known] = self.copy(member, (*path, known))
        return copied

    def sequence(self, value: list[Any] | tuple[Any, ...], path: tuple[str | int, ...]) -> Any:
        """A copy of a list."""
        if len(path) >= DEEPEST:
            return self.fault(path[:1], TOO_DEEP)
        return [self.copy(member, (*path, index)) for index, member in enumerate(value)]

    def text(self, value: str, path: tuple[str | int, ...]) -> Any:
        """Text that can be written as UTF-8."""
        try:
            value.encode()
        except UnicodeEncodeError:
            return self.fault(path, "this text holds half a character (a lone surrogate); send it whole")
        return str.__str__(value)

    def name(self, name: object, path: tuple[str | int, ...]) -> str:
        """The name of a field, which is text."""
        if isinstance(name, str):
            return str(self.text(name, path))
        self.fault(path, f"the name of a field is text; here is {shown(name)}")
        return ""

    def decimal(self, value: Decimal, path: tuple[str | int, ...]) -> Any:
        """The decimal itself, or the integer or float that JSON would have given for its text."""
        if not value.is_finite():
            return self.fault(path, NO_NUMBER)
        if value.adjusted() > LARGEST_EXPONENT:
            return self.fault(path, TOO_LARGE)
        if self.exact:
            return value
        return int(value) if value.as_tuple().exponent == 0 else float(value)

    def fault(self, path: tuple[str | int, ...], sentence: str) -> Any:
        """Notes a fault; null takes the value's place."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(path_of(path), sentence))
        else:
            self.further += 1
