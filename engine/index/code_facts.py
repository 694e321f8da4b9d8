"""Codes as facts: what a pattern on codes is filed under, and what the codes of a receipt show.

A text is a fact of its own. An operator is filed under what every code that it accepts must show: the text with its
case folded, or how it begins or ends, of which so many characters are taken as the longest of a few lengths. The
beginning of length 0 is any code. So a receipt looks up a handful of facts for each of its codes, whatever the rules
are.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from engine.fields.wildcards import CompiledWildcard
from rules.pattern import Equals, EqualsIgnoreCase, Exists, PatternElement, Prefix, Suffix, Wildcard

# What a receipt shows, other than its goods: a family of facts, and what is looked up in it.
Fact: TypeAlias = tuple[Any, ...]
# A code fact without its last part, the text: which facts are to be looked up for each code.
CodeFamily: TypeAlias = tuple[Any, ...]

EXACT: Final[CodeFamily] = ("code",)
_FOLDED: Final[CodeFamily] = ("code in any case",)
_BEGINNING: Final = "beginning of a code"
_END: Final = "end of a code"
_NAMES: Final = frozenset({EXACT[0], _FOLDED[0], _BEGINNING, _END})
_LENGTHS: Final = (16, 8, 4, 2, 1)


def facts_of_pattern(pattern: Sequence[PatternElement]) -> Collection[Fact]:
    """Return the facts of which a receipt must show one; none where one without a code may be accepted."""
    if any(isinstance(element, Exists) and not element.exists for element in pattern):
        return ()
    return {_fact_of(element) for element in pattern}


def _fact_of(element: PatternElement) -> Fact:
    match element:
        case Equals(value=text):
            return *EXACT, text
        case EqualsIgnoreCase(text=text):
            return *_FOLDED, text.casefold()
        case Prefix(prefix=text):
            return _beginning(text)
        case Suffix(suffix=text):
            return _end(text)
        case Wildcard(wildcard=written):
            wildcard = CompiledWildcard(written)
            last = wildcard.last or ""
            return _end(last) if len(last) > len(wildcard.first) else _beginning(wildcard.first)
        case _:
            return _beginning("")


def _beginning(text: str) -> Fact:
    length = _filed_length(text)
    return _BEGINNING, length, text[:length]


def _end(text: str) -> Fact:
    length = _filed_length(text)
    return _END, length, text[len(text) - length :]


def _filed_length(text: str) -> int:
    return next((length for length in _LENGTHS if length <= len(text)), 0)


def family_of(fact: Fact) -> CodeFamily | None:
    """Return the family of a fact of codes; None for other facts."""
    return fact[:-1] if fact[0] in _NAMES else None


def facts_of_code(code: str, families: Iterable[CodeFamily]) -> Iterator[Fact]:
    """Yield the facts of some families that one code of a receipt shows."""
    for family in families:
        if family == EXACT:
            yield *EXACT, code
        elif family == _FOLDED:
            yield *_FOLDED, code.casefold()
        else:
            name, length = family
            if length <= len(code):
                yield name, length, code[:length] if name == _BEGINNING else code[len(code) - length :]
