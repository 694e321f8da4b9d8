"""What was returned, settled in both worlds with the purchase that it names, and given back to its customer's grants.

A purchase is kept, as each world evaluated it, for as long as the rows of its customer last; the till's own settlement
says what is paid and what is undone (docs/returns.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine import Settlement, TakenBack, returnable
from engine.basket.basket import Basket
from engine.grants.wallet import Wallet
from engine.result.write import write
from engine.returns.merge import as_one_return
from engine.returns.settle import settle_return_with
from engine.trace import Trace
from rabatt.simulation.archive.return_lines import Document
from rabatt.simulation.replay.cards import Uses
from rabatt.simulation.replay.history import History
from rabatt.simulation.row_batches import ReplayRow
from rabatt.simulation.scan.returned_goods import ReturnedGoods, returned_goods_of
from rabatt.simulation.scan.what_if import WhatIf
from rabatt.simulation.tally import (
    NOT_RETURNABLE,
    RECEIPT_NOT_FOUND,
    SETTLED,
    TAKEN_BACK,
    Tally,
    add,
)
from rules import Fault, Receipt, Refused, ReturnedLine, read_receipt, read_returned
from rules.values import Number

_NOTHING: Final = (0,) * len(TAKEN_BACK)


@dataclass(slots=True)
class _KeptPurchase:
    """A purchase in both worlds, with what was returned of it so far; one object where both are the same.

    There are no receipts where nothing of it can be returned: all of it was, or an evaluation gave more than a receipt
    can state. The wallets are those of the moment before it; `uses` say what it earned and spent on stamp cards.
    """

    purchase_at: datetime
    receipts: list[Receipt]
    wallets: tuple[Wallet, Wallet]
    uses: tuple[Uses, Uses]

    @property
    def is_shared(self) -> bool:
        """Say whether both worlds gave the same, and settle alike."""
        return self.receipts[0] is self.receipts[1]


class Settler:
    """Settles what was returned of one customer's purchases after the other's, and counts."""

    def __init__(self, what_if: WhatIf, tally: Tally) -> None:
        """Begin without purchases."""
        self._worlds = what_if.worlds
        self._settings = what_if.options.settings
        self._tally = tally
        # By receipt id and store; of purchases that share both only the last can be meant from then on.
        self._kept: dict[str, dict[str, _KeptPurchase]] = {}
        self._refused: set[tuple[str, int]] = set()

    def begin(self) -> None:
        """Forget the purchases: the next ones are another customer's."""
        self._kept.clear()
        self._refused.clear()

    def refuse(self, row: ReplayRow) -> None:
        """Note that a receipt was refused, and so is what it says was returned."""
        self._refused.add((row.source, row.position))

    def keep(
        self,
        basket: Basket,
        trace: tuple[Trace | None, Trace | None],
        wallets: tuple[Wallet, Wallet],
        uses: tuple[Uses, Uses],
    ) -> None:
        """Keep a purchase of which some may be returned."""
        try:
            baseline = self._evaluated(basket, trace[0])
            scenario = baseline if trace[1] is trace[0] else self._evaluated(basket, trace[1])
        except Refused:
            # The purchase itself stands, as it does where nothing of it is returned.
            receipts = []
        else:
            receipts = [baseline, scenario]
        by_store = self._kept.setdefault(basket.receipt.receipt_id, {})
        store_id: str = basket.store["id"]
        # The latest of all stores stands last.
        by_store.pop(store_id, None)
        by_store[store_id] = _KeptPurchase(basket.purchase_at, receipts, wallets, uses)

    def _evaluated(self, basket: Basket, trace: Trace | None) -> Receipt:
        """Return the receipt as an evaluation writes it, with no other discounts or returns than this replay's.

        What the archive says that others booked, or that was returned elsewhere, is not in every format of it.
        """
        ids = self._worlds.ids
        document = write(basket, () if trace is None else trace.bookings, ids)
        booked = [discount for discount in document.get("discounts") or () if discount.get("id") in ids]
        bare = {name: part for name, part in document.items() if name not in {"discounts", "returns"}}
        return read_receipt({**bare, "discounts": booked} if booked else bare)

    def settle(self, row: ReplayRow, history: History) -> None:
        """Settle what a row says was returned, or count why it could not be tied to a purchase."""
        if (row.source, row.position) in self._refused:
            return
        back = returned_goods_of(row)
        kept = self._purchase(back)
        what = RECEIPT_NOT_FOUND if kept is None else NOT_RETURNABLE
        if kept is not None:
            try:
                settlements = self._settlements(kept, back)
                receipts = _receipts_after(settlements)
            except Refused:
                pass
            else:
                what = SETTLED
                self._book(kept, settlements, receipts, back, history)
        add(self._tally.return_lines, (back.currency, what), (len(back.lines),))

    def _purchase(self, back: ReturnedGoods) -> _KeptPurchase | None:
        """Return the latest purchase with that id, of the same store where there is one."""
        by_store = self._kept.get(back.receipt_id, {})
        return by_store.get(back.store_id) or next(reversed(by_store.values()), None)

    def _settlements(self, kept: _KeptPurchase, back: ReturnedGoods) -> tuple[Settlement, Settlement]:
        """Return what both worlds pay; Refused where that cannot be returned."""
        if not kept.receipts:
            raise Refused((Fault("", "nothing of it can be returned"),))
        if kept.receipts[0].currency != back.currency:
            raise Refused((Fault("currency", "a purchase is returned in its own currency"),))
        returned = returned_lines(kept.receipts[0], back.lines)
        baseline = self._settled(kept, 0, returned)
        return baseline, baseline if kept.is_shared else self._settled(kept, 1, returned)

    def _settled(self, kept: _KeptPurchase, world: int, returned: Iterable[ReturnedLine]) -> Settlement:
        rule_set = (self._worlds.baseline, self._worlds.scenario)[world]
        return settle_return_with(kept.receipts[world], returned, rule_set, kept.wallets[world], None, self._settings)

    def _book(
        self,
        kept: _KeptPurchase,
        settlements: tuple[Settlement, Settlement],
        receipts: list[Receipt],
        back: ReturnedGoods,
        history: History,
    ) -> None:
        """Give back what the return undoes, and count it."""
        before, kept.receipts = kept.receipts, receipts
        paid = [(one.amount, one.refund, one.credit) for one in settlements]
        add(self._tally.refunds, back.currency, [*paid[0], *paid[1]])
        for world, settlement in enumerate(settlements):
            history.give_back(world, settlement.taken_back, kept.purchase_at, back.purchase_at, kept.uses[world])
            undone = self._undone(settlement.taken_back, world, before[world], kept.receipts[world])
            for rule_id, values in undone.items():
                both = (*values, *_NOTHING) if world == 0 else (*_NOTHING, *values)
                add(self._tally.taken_back, (back.currency, rule_id), both)
        if settlements[0].is_everything:
            # A customer's purchases are held until the last row: what is asked no more is let go.
            kept.receipts = []

    def _undone(
        self, taken_back: Iterable[TakenBack], world: int, before: Receipt, after: Receipt
    ) -> dict[str, list[int]]:
        """Return what is undone of each rule: uses, discount, bonus, stamps, and what went back on cards."""
        rules_by_id = (self._worlds.baseline, self._worlds.scenario)[world].rules_by_id
        used_before, used_after = used_in(before), used_in(after)
        undone: dict[str, list[int]] = {}
        for one in taken_back:
            debit = one.amount if rules_by_id[one.rule_id].is_debit else 0
            if one.rule_id not in undone:
                uses = (one.rule_id in used_before) - (one.rule_id in used_after)
                undone[one.rule_id] = [uses, 0, 0, 0, 0]
            for place, value in enumerate((one.amount - debit, one.bonus, one.stamp, debit), 1):
                undone[one.rule_id][place] += value
        return undone


