"""The answer laid onto a copy of the receipt; what did not change are the same objects (SPEC 8)."""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.basket import Basket
from engine.money import MinorUnits
from engine.refs import Booking

Document = dict[str, Any]

_DECIMAL: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


@dataclass(slots=True)
class _Change:
    """What happens to one line: own entries leave, new ones come."""

    discount_lines: list[Document]
    bonus_lines: list[Document]
    amount: MinorUnits = 0
    bonus: MinorUnits = 0


def write(basket: Basket, bookings: Sequence[Booking], own_ids: Container[str]) -> Document:
    """Return the result as a new document; the receipt that was given stays as it is."""
    changes = _changes(basket, bookings)
    document = basket.receipt.document
    result: Document = dict(document)
    if changes:
        items = list(document["items"])
        for position, change in changes.items():
            items[position] = _written_line(basket, position, change, own_ids)
        result["items"] = items
    _write_discounts(result, bookings, own_ids)
    _write_totals(result, basket, bookings)
    return result


def _changes(basket: Basket, bookings: Iterable[Booking]) -> dict[int, _Change]:
    """Return the changes of lines by their place in the receipt, entries in the order of rule ids."""
    changes = {position: _Change([], []) for position in basket.own}
    for booking in bookings:
        about = _about(booking)
        rule = booking.rule
        for index, amount in sorted(booking.by_line.items()):
            line = basket.lines[index]
            change = changes.get(line.position)
            if change is None:
                change = changes[line.position] = _Change([], [])
            entry: Document = {"bonus" if rule.is_bonus else "amount": amount}
            if rule.is_percent:
                entry["percentage"] = rule.percent_written[rule.value_for(line) or 0]
            entry |= about
            entry["line_id"] = line.line_id
            if rule.is_bonus:
                change.bonus += amount
                change.bonus_lines.append(entry)
            else:
                change.amount += amount
                change.discount_lines.append(entry)
    return changes


def _about(booking: Booking) -> Document:
    """Return what every entry of a rule says of it."""
    rule = booking.rule
    about: Document = {"discount_id": rule.id, "discount_type": _discount_type(booking)}
    description = rule.rule.receipt_text if rule.rule.receipt_text is not None else rule.rule.name
    if description is not None:
        about["description"] = description
    return about


def _discount_type(booking: Booking) -> str:
    if booking.rule.stamps or booking.rule.is_debit:
        return "loyalty"
    return "customer" if booking.on_own_grant else "periodic"


def _written_line(basket: Basket, position: int, change: _Change, own_ids: Container[str]) -> Document:
    before = basket.receipt.document["items"][position]
    line = basket.receipt.items[position]
    own = basket.own.get(position)
    result: Document = dict(before)
    had_discount = own is not None and own.had_discount
    if change.discount_lines or had_discount:
        kept = _without_own(before.get("discount_lines"), "discount_id", own_ids)
        result["discount_lines"] = [*kept, *change.discount_lines]
        taken_back = own.amount if own is not None else 0
        net = line.net_amount
        if net is None:
            carried = 0
            for entry in line.discount_lines:
                if entry.discount_id not in own_ids:
                    carried += entry.amount
            result["net_amount"] = (line.gross_amount or 0) - carried - change.amount
        else:
            result["net_amount"] = net + taken_back - change.amount
        _move_exact_net(result, taken_back - change.amount)
        result["is_changed"] = bool(change.discount_lines)
    if change.bonus_lines or (own is not None and own.had_bonus):
        kept = _without_own(before.get("bonus_lines"), "discount_id", own_ids)
        result["bonus_lines"] = [*kept, *change.bonus_lines]
    return result


def _without_own(entries: Sequence[Document] | None, name: str, own_ids: Container[str]) -> list[Document]:
    return [entry for entry in entries if entry.get(name) not in own_ids] if entries else []


def _move_exact_net(document: Document, amount: MinorUnits) -> None:
    """Move a `net_amount_dwh` by a whole amount; one that does not read as a decimal number stays."""
    exact = document.get("net_amount_dwh")
    if exact is not None and _DECIMAL.fullmatch(exact):
        document["net_amount_dwh"] = str(Decimal(exact) + amount)


def _write_discounts(result: Document, bookings: Iterable[Booking], own_ids: Container[str]) -> None:
    before = result.get("discounts")
    booked = [
        {
            **booking.rule.rule.document,
            "type": "receipt" if booking.rule.is_receipt_rule else "item",
            "refs": list(booking.refs),
        }
        for booking in bookings
    ]
    kept = _without_own(before, "id", own_ids)
    if booked or len(kept) != len(before or ()):
        result["discounts"] = [*kept, *booked]


def _write_totals(result: Document, basket: Basket, bookings: Iterable[Booking]) -> None:
    """Write the receipt's totals: what they were, own discounts taken back, less or more the new ones."""
    receipt = basket.receipt
    given = sum(booking.amount for booking in bookings if not booking.rule.is_bonus)
    given_bonus = sum(booking.amount for booking in bookings if booking.rule.is_bonus)
    counted = [own for position, own in basket.own.items() if not receipt.items[position].voided]
    back, back_bonus = sum(own.amount for own in counted), sum(own.bonus for own in counted)
    had_discount = any(own.had_discount for own in counted)
    had_bonus = any(own.had_bonus for own in counted)
    changed = bool(given) or had_discount
    if receipt.net_amount is not None or changed:
        result["net_amount"] = basket.net - given
        _move_exact_net(result, back - given)
    if receipt.total_discount is not None or changed:
        before = basket.carried_amount if receipt.total_discount is None else receipt.total_discount - back
        result["total_discount"] = before + given
    if receipt.total_bonus is not None or given_bonus or had_bonus:
        before = basket.carried_bonus if receipt.total_bonus is None else receipt.total_bonus - back_bonus
        result["total_bonus"] = before + given_bonus
    if given or any(own.had_discount for own in basket.own.values()):
        result["is_changed"] = bool(given)
