"""A receipt laid out for evaluation: lines in order, our old discounts taken off (SPEC 2)."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from engine.basket.existing import Existing, OwnEntries, hidden_discount, hidden_shares, remains_of, returned_for
from engine.basket.line_state import LineState, Segment, WithProration, evenly, least_of
from engine.fields.prepared import PreparedFields
from engine.meter import Meter
from engine.money import MinorUnits
from engine.settings import Settings
from rules import Fault, Receipt, Refused
from rules.codes import code_texts
from rules.receipt_line import ReceiptLine


class Line(LineState):
    """One line that can take discounts, with what the receipt has off it already; no unit costs more than `dearest`."""

    __slots__ = ("dearest", "gross", "groups", "id", "index", "line_id", "position", "units")

    def __init__(
        self,
        index: int,
        position: int,
        line_id: int,
        item: str | None,
        groups: Sequence[str],
        units: int,
        gross: MinorUnits,
        off: MinorUnits = 0,
    ) -> None:
        """Take a line of so many units that cost `gross` together, of which `off` is discounted."""
        self.known = None
        self.before = None
        self.index = index
        self.position = position
        self.line_id = line_id
        self.id = item
        self.groups = groups
        self.units = units
        self.gross = gross
        self.left = gross - off
        if units == 1:
            self.dearest = gross
            self.least = gross - off
        else:
            self.dearest = -(-gross // units)
            self.least = gross // units - -(-off // units)

    def resolved(self, before: Sequence[Segment]) -> Sequence[Segment]:  # noqa: ARG002 - there is none
        return evenly(self.units, self.gross, self.gross - self.left)

    def with_hidden(self, amount: MinorUnits) -> "Line":
        """Return the line with an amount off all its units, in proportion to what remains of them."""
        before = self.gross - self.left
        less = Line(self.index, self.position, self.line_id, self.id, self.groups, self.units, self.gross, before)
        prorated = WithProration(self, amount, least_of(self, amount, self.units))
        less.left, less.least, less.known = prorated.left, prorated.least, prorated.segments
        return less

    def with_more(self, count: int, price: MinorUnits) -> "Line":
        """Return the line with more units of one price."""
        more = Line(
            self.index,
            self.position,
            self.line_id,
            self.id,
            self.groups,
            self.units + count,
            self.gross + count * price,
        )
        more.left = self.left + count * price
        more.least = min(self.least, price)
        more.dearest = max(self.dearest, price)
        more.known = [*self.segments, (self.units, self.units + count, price, 0)]
        return more


class Basket(NamedTuple):
    """The facts of a receipt that rules ask for, and the lines that can take discounts, in their order.

    `all_lines` has the bits of these lines, `by_item` and `by_group` of those with an item id or a group id, `carrying`
    of every one with a pre-existing discount; `any_carrying` says whether any line that is not voided has
    one, whether or not it can take discounts. By the places of lines in the receipt, `off` is what others discounted of
    them, and `hidden` what they bear of what no line tells (POLICY 15); `carried_amount` is both of all that is bought.
    `due_elsewhere` is what lines that take no discounts add to what is due; None where no line is below zero, since
    then all that remains of any line is due. `codes` are the receipt's, as they are compared, and `exact_codes` these
    and the ids of lines that serve as one. `meter` counts the work on it, and `prepared` are the fields with long
    values that patterns have asked for.
    """

    receipt: Receipt
    lines: tuple[Line, ...]
    all_lines: int
    by_item: Mapping[str, int]
    by_group: Mapping[str, int]
    own: Mapping[int, OwnEntries]
    carrying: int
    any_carrying: bool
    existing_discounts: int
    gross: MinorUnits
    net: MinorUnits
    carried_amount: MinorUnits
    carried_bonus: MinorUnits
    codes: Sequence[str]
    exact_codes: frozenset[str]
    off: Mapping[int, MinorUnits]
    hidden: Mapping[int, MinorUnits]
    due_elsewhere: MinorUnits | None
    purchase_at: datetime
    store: Mapping[str, Any]
    customer: Mapping[str, Any]
    meter: Meter
    prepared: PreparedFields


# A line that can take discounts: its id, its place in the receipt, and what others discounted of it.
_Taker: TypeAlias = tuple[int, int, ReceiptLine, MinorUnits]


def lay_out(receipt: Receipt, own_ids: Container[str], settings: Settings) -> Basket:
    """Return the basket of a receipt; Refused when it has more units than the settings allow."""
    meter = Meter(settings.max_work, receipt.items)
    meter.spend(len(receipt.items))
    existing = Existing(own_ids)
    takers: list[_Taker] = []
    shown: set[str] = set()
    gross = pieces = 0
    any_below = False
    for position, line in enumerate(receipt.items):
        units = line.units
        pieces += max(1, units)
        off = 0
        if line.discount_lines or line.bonus_lines:
            off = existing.take_in(position, line)
        if line.voided:
            continue
        price = line.gross_amount or 0
        if line.is_return_item:
            # Whatever sign it was sent with (POLICY 13).
            gross -= abs(price)
            any_below = True
            continue
        gross += price
        item = line.id
        if item:
            shown.add(item)
        if price > 0 and line.eligible_for_discount and line.quantity > 0:
            takers.append((line.line_id, position, line, off))
        elif price < 0:
            any_below = True
    if pieces > settings.max_units:
        raise _too_many_units(receipt, settings.max_units)
    takers.sort(key=_line_id)
    lines, by_item, by_group = _lines(takers)
    receipt_gross, receipt_net, document = receipt.gross_amount, receipt.net_amount, receipt.document
    codes = code_texts(receipt.discount_codes)
    if receipt_gross is None:
        receipt_gross = gross
    hidden = hidden_discount(receipt, existing)
    shares: Mapping[int, MinorUnits] = {}
    if hidden:
        meter.spend(len(receipt.items))
        shares = hidden_shares(receipt, existing, hidden)
        lines = tuple(line.with_hidden(shares[line.position]) if shares.get(line.position) else line for line in lines)
    return Basket(
        receipt=receipt,
        lines=lines,
        all_lines=(1 << len(lines)) - 1,
        by_item=by_item,
        by_group=by_group,
        own=existing.own,
        carrying=_bits_of(lines, existing.carriers) if existing.carriers else 0,
        any_carrying=bool(existing.kinds),
        existing_discounts=len(existing.kinds),
        gross=receipt_gross,
        net=receipt_gross - existing.off_in_all - hidden if receipt_net is None else receipt_net + existing.taken_back,
        carried_amount=existing.amount + hidden,
        carried_bonus=existing.bonus,
        codes=codes,
        exact_codes=frozenset([*codes, *(code_texts(shown) if _may_differ(shown) else shown)]),
        off=existing.off,
        hidden=shares,
        due_elsewhere=_due_elsewhere(receipt, lines, existing, shares) if any_below else None,
        purchase_at=receipt.purchase_at,
        store=document["store"],
        customer=document.get("customer") or {},
        meter=meter,
        prepared=PreparedFields(meter),
    )


def _may_differ(ids: Iterable[str]) -> bool:
    """Say whether one of the ids may be compared as another text than it is; all are looked at together."""
    together = "-".join(("", *ids, ""))
    return not together.isascii() or len(together.split()) > 1


def _line_id(taker: _Taker) -> int:
    return taker[0]


def _lines(takers: Iterable[_Taker]) -> tuple[tuple[Line, ...], dict[str, int], dict[str, int]]:
    """Return the lines, and the bits of those with each item id and each group id."""
    lines = []
    by_item: dict[str, int] = {}
    by_group: dict[str, int] = {}
    bit = 1
    for index, (line_id, position, line, off) in enumerate(takers):
        item, price, groups = line.id, line.gross_amount or 0, line.group_ids
        if item is not None:
            by_item[item] = by_item.get(item, 0) | bit
        for name in groups:
            by_group[name] = by_group.get(name, 0) | bit
        taken = min(max(off, 0), price) if off else 0
        lines.append(Line(index, position, line_id, item, groups, line.units, price, taken))
        bit <<= 1
    return tuple(lines), by_item, by_group


def _due_elsewhere(
    receipt: Receipt, lines: Iterable[Line], existing: Existing, hidden: Mapping[int, MinorUnits]
) -> MinorUnits:
    """Return what remains of lines that take no discounts, less what return lines take back."""
    takers = {line.position for line in lines}
    due = 0
    for position, line in enumerate(receipt.items):
        if line.voided or position in takers:
            continue
        if line.is_return_item:
            due -= returned_for(line, position, existing)
        else:
            due += remains_of(line, position, existing) - hidden.get(position, 0)
    return due


def _bits_of(lines: Iterable[Line], positions: Container[int]) -> int:
    """Return the bits of the lines at some places of the receipt."""
    bits = 0
    for line in lines:
        if line.position in positions:
            bits |= 1 << line.index
    return bits


def _too_many_units(receipt: Receipt, most: int) -> Refused:
    """Return the refusal, naming the line with the most pieces."""
    units = [line.units for line in receipt.items]
    position = units.index(max(units))
    sentence = f"the receipt has more than {most} units; raise max_units, or mark what is weighed as scale_item"
    return Refused((Fault(f"items[{position}].quantity", sentence),))


def lines_of(basket: Basket, mask: int) -> Sequence[Line]:
    """Return the lines whose bits are set, in their order."""
    lines = basket.lines
    if mask == basket.all_lines:
        return lines
    if not mask & (mask - 1):
        return [lines[mask.bit_length() - 1]] if mask else ()
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lines[lowest.bit_length() - 1])
        mask ^= lowest
    return found


def count_units(basket: Basket, mask: int) -> int:
    """Return how many units the lines have together."""
    units = 0
    lines = basket.lines
    while mask:
        lowest = mask & -mask
        units += lines[lowest.bit_length() - 1].units
        mask ^= lowest
    return units


def line_ids(basket: Basket, mask: int) -> list[int]:
    """Return the ids of the lines whose bits are set."""
    return [line.line_id for line in lines_of(basket, mask)]
