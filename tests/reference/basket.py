"""Lines and units, and the receipt as it came in without our own discounts (SPEC 2 and 8)."""

from copy import deepcopy
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from tests.reference.money import allocated
from tests.reference.rule import Document, Rule, matches, objects_at

EXACTLY = Context(prec=100)


class Unit(NamedTuple):
    """One piece of a line; units are ordered by line, then by number."""

    line_id: int
    number: int
    price: int
    brought: int


@dataclass(frozen=True)
class Line:
    """One entry of the receipt's items; `net` is what remains of it as it came in, its share of what is hidden off."""

    line_id: int
    document: Document
    takes_discounts: bool
    units: tuple[Unit, ...]
    net: int
    hidden: int


@dataclass(frozen=True)
class Basket:
    """The receipt laid out: lines in the order of their ids, units of those that take discounts."""

    receipt: Document
    lines: tuple[Line, ...]

    @property
    def units(self) -> list[Unit]:
        """All units in order."""
        return [unit for line in self.lines for unit in line.units]

    def line_of(self, unit: Unit) -> Document:
        """Return the line of a unit as the receipt has it."""
        return next(line.document for line in self.lines if line.line_id == unit.line_id)

    @property
    def carrying(self) -> frozenset[int]:
        """The lines, not voided, that carry a discount that the receipt brought."""
        return frozenset(
            line.line_id
            for line in self.lines
            if not is_true(line.document, "voided")
            and any(entry.get("amount") for entry in objects_at(line.document, "discount_lines"))
        )

    @property
    def brought(self) -> set[tuple[str, str]]:
        """The distinct discounts that the receipt brought, by id, else by type."""
        return {
            ("id", entry["discount_id"])
            if entry.get("discount_id") is not None
            else ("type", str(entry.get("discount_type")))
            for line in self.lines
            if not is_true(line.document, "voided")
            for entry in objects_at(line.document, "discount_lines")
            if entry.get("amount")
        }

    def matching(self, units: list[Unit], matchers: list[Document]) -> list[Unit]:
        """Return the units that one of the matchers accepts."""
        return [unit for unit in units if matches(matchers, self.line_of(unit))]


def is_true(document: Document, name: str) -> bool:
    """Return whether a field is there and true."""
    return document.get(name) is True


def number(document: Document, name: str) -> int:
    """Return an amount, 0 where it is absent."""
    return int(document.get(name) or 0)


def sum_of(entries: list[Document], name: str) -> int:
    """Return the sum of one field of the entries."""
    return sum(number(entry, name) for entry in entries)


def counted_lines(receipt: Document) -> list[Document]:
    """Return the lines that count in totals: those not voided."""
    return [line for line in objects_at(receipt, "items") if not is_true(line, "voided")]


def gross_of(receipt: Document) -> int:
    """Return the gross of the receipt; returned goods count below zero (POLICY 13)."""
    if receipt.get("gross_amount") is not None:
        return int(receipt["gross_amount"])
    return sum(
        -abs(number(line, "gross_amount")) if is_true(line, "is_return_item") else number(line, "gross_amount")
        for line in counted_lines(receipt)
    )


def off(line: Document) -> int:
    """Return what the discount lines of a line take off; one below zero counts as none (POLICY 15)."""
    entries = objects_at(line, "discount_lines")
    if is_true(line, "is_return_item"):
        return sum_of(entries, "amount")
    return sum(max(0, number(entry, "amount")) for entry in entries)


def sold_lines(receipt: Document) -> list[Document]:
    """Return the lines that are neither voided nor returned."""
    return [line for line in counted_lines(receipt) if not is_true(line, "is_return_item")]


def discounts_on(receipt: Document) -> int:
    """Return the sum of the discount lines of what is bought."""
    return sum(off(line) for line in sold_lines(receipt))


def discounts_come_back(receipt: Document) -> int:
    """Return the sum of the discount lines of what is returned, by size."""
    return sum(abs(off(line)) for line in counted_lines(receipt) if is_true(line, "is_return_item"))


def hidden_in(receipt: Document) -> int:
    """Return what the till took off without saying on which line (POLICY 15)."""
    total = receipt.get("total_discount")
    if total is not None:
        return max(0, int(total) - discounts_on(receipt)) if total > 0 else 0
    without_id = sum(
        max(0, number(entry, "amount"))
        for line in sold_lines(receipt)
        for entry in objects_at(line, "discount_lines")
        if entry.get("discount_id") is None
    )
    return max(0, number(receipt, "total_manual_discount_amount") - without_id)


def bonuses_on(receipt: Document) -> int:
    """Return the sum of the bonus lines."""
    return sum(sum_of(objects_at(line, "bonus_lines"), "bonus") for line in counted_lines(receipt))


def net_of(receipt: Document) -> int:
    """Return the net of the receipt."""
    if receipt.get("net_amount") is not None:
        return int(receipt["net_amount"])
    return gross_of(receipt) - discounts_on(receipt) + discounts_come_back(receipt) - hidden_in(receipt)


