"""What was used of each rule: counted with every claim, cancelling and return, so that nobody adds up claims."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from zlib import crc32

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from rabatt.service.store.tables import rule_customers, rule_uses

# Claims that count in one row wait for each other until they are committed. Where a commit takes 5 ms, eight writers
# booked 87 claims of one rule a second with one row, 174 with eight, 197 with sixteen, and 227 without counting. Which
# row a claim counts in follows from its id.
SHARDS = 8
COUNTED = ("lines", "usage", "amount", "bonus")


@dataclass(frozen=True, slots=True)
class UseTotals:
    """What was used of a rule in all purchases that were not cancelled, and by how many customers."""

    usage: int = 0
    amount: int = 0
    bonus: int = 0
    customers: int = 0


class UseChange(NamedTuple):
    """By how much a line of a claim changes what was used of its rule; below 0 it is given back."""

    discount_id: str
    lines: int
    usage: int
    amount: int
    bonus: int

    def plus(self, other: Self) -> "UseChange":
        """Both together."""
        return UseChange(self.discount_id, *map(int.__add__, self[1:], other[1:]))


def _statements(insert: Any) -> tuple[Any, Any]:
    """What counts the lines of a customer, and what counts the uses, in the dialect of a store."""
    held = insert(rule_customers)
    held = held.on_conflict_do_update(
        index_elements=["aid", "discount_id", "customer_id"],
        set_={"lines": rule_customers.c.lines + held.excluded.lines},
    ).returning(rule_customers.c.discount_id, rule_customers.c.lines)
    counted = insert(rule_uses)
    counted = counted.on_conflict_do_update(
        index_elements=["aid", "discount_id", "shard"],
        set_={name: rule_uses.c[name] + counted.excluded[name] for name in (*COUNTED, "customers")},
    )
    return held, counted


_STATEMENTS = {"sqlite": _statements(sqlite.insert), "postgresql": _statements(postgresql.insert)}


def count_lines(
    connection: Connection, aid: str, claim_id: str, customer_id: str | None, changes: Iterable[UseChange]
) -> None:
    """Count what lines of a claim use, or give back, in its transaction: after its grants, which are locked first."""
    by_rule: dict[str, UseChange] = {}
    for change in changes:
        before = by_rule.get(change.discount_id)
        by_rule[change.discount_id] = change if before is None else before.plus(change)
    held, counted = _STATEMENTS[connection.dialect.name]
    # In the order of the rules: where all keep to one order, none waits for another in a ring.
    ordered = sorted(by_rule.values())
    came: Mapping[str, int] = {}
    moved = [] if customer_id is None else [change for change in ordered if change.lines]
    if moved:
        rows = [
            {"aid": aid, "discount_id": change.discount_id, "customer_id": customer_id, "lines": change.lines}
            for change in moved
        ]
        came = {
            rule_id: (lines > 0) - (lines > by_rule[rule_id].lines) for rule_id, lines in connection.execute(held, rows)
        }
    if ordered:
        shard = crc32(claim_id.encode()) % SHARDS
        rows = [
            {"aid": aid, "shard": shard, "customers": came.get(change.discount_id, 0), **change._asdict()}
            for change in ordered
        ]
        connection.execute(counted, rows)


def uses_of(connection: Connection, aid: str, rule_ids: Iterable[str]) -> dict[str, UseTotals]:
    """What was used of each of the rules that was ever used."""
    table = rule_uses.c
    query = select(table.discount_id, table.usage, table.amount, table.bonus, table.customers).where(
        table.aid == aid, table.discount_id.in_(list(rule_ids))
    )
    sums: dict[str, UseTotals] = {}
    # Added up here, where no sum is too large.
    for rule_id, *counted in connection.execute(query):
        use = sums.get(rule_id, UseTotals())
        before = (use.usage, use.amount, use.bonus, use.customers)
        sums[rule_id] = UseTotals(*(int(one) + int(more) for one, more in zip(before, counted, strict=True)))
    return sums


def is_used(connection: Connection, aid: str, rule_id: str) -> bool:
    """Whether a purchase that was not cancelled used the rule."""
    of_rule = rule_uses.c.aid == aid, rule_uses.c.discount_id == rule_id
    return bool(connection.execute(select(func.sum(rule_uses.c.lines)).where(*of_rule)).scalar())
