"""Query parameters that several lists take."""

import re
from typing import Annotated

from fastapi import Query

from rabatt.service.identifiers import Identifier
from rabatt.service.problems import Problem, fault
from rules.values import Read, refusal

MOST_LISTED = 100
DIGITS = re.compile(r"[0-9]{1,3}")


def read_limit(value: object) -> int:
    """How many are wanted; a refusal of anything but digits, of which Python would take much more for a number."""
    if not isinstance(value, str) or not DIGITS.fullmatch(value) or not 1 <= int(value) <= MOST_LISTED:
        raise refusal("limit", f"a whole number from 1 to {MOST_LISTED} is wanted")
    return int(value)


PageLimit = Annotated[
    int,
    Read(read_limit, {"type": "integer", "minimum": 1, "maximum": MOST_LISTED}),
    Query(description="How many are wanted at most."),
]
StartingAfter = Annotated[Identifier | None, Query(description="The id of the last one of the page before.")]


def unknown_start() -> Problem:
    """The answer where a page shall start after something that is not there."""
    return fault("query.starting_after", "there is none of this id; give the id of the last one of the page before")
