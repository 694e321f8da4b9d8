"""Grants on their way in and out: who shall be given a rule, with what is used of it, and how grants are shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from engine.grants.stamp_card import lives
from rabatt.service.bodies.read_body import Body
from rabatt.service.clock import written
from rabatt.service.identifiers import Identifier
from rabatt.service.store.grants import NewGrant, StoredGrant
from rules import Fault, Refused, Rule
from rules.grant import EVERYONE
from rules.values import Count, CountFromOne, Price, Read, read_instant, refusal

MOST_ENTRIES = 1_000
MOST_STAMPS = 1_000
# Of ids of this form, one stands for each customer's part in what everyone is granted.
DERIVED = 5
EARLIEST_YEAR, LATEST_YEAR = 1000, 9000


def read_past_instant(value: object) -> datetime:
    """The instant in UTC, in a year that leaves room for the days that rules add to it."""
    instant = read_instant(value)
    if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
        raise refusal("instant", f"a time here is in a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return instant.astimezone(UTC)


PastInstant = Annotated[datetime, Read(read_past_instant, {"type": "string", "format": "date-time"})]


class StampsAt(Body):
    """So many stamps, earned at one time."""

    at: PastInstant
    count: CountFromOne


class UsedBefore(Body):
    """What was used of a grant in another system."""

    usage: Count = 0
    amount: Price = 0
    bonus: Price = 0
    stamp: Count = Field(default=0, description="Stamps that count, where they are not given with their times.")
    debit_balance: Price | None = Field(default=None, description="What is left; else the rule's value less `amount`.")


class GrantEntry(Body):
    """One more grant; with an id it is made once, however often it is sent."""

    customer_id: Identifier
    id: Identifier | None = None
    created_at: PastInstant | None = None
    created_by: Any = Field(default=None, description="Ignored.")
    statistics: UsedBefore = UsedBefore()
    stamps: list[StampsAt] | None = Field(default=None, max_length=MOST_STAMPS)


class GrantsBody(Body):
    """Customers who shall have the rule if they have not, and grants that shall be made in any case."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "array", "minItems": 1}}}
                for name in ("customers", "grants")
            ]
        }
    )

    customers: list[Identifier] = Field(default=[], max_length=MOST_ENTRIES, description='"*" is everyone.')
    grants: list[GrantEntry] = Field(default=[], max_length=MOST_ENTRIES)

    @model_validator(mode="after")
    def says_who(self) -> Self:
        """Refuse a body without anyone in it, and one of too many."""
        if not 1 <= len(self.customers) + len(self.grants) <= MOST_ENTRIES:
            raise refusal("entries", f"name 1 to {MOST_ENTRIES} customers and grants in all")
        return self

    def customer_ids(self) -> tuple[str, ...]:
        """All customers that are named, each once."""
        return tuple(dict.fromkeys([*(entry.customer_id for entry in self.grants), *self.customers]))


class CustomersBody(Body):
    """Customers whose grants shall be taken."""

    customers: list[Identifier] = Field(min_length=1, max_length=MOST_ENTRIES, description='"*" is everyone.')


def check_entries(body: GrantsBody, rule: Rule) -> None:
    """Refused with every entry that says what the rule, or another entry, leaves no room for."""
    faults = []
    seen: dict[str, int] = {}
    for position, entry in enumerate(body.grants):
        path = f"grants[{position}]"
        if entry.id is not None:
            first = seen.setdefault(entry.id, position)
            if first != position:
                faults.append(Fault(f"{path}.id", f"grants[{first}] has this id too; give each its own"))
            if _may_be_derived(entry.id):
                sentence = "UUIDs of version 5 are kept for customers' parts in everyone's grants; choose another id"
                faults.append(Fault(f"{path}.id", sentence))
        faults += [Fault(f"{path}.{below}", sentence) for below, sentence in _out_of_place(entry, rule)]
    if faults:
        raise Refused(faults)


