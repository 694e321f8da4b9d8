"""A line of a receipt as it was read: the fields that decide discounts, in slots (SPEC 1 and 2).

A class of its own and no pydantic model: every line of every receipt is made once and asked often, and a model takes
three times as long for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rules.receipt import BroughtBonus, BroughtDiscount


# What a line says; the rest follows from it.
SAID: Final = (
    "line_id",
    "has_line_id",
    "id",
    "group_ids",
    "quantity",
    "gross_amount",
    "net_amount",
    "eligible_for_discount",
    "voided",
    "is_return_item",
    "scale_item",
    "discount_lines",
    "bonus_lines",
)


class ReceiptLine:
    """One line of a receipt, which is only read once the reader has handed it over; amounts in the smallest unit.

    `line_id` is its own, or its position from 1 where it has none, which `has_line_id` says. `group_ids` are those of
    its groups that have one. A line that `has_pieces` is counted in pieces, of which `units` are as many as its
    quantity; what is weighed or measured is one unit (SPEC 2).
    """

    __slots__ = (
        "bonus_lines",
        "discount_lines",
        "eligible_for_discount",
        "gross_amount",
        "group_ids",
        "has_line_id",
        "has_pieces",
        "id",
        "is_return_item",
        "line_id",
        "net_amount",
        "quantity",
        "scale_item",
        "units",
        "voided",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - as many as there are fields
        self,
        line_id: int,
        has_line_id: bool,
        item: str | None,
        group_ids: tuple[str, ...],
        quantity: int | float,  # noqa: PYI041 - whole numbers are told apart by their type
        gross_amount: int | None,
        net_amount: int | None,
        eligible_for_discount: bool,
        voided: bool,
        is_return_item: bool,
        scale_item: bool,
        discount_lines: tuple[BroughtDiscount, ...],
        bonus_lines: tuple[BroughtBonus, ...],
    ) -> None:
        """Take the fields, each of them checked, null and absent ones as what these stand for."""
        self.line_id = line_id
        self.has_line_id = has_line_id
        self.id = item
        self.group_ids = group_ids
        self.quantity = quantity
        self.gross_amount = gross_amount
        self.net_amount = net_amount
        self.eligible_for_discount = eligible_for_discount
        self.voided = voided
        self.is_return_item = is_return_item
        self.scale_item = scale_item
        self.discount_lines = discount_lines
        self.bonus_lines = bonus_lines
        if type(quantity) is int and not scale_item:
            self.has_pieces = True
            self.units = quantity
        else:
            self.has_pieces = False
            self.units = 1

    def take_position(self, position: int) -> None:
        """Sets the place in the receipt as id of a line without one; only the reader does this, before handing over."""
        self.line_id = position
        self.has_line_id = False

    def __eq__(self, other: object) -> bool:
        """Whether the other is a line that says the same."""
        return isinstance(other, ReceiptLine) and _said(self) == _said(other)

    def __hash__(self) -> int:
        """Of its id alone: lines that say the same have the same."""
        return hash(self.line_id)

    def __repr__(self) -> str:
        """What the line says, field by field."""
        fields = ", ".join([f"{name}={value!r}" for name, value in _said(self)])
        return f"ReceiptLine({fields})"


def _said(line: ReceiptLine) -> list[tuple[str, object]]:
    return [(name, getattr(line, name)) for name in SAID]
