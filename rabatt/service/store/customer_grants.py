"""What one evaluation needs of the store, in one indexed query: which rules hold, and the customer's grants."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, and_, bindparam, literal, or_, select

from rabatt.service.clock import written
from rabatt.service.store.changes import NO_CHANGE, change_of
from rabatt.service.store.tables import accounts, grants, rules
from rules import Grant


class CustomerGrants(NamedTuple):
    """The name of the last change of the account's rules, and the customer's live grants, the derived ones apart."""

    change: str
    own: tuple[Grant, ...]
    derived: tuple[Grant, ...]


class TooManyGrants(Exception):
    """The customer has more grants than were asked for."""


ANY_NUMBER = 2**31 - 2
# So many characters of stamps: what is remembered takes some 30 MB at most.
LONGEST_REMEMBERED_CARD = 300

_GRANT = (
    grants.c.id,
    grants.c.discount_id,
    grants.c.customer_id,
    grants.c.created_at,
    grants.c.usage,
    grants.c.amount,
    grants.c.bonus,
    grants.c.stamps,
    grants.c.debit_balance,
    grants.c.is_derived,
)


def _query(*, only_current: bool) -> Any:
    conditions = [
        grants.c.aid == accounts.c.aid,
        grants.c.customer_id == bindparam("customer_id"),
        grants.c.deleted_at.is_(None),
    ]
    if only_current:
        # A customer keeps the coupons of years: those of rules that are over are left where they are.
        purchase_at = bindparam("purchase_at", type_=rules.c.purchase_to.type)
        is_current = (
            select(literal(1))
            .where(
                rules.c.aid == grants.c.aid,
                rules.c.id == grants.c.discount_id,
                rules.c.deleted_at.is_(None),
                or_(rules.c.purchase_to.is_(None), rules.c.purchase_to >= purchase_at),
            )
            .exists()
        )
        conditions.append(is_current)
    return (
        select(accounts.c.change, *_GRANT)
        .select_from(accounts.outerjoin(grants, and_(*conditions)))
        .where(accounts.c.aid == bindparam("aid"))
        .limit(bindparam("most", type_=Integer))
    )


_CURRENT = _query(only_current=True)
_ALL = _query(only_current=False)


def customer_grants(
    connection: Connection,
    aid: str,
    customer_id: str | None,
    purchase_at: datetime | None = None,
    most: int = ANY_NUMBER,
) -> CustomerGrants:
    """The last change and the customer's grants; with a time of purchase, those of rules that were not over then.

    TooManyGrants where there are more than `most`, of which no more are read.
    """
    if customer_id is None:
        return CustomerGrants(change_of(connection, aid), (), ())
    parameters: dict[str, Any] = {"aid": aid, "customer_id": customer_id, "most": most + 1}
    if purchase_at is None:
        rows = connection.execute(_ALL, parameters).all()
    else:
        rows = connection.execute(_CURRENT, parameters | {"purchase_at": purchase_at}).all()
    if len(rows) > most:
        raise TooManyGrants
    if not rows:
        return CustomerGrants(NO_CHANGE, (), ())
    own: list[Grant] = []
    derived: list[Grant] = []
    for _, *fields, is_derived in rows:
        if fields[0] is not None:
            card = fields[-2]
            grant = _remembered_grant if card is None or len(card) <= LONGEST_REMEMBERED_CARD else grant_of
            (derived if is_derived else own).append(grant(*fields))
    return CustomerGrants(rows[0][0], tuple(own), tuple(derived))


def grant_of(  # noqa: PLR0913, PLR0917 - the fields of the row, each a part of what is remembered
    grant_id: str,
    discount_id: str,
    customer_id: str,
    created_at: datetime,
    usage: int,
    amount: int,
    bonus: int,
    stamps: str | None,
    debit_balance: int | None,
) -> Grant:
    """The grant of the fields of its row."""
    statistics = {"usage": usage, "amount": amount, "bonus": bonus}
    if debit_balance is not None:
        statistics["debit_balance"] = debit_balance
    document: dict[str, Any] = {
        "id": grant_id,
        "discount_id": discount_id,
        "customer_id": customer_id,
        "created_at": written(created_at),
        "statistics": statistics,
    }
    if stamps is not None:
        document["stamps"] = json.loads(stamps)
    return Grant.model_validate(document, context=document)


# A till asks again with every article that is scanned; grants that say the same are the same, so none is ever stale.
_remembered_grant = lru_cache(maxsize=20_000)(grant_of)
