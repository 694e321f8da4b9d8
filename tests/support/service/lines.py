"""Claim lines put straight into the store, for tests of what a used rule may still be."""

from itertools import count
from typing import Any

from sqlalchemy import insert

from rabatt.service.store.rule_use import UseChange, count_lines
from rabatt.service.store.tables import claim_lines, claims
from tests.rabatt.service.conftest import ACCOUNT, START, Service

numbers = count(1)


def book_line(service: Service, rule_id: str, customer_id: str | None = "C1", **fields: Any) -> None:
    """Book one use of a rule by a purchase of its own."""
    claim_id = f"claim-{next(numbers)}"
    claim = {"ref": claim_id, "id": claim_id, "type": "receipt", "customer_id": customer_id, "purchase_at": START}
    made = {"request": "{}", "answer": "{}", "created_at": START, "created_by": "till-1"}
    line: dict[str, Any] = {"usage": 1, "amount": 100, "bonus": 0, "stamp": 0, "is_cancelled": False, **fields}
    with service.store.writing() as connection:
        connection.execute(insert(claims).values(aid=ACCOUNT, **claim, **made))
        connection.execute(
            insert(claim_lines).values(
                aid=ACCOUNT,
                claim_id=claim_id,
                grant_id="g",
                discount_id=rule_id,
                customer_id=customer_id,
                **line,
            )
        )
        if not line["is_cancelled"]:
            change = UseChange(rule_id, 1, line["usage"], line["amount"], line["bonus"])
            count_lines(connection, ACCOUNT, claim_id, customer_id, [change])
