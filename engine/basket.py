"""A receipt laid out for evaluation: lines in order, units as runs of equal ones, our old discounts taken off (SPEC 2).

The units of a line are kept as segments, runs of neighbours with one price and one sum of discounts. A line begins with
three of them at most, whatever its quantity, and every reward works on segments.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from engine.money import MinorUnits
from engine.settings import Settings
from rules import Fault, Receipt, Refused
from rules.receipt import Line as ReceiptLine


class Segment(NamedTuple):
    """Units `start` up to `stop` of a line: each costs `price`, and `off` of it is discounted."""

    start: int
    stop: int
    price: MinorUnits
    off: MinorUnits


@dataclass(frozen=True, slots=True)
class Line:
    """One line that can take discounts."""

    index: int
    position: int
    line_id: int
    id: str | None
    groups: frozenset[str]
    units: int
    segments: tuple[Segment, ...]


class OwnEntries(NamedTuple):
    """What a line of the receipt had of ours before: discounts and bonuses that name a rule of the rule set."""

    amount: MinorUnits
    bonus: MinorUnits
    had_discount: bool
    had_bonus: bool


class Basket(NamedTuple):
    """The facts of a receipt that rules ask for, and the lines that can take discounts, in their order.

    `by_item` and `by_group` have the bits of the lines with an item id or a group id. `carrying` has the bit of every
    line that carries a discount the receipt brought; `any_carrying` says whether any line that is not voided does,
    whether or not it can take discounts.
    """

    receipt: Receipt
    lines: tuple[Line, ...]
    by_item: Mapping[str, int]
    by_group: Mapping[str, int]
    own: Mapping[int, OwnEntries]
    carrying: int
    any_carrying: bool
    brought_discounts: int
    gross: MinorUnits
    net: MinorUnits
    carried_amount: MinorUnits
    carried_bonus: MinorUnits
    codes: frozenset[str]
    purchase_at: datetime
    store: Mapping[str, Any]
    customer: Mapping[str, Any]

    @property
    def all_lines(self) -> int:
        """Return the bits of all lines that can take discounts."""
        return (1 << len(self.lines)) - 1


class _Carried(NamedTuple):
    """The discounts a line carries that are not ours: their sum, and by what each is known."""

    amount: MinorUnits
    kinds: frozenset[tuple[str, str | None]]


_NOTHING_CARRIED = _Carried(0, frozenset())


def lay_out(receipt: Receipt, own_ids: Container[str], settings: Settings) -> Basket:
    """Return the basket of a receipt; Refused when it has more units than the settings allow."""
    own: dict[int, OwnEntries] = {}
    takers: list[tuple[int, int, ReceiptLine, _Carried]] = []
    kinds: set[tuple[str, str | None]] = set()
    codes = set(receipt.discount_codes)
    gross = discounted = carried_bonus = taken_back = pieces = 0
    for position, line in enumerate(receipt.items):
        quantity = line.quantity
        if type(quantity) is int and quantity > 1 and not line.scale_item:
            pieces += quantity
        else:
            pieces += 1
        carried = _NOTHING_CARRIED
        if line.discount_lines or line.bonus_lines:
            carried = _carried(line, own_ids)
            entries = _own_entries(line, own_ids)
            if entries is not None:
                own[position] = entries
        if line.voided:
            continue
        price = line.gross_amount or 0
        gross += price
        discounted += carried.amount
        carried_bonus += sum(entry.bonus for entry in line.bonus_lines if entry.discount_id not in own_ids)
        kinds |= carried.kinds
        if position in own:
            taken_back += own[position].amount
        if line.is_return_item:
            continue
        if line.id is not None:
            codes.add(line.id)
        if line.eligible_for_discount and price > 0 and quantity > 0:
            takers.append((line.line_id, position, line, carried))
    if pieces > settings.max_units:
        raise _too_many_units(receipt, settings.max_units)
    takers.sort(key=_line_id)
    lines = tuple(_line(index, *taker) for index, taker in enumerate(takers))
    receipt_gross = gross if receipt.gross_amount is None else receipt.gross_amount
    document = receipt.document
    return Basket(
        receipt=receipt,
        lines=lines,
        by_item=_lines_by((line.index, (line.id,) if line.id is not None else ()) for line in lines),
        by_group=_lines_by((line.index, line.groups) for line in lines),
        own=own,
        carrying=sum(1 << index for index, taker in enumerate(takers) if taker[3].kinds),
        any_carrying=bool(kinds),
        brought_discounts=len(kinds),
        gross=receipt_gross,
        net=receipt_gross - discounted if receipt.net_amount is None else receipt.net_amount + taken_back,
        carried_amount=discounted,
        carried_bonus=carried_bonus,
        codes=frozenset(codes),
        purchase_at=receipt.purchase_at,
        store=document["store"],
        customer=document.get("customer") or {},
    )


def _lines_by(names_of_lines: Iterable[tuple[int, Iterable[str]]]) -> dict[str, int]:
    """Return the bits of the lines that have each name."""
    bits: dict[str, int] = {}
    for index, names in names_of_lines:
        for name in names:
            bits[name] = bits.get(name, 0) | 1 << index
    return bits


def _line_id(taker: tuple[int, int, ReceiptLine, _Carried]) -> int:
    return taker[0]


def _carried(line: ReceiptLine, own_ids: Container[str]) -> _Carried:
    """Return the discounts on a line that are not ours; one of amount 0 is no discount (SPEC 4)."""
    amount = 0
    kinds = set()
    for entry in line.discount_lines:
        if entry.amount and entry.discount_id not in own_ids:
            amount += entry.amount
            by_id = entry.discount_id is not None
            kinds.add(("id", entry.discount_id) if by_id else ("type", entry.discount_type))
    return _Carried(amount, frozenset(kinds)) if kinds else _NOTHING_CARRIED


def _own_entries(line: ReceiptLine, own_ids: Container[str]) -> OwnEntries | None:
    """Return what earlier evaluations of this rule set put on a line, if anything."""
    discounts = [entry.amount for entry in line.discount_lines if entry.discount_id in own_ids]
    bonuses = [entry.bonus for entry in line.bonus_lines if entry.discount_id in own_ids]
    if not discounts and not bonuses:
        return None
    return OwnEntries(sum(discounts), sum(bonuses), bool(discounts), bool(bonuses))


def _line(index: int, line_id: int, position: int, line: ReceiptLine, carried: _Carried) -> Line:
    quantity = line.quantity
    units = quantity if type(quantity) is int and not line.scale_item else 1
    price = line.gross_amount or 0
    off = min(max(carried.amount, 0), price)
    segments = (Segment(0, 1, price, off),) if units == 1 else _segments(units, price, off)
    return Line(index, position, line_id, line.id, frozenset(line.group_ids), units, segments)


def _segments(units: int, gross: MinorUnits, off: MinorUnits) -> tuple[Segment, ...]:
    """Return the units of a line: of price and discounts alike, the first ones take what does not divide evenly."""
    price, dearer = divmod(gross, units)
    each_off, more_off = divmod(off, units)
    cuts = sorted({0, dearer, more_off, units})
    return tuple(
        Segment(start, stop, price + (start < dearer), each_off + (start < more_off)) for start, stop in pairwise(cuts)
    )


def _too_many_units(receipt: Receipt, most: int) -> Refused:
    """Return the refusal, naming the line with the most pieces."""
    quantities = [line.quantity if type(line.quantity) is int and not line.scale_item else 1 for line in receipt.items]
    position = quantities.index(max(quantities))
    sentence = f"the receipt has more than {most} units; raise max_units, or mark what is weighed as scale_item"
    return Refused((Fault(f"items[{position}].quantity", sentence),))
