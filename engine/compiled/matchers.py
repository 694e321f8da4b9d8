"""Matchers on lines, and the lines that bits stand for (SPEC 1)."""

from collections.abc import Collection, Iterable
from typing import Final, TypeVar

from engine.basket.basket import Basket, Line
from rules.requirement import ANY_ITEM, EVERY_LINE, Matcher

_Name = TypeVar("_Name", str, tuple[str, str])
_FEW: Final = 4
_ACCEPTS_ALL: Final = frozenset({EVERY_LINE, ANY_ITEM})


class MatcherSet:
    """A list of matchers as sets: one that matches a line is enough; in each, every key present must hold."""

    __slots__ = ("accepts_all", "groups", "ids", "pairs")

    accepts_all: bool
    ids: Collection[str]
    groups: Collection[str]
    pairs: Collection[tuple[str, str]]

    def __init__(self, matchers: Iterable[Matcher]) -> None:
        """Sort the matchers by what they look at."""
        ids, groups, pairs = set(), set(), set()
        self.accepts_all = False
        for matcher in matchers:
            item = None if matcher.id in _ACCEPTS_ALL else matcher.id
            if item is not None and matcher.group_id is not None:
                pairs.add((item, matcher.group_id))
            elif item is not None:
                ids.add(item)
            elif matcher.group_id is not None:
                groups.add(matcher.group_id)
            else:
                self.accepts_all = True
        self.ids = _few(ids)
        self.groups = _few(groups)
        self.pairs = _few(pairs)

    def matches(self, line: Line) -> bool:
        """Say whether one matcher accepts the line."""
        return (
            self.accepts_all
            or line.id in self.ids
            or any(group in self.groups for group in line.groups)
            or (bool(self.pairs) and any(line.id == item and group in line.groups for item, group in self.pairs))
        )

    def lines(self, basket: Basket) -> int:
        """Return the bits of the lines that match."""
        if self.accepts_all:
            return basket.all_lines
        bits = 0
        by_item, by_group = basket.by_item, basket.by_group
        ids = self.ids
        if len(ids) > len(by_item):
            ids = [item for item in by_item if item in ids]
        for item in ids:
            if item in by_item:
                bits |= by_item[item]
        for group in self.groups:
            if group in by_group:
                bits |= by_group[group]
        for item, group in self.pairs:
            bits |= by_item.get(item, 0) & by_group.get(group, 0)
        return bits


def _few(names: set[_Name]) -> Collection[_Name]:
    """Return the names; where they are few as a tuple, which is a quarter of a frozen set and as quick to search."""
    return tuple(sorted(names)) if len(names) <= _FEW else frozenset(names)