def lay_out(receipt: Document) -> Basket:
    """Return the lines and units of a receipt that carries no discounts of ours."""
    documents = {}
    for position, document in enumerate(objects_at(receipt, "items"), start=1):
        line_id = document.get("line_id")
        documents[position if line_id is None else int(line_id)] = document
    documents = dict(sorted(documents.items()))
    bearers = {
        line_id: number(document, "gross_amount") - min(off(document), number(document, "gross_amount"))
        for line_id, document in documents.items()
        if any(document is line for line in sold_lines(receipt)) and number(document, "gross_amount") > 0
    }
    amount = min(hidden_in(receipt), sum(bearers.values()))
    weights = [Fraction(left) for left in bearers.values()]
    shares = dict(zip(bearers, allocated(amount, weights, list(bearers.values())), strict=True))
    lines = []
    for line_id, document in documents.items():
        takes = takes_discounts(document)
        hidden = shares.get(line_id, 0)
        units = units_of(document, line_id, hidden) if takes else ()
        if is_true(document, "voided"):
            net = 0
        elif is_true(document, "is_return_item"):
            net = abs(off(document)) - abs(number(document, "gross_amount"))
        else:
            net = bearers.get(line_id, number(document, "gross_amount")) - hidden
        lines.append(Line(line_id, document, takes, units, net, hidden))
    return Basket(receipt, tuple(lines))


def quantity_of(line: Document) -> int | float:
    """Return the quantity of a line."""
    quantity: int | float | None = line.get("quantity")
    return 1 if quantity is None else quantity


def takes_discounts(line: Document) -> bool:
    """Return whether a line can take discounts."""
    return (
        is_true(line, "eligible_for_discount")
        and number(line, "gross_amount") > 0
        and not is_true(line, "voided")
        and not is_true(line, "is_return_item")
        and quantity_of(line) > 0
    )


def units_of(line: Document, line_id: int, hidden: int) -> tuple[Unit, ...]:
    """Return the units of a line, with its share of what is hidden."""
    quantity = quantity_of(line)
    is_counted = quantity == int(quantity) and not is_true(line, "scale_item")
    count = int(quantity) if is_counted else 1
    gross = number(line, "gross_amount")
    prices = laid_out_evenly(gross, count)
    brought = laid_out_evenly(min(gross, off(line)), count)
    left = [price - discount for price, discount in zip(prices, brought, strict=True)]
    shares = allocated(hidden, [Fraction(each) for each in left], list(left))
    discounts = [discount + share for discount, share in zip(brought, shares, strict=True)]
    return tuple(
        Unit(line_id, place, price, discount)
        for place, (price, discount) in enumerate(zip(prices, discounts, strict=True), start=1)
    )


def laid_out_evenly(amount: int, count: int) -> list[int]:
    """Return the amount as so many parts; the first ones get what does not divide."""
    part, larger = divmod(amount, count)
    return [part + 1] * larger + [part] * (count - larger)


def own_taken_off(receipt: Document, rules: list[Rule]) -> Document:
    """Return a copy of the receipt as it came in, what names a rule of the set taken off it."""
    ids = {rule.id for rule in rules}
    came_in = deepcopy(receipt)
    discounts: list[Document] = []
    bonuses: list[Document] = []
    for line in objects_at(came_in, "items"):
        off = taken_off(line, "discount_lines", "discount_id", ids)
        gone = taken_off(line, "bonus_lines", "discount_id", ids)
        if off:
            move_net_of_line(line, sum_of(off, "amount"))
            line["is_changed"] = False
            came_in["is_changed"] = False
        if not is_true(line, "voided"):
            discounts += off
            bonuses += gone
    taken_off(came_in, "discounts", "id", ids)
    if discounts:
        move_totals(came_in, sum_of(discounts, "amount"))
    if bonuses:
        move_bonus(came_in, -sum_of(bonuses, "bonus"))
    return came_in


def taken_off(document: Document, name: str, key: str, ids: set[str]) -> list[Document]:
    """Take the entries that name one of the ids out of a list and return them."""
    entries = objects_at(document, name)
    own = [entry for entry in entries if entry.get(key) in ids]
    if own:
        document[name] = [entry for entry in entries if entry.get(key) not in ids]
    return own


# In the three functions below the discount and bonus lines are already those after the change.


def move_net_of_line(line: Document, change: int) -> None:
    """Move the net of a line; an absent one is its gross less its discount lines."""
    move(line, "net_amount", change, number(line, "gross_amount") - off(line))
    move_dwh(line, change)


def move_totals(receipt: Document, change: int) -> None:
    """Move net and total discount of the receipt; absent ones are what the lines say."""
    move(receipt, "total_discount", -change, discounts_on(receipt) + hidden_in(receipt))
    # What is hidden is the same before and after, once the total is that after the change.
    net = gross_of(receipt) - discounts_on(receipt) + discounts_come_back(receipt) - hidden_in(receipt)
    move(receipt, "net_amount", change, net)
    move_dwh(receipt, change)


def move_bonus(receipt: Document, change: int) -> None:
    """Move the total bonus of the receipt; an absent one is what the lines say."""
    move(receipt, "total_bonus", change, bonuses_on(receipt))


def move(document: Document, name: str, change: int, absent: int) -> None:
    """Move an amount, or write what it is where it was absent."""
    was = document.get(name)
    document[name] = absent if was is None else int(was) + change


def move_dwh(document: Document, change: int) -> None:
    """Move a net in decimals that was there by the same whole amount."""
    text = document.get("net_amount_dwh")
    if isinstance(text, str) and change:
        try:
            document["net_amount_dwh"] = format(EXACTLY.add(Decimal(text), Decimal(change)), "f")
        except InvalidOperation:
            return
