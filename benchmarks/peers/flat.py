"""Rules and receipts laid flat for engines that match facts against conditions: what to translate for each of them.

Flattening is exact for the rules of the workload: a rule qualifies in Rabatt when, and only when, its conditions hold
for the facts. A rule with anything that has no place here is refused, never translated in part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

Document = Mapping[str, Any]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONE = "Europe/Oslo"
_MINUTES_OF_A_DAY = 24 * 60
_KNOWN = {
    "purchase_from",
    "purchase_to",
    "store_ids",
    "store",
    "customer",
    "currencies",
    "gross_amount",
    "item",
    "stamp",
}


class Facts(TypedDict):
    """One receipt: time in seconds and as the minute of the week, goods as keys, units by key.

    A key is an item id, or a group id after `g:`. All lines of the workload take discounts.
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


def conditions_of(rule: Document) -> Conditions:
    """Return the conditions under which the rule qualifies; a ValueError names a field that has no place in them."""
    requirement = rule["requirement"]
    store = requirement.get("store", {})
    customer = requirement.get("customer", {})
    limitation = rule.get("limitation", {})
    strange = {
        *(set(requirement) - _KNOWN),
        *(set(store) - {"chain", "mcc_ranges"}),
        *(set(customer) - {"attributes"}),
        *(set(customer.get("attributes", {})) - {"segment"}),
        *(set(limitation) - {"discount_hours"}),
    }
    if strange:
        message = f"{rule['id']}: no condition for {', '.join(sorted(strange))}"
        raise ValueError(message)
    return Conditions(
        rule_id=rule["id"],
        opens_at=_seconds(requirement["purchase_from"]),
        closes_at=_seconds(requirement["purchase_to"]),
        parts=tuple(_parts(requirement.get("item", {}))),
        stores=tuple(requirement.get("store_ids", ())),
        chains=tuple(store.get("chain", ())),
        segments=tuple(customer.get("attributes", {}).get("segment", ())),
        currencies=tuple(requirement.get("currencies", ())),
        mcc=_mcc(store.get("mcc_ranges")),
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
        message = f"parts of {', '.join(keys)} may want the same unit"
        raise ValueError(message)
    yield from mixes


def _part(matchers: Sequence[Document], least: int) -> Part:
    keys = tuple(dict.fromkeys(_key(matcher) for matcher in matchers))
    groups = [key for key in keys if key.startswith("g:")]
    if least > 1 and groups and len(keys) > 1:
        # An item of the group would be counted twice.
        message = f"units of {', '.join(keys)} do not add up"
        raise ValueError(message)
    return Part(keys, least)


def _key(matcher: Document) -> str:
    match matcher:
        case {"id": str(item_id), **more} if not more:
            return item_id
        case {"group_id": str(group_id), **more} if not more:
            return f"g:{group_id}"
    message = f"no key for {matcher}"
    raise ValueError(message)


def _mcc(ranges: Sequence[Document] | None) -> tuple[int, int] | None:
    if not ranges:
        return None
    (only,) = ranges
    return int(only["start"]), int(only["end"])


def _minutes(hours: Document | None) -> tuple[int, int] | None:
    """Return the ends of the one period of a rule as minutes of the week."""
    if hours is None:
        return None
    (period,) = hours["hours"]
    start, end = (DAYS.index(period["day"]) * _MINUTES_OF_A_DAY + _clock(period[name]) for name in ("start", "end"))
    if hours["timezone"] != ZONE or start > end:
        message = f"no condition for {hours}"
        raise ValueError(message)
    return start, end


def _clock(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)


def facts_of(receipt: Document) -> Facts:
    """Return the facts of a receipt."""
    purchase_at = datetime.fromisoformat(receipt["purchase_at"])
    local = purchase_at.astimezone(ZoneInfo(ZONE))
    units: dict[str, int] = {}
    for line in receipt["items"]:
        for key in keys_of(line):
            units[key] = units.get(key, 0) + units_of(line)
    return {
        "at": int(purchase_at.timestamp()),
        "minute": local.weekday() * _MINUTES_OF_A_DAY + local.hour * 60 + local.minute,
        "store": receipt["store"]["id"],
        "chain": receipt["store"]["chain"],
        "mcc": int(receipt["store"]["mcc"]),
        "segment": receipt["customer"]["attributes"].get("segment", ""),
        "currency": receipt["currency"],
        "gross": receipt["gross_amount"],
        "keys": list(units),
        "units": units,
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