def _receipts_after(settlements: tuple[Settlement, Settlement]) -> list[Receipt]:
    """Return the purchase in both worlds after a return; one object where they settled alike."""
    baseline, scenario = settlements
    after = read_receipt(as_one_return(baseline.receipt))
    return [after, after if scenario is baseline else read_receipt(as_one_return(scenario.receipt))]


def used_in(receipt: Receipt) -> set[str]:
    """Return the ids of the rules that a receipt still uses, less what was returned."""
    uses: dict[tuple[str, str], int] = {}
    for sign, discounts in (
        (1, receipt.discounts or ()),
        *((-1, entry.get("discounts") or ()) for entry in receipt.returns or ()),
    ):
        for discount in discounts:
            refs: Iterable[Mapping[str, Any]] = discount.get("refs") or ()
            for ref in refs:
                key = discount.get("id") or "", ref.get("id") or ""
                uses[key] = uses.get(key, 0) + sign * (ref.get("usage") or 0)
    return {rule_id for (rule_id, _), usage in uses.items() if usage > 0}


def returned_lines(receipt: Receipt, lines: Sequence[Document]) -> tuple[ReturnedLine, ...]:
    """Return which lines of a purchase are returned, and how much of each, in the order of the lines.

    Lines that are named come first. For the others it is those with the same item, the last first, as far as anything
    is left of them; of what was weighed, those of just that weight. Refused where no line is, or too little of it.
    """
    left = returnable(receipt)
    back: dict[int, Number] = {}
    for line in lines:
        if line["line_id"] is not None:
            [named] = read_returned([{"line_id": line["line_id"], "quantity": line["quantity"]}])
            _take(left, back, named.line_id, line["quantity"])
    for line in lines:
        if line["line_id"] is None:
            _take_of_item(receipt, left, back, line)
    return read_returned([{"line_id": line_id, "quantity": quantity} for line_id, quantity in sorted(back.items())])


def _take(left: dict[int, Number], back: dict[int, Number], line_id: int, quantity: Number) -> None:
    # What is too much stays so: the settlement refuses it.
    back[line_id] = back.get(line_id, 0) + quantity
    left[line_id] = left.get(line_id, 0) - quantity


def _take_of_item(receipt: Receipt, left: dict[int, Number], back: dict[int, Number], line: Document) -> None:
    wanted: Number = line["quantity"]
    for bought in reversed(receipt.items):
        there = left.get(bought.line_id, 0)
        is_it = bought.id is not None and bought.id == line["id"] and there > 0
        if is_it and (bought.has_pieces or wanted == there):
            taken = min(wanted, there)
            _take(left, back, bought.line_id, taken)
            wanted -= taken
        if wanted <= 0:
            break
    if wanted or not line["quantity"]:
        raise Refused((Fault("items", f"less than that of {line['id']!r} was bought and is left"),))
