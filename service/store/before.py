"""The grants of a customer as they were without a purchase: what its claim used is given back, for the eye only."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.stamp_card import StampCard, after_cancelling
from rules import Grant
from service.store.give_back import Purchase
from service.store.resolve import stored_rules
from service.store.stamps import read_stamps, write_stamps
from service.store.tables import grants
from service.store.terms import Terms
from service.store.wallets import grant_of


def grants_before(
    connection: Connection, aid: str, customer_id: str | None, purchase: Purchase | None, now: datetime
) -> tuple[list[Grant], list[Grant]]:
    """The customer's live grants, and apart from them their part in what everyone was granted.

    What other purchases used in the meantime stays used.
    """
    if customer_id is None:
        return [], []
    lines = {} if purchase is None else purchase.lines
    rules_by_id = stored_rules(connection, aid, {line.discount_id for line in lines.values()})
    query = select(grants).where(
        grants.c.aid == aid, grants.c.customer_id == customer_id, grants.c.deleted_at.is_(None)
    )
    own: list[Grant] = []
    derived: list[Grant] = []
    for row in connection.execute(query):
        line = lines.get((row.discount_id, row.id))
        terms = None if line is None else rules_by_id[row.discount_id].terms
        (derived if row.is_derived else own).append(_grant(row, line, terms, purchase, now))
    return own, derived


def _grant(
    row: Row[Any], line: Row[Any] | None, terms: Terms | None, purchase: Purchase | None, now: datetime
) -> Grant:
    usage, amount, bonus, stamps, balance = row.usage, row.amount, row.bonus, row.stamps, row.debit_balance
    if line is not None and terms is not None and purchase is not None:
        usage, amount, bonus = usage - line.usage, amount - line.amount, bonus - line.bonus
        balance = None if balance is None else balance + line.amount
        if stamps is not None:
            card = StampCard(read_stamps(stamps), row.stamps_owed)
            spent = read_stamps(line.stamps_spent)
            at, days = purchase.purchase_at, terms.stamp_days
            stamps = write_stamps(after_cancelling(card, at, days, now, earned=line.stamp, spent=spent).stamps)
    return grant_of(row.id, row.discount_id, row.customer_id, row.created_at, usage, amount, bonus, stamps, balance)
