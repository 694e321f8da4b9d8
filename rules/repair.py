"""A faulty rule with its faulty fields put aside, so that the faults between the other fields are found as well.

What comes back is only asked for further faults; nothing else ever sees it.
"""

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rules.refuse import without_tag
from rules.rule import Rule

if TYPE_CHECKING:
    from rules.refuse import Location

# A wrong field is taken away first; where it was required, the next round puts something in its place.
ROUNDS = 3
_MATCHER = {"id": "-"}
# Members of lists, and required fields: legal, and without faults of their own.
STAND_INS: dict[str, Any] = {
    "items": _MATCHER,
    "blacklist": _MATCHER,
    "mixes": {"items": [_MATCHER]},
    "values": {"items": [_MATCHER], "value": 0},
    "hours": {"day": "mon", "start": "00:00", "end": "00:00"},
    "mcc_ranges": {"start": "0000", "end": "9999"},
    "mcc": "0000",
    "discount_activation": {"type": "deactivate_if_discount_active", "value": "-"},
    "addresses": {},
    "links": {},
    "refs": {},
    "id": "-",
    "reward": {"type": "discount_percent", "value": 0},
}
ANY_TEXT = "-"


def repaired(written: object, error: ValidationError) -> Rule | None:
    """The rule that is left when everything the error names is put aside; nothing where that is no rule."""
    if not isinstance(written, dict):
        return None
    document = _Changed(written)
    for _ in range(ROUNDS):
        for details in error.errors(include_url=False, include_input=False):
            document.put_aside(without_tag(details["loc"]), details["type"])
        try:
            return Rule.model_validate(document.whole)
        except ValidationError as remaining:
            error = remaining
    return None


class _Changed:
    """A document of which only what is changed is copied: a rule may be a megabyte with one fault."""

    def __init__(self, written: dict[str, Any]) -> None:
        self.whole = dict(written)
        # By their identity, and held so that no other can take it.
        self._own: dict[int, Any] = {id(self.whole): self.whole}

    def put_aside(self, location: Location, kind: str) -> None:
        """Takes one faulty field away, or replaces the member of a list that is faulty or lacks a required field."""
        if len(location) == 1 and kind in {"missing", "union_tag_invalid", "union_tag_not_found"}:
            self.whole[str(location[0])] = deepcopy(STAND_INS[str(location[0])])
            return
        if kind == "missing":
            location = location[:-1]
        parent: Any = self.whole
        for part in location[:-1]:
            inner = parent[part]
            if id(inner) not in self._own:
                inner = parent[part] = copy(inner)
                self._own[id(inner)] = inner
            parent = inner
        last = location[-1]
        if isinstance(last, int):
            parent[last] = deepcopy(STAND_INS.get(str(location[-2]), ANY_TEXT))
        else:
            parent.pop(last, None)
