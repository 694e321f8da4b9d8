"""What a receipt has off it already: our old entries, what others discounted, and what no line tells (POLICY 15)."""

from collections.abc import Container, Iterable
from typing import NamedTuple

from engine.basket.allocate import allocate
from engine.money import MinorUnits
from rules import Receipt
from rules.receipt_line import ReceiptLine


class OwnEntries(NamedTuple):
    """What a line of the receipt had of ours before: discounts and bonuses that name a rule of the rule set."""

    amount: MinorUnits
    bonus: MinorUnits
    had_discount: bool
    had_bonus: bool


class Existing:
    """What the lines of a receipt have already: our old entries, and the discounts and bonuses of others.

    `off` is what others discounted of each line, by its place in the receipt, and `amount` the sum for lines that are
    neither voided nor returned, `unnamed` the part of it that has no `discount_id`; `returned` is that of return lines.
    """

    __slots__ = ("amount", "bonus", "carriers", "kinds", "off", "own", "own_ids", "returned", "taken_back", "unnamed")

    def __init__(self, own_ids: Container[str]) -> None:
        """Begin with nothing; `own_ids` tells our rules from others."""
        self.own_ids = own_ids
        self.own: dict[int, OwnEntries] = {}
        self.kinds: set[tuple[str, str | None]] = set()
        # Places in the receipt of the lines that carry a discount of others.
        self.carriers: set[int] = set()
        self.off: dict[int, MinorUnits] = {}
        self.amount = self.unnamed = self.returned = self.bonus = self.taken_back = 0

    def take_in(self, position: int, line: ReceiptLine) -> MinorUnits:
        """Add a line, and return what is discounted of it by others; voided lines only lose our entries."""
        own_ids = self.own_ids
        entries = _own_entries(line, own_ids)
        if entries is not None:
            self.own[position] = entries
        if line.voided:
            return 0
        if entries is not None:
            self.taken_back += entries.amount
        amount = unnamed = below = 0
        for entry in line.discount_lines:
            # One of amount 0 is no discount (SPEC 4).
            if entry.amount and entry.discount_id not in own_ids:
                by_id = entry.discount_id is not None
                self.kinds.add(("id", entry.discount_id) if by_id else ("type", entry.discount_type))
                self.carriers.add(position)
                if entry.amount < 0:
                    below += entry.amount
                    continue
                amount += entry.amount
                if not by_id:
                    unnamed += entry.amount
        if line.is_return_item:
            amount = abs(amount + below)
            self.returned += amount
        else:
            self.amount += amount
            self.unnamed += unnamed
        if amount:
            self.off[position] = amount
        for bonus in line.bonus_lines:
            if bonus.discount_id not in own_ids:
                self.bonus += bonus.bonus
        return amount

    @property
    def off_in_all(self) -> MinorUnits:
        """Return by how much discount lines lower the net of the receipt: returned goods bring theirs back."""
        return self.amount - self.returned


def existing_on(receipt: Receipt, own_ids: Container[str]) -> Existing:
    """Return what all lines of a receipt have already."""
    existing = Existing(own_ids)
    for position, line in enumerate(receipt.items):
        if line.discount_lines or line.bonus_lines:
            existing.take_in(position, line)
    return existing


def hidden_discount(receipt: Receipt, existing: Existing) -> MinorUnits:
    """Return what the till took off without saying on which line."""
    total = receipt.total_discount
    if total is not None:
        return max(total - existing.taken_back - existing.amount, 0)
    manual = receipt.document.get("total_manual_discount_amount")
    return max(int(manual) - existing.unnamed, 0) if manual else 0


def hidden_shares(receipt: Receipt, existing: Existing, hidden: MinorUnits) -> dict[int, MinorUnits]:
    """Return what lines carry of what is hidden, by their places in the receipt, in proportion to what remains."""
    return shares_of(
        hidden,
        [
            (line.line_id, position, remains_of(line, position, existing))
            for position, line in enumerate(receipt.items)
            if not line.voided and not line.is_return_item
        ],
    )


def shares_of(hidden: MinorUnits, remains: Iterable[tuple[int, int, MinorUnits]]) -> dict[int, MinorUnits]:
    """Return what lines carry of what is hidden, by place: each comes with its id, its place and what remains of it."""
    bearers = sorted(bearer for bearer in remains if bearer[2] > 0)
    amount = min(hidden, sum([left for _, _, left in bearers]))
    if not amount:
        return {}
    shares = allocate(amount, [(left, 1, left) for _, _, left in bearers])
    return {position: each + more for (_, position, _), (each, more) in zip(bearers, shares, strict=True)}


def remains_of(line: ReceiptLine, position: int, existing: Existing) -> MinorUnits:
    """Return what discount lines of others leave of a line; one below zero counts as it is."""
    gross = line.gross_amount or 0
    return gross - min(existing.off.get(position, 0), max(gross, 0))


def returned_for(line: ReceiptLine, position: int, existing: Existing) -> MinorUnits:
    """Return what a return line takes back (POLICY 13): by size, whatever the signs it was sent with."""
    return abs(line.gross_amount or 0) - existing.off.get(position, 0)


def gross_of_lines(receipt: Receipt) -> MinorUnits:
    """Return the gross of all lines that are not voided, returned goods below zero (POLICY 13)."""
    gross = 0
    for line in receipt.items:
        if not line.voided:
            price = line.gross_amount or 0
            gross += -abs(price) if line.is_return_item else price
    return gross


def _own_entries(line: ReceiptLine, own_ids: Container[str]) -> OwnEntries | None:
    """Return what earlier evaluations of this rule set put on a line, if anything."""
    discounts = [entry.amount for entry in line.discount_lines if entry.discount_id in own_ids]
    bonuses = [entry.bonus for entry in line.bonus_lines if entry.discount_id in own_ids]
    if not discounts and not bonuses:
        return None
    return OwnEntries(sum(discounts), sum(bonuses), bool(discounts), bool(bonuses))
