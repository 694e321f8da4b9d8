"""What a return comes to, as a value and as the wire has it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine.money import MinorUnits
from rules.limitation import ReturnPolicy
from rules.values import Number


@dataclass(frozen=True, slots=True)
class SettledLine:
    """Returned units of one line, and what is paid for all of them."""

    line_id: int
    quantity: Number
    amount: MinorUnits


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a return undoes of one grant: uses, discount and bonus that no longer count, stamps that leave the card.

    `stamp` is what was earned less what was spent and is given back. `debit_balance` is put back on a gift card, whose
    `amount` is the same. Only a re-evaluation has other numbers below 0: what the kept goods use more than before.
    """

    rule_id: str
    grant_id: str
    usage: int = 0
    amount: MinorUnits = 0
    bonus: MinorUnits = 0
    stamp: int = 0
    debit_balance: MinorUnits = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is undone."""
        return not (self.usage or self.amount or self.bonus or self.stamp or self.debit_balance)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is paid for returned goods, and what is undone.

    `amount` is what they are worth by the policy: `credit` goes back on gift cards, `refund` is paid out. `lines` are
    by line id and add up to `amount`; `taken_back` is by rule id, then in the order of the receipt's refs. `receipt` is
    a copy of the receipt with the return at the end of its `returns`.
    """

    policy: ReturnPolicy
    lines: tuple[SettledLine, ...]
    amount: MinorUnits
    refund: MinorUnits
    credit: MinorUnits
    taken_back: tuple[TakenBack, ...]
    is_everything: bool
    receipt: dict[str, Any]


def settlement_to_wire(settlement: Settlement) -> dict[str, Any]:
    """Return the entry that the return has in `returns` of its receipt."""
    entry: dict[str, Any] = settlement.receipt["returns"][-1]
    return entry


def entry_of(
    policy: ReturnPolicy,
    lines: Iterable[SettledLine],
    refund: MinorUnits,
    credit: MinorUnits,
    taken_back: Sequence[TakenBack],
) -> dict[str, Any]:
    """Return a return as a receipt keeps it; its discounts have the shape of the receipt's own."""
    return {
        "policy": policy,
        "items": [{"line_id": line.line_id, "quantity": line.quantity, "amount": line.amount} for line in lines],
        "amount": refund + credit,
        "refund_amount": refund,
        "credit_amount": credit,
        "discounts": undone_to_wire(taken_back),
    }


def undone_to_wire(taken_back: Iterable[TakenBack]) -> list[dict[str, Any]]:
    """Return what is undone, by rule id, in the shape of a receipt's `discounts`."""
    return [
        {"id": rule_id, "refs": [_ref(one) for one in of_rule]}
        for rule_id, of_rule in groupby(taken_back, key=lambda one: one.rule_id)
    ]


def _ref(one: TakenBack) -> dict[str, Any]:
    ref: dict[str, Any] = {"id": one.grant_id, "usage": one.usage, "amount": one.amount}
    more = {"bonus": one.bonus, "stamp": one.stamp, "debit_balance": one.debit_balance}
    return {**ref, **{name: number for name, number in more.items() if number}}
