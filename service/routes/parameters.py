"""Query parameters that several lists take."""

from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator

from service.identifiers import Identifier
from service.problems import Problem, fault


def read_digits(value: object) -> object:
    """The digits of a whole number, as they stand; pydantic alone would take 5.0, 1_0 and spaces too."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number is wanted, in digits")
    return value


Limit = Annotated[int, BeforeValidator(read_digits), Query(ge=1, le=100, description="How many are wanted at most.")]
StartingAfter = Annotated[Identifier | None, Query(description="The id of the last one of the page before.")]


def unknown_start() -> Problem:
    """The answer where a page shall start after something that is not there."""
    return fault("query.starting_after", "there is none of this id; give the id of the last one of the page before")
