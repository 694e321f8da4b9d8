"""Discount codes: the text as which one is compared, and the pattern that a rule has on those of a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import normalize

from pydantic_core import core_schema

from rules.pattern import (
    ELEMENT_MARK,
    AnythingBut,
    Equals,
    EqualsIgnoreCase,
    PatternElement,
    Prefix,
    Suffix,
    Wildcard,
    read_element,
)
from rules.values import Read, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

# Putting marks in their order takes time that grows with the square of how many stand together.
LONGEST_NORMALISED = 256


def code_text(text: str) -> str:
    """The text as which a code is compared: in normal form C, without blanks around it (POLICY 13).

    A longer one than any code is brought to normal form piece by piece, so that no text takes long.
    """
    return composed(text.strip())


def composed(text: str) -> str:
    """The text in normal form C, a long one piece by piece."""
    if text.isascii():
        return text
    if len(text) <= LONGEST_NORMALISED:
        return normalize("NFC", text)
    starts = range(0, len(text), LONGEST_NORMALISED)
    return "".join([normalize("NFC", text[start : start + LONGEST_NORMALISED]) for start in starts])


def code_texts(codes: Iterable[str]) -> list[str]:
    """The texts of codes, each once, in their order; an empty code is none."""
    return [text for text in dict.fromkeys(map(code_text, codes)) if text]


def read_one_code(value: object) -> PatternElement:
    """The element that a code stands for which is written without a list."""
    if not isinstance(value, str):
        raise refusal("code", "a code is text, or a list of texts and operators")
    return Equals(_not_empty(code_text(value), ()))


def read_code_element(element: object) -> PatternElement:
    """An element of a pattern on codes, its texts as codes are compared."""
    read = read_element(element)
    below = tuple(element) if isinstance(element, dict) else ()
    match read:
        case Equals(value=text):
            return Equals(_not_empty(code_text(text), below))
        case AnythingBut(values=texts):
            return AnythingBut(tuple([_not_empty(code_text(text), below) for text in texts]))
        case EqualsIgnoreCase(text=text):
            return EqualsIgnoreCase(_not_empty(code_text(text), below))
        # A blank inside of a code is part of it.
        case Prefix(prefix=text):
            return Prefix(_not_empty(composed(text.lstrip()), below))
        case Suffix(suffix=text):
            return Suffix(_not_empty(composed(text.rstrip()), below))
        case Wildcard(wildcard=text):
            return Wildcard(_not_empty(code_text(text), below))
        case _:
            return read


def _not_empty(text: str, below: tuple[str, ...]) -> str:
    if not text:
        raise refusal("code", 'an empty code is no code; for any code write {"exists": true}', below=below)
    return text


@dataclass(frozen=True, slots=True, eq=False)
class OneOrList:
    """A list, or one member of it without the brackets, which a function of ours reads; `schema` describes that one."""

    read_one: Callable[[object], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The list's own type, unless there are no brackets."""
        return core_schema.no_info_wrap_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """One of both."""
        return {"anyOf": [dict(self.schema), handler(schema)]}

    def read(self, value: object, read_list: Callable[[object], Any]) -> Any:
        """All members."""
        return read_list(value) if isinstance(value, list) else (self.read_one(value),)


CodePattern = Annotated[
    tuple[Annotated[PatternElement, Read(read_code_element, ELEMENT_MARK)], ...],
    OneOrList(read_one_code, {"type": "string", "minLength": 1}),
]
