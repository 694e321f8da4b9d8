"""Lists by the page: their query parameters, and reading one."""

import re
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Query, Request
from sqlalchemy import Connection

from rabatt.service.context import context_of
from rabatt.service.identifiers import Identifier
from rabatt.service.problems import fault
from rabatt.service.store.pages import UnknownStart
from rules.values import Read, refusal

T = TypeVar("T")
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


async def read_page(request: Request, work: Callable[[Connection], T]) -> T:
    """What the work reads of a page; a Problem where the page starts after something that is not in the list."""
    try:
        return await context_of(request).store.read(work)
    except UnknownStart:
        sentence = "there is none of this id; give the id of the last one of the page before"
        raise fault("query.starting_after", sentence) from None