def _may_be_derived(grant_id: str) -> bool:
    """Whether an id could be the one of some customer's part in some everyone's grant."""
    try:
        return UUID(grant_id).version == DERIVED
    except ValueError:
        return False


def _out_of_place(entry: GrantEntry, rule: Rule) -> Iterator[tuple[str, str]]:
    if entry.stamps and not rule.has_stamps:
        yield "stamps", "the rule asks for no stamps; leave them out"
    if entry.statistics.stamp and not rule.has_stamps:
        yield "statistics.stamp", "the rule asks for no stamps; leave them out"
    if entry.statistics.debit_balance and not rule.is_debit:
        yield "statistics.debit_balance", "the rule is no debit; leave the balance out"


def entry_grant(entry: GrantEntry, rule: Rule, *, now: datetime, new_id: str) -> NewGrant:
    """The grant that an entry asks for."""
    created_at = entry.created_at or now
    used = entry.statistics if entry.customer_id != EVERYONE else UsedBefore()
    return NewGrant(
        id=entry.id or new_id,
        customer_id=entry.customer_id,
        created_at=created_at,
        usage=used.usage,
        amount=used.amount,
        bonus=used.bonus,
        stamps=_stamps_text(entry, created_at) if rule.has_stamps else None,
        debit_balance=_balance(rule, used),
        entry=None if entry.id is None else _spelled(entry),
    )


def customer_grant(customer_id: str, rule: Rule, *, now: datetime, new_id: str) -> NewGrant:
    """The grant of a customer who is only named."""
    return entry_grant(GrantEntry(customer_id=customer_id), rule, now=now, new_id=new_id)


def _stamps_text(entry: GrantEntry, created_at: datetime) -> str:
    """The stamps as they are kept, the oldest first; those without times were all earned when the grant was made."""
    if entry.customer_id == EVERYONE:
        return "[]"
    if entry.stamps is None:
        dated = [(created_at, entry.statistics.stamp)] if entry.statistics.stamp else []
    else:
        dated = sorted((stamp.at, stamp.count) for stamp in entry.stamps)
    return json.dumps([{"at": written(at), "count": count} for at, count in dated])


def _balance(rule: Rule, used: UsedBefore) -> int | None:
    """What is left, where it was said; else it follows from the rule's value, which may still be put right."""
    return used.debit_balance if rule.is_debit else None


def _spelled(entry: GrantEntry) -> str:
    return json.dumps(entry.model_dump(mode="json", exclude={"created_by"}), sort_keys=True)


def shown_grant(grant: StoredGrant, rule: Rule, now: datetime) -> dict[str, Any]:
    """The grant as answers have it: with the statistics that the rule's kind has, and the stamps that still count."""
    statistics: dict[str, Any] = {"usage": grant.usage, "amount": grant.amount}
    shown: dict[str, Any] = {
        "id": grant.id,
        "customer_id": grant.customer_id,
        "created_at": written(grant.created_at),
        "statistics": statistics,
    }
    if rule.reward.effect == "bonus":
        statistics["bonus"] = grant.bonus
    if rule.has_stamps:
        shown["stamps"] = _living(grant.stamps or [], rule.limitation.stamp_expire_days, now)
        statistics["stamp"] = sum(stamp["count"] for stamp in shown["stamps"])
    if rule.is_debit:
        left = int(rule.reward.value or 0) - grant.amount
        statistics["debit_balance"] = max(left, 0) if grant.debit_balance is None else grant.debit_balance
    return shown


def _living(stamps: Sequence[Mapping[str, Any]], days: int, now: datetime) -> list[dict[str, Any]]:
    """The stamps that count at a time, the oldest first; a negative number of days is no limit."""
    dated = [(read_instant(stamp["at"]), stamp) for stamp in stamps]
    live = [(at, stamp) for at, stamp in dated if lives(at, now, days)]
    return [{"at": stamp["at"], "count": stamp["count"]} for _, stamp in sorted(live, key=lambda dated: dated[0])]
