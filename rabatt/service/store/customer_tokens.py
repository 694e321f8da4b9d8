"""Customer tokens: what a customer shows at the till, such as a card or a telephone, tied to one customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from sqlalchemy import Connection, Row, delete, func, select

from rabatt.service.clock import written
from rabatt.service.identifiers import has_invisible, normal_form
from rabatt.service.store.tables import insert_into, tokens

MOST_TOKENS = 100


class TokenIsTaken(Exception):
    """The token is tied to another customer."""


class TooManyTokens(Exception):
    """The customer has as many tokens as one may have."""


@dataclass(frozen=True, slots=True)
class CustomerToken:
    """A token as a receipt's `customer.token` names it; without a type that is the empty text."""

    value: str
    type: str = ""
    token_id: str | None = None


def tie_token(
    connection: Connection, aid: str, customer_id: str, token: CustomerToken, *, now: datetime, subject: str
) -> dict[str, Any]:
    """The token as it is tied to the customer, now or earlier; TokenIsTaken or TooManyTokens where it cannot be."""
    tied = insert_into(connection, tokens).values(
        aid=aid,
        type=token.type,
        value=token.value,
        token_id=token.token_id,
        customer_id=customer_id,
        created_at=now,
        created_by=subject,
    )
    tied = tied.on_conflict_do_update(
        index_elements=["aid", "type", "value"],
        set_={"token_id": tied.excluded.token_id},
        where=tokens.c.customer_id == tied.excluded.customer_id,
    ).returning(tokens)
    row = connection.execute(tied).one_or_none()
    if row is None:
        raise TokenIsTaken
    own = select(func.count()).where(tokens.c.aid == aid, tokens.c.customer_id == customer_id)
    if connection.execute(own).scalar_one() > MOST_TOKENS:
        raise TooManyTokens
    return _as_data(row)


def tokens_of(connection: Connection, aid: str, customer_id: str) -> list[dict[str, Any]]:
    """The customer's tokens, newest first."""
    own = (
        select(tokens)
        .where(tokens.c.aid == aid, tokens.c.customer_id == customer_id)
        .order_by(tokens.c.created_at.desc(), tokens.c.type, tokens.c.value)
    )
    return [_as_data(row) for row in connection.execute(own)]


def untie_token(connection: Connection, aid: str, customer_id: str, token: CustomerToken) -> list[dict[str, Any]]:
    """The tokens that the customer has left; another customer's stay as they are."""
    connection.execute(
        delete(tokens).where(
            tokens.c.aid == aid,
            tokens.c.type == token.type,
            tokens.c.value == token.value,
            tokens.c.customer_id == customer_id,
        )
    )
    return tokens_of(connection, aid, customer_id)


def customer_of(connection: Connection, aid: str, token: Mapping[str, Any]) -> str | None:
    """The customer that a receipt's `customer.token` is tied to, if it is tied to one."""
    value, kind = token.get("value"), token.get("type")
    kind = "" if kind is None else kind
    if not _can_be_tied(value) or not (kind == "" or _can_be_tied(kind)):
        return None
    of_token = tokens.c.type == normal_form(kind), tokens.c.value == normal_form(value)
    return connection.execute(select(tokens.c.customer_id).where(tokens.c.aid == aid, *of_token)).scalar()


def _can_be_tied(text: object) -> TypeGuard[str]:
    """Whether it is text that could have been stored: PostgreSQL refuses to be asked for NUL."""
    return isinstance(text, str) and text != "" and not has_invisible(text)


def _as_data(row: Row[Any]) -> dict[str, Any]:
    data = {"value": row.value, "type": row.type, "token_id": row.token_id, "customer_id": row.customer_id}
    shown = {name: value for name, value in data.items() if value}
    return {**shown, "created_at": written(row.created_at), "created_by": row.created_by}
