"""Rules and receipts laid flat for engines that match facts against conditions: what to translate for each of them.

A rule of the workload qualifies in Rabatt when, and only when, its conditions hold for the facts: the run asserts it
for every receipt. A rule with a field that has no place here is refused, never translated in part.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from benchmarks.workload import Document

T = TypeVar("T")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE = "Europe/Oslo"
# What a rule may ask for beside goods, by the path of its field: the fact that has to be one of some.
LISTS = {
    ("requirement", "store_ids"): "store",
    ("requirement", "store", "chain"): "chain",
    ("requirement", "customer", "attributes", "segment"): "segment",
    ("requirement", "currencies"): "currency",
}
# The groups of fields, and what else a rule may have: a stamp is no condition, since any goods of a card are stamped.
GROUPS = {"requirement", "store", "customer", "attributes", "limitation"}
OTHERS = {"purchase_from", "purchase_to", "item", "stamp", "gross_amount", "mcc_ranges", "discount_hours"}


@dataclass(frozen=True, slots=True)
class Part:
    """Of the goods with any of these keys, so many units at least; no line has two of the keys."""

    keys: tuple[str, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """One rule: all of it shall hold. Facts by name are in a range, ends included, or one of some."""

    rule_id: str
    opens_at: int
    closes_at: int
    parts: tuple[Part, ...] = ()
    ranges: tuple[tuple[str, int, int], ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    least_gross: int = 0

    @property
    def is_plain(self) -> bool:
        """Say whether the rule asks for nothing but goods or a minimum, and its window."""
        return not (self.ranges or self.lists)

    def translated(
        self,
        between: Callable[[str, int, int], T],
        one_of: Callable[[str, Sequence[str]], T],
        at_least: Callable[[str, int], T],
    ) -> list[T]:
        """Return all but the goods in other words; the window first, as it fails the most rules."""
        told = [between(*each) for each in (("at", self.opens_at, self.closes_at), *self.ranges)]
        told += [one_of(*each) for each in self.lists]
        return [*told, at_least("gross", self.least_gross)] if self.least_gross else told


def conditions_of(rule: Document) -> Conditions:
    """Return the conditions under which the rule qualifies; a ValueError names a field that has no place in them."""
    fields = {path: value for name in ("requirement", "limitation") for path, value in _fields(rule, name).items()}
    strange = {path[-1] for path in fields} - {path[-1] for path in LISTS} - OTHERS
    if strange:
        raise ValueError(f"{rule['id']}: no condition for {', '.join(sorted(strange))}")
    requirement = rule["requirement"]
    item = requirement.get("item", {})
    parts = [*([item] if "items" in item else ()), *item.get("mixes", ())]
    mcc = fields.get(("requirement", "store", "mcc_ranges"), ())
    ranges = [("mcc", int(each["start"]), int(each["end"])) for each in mcc]
    if hours := fields.get(("limitation", "discount_hours")):
        ranges.append(("minute", *_minutes(hours)))
    return Conditions(
        rule["id"],
        opens_at=_seconds(requirement["purchase_from"]),
        closes_at=_seconds(requirement["purchase_to"]),
        parts=tuple(Part(tuple(map(_key, part["items"])), part.get("quantity", 1)) for part in parts),
        ranges=tuple(ranges),
        lists=tuple((fact, tuple(fields[path])) for path, fact in LISTS.items() if path in fields),
        least_gross=requirement.get("gross_amount", 0),
    )


def _fields(parent: Mapping[str, Any], name: str, *above: str) -> dict[tuple[str, ...], Any]:
    """Return a field by its path, or those in it where it is a group of fields."""
    path = (*above, name)
    if name not in GROUPS:
        return {path: parent[name]}
    members = parent.get(name, {})
    return {inner: value for member in members for inner, value in _fields(members, member, *path).items()}


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())


def _key(matcher: Document) -> str:
    return str(matcher["id"]) if "id" in matcher else f"g:{matcher['group_id']}"


def _minutes(hours: Document) -> tuple[int, int]:
    """Return the ends of the one period of a rule as minutes of the week."""
    (period,) = hours["hours"]
    midnight = DAYS.index(period["day"]) * 24 * 60
    start, end = (midnight + int(period[name][:2]) * 60 + int(period[name][3:]) for name in ("start", "end"))
    if hours["timezone"] != ZONE or start > end:
        raise ValueError(f"no condition for {hours}")
    return start, end


def facts_of(receipt: Document) -> Document:
    """Return one receipt's facts: time in seconds and as the minute of the week, goods as keys, units by key.

    A key is an item id, or a group id after `g:`. All lines of the shop take discounts.
    """
    local = datetime.fromisoformat(receipt["purchase_at"]).astimezone(ZoneInfo(ZONE))
    units: Counter[str] = Counter()
    for line in receipt["items"]:
        units.update(dict.fromkeys(keys_of(line), line["quantity"]))
    return {
        "at": _seconds(receipt["purchase_at"]),
        "minute": (local.weekday() * 24 + local.hour) * 60 + local.minute,
        "store": receipt["store"]["id"],
        "chain": receipt["store"]["chain"],
        "mcc": int(receipt["store"]["mcc"]),
        "segment": receipt["customer"]["attributes"]["segment"],
        "currency": receipt["currency"],
        "gross": receipt["gross_amount"],
        "keys": list(units),
        "units": dict(units),
    }


def keys_of(line: Document) -> list[str]:
    """Return the keys of a line's goods."""
    return [line["id"], *(f"g:{group['id']}" for group in line["groups"])]


def holds(conditions: Conditions, facts: Document) -> bool:
    """Say whether all conditions hold: what every translation shall mean, in plain Python."""
    units = facts["units"]
    return (
        conditions.opens_at <= facts["at"] <= conditions.closes_at
        and all(sum(units.get(key, 0) for key in part.keys) >= part.least for part in conditions.parts)
        and all(low <= facts[fact] <= high for fact, low, high in conditions.ranges)
        and all(facts[fact] in accepted for fact, accepted in conditions.lists)
        and facts["gross"] >= conditions.least_gross
    )
