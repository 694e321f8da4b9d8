"""Lists by the page, the newest first; a page starts after the last object of the one before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, and_, literal, select, tuple_


class UnknownStart(Exception):
    """The object that a page shall start after is not there."""


@dataclass(frozen=True, slots=True)
class Page:
    """How many objects are wanted, and the id of the object that they come after."""

    limit: int
    starting_after: str | None = None


def on_page(
    query: Select[Any], page: Page, start: tuple[datetime, str] | None, at: Column[datetime], own_id: Column[str]
) -> Select[Any]:
    """The query for one page: ordered by time and id, both falling, and after the place of `start`."""
    if start is not None:
        place = tuple_(literal(start[0], at.type), literal(start[1], own_id.type))
        query = query.where(tuple_(at, own_id) < place)
    return query.order_by(at.desc(), own_id.desc()).limit(page.limit)


def place_of(
    connection: Connection, object_id: str | None, at: Column[datetime], own_id: Column[str], *conditions: Any
) -> tuple[datetime, str] | None:
    """Where an object stands in the order; None for the beginning, UnknownStart where there is no such object."""
    if object_id is None:
        return None
    row = connection.execute(select(at, own_id).where(and_(*conditions, own_id == object_id))).first()
    if row is None:
        raise UnknownStart(object_id)
    return row[0], row[1]
