"""Lines and units, and the receipt as it came in without our own discounts (SPEC 2 and 8)."""

from copy import deepcopy
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import NamedTuple

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
    """One entry of the receipt's items."""

    line_id: int
    document: Document
    takes_discounts: bool
    units: tuple[Unit, ...]


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
    """Return the gross of the receipt."""
    if receipt.get("gross_amount") is not None:
        return int(receipt["gross_amount"])
    return sum_of(counted_lines(receipt), "gross_amount")


def discounts_on(receipt: Document) -> int:
    """Return the sum of the discount lines."""
    return sum(sum_of(objects_at(line, "discount_lines"), "amount") for line in counted_lines(receipt))


def bonuses_on(receipt: Document) -> int:
    """Return the sum of the bonus lines."""
    return sum(sum_of(objects_at(line, "bonus_lines"), "bonus") for line in counted_lines(receipt))


def net_of(receipt: Document) -> int:
    """Return the net of the receipt."""
    if receipt.get("net_amount") is not None:
        return int(receipt["net_amount"])
    return gross_of(receipt) - discounts_on(receipt)


def lay_out(receipt: Document) -> Basket:
    """Return the lines and units of a receipt that carries no discounts of ours."""
    lines = []
    for position, document in enumerate(objects_at(receipt, "items"), start=1):
        line_id = document.get("line_id")
        line_id = position if line_id is None else int(line_id)
        takes = takes_discounts(document)
        units = units_of(document, line_id) if takes else ()
        lines.append(Line(line_id, document, takes, units))
    return Basket(receipt, tuple(sorted(lines, key=lambda line: line.line_id)))


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


def units_of(line: Document, line_id: int) -> tuple[Unit, ...]:
    """Return the units of a line."""
    quantity = quantity_of(line)
    is_counted = quantity == int(quantity) and not is_true(line, "scale_item")
    count = int(quantity) if is_counted else 1
    gross = number(line, "gross_amount")
    brought = min(gross, max(0, sum_of(objects_at(line, "discount_lines"), "amount")))
    prices = laid_out_evenly(gross, count)
    discounts = laid_out_evenly(brought, count)
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
    discounts = sum_of(objects_at(line, "discount_lines"), "amount")
    move(line, "net_amount", change, number(line, "gross_amount") - discounts)
    move_dwh(line, change)


def move_totals(receipt: Document, change: int) -> None:
    """Move net and total discount of the receipt; absent ones are what the lines say."""
    discounts = discounts_on(receipt)
    move(receipt, "net_amount", change, gross_of(receipt) - discounts)
    move(receipt, "total_discount", -change, discounts)
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
