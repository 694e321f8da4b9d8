"""A paid receipt made ready for returns: the lines that were sold, what was paid, and the discounts on them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.basket.basket import Line
from engine.basket.existing import Existing, existing_on, gross_of_lines, hidden_discount, hidden_shares
from engine.basket.line_state import Segment
from engine.money import MinorUnits
from engine.returns.booked import Booked, booked_discounts
from rules import Receipt
from rules.receipt_line import ReceiptLine
from rules.values import Number


class Sold(NamedTuple):
    """A line that was sold: its units, less what others discounted of them, and what was paid for all of them.

    Pieces are returned one by one, what is weighed only whole. `paid` is before balances, which pay too; `earns` says
    whether the line could take discounts. `segments` are the units as our discounts found them: less their share of
    what the till took off without saying on which line, too.
    """

    line: Line
    segments: Sequence[Segment]
    quantity: Number
    has_pieces: bool
    earns: bool
    paid: MinorUnits


class Purchase(NamedTuple):
    """What was sold and paid: lines by line id, our discounts by rule id.

    `paid` is the receipt's net without the lines that are no sale, and with what balances paid; `drawn` is what their
    refs say, and `others_net` the net of those lines. `hidden_elsewhere` is what they carry of what no line tells.
    """

    receipt: Receipt
    lines: Sequence[Sold]
    by_line_id: Mapping[int, int]
    discounts: Sequence[Booked]
    paid: MinorUnits
    drawn: MinorUnits
    others_net: MinorUnits
    hidden_elsewhere: MinorUnits


def purchase_of(receipt: Receipt) -> Purchase:
    """Return the purchase of an evaluated receipt; Refused where its discounts contradict themselves."""
    sold = sorted((line for line in receipt.items if is_sold(line)), key=lambda line: line.line_id)
    positions = {line.line_id: position for position, line in enumerate(receipt.items)}
    by_line_id = {line.line_id: index for index, line in enumerate(sold)}
    units = {line.line_id: line.units for line in sold}
    discounts = booked_discounts(receipt, sold, by_line_id, units)
    ours = {booked.rule_id for booked in discounts}
    debits = {booked.rule_id for booked in discounts if booked.is_debit}
    carried = existing_on(receipt, ())
    hidden = hidden_discount(receipt, carried)
    # What is hidden was laid before our discounts were given (POLICY 15).
    shares = hidden_shares(receipt, existing_on(receipt, ours), hidden) if hidden else {}
    lines = []
    lent_in_all = 0
    for index, line in enumerate(sold):
        gross = line.gross_amount or 0
        foreign = sum(max(entry.amount, 0) for entry in line.discount_lines if entry.discount_id not in ours)
        lent = sum(entry.amount for entry in line.discount_lines if entry.discount_id in debits)
        lent_in_all += lent
        position = positions[line.line_id]
        line_of_basket = Line(
            index, position, line.line_id, line.id, line.group_ids, units[line.line_id], gross, min(foreign, gross)
        )
        earns = line.eligible_for_discount and gross > 0
        share = shares.pop(position, 0)
        segments = line_of_basket.with_hidden(share).segments if share else line_of_basket.segments
        paid = net_of(line) + lent - max(share - max(_told_by_net(line), 0), 0)
        lines.append(Sold(line_of_basket, segments, line.quantity, line.has_pieces, earns, paid))
    drawn = sum(ref.amount for booked in discounts if booked.is_debit for ref in booked.refs)
    others = [line for line in receipt.items if not line.voided and not is_sold(line)]
    elsewhere = sum(shares.values())
    others_net = sum(net_of(line) for line in others) - elsewhere
    # Of what was drawn only that was paid which the lines say: the net of a receipt is less by no more.
    paid = max(_net_of_receipt(receipt, carried, hidden) - others_net + min(lent_in_all, drawn), 0)
    return Purchase(receipt, lines, by_line_id, discounts, paid, drawn, others_net, elsewhere)


def is_sold(line: ReceiptLine) -> bool:
    """Say whether a line is goods that the customer took home."""
    return not line.voided and not line.is_return_item and line.quantity > 0 and (line.gross_amount or 0) >= 0


def net_of(line: ReceiptLine) -> MinorUnits:
    """Return what a line cost: its net, or where it has none its gross less the discount lines.

    What was returned is below 0 by its size, whatever the signs it was sent with (POLICY 13).
    """
    if line.is_return_item:
        if line.net_amount is not None:
            return -abs(line.net_amount)
        return abs(sum(entry.amount for entry in line.discount_lines)) - abs(line.gross_amount or 0)
    if line.net_amount is not None:
        return line.net_amount
    return (line.gross_amount or 0) - _off(line)


def _off(line: ReceiptLine) -> MinorUnits:
    return sum(max(entry.amount, 0) for entry in line.discount_lines)


def _told_by_net(line: ReceiptLine) -> MinorUnits:
    """Return what the net of a line says was taken off it, over its discount lines: no more of that is hidden."""
    return (line.gross_amount or 0) - _off(line) - net_of(line)


def _net_of_receipt(receipt: Receipt, carried: Existing, hidden: MinorUnits) -> MinorUnits:
    """Return what the receipt cost: its net, or where it has none its gross less all that was taken off (SPEC 8)."""
    if receipt.net_amount is not None:
        return receipt.net_amount
    gross = receipt.gross_amount
    if gross is None:
        gross = gross_of_lines(receipt)
    return gross - carried.off_in_all - hidden
