"""What booking a claim and giving it back do to a grant alike: find it, make a customer's part, change its card."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Row, bindparam, update

from engine.grants.stamp_card import StampCard
from rabatt.service.store.stamps import read_stamps, write_stamps
from rabatt.service.store.tables import grants, insert_into

THE_GRANT = (grants.c.aid == bindparam("account"), grants.c.id == bindparam("grant"))
_CARD = (
    update(grants)
    .where(*THE_GRANT)
    .values(stamps=bindparam("card"), stamps_owed=bindparam("still_owed", type_=BigInteger))
)


class GrantKey(NamedTuple):
    """Which grant of which rule to which customer, under the names of its columns."""

    aid: str
    id: str
    discount_id: str
    customer_id: str


def make_derived_grant(connection: Connection, key: GrantKey, *, now: datetime, subject: str) -> None:
    """Make the row that counts a customer's use of what everyone was granted, unless somebody has just made it."""
    row = {**key._asdict(), "created_at": now, "created_by": subject, "is_derived": True}
    connection.execute(insert_into(connection, grants).on_conflict_do_nothing(), row)


def read_card(row: Row[Any]) -> StampCard:
    """The stamp card of a row with `stamps` and `stamps_owed`."""
    return StampCard(read_stamps(row.stamps), row.stamps_owed)


def write_card(connection: Connection, aid: str, grant_id: str, card: StampCard) -> None:
    """Store the card of a grant whose row this transaction has locked."""
    parameters = {"account": aid, "grant": grant_id, "card": write_stamps(card.stamps), "still_owed": card.owed}
    connection.execute(_CARD, parameters)
