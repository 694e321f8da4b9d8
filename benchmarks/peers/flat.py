"""Rules and receipts laid flat for engines that match facts against conditions: what to translate for each of them.

Flattening is exact for the rules of the shop: a rule qualifies in Rabatt when, and only when, its conditions hold for
the facts. A rule with anything that has no place here is refused, never translated in part.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, TypeVar
from zoneinfo import ZoneInfo

Document = Mapping[str, Any]
T = TypeVar("T")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE = "Europe/Oslo"


class Facts(TypedDict):
    """One receipt: time in seconds and as the minute of the week, goods as keys, units by key.

    A key is an item id, or a group id after `g:`. All lines of the shop take discounts.
    """

    at: int
    minute: int
    store: str
    chain: str
    mcc: int
    segment: str
    currency: str
    gross: int
    keys: list[str]
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """Of the goods with any of these keys, so many units at least; no line has two of the keys."""

    keys: tuple[str, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """One rule: all that is not empty or None shall hold; ends of ranges are included."""

    rule_id: str
    opens_at: int
    closes_at: int
    parts: tuple[Part, ...] = ()
    stores: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    mcc: tuple[int, int] | None = None
    minutes: tuple[int, int] | None = None
    least_gross: int | None = None

    @property
    def is_plain(self) -> bool:
        """Say whether the rule asks for nothing but goods or a minimum, and its window."""
        return not (self.stores or self.chains or self.segments or self.currencies or self.mcc or self.minutes)

    def translated(
        self,
        between: Callable[[str, int, int], T],
        one_of: Callable[[str, Sequence[str]], T],
        at_least: Callable[[str, int], T],
    ) -> list[T]:
        """Return all but the goods in other words; the window first, as it fails the most rules."""
        ranges = {"at": (self.opens_at, self.closes_at), "minute": self.minutes, "mcc": self.mcc}
        lists = {"store": self.stores, "chain": self.chains, "segment": self.segments, "currency": self.currencies}
        told = [between(fact, *ends) for fact, ends in ranges.items() if ends is not None]
        told += [one_of(fact, accepted) for fact, accepted in lists.items() if accepted]
        return told if self.least_gross is None else [*told, at_least("gross", self.least_gross)]


# Of a requirement, its store, its customer, the customer's attributes, and the limitation.
_KNOWN = (
    {"purchase_from", "purchase_to", "store_ids", "store", "customer", "currencies", "gross_amount", "item", "stamp"},
    {"chain", "mcc_ranges"},
    {"attributes"},
    {"segment"},
    {"discount_hours"},
)


def conditions_of(rule: Document) -> Conditions:
    """Return the conditions under which the rule qualifies; a ValueError names a field that has no place in them."""
    requirement, limitation = rule["requirement"], rule.get("limitation", {})
    store, customer = requirement.get("store", {}), requirement.get("customer", {})
    attributes = customer.get("attributes", {})
    given = (requirement, store, customer, attributes, limitation)
    strange = {name for members, known in zip(given, _KNOWN, strict=True) for name in set(members) - known}
    if strange:
        raise ValueError(f"{rule['id']}: no condition for {', '.join(sorted(strange))}")
    opens_at, closes_at = (_seconds(requirement[name]) for name in ("purchase_from", "purchase_to"))
    return Conditions(
        rule_id=rule["id"],
        opens_at=opens_at,
        closes_at=closes_at,
        parts=tuple(_parts(requirement.get("item", {}))),
        stores=tuple(requirement.get("store_ids", ())),
        chains=tuple(store.get("chain", ())),
        segments=tuple(attributes.get("segment", ())),
        currencies=tuple(requirement.get("currencies", ())),
        mcc=_mcc(store.get("mcc_ranges", ())),
        minutes=_minutes(limitation.get("discount_hours")),
        least_gross=requirement.get("gross_amount"),
    )


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())


def _parts(item: Document) -> Iterator[Part]:
    if "items" in item:
        yield _part(item["items"], item.get("quantity", 1))
    mixes = [_part(mix["items"], mix["quantity"]) for mix in item.get("mixes", ())]
    keys = [key for mix in mixes for key in mix.keys]
    if len(set(keys)) < len(keys) or any(key.startswith("g:") for key in keys):
        # Who gets the unit that two parts want is no condition on sums.
        raise ValueError(f"parts of {', '.join(keys)} may want the same unit")
    yield from mixes


def _part(matchers: Sequence[Document], least: int) -> Part:
    keys = tuple(_key(matcher) for matcher in matchers)
    if least > 1 and len(keys) > 1 and any(key.startswith("g:") for key in keys):
        # An item of the group would be counted twice.
        raise ValueError(f"units of {', '.join(keys)} do not add up")
    return Part(keys, least)


def _key(matcher: Document) -> str:
    if [*matcher] not in (["id"], ["group_id"]):
        raise ValueError(f"no key for {matcher}")
    return str(matcher["id"]) if "id" in matcher else f"g:{matcher['group_id']}"


def _mcc(ranges: Sequence[Document]) -> tuple[int, int] | None:
    if not ranges:
        return None
    (only,) = ranges
    return int(only["start"]), int(only["end"])


def _minutes(hours: Document | None) -> tuple[int, int] | None:
    """Return the ends of the one period of a rule as minutes of the week."""
    if hours is None:
        return None
    (period,) = hours["hours"]
    clocks = (map(int, period[name].split(":")) for name in ("start", "end"))
    start, end = (_minute(DAYS.index(period["day"]), hour, minute) for hour, minute in clocks)
    if hours["timezone"] != ZONE or start > end:
        raise ValueError(f"no condition for {hours}")
    return start, end


def _minute(day: int, hour: int, minute: int) -> int:
    return (day * 24 + hour) * 60 + minute


def facts_of(receipt: Document) -> Facts:
    """Return the facts of a receipt."""
    purchase_at = datetime.fromisoformat(receipt["purchase_at"])
    local = purchase_at.astimezone(ZoneInfo(ZONE))
    units: Counter[str] = Counter()
    for line in receipt["items"]:
        units.update(dict.fromkeys(keys_of(line), units_of(line)))
    return {
        "at": int(purchase_at.timestamp()),
        "minute": _minute(local.weekday(), local.hour, local.minute),
        "store": receipt["store"]["id"],
        "chain": receipt["store"]["chain"],
        "mcc": int(receipt["store"]["mcc"]),
        "segment": receipt["customer"]["attributes"].get("segment", ""),
        "currency": receipt["currency"],
        "gross": receipt["gross_amount"],
        "keys": list(units),
        "units": dict(units),
    }


def keys_of(line: Document) -> list[str]:
    """Return the keys of a line's goods."""
    return [line["id"], *(f"g:{group['id']}" for group in line["groups"])]


def units_of(line: Document) -> int:
    """Return how many units a line has: goods sold by weight are one."""
    return 1 if line["scale_item"] else line["quantity"]


def holds(conditions: Conditions, facts: Facts) -> bool:
    """Say whether all conditions hold: what every translation shall mean, in plain Python."""
    units = facts["units"]
    return (
        conditions.opens_at <= facts["at"] <= conditions.closes_at
        and all(sum(units.get(key, 0) for key in part.keys) >= part.least for part in conditions.parts)
        and (not conditions.stores or facts["store"] in conditions.stores)
        and (not conditions.chains or facts["chain"] in conditions.chains)
        and (not conditions.segments or facts["segment"] in conditions.segments)
        and (not conditions.currencies or facts["currency"] in conditions.currencies)
        and (conditions.mcc is None or conditions.mcc[0] <= facts["mcc"] <= conditions.mcc[1])
        and (conditions.minutes is None or conditions.minutes[0] <= facts["minute"] <= conditions.minutes[1])
        and (conditions.least_gross is None or facts["gross"] >= conditions.least_gross)
    )
