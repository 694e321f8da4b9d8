"""A list of objects by field, such as a customer's addresses: where each value of a field stands."""

from collections.abc import Collection, Hashable, Sequence
from typing import Any

from rules.pattern import scalar_text


class Column:
    """The values of one field: each distinct one with its rows, and each text with the rows that have it."""

    __slots__ = ("distinct", "members", "rows_by_text")

    def __init__(self, values: Sequence[Any]) -> None:
        """Sort the values, one to a row; `members` are all that any of them has, as one field would have them."""
        once: dict[str | None, list[int]] = {}
        self.distinct: list[tuple[Any, list[int]]] = []
        self.rows_by_text: dict[str, list[int]] = {}
        for row, value in enumerate(values):
            if value is None or isinstance(value, str):
                once.setdefault(value, []).append(row)
            else:
                self.distinct.append((value, [row]))
            for text in texts_of(value):
                self.rows_by_text.setdefault(text, []).append(row)
        self.distinct += once.items()
        self.members: list[Any] = list(self.rows_by_text)


class Columns:
    """The columns of a list of objects; `answers` are the rows, as bits, that patterns on its fields accept."""

    __slots__ = ("_by_name", "_documents", "all_rows", "answers", "count")

    def __init__(self, documents: Sequence[Any]) -> None:
        """Begin without any column; each is made when a pattern asks for it."""
        self._documents = documents
        self._by_name: dict[str, Column] = {}
        self.count: int = len(documents)
        self.all_rows: int = (1 << len(documents)) - 1
        self.answers: dict[Hashable, int] = {}

    def column(self, name: str) -> Column:
        """Return the column of a field."""
        column = self._by_name.get(name)
        if column is None:
            column = self._by_name[name] = Column([document.get(name) for document in self._documents])
        return column


def texts_of(value: Any) -> Collection[str]:
    """Return the texts as which the members of a field are compared."""
    members = value if isinstance(value, list) else (value,)
    return [scalar_text(member) for member in members if member is not None and not isinstance(member, dict | list)]
