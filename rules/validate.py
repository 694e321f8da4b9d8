"""Documents against the model of their kind, in time that does not grow with what is wrong in them.

Pydantic notes every error: of 400 000 wrong members of a list that takes ten times as long as reading right ones. So a
document is read by a validator that leaves each list at its first wrong member. Where that finds any, the usual one
reads as much of the document as has enough to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from rules.fault import MOST_FAULTS
from rules.refuse import without_tag
from rules.values import GIVEN, NULL

if TYPE_CHECKING:
    from collections.abc import Callable

Read = TypeVar("Read")

# A document of no more members is always read whole, so that its faults are counted to the last.
LEAST_READ = 5_000
GROWTH = 4
# Of a union two errors come for one fault.
ENOUGH_ERRORS = 3 * MOST_FAULTS
LISTS = frozenset({"list", "tuple", "set", "frozenset"})


class Faulty(Exception):
    """A document that is not what its model says.

    `error` has what is wrong with it, or, where that is not `all` of it, with its beginning; `first` has the first
    error of each list then.
    """

    def __init__(self, error: ValidationError, first: ValidationError | None = None) -> None:
        super().__init__(error, first)
        self.error = error
        self.first = first


class Reader(Generic[Read]):
    """What reads documents of one kind: a model, or any type that pydantic knows."""

    def __init__(self, kind: type[Read]) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            self._validator, schema = kind.__pydantic_validator__, kind.__pydantic_core_schema__
        else:
            adapter = TypeAdapter(kind)
            self._validator, schema = adapter.validator, adapter.core_schema
        self._first = _stopping_validator(schema)

    def read(self, document: object, context: object = None) -> Read:
        """What the document says; Faulty with what is wrong."""
        try:
            read: Read = self._first(document, context=context)
        except ValidationError as first:
            raise self._faulty(document, first) from None
        return read

    def _faulty(self, document: object, first: ValidationError) -> Faulty:
        known = _places(first)
        most = LEAST_READ
        while True:
            beginning = _Beginning(most)
            cut = beginning.of_known(document, known)
            try:
                self._validator.validate_python(cut)
            except ValidationError as error:
                if not beginning.is_cut:
                    return Faulty(error)
                if error.error_count() >= ENOUGH_ERRORS:
                    return Faulty(error, first)
            most *= GROWTH


_READERS: dict[Any, Reader[Any]] = {}


def reader_of(kind: type[Read]) -> Reader[Read]:
    """The reader of a kind of document; it is made when it is first asked for."""
    reader = _READERS.get(kind)
    if reader is None:
        reader = _READERS[kind] = Reader(kind)
    return reader


def _stopping_validator(schema: Any) -> Callable[..., Any]:
    """The validator of a schema which leaves each list at its first wrong member."""
    stopping = _stopping(schema)
    try:
        # The models' own validators stop nowhere, and would be taken for theirs.
        return SchemaValidator(stopping, _use_prebuilt=False).validate_python
    except TypeError:  # pragma: no cover - a pydantic that has no such validators to take
        return SchemaValidator(stopping).validate_python


def _stopping(schema: Any) -> Any:
    if isinstance(schema, dict):
        copied = {name: _stopping(part) for name, part in schema.items()}
        kind = copied.get("type")
        # A field may be called type, too.
        if isinstance(kind, str) and kind in LISTS and "items_schema" in copied:
            copied["fail_fast"] = True
        return copied
    if isinstance(schema, list):
        return [_stopping(part) for part in schema]
    if isinstance(schema, tuple):
        return tuple(_stopping(part) for part in schema)
    return schema


# The places of errors: those of its parts, below each part of a document.
_Places: TypeAlias = "dict[str | int, _Places]"


def _places(error: ValidationError) -> _Places:
    places: _Places = {}
    for details in error.errors(include_url=False, include_context=False, include_input=False):
        below = places
        for part in without_tag(tuple(part for part in details["loc"] if part not in {GIVEN, NULL})):
            below = below.setdefault(part, {})
    return places


class _Beginning:
    """A document without the ends of its lists, so that nothing it has is wrong for being cut.

    Up to the first wrong member of a list everything is right. From there on so many members are taken in all, and then
    one of each list.
    """

    def __init__(self, most: int) -> None:
        self.left = most
        self.is_cut = False

    def of_known(self, value: Any, known: _Places) -> Any:
        """The value, of which it is known where the first wrong members of its lists are."""
        if not known or not isinstance(value, dict | list):
            return value
        if isinstance(value, dict):
            return {name: self.of_known(part, known[name]) if name in known else part for name, part in value.items()}
        wrong = min((part for part in known if isinstance(part, int)), default=len(value))
        taken = value[:wrong]
        for part in value[wrong : wrong + 1]:
            taken.append(self.of_known(part, known[wrong]))
        return self._with_beginning(taken, value, wrong + 1)

    def of(self, value: Any) -> Any:
        """The value, of which nothing is known."""
        if isinstance(value, dict):
            self.left -= len(value)
            return {name: self.of(part) if isinstance(part, dict | list) else part for name, part in value.items()}
        return self._with_beginning([], value, 0) if isinstance(value, list) else value

    def _with_beginning(self, taken: list[Any], value: list[Any], start: int) -> list[Any]:
        for place in range(start, len(value)):
            if self.left <= 0 and taken:
                self.is_cut = True
                break
            self.left -= 1
            taken.append(self.of(value[place]))
        return taken
