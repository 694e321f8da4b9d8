"""Purchases whose answer hangs on a clock: the default zone, near midnight, and on the days when the clocks change.

The same ones are asked of the engine, of the service, of a simulation and of the command. In Oslo the 29th of March
2026 has no hour from two to three, and the 25th of October has it twice.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

Document = dict[str, Any]

OSLO = "Europe/Oslo"
GIVEN = 100
CUSTOMER = "kim"


class Moment(NamedTuple):
    """A purchase at some instant, and whether the rule of that name gives its 1.00 off; `born` is the customer."""

    rule_id: str
    at: str
    is_given: bool
    born: str | None = None

    @property
    def receipt(self) -> Document:
        """The receipt of one line, which only that rule concerns; its id is its own."""
        return {
            "receipt_id": f"{self.rule_id} {self.at}",
            "purchase_at": self.at,
            "store": {"id": "s"},
            "currency": "NOK",
            "customer_id": CUSTOMER,
            "customer": {"date_of_birth": self.born},
            "items": [{"id": self.rule_id, "quantity": 1, "gross_amount": 1_000, "eligible_for_discount": True}],
        }

    @property
    def discount(self) -> int:
        """What it shall be given."""
        return GIVEN if self.is_given else 0


def _open(day: str, start: str, end: str, zone: str | None = OSLO) -> Document:
    hours: Document = {"hours": [{"day": day, "start": start, "end": end}]}
    return {"limitation": {"discount_hours": hours | ({} if zone is None else {"timezone": zone})}}


def _born(pattern: Document, zone: str | None) -> Document:
    limitation = {} if zone is None else {"limitation": {"discount_hours": {"timezone": zone}}}
    return {"requirement": {"customer": {"date_of_birth": [pattern]}}, **limitation}


_BIRTHDAY = {"birthday": {"days_before": 0, "days_after": 0}}
_ADULT = {"age": [">=", 18]}
_ONE_DAY = {"limitation": {"dynamic_purchase_to_days": 1}}
# Half past two in Oslo, the first time and the second time.
_TWICE = {"requirement": {"purchase_from": "2026-10-25T02:30:00+02:00", "purchase_to": "2026-10-25T02:30:00+01:00"}}

# By rule: each purchase, and whether it is given the discount.
_HOURS: Mapping[str, tuple[Document, Mapping[str, bool]]] = {
    "without a zone hours are those of UTC": (
        _open("sat", "23:00", "23:59", None),
        {
            "2026-11-14T23:30:00Z": True,
            "2026-11-15T00:30:00+01:00": True,
            "2026-11-14T23:30:00+01:00": False,
            "2026-11-15T00:00:00Z": False,
        },
    ),
    "the day ends at midnight of the zone": (
        _open("sat", "12:00", "23:59"),
        {
            "2026-11-14T22:59:59.999999Z": True,
            "2026-11-14T23:00:00Z": False,
            "2026-11-14T18:00:00-05:00": False,
            "2026-11-15T08:59:59+10:00": True,
        },
    ),
    "a night runs into the next day": (
        _open("sat", "22:00", "02:00"),
        {"2026-11-15T01:00:59Z": True, "2026-11-15T01:01:00Z": False, "2026-11-14T20:59:59Z": False},
    ),
    "there is no half past two in March": (
        _open("sun", "02:00", "02:59"),
        {"2026-03-29T00:59:59Z": False, "2026-03-29T01:00:00Z": False, "2026-03-29T01:30:00Z": False},
    ),
    "the night in March ends as its clock says": (
        _open("sat", "22:00", "03:00"),
        {"2026-03-28T20:59:59Z": False, "2026-03-28T21:00:00Z": True, "2026-03-29T01:00:59Z": True}
        | {"2026-03-29T01:01:00Z": False},
    ),
    "half past two comes twice in October": (
        _open("sun", "02:30", "02:30"),
        {"2026-10-25T00:30:00Z": True, "2026-10-25T01:00:00Z": False, "2026-10-25T01:30:59Z": True}
        | {"2026-10-25T02:30:00Z": False},
    ),
    "the night in October ends as its clock says": (
        _open("sat", "22:00", "03:00"),
        {"2026-10-24T19:59:59Z": False, "2026-10-24T20:00:00Z": True, "2026-10-25T02:00:59Z": True}
        | {"2026-10-25T02:01:00Z": False},
    ),
    "a window of purchases is one of instants": (
        _TWICE,
        {"2026-10-25T00:29:59Z": False, "2026-10-25T02:30:00+02:00": True, "2026-10-25T02:30:00+01:00": True}
        | {"2026-10-25T01:30:01Z": False},
    ),
}

# By rule and date of birth.
_DATES: Mapping[str, tuple[Document, str, Mapping[str, bool]]] = {
    "without a zone a birthday is as the till writes": (
        _born(_BIRTHDAY, None),
        "1990-03-29",
        {"2026-03-28T23:30:00Z": False, "2026-03-29T00:30:00+01:00": True, "2026-03-29T23:59:59Z": True}
        | {"2026-03-30T00:00:00+02:00": False},
    ),
    "a birthday in March has 23 hours": (
        _born(_BIRTHDAY, OSLO),
        "1990-03-29",
        {"2026-03-28T22:59:59Z": False, "2026-03-28T23:00:00Z": True, "2026-03-29T21:59:59Z": True}
        | {"2026-03-29T22:00:00Z": False},
    ),
    "a birthday in October has 25 hours": (
        _born(_BIRTHDAY, OSLO),
        "1990-10-25",
        {"2026-10-24T21:59:59Z": False, "2026-10-24T22:00:00Z": True, "2026-10-25T22:59:59Z": True}
        | {"2026-10-25T23:00:00Z": False},
    ),
    "an age is reached at midnight of the zone": (
        _born(_ADULT, OSLO),
        "2008-11-15",
        {"2026-11-14T22:59:59Z": False, "2026-11-14T23:00:00Z": True},
    ),
    "without a zone an age is reached as the till writes": (
        _born(_ADULT, None),
        "2008-11-15",
        {"2026-11-14T23:00:00Z": False, "2026-11-15T00:00:00+01:00": True},
    ),
}

# By the instant since when the customer has the rule.
_DAYS: Mapping[str, tuple[str, Mapping[str, bool]]] = {
    "a day is 24 hours in March": (
        "2026-03-28T12:00:00+01:00",
        {"2026-03-29T13:00:00+02:00": True, "2026-03-29T13:00:01+02:00": False},
    ),
    "a day is 24 hours in October": (
        "2026-10-24T12:00:00+02:00",
        {"2026-10-25T11:00:00+01:00": True, "2026-10-25T11:00:01+01:00": False},
    ),
}


def _rule(rule_id: str, parts: Document) -> Document:
    item = {"items": [{"id": rule_id}]}
    requirement = {**parts.get("requirement", {}), "item": item}
    return {"id": rule_id, "reward": {"type": "discount_amount", "value": GIVEN}, **parts, "requirement": requirement}


def _moments() -> Iterator[Moment]:
    for rule_id, (_, hours) in _HOURS.items():
        yield from (Moment(rule_id, at, is_given) for at, is_given in hours.items())
    for rule_id, (_, born, dates) in _DATES.items():
        yield from (Moment(rule_id, at, is_given, born) for at, is_given in dates.items())
    for rule_id, (_, days) in _DAYS.items():
        yield from (Moment(rule_id, at, is_given) for at, is_given in days.items())


RULES = [
    *(_rule(rule_id, parts) for rule_id, (parts, _) in _HOURS.items()),
    *(_rule(rule_id, parts) for rule_id, (parts, _, _) in _DATES.items()),
    *(_rule(rule_id, _ONE_DAY) for rule_id in _DAYS),
]
# The rules of days are the customer's own since some instant, all others everyone's.
GRANTS: list[Document] = [
    *({"id": f"all {one}", "discount_id": one, "customer_id": "*"} for one in (*_HOURS, *_DATES)),
    *(
        {"id": f"own {one}", "discount_id": one, "customer_id": CUSTOMER, "created_at": since}
        for one, (since, _) in _DAYS.items()
    ),
]
MOMENTS = tuple(_moments())
EACH_MOMENT = pytest.mark.parametrize("moment", MOMENTS, ids=[f"{one.rule_id} {one.at}" for one in MOMENTS])


def discount_of(result: Document) -> int:
    """Return what a result says was taken off in all."""
    return int(result.get("total_discount") or 0)


# The same instants as tills write them, and the local day of each.
DAYS_WRITTEN = {
    "2026-11-14T23:30:00Z": "2026-11-14",
    "2026-11-15T00:30:00+01:00": "2026-11-15",
    "2026-03-29T00:00:00+01:00": "2026-03-29",
    "2026-03-29T23:59:59+02:00": "2026-03-29",
    "2026-03-30T00:00:00+02:00": "2026-03-30",
    "2026-10-25T00:00:00+02:00": "2026-10-25",
    "2026-10-25T02:30:00+02:00": "2026-10-25",
    "2026-10-25T02:30:00+01:00": "2026-10-25",
    "2026-10-25T23:59:59+01:00": "2026-10-25",
    "2026-10-26T00:00:00+01:00": "2026-10-26",
}
