"""The version of an account's rules: raised by whoever changes them, read with every evaluation."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from service.store.tables import accounts, insert_into, rules

CHUNK = 1_000


class RuleChange(NamedTuple):
    """A rule as it is now, its document as text; without one where it is deleted."""

    rule_id: str
    document: str | None
    granted_to_everyone: bool
    version: int


def raise_version(connection: Connection, aid: str) -> int:
    """The account's next version. Until this transaction ends no other one of the account gets one."""
    raised = (
        insert_into(connection, accounts)
        .values(aid=aid, version=1)
        .on_conflict_do_update(index_elements=["aid"], set_={"version": accounts.c.version + 1})
        .returning(accounts.c.version)
    )
    return int(connection.execute(raised).scalar_one())


_VERSION = select(accounts.c.version).where(accounts.c.aid == bindparam("aid"))


def version_of(connection: Connection, aid: str) -> int:
    """The account's version; 0 where nothing was ever written."""
    return connection.execute(_VERSION, {"aid": aid}).scalar() or 0


def changes_since(connection: Connection, aid: str, version: int) -> Iterator[RuleChange]:
    """Every rule that changed after a version, as it is now."""
    changed = (
        select(rules.c.id, rules.c.document, rules.c.deleted_at, rules.c.granted_to_everyone, rules.c.version)
        .where(rules.c.aid == aid, rules.c.version > version)
        .order_by(rules.c.id)
    )
    for row in connection.execute(changed).yield_per(CHUNK):
        document = None if row.deleted_at is not None else row.document
        yield RuleChange(row.id, document, row.granted_to_everyone, row.version)
