"""How many units of each line are returned, and were before; what cannot be is refused with its place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from engine.money import MinorUnits
from engine.returns.purchase import Purchase, Sold
from rules import Fault, Refused, ReturnedLine
from rules.fault import shown
from rules.receipt import Return
from rules.receipt_line import ReceiptLine
from rules.values import Number

# What an entry of `returns` says of money: what the goods are worth, and how that is paid.
PAID = ("amount", "refund_amount", "credit_amount")


class Undone(NamedTuple):
    """What was taken back of one grant so far, as an entry of `returns` says it; `debit_balance` was put back on it."""

    usage: int = 0
    amount: MinorUnits = 0
    bonus: MinorUnits = 0
    stamp: int = 0
    debit_balance: MinorUnits = 0

    def plus(self, other: "Undone") -> "Undone":
        """Return both together."""
        return Undone(*[mine + more for mine, more in zip(self, other, strict=True)])

    def less(self, other: "Undone") -> "Undone":
        """Return this without the other."""
        return Undone(*[mine - less for mine, less in zip(self, other, strict=True)])


# A receipt may have thousands of lines, and as many may be asked for that it does not have.
MOST_NAMED = 20

NOTHING_UNDONE = Undone()
# By rule id and grant id.
ByGrant = dict[tuple[str, str], Undone]


class Earlier(NamedTuple):
    """The returns before this one: units by the index of their line, what was paid for them, what was undone."""

    units: Sequence[int]
    amount: MinorUnits
    credit: MinorUnits
    undone: ByGrant


def earlier_returns(purchase: Purchase) -> Earlier:
    """Return what the receipt's `returns` say; Refused where more was returned than was sold, or a sum is below 0."""
    units = [0] * len(purchase.lines)
    amount = credit = 0
    undone: ByGrant = {}
    faults: list[Fault] = []
    for position, entry in enumerate(purchase.receipt.returns or ()):
        faults += _below_nought(entry, f"returns[{position}]")
        credited = entry.get("credit_amount") or 0
        # Whichever says more: an entry that another system wrote may have only one of them.
        amount += max(entry.get("amount") or 0, (entry.get("refund_amount") or 0) + credited)
        credit += credited
        _take_in(entry, undone)
        for place, item in enumerate(entry.get("items") or ()):
            path = f"returns[{position}].items[{place}]"
            line_id, quantity = item.get("line_id"), item.get("quantity")
            index = purchase.by_line_id.get(line_id) if line_id is not None else None
            if index is None:
                faults.append(Fault(f"{path}.line_id", f"no line {shown(line_id)} was sold, yet it has come back"))
                continue
            sold = purchase.lines[index]
            back = quantity if sold.has_pieces else 1
            units[index] += back if isinstance(back, int) and back > 0 else sold.line.units + 1
            if units[index] > sold.line.units:
                sentence = f"more of line {line_id} has come back than the {sold.quantity} that were sold"
                faults.append(Fault(f"{path}.quantity", sentence))
    if faults:
        raise Refused(faults)
    return Earlier(units, amount, credit, undone)


def _below_nought(entry: Return, path: str) -> Iterator[Fault]:
    """Yield what would be paid a second time: sums below 0."""
    said: Mapping[str, Any] = entry
    for name in PAID:
        amount = said.get(name)
        if amount is not None and amount < 0:
            yield Fault(f"{path}.{name}", f"what was paid for goods is 0 or more; here is {amount}")


def _take_in(entry: Return, undone: ByGrant) -> None:
    for discount in entry.get("discounts") or ():
        for ref in discount.get("refs") or ():
            key = discount.get("id") or "", ref.get("id") or ""
            said: Mapping[str, Any] = ref
            more = Undone(*[said.get(name) or 0 for name in Undone._fields])
            undone[key] = undone.get(key, NOTHING_UNDONE).plus(more)


def units_back(purchase: Purchase, returned: Iterable[ReturnedLine], before: Sequence[int]) -> Mapping[int, int]:
    """Return how many units are returned by the index of their line; Refused with every fault of what is asked."""
    faults: list[Fault] = []
    back: dict[int, int] = {}
    no_sale = {line.line_id: line for line in purchase.receipt.items if line.line_id not in purchase.by_line_id}
    for position, asked in enumerate(returned):
        path = f"returned[{position}]"
        index = purchase.by_line_id.get(asked.line_id)
        if index is None:
            line = no_sale.get(asked.line_id)
            sentence = _no_such_line(purchase, asked.line_id) if line is None else _why_no_sale(line)
            faults.append(Fault(f"{path}.line_id", sentence))
        elif index in back:
            faults.append(Fault(f"{path}.line_id", f"line {asked.line_id} is there twice; give its quantities as one"))
        else:
            sold = purchase.lines[index]
            fault = _why_not_so_many(sold, asked, sold.line.units - before[index])
            if fault is not None:
                faults.append(Fault(f"{path}.quantity", fault))
            back[index] = _units(sold, asked, sold.line.units - before[index])
    if not back and not faults:
        faults.append(Fault("returned", "nothing comes back; name a line and how many units of it"))
    if faults:
        raise Refused(faults)
    return dict(sorted(back.items()))


def _units(sold: Sold, asked: ReturnedLine, left: int) -> int:
    if not sold.has_pieces or asked.quantity is None:
        return left
    return int(asked.quantity)


def _why_not_so_many(sold: Sold, asked: ReturnedLine, left: int) -> str | None:
    quantity, line_id = asked.quantity, asked.line_id
    if not left:
        return f"all of line {line_id} has come back already; leave it out"
    if quantity is None:
        return None
    if not sold.has_pieces:
        if quantity == sold.quantity:
            return None
        return (
            f"line {line_id} was weighed: all of it comes back, {sold.quantity}, or nothing; here is {shown(quantity)}"
        )
    if not isinstance(quantity, int):
        return f"line {line_id} has whole pieces; here is {shown(quantity)}"
    if quantity < 1:
        return f"one piece at least comes back; here is {shown(quantity)}"
    if quantity > left:
        return f"{left} of line {line_id} can come back; here is {shown(quantity)}"
    return None


def _no_such_line(purchase: Purchase, line_id: int) -> str:
    ids = [str(known) for known in islice(purchase.by_line_id, MOST_NAMED + 1)]
    if not ids:
        return "nothing was sold"
    if len(ids) > MOST_NAMED:
        ids[-1] = f"{len(purchase.by_line_id) - MOST_NAMED} more"
    return f"the receipt has no line {line_id}; what was sold are the lines {', '.join(ids)}"


def _why_no_sale(line: ReceiptLine) -> str:
    if line.voided:
        return f"line {line.line_id} was voided, so it was never paid"
    if line.is_return_item:
        return f"line {line.line_id} is itself a return"
    return f"line {line.line_id} is no sale: its quantity is not above 0, or its amount is below 0"


def quantities_left(purchase: Purchase) -> dict[int, Number]:
    """Return what can still be returned, by line id: pieces, or the whole weight."""
    before = earlier_returns(purchase).units
    left: dict[int, Number] = {}
    for sold, back in zip(purchase.lines, before, strict=True):
        units = sold.line.units - back
        if units:
            left[sold.line.line_id] = units if sold.has_pieces else sold.quantity
    return left
