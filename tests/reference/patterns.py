"""Patterns (SPEC 3)."""

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from operator import eq, ge, gt, le, lt

from tests.reference.rule import Document

OPERATORS = {"<": lt, "<=": le, "=": eq, ">=": ge, ">": gt}
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FEBRUARY = 2
LEAP_DAY = 29


def text_of(scalar: object) -> str:
    """Return a scalar as the string by which it is compared."""
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    if isinstance(scalar, int | float | Decimal):
        number = Decimal(str(scalar))
        whole = number == number.to_integral_value()
        return str(int(number)) if whole else format(number.normalize(), "f")
    return str(scalar)


def field_matches(pattern: object, field: object, today: date) -> bool:
    """Return whether one element of a pattern matches a field of the receipt."""
    elements = pattern if isinstance(pattern, list) else [pattern]
    members = field if isinstance(field, list) else [field]
    present = [member for member in members if member is not None]
    return any(element_matches(element, present, today) for element in elements)


def element_matches(element: object, members: list[object], today: date) -> bool:
    """Return whether one element matches a field with these members; none when it is absent."""
    # Objects and lists are there, but are no text to compare.
    scalars = [member for member in members if not isinstance(member, dict | list)]
    if not isinstance(element, dict):
        return any(text_of(member) == text_of(element) for member in scalars)
    [(operator, operand)] = element.items()
    if operator == "exists":
        return bool(members) is operand
    if operator == "anything-but":
        named = operand if isinstance(operand, list) else [operand]
        names = [text_of(name) for name in named]
        return bool(members) and all(text_of(member) not in names for member in scalars)
    return any(member_matches(operator, operand, member, today) for member in scalars)


def member_matches(operator: str, operand: object, member: object, today: date) -> bool:
    """Return whether one value matches one operator."""
    text = text_of(member)
    match operator, operand:
        case "prefix", str(start):
            return text.startswith(start)
        case "suffix", str(end):
            return text.endswith(end)
        case "wildcard", str(wildcard):
            return wildcard_matches(wildcard, text)
        case "equals-ignore-case", str(name):
            return text.casefold() == name.casefold()
        case "numeric", list(tests):
            reads_as_number = not isinstance(member, bool) and NUMBER.fullmatch(text)
            return bool(reads_as_number) and passes(Fraction(text), tests)
        case "age", list(tests):
            born = day_of(text)
            return born is not None and passes(Fraction(age(born, today)), tests)
        case "birthday", dict(window):
            born = day_of(text)
            return born is not None and has_birthday(born, today, window)
        case _:
            raise ValueError(f"no such pattern operator: {operator}")


def wildcard_matches(wildcard: str, text: str) -> bool:
    """Return whether a wildcard names the whole text: the places in it that each piece can lead to."""
    places = {0}
    for piece in re.findall(r"\\[*\\]|.", wildcard, re.DOTALL):
        if piece == "*":
            places = set(range(min(places, default=len(text) + 1), len(text) + 1))
        else:
            places = {place + 1 for place in places if text[place : place + 1] == piece[-1]}
    return len(text) in places


def passes(number: Fraction, tests: list[object]) -> bool:
    """Return whether a number passes `[op, n]` or `[op, n, op, n]`."""
    return all(
        OPERATORS[str(operator)](number, Fraction(str(bound)))
        for operator, bound in zip(tests[::2], tests[1::2], strict=True)
    )


def day_of(text: str) -> date | None:
    """Return the day that a text YYYY-MM-DD names, if it does."""
    if not DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def anniversary(born: date, year: int) -> date:
    """Return the anniversary in a year; 29 February counts as 28 February in common years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, FEBRUARY, LEAP_DAY - 1)


def age(born: date, today: date) -> int:
    """Return the whole years at a day."""
    return today.year - born.year - (today < anniversary(born, today.year))


def has_birthday(born: date, today: date, window: Document) -> bool:
    """Return whether a day is in the window around the anniversary of some year."""
    before = timedelta(days=int(window.get("days_before", 0)))
    after = timedelta(days=int(window.get("days_after", 0)))
    first = max(born.year, (today - after).year)
    return any(
        anniversary(born, year) - before <= today <= anniversary(born, year) + after
        for year in range(first, (today + before).year + 1)
    )
