"""The answer written on a copy of the receipt; what did not change are the same objects (SPEC 8)."""

import re
from collections.abc import Container, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from engine.basket.basket import Basket
from engine.basket.existing import OwnEntries
from engine.money import MinorUnits
from engine.result.refs import Booking
from rules.receipt_line import ReceiptLine

Document = dict[str, Any]
# By the line's place in the receipt, entries in the order of rule ids.
Entries = dict[int, list[Document]]

_DECIMAL: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


def write(basket: Basket, bookings: Sequence[Booking], own_ids: Container[str]) -> Document:
    """Return the result as a new document; the receipt that was given is not changed."""
    document = basket.receipt.document
    result: Document = dict(document)
    discounts = _entries(basket, [booking for booking in bookings if not booking.rule.is_bonus])
    bonuses = _entries(basket, [booking for booking in bookings if booking.rule.is_bonus])
    if discounts or bonuses or basket.own:
        result["items"] = _written_lines(basket, discounts, bonuses, own_ids)
    _write_discounts(result, bookings, own_ids)
    _write_totals(result, basket, bookings)
    return result


def _entries(basket: Basket, bookings: Iterable[Booking]) -> Entries:
    """Return what bookings add to the lines, all of them discounts or all of them bonuses."""
    entries: Entries = {}
    for booking in bookings:
        rule, by_line = booking.rule, booking.by_line
        about = _about(booking)
        name = "bonus" if rule.is_bonus else "amount"
        for index in sorted(by_line):
            line = basket.lines[index]
            if rule.is_percent:
                value = rule.value_for(line) if rule.values else rule.value
                written = rule.percent_written[value or 0]
                entry = {name: by_line[index], "percentage": written, **about, "line_id": line.line_id}
            else:
                entry = {name: by_line[index], **about, "line_id": line.line_id}
            if line.position in entries:
                entries[line.position].append(entry)
            else:
                entries[line.position] = [entry]
    return entries


def _about(booking: Booking) -> Document:
    """Return what every entry of a rule says of it."""
    rule = booking.rule
    about: Document = {"discount_id": rule.id, "discount_type": _discount_type(booking)}
    if rule.description is not None:
        about["description"] = rule.description
    return about


def _discount_type(booking: Booking) -> str:
    if booking.rule.stamps or booking.rule.is_debit:
        return "loyalty"
    return "customer" if booking.on_own_grant else "periodic"


def _written_lines(basket: Basket, discounts: Entries, bonuses: Entries, own_ids: Container[str]) -> list[Document]:
    """Return the lines of the result: own entries leave, new ones come."""
    receipt, owns = basket.receipt, basket.own
    items = list(receipt.document["items"])
    for position in {**discounts, **bonuses, **owns}:
        before = items[position]
        result = items[position] = dict(before)
        own = owns.get(position)
        entries = discounts.get(position)
        if entries is not None or (own is not None and own.had_discount):
            _write_line_discounts(result, receipt.items[position], entries or [], own, own_ids)
        entries = bonuses.get(position)
        if entries is not None or (own is not None and own.had_bonus):
            kept = _without_own(before.get("bonus_lines"), "discount_id", own_ids)
            result["bonus_lines"] = [*kept, *(entries or ())]
    return items


def _write_line_discounts(
    result: Document, line: ReceiptLine, entries: Sequence[Document], own: OwnEntries | None, own_ids: Container[str]
) -> None:
    brought = result.get("discount_lines")
    kept = _without_own(brought, "discount_id", own_ids) if brought else []
    change = own.amount if own is not None else 0
    for entry in entries:
        change -= entry["amount"]
    net = line.net_amount
    if net is None:
        carried = 0
        for existing in line.discount_lines:
            # One below zero counts as none (POLICY 15), save on returned goods, which come back as they are.
            if existing.discount_id not in own_ids and (existing.amount > 0 or line.is_return_item):
                carried += existing.amount
        net = (line.gross_amount or 0) - carried - (own.amount if own is not None else 0)
    result["discount_lines"] = [*kept, *entries]
    result["net_amount"] = net + change
    if "net_amount_dwh" in result:
        _move_exact_net(result, change)
    result["is_changed"] = bool(entries)


def _without_own(entries: Sequence[Document] | None, name: str, own_ids: Container[str]) -> list[Document]:
    return [entry for entry in entries if entry.get(name) not in own_ids] if entries else []


def _move_exact_net(document: Document, amount: MinorUnits) -> None:
    """Move a `net_amount_dwh` by a whole amount; one that does not read as a decimal number stays."""
    exact = document.get("net_amount_dwh")
    if exact is not None and _DECIMAL.fullmatch(exact):
        document["net_amount_dwh"] = str(Decimal(exact) + amount)


def _write_discounts(result: Document, bookings: Iterable[Booking], own_ids: Container[str]) -> None:
    before = result.get("discounts")
    booked = []
    for booking in bookings:
        document = dict(booking.rule.rule.document)
        document["type"] = "receipt" if booking.rule.is_receipt_rule else "item"
        document["refs"] = list(booking.refs)
        booked.append(document)
    kept = _without_own(before, "id", own_ids)
    if booked or len(kept) != len(before or ()):
        result["discounts"] = [*kept, *booked]


def _write_totals(result: Document, basket: Basket, bookings: Iterable[Booking]) -> None:
    """Write the receipt's totals: what they were, own discounts taken back, less or more the new ones."""
    receipt = basket.receipt
    given = given_bonus = 0
    for booking in bookings:
        if booking.rule.is_bonus:
            given_bonus += booking.amount
        else:
            given += booking.amount
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
