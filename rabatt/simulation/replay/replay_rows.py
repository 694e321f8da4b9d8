"""The replay of receipts: rows sorted by customer and time in, results out.

One machine, several processes and a cluster all run this one.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import pyarrow as pa

from engine.basket.basket import Basket, lay_out
from engine.evaluate import work_out
from engine.grants.wallet import Wallet
from engine.trace import Trace
from rabatt.simulation.archive.facts import days_of
from rabatt.simulation.archive.return_lines import unnamed_lines
from rabatt.simulation.customer_group import group_of
from rabatt.simulation.replay.cards import Uses
from rabatt.simulation.replay.count import count_near_miss, count_work
from rabatt.simulation.replay.history import History
from rabatt.simulation.replay.margin import costed_lines
from rabatt.simulation.replay.receipt_figures import NOTHING, ReceiptFigures, figures_of
from rabatt.simulation.replay.receipts_table import ReceiptsTable
from rabatt.simulation.replay.record import Record, tally_record
from rabatt.simulation.replay.settle_returns import Settler
from rabatt.simulation.replay.strip_discounts import strip_discounts
from rabatt.simulation.replay.top_receipts import TopReceipts
from rabatt.simulation.row_batches import (
    RECEIPTS,
    REFUSED,
    TALLY,
    ReplayRow,
    RowKind,
    batch_of_results,
    customer_of,
    rows_of_batch,
)
from rabatt.simulation.scan.refused_receipts import ReceiptRefused, refusal_of
from rabatt.simulation.scan.rule_classes import Touch
from rabatt.simulation.scan.what_if import WhatIf
from rabatt.simulation.tally import NO_RECEIPT_NAMED, ReachedCustomers, ReceiptDimensions, Tally, add
from rules import Grant, Receipt, Refused, read_receipt
from rules.parse import parse

_by_key: Final = attrgetter("key")


def replay_rows(what_if: WhatIf, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the results of one part of an archive; its rows come sorted, and a customer's may lie in several batches.

    ReceiptRefused where the simulation is strict and a receipt is at fault.
    """
    yield from _Replay(what_if).of(batches)


class _Replay:
    """Replays customers one after the other, and counts."""

    def __init__(self, what_if: WhatIf) -> None:
        """Begin with nothing counted."""
        self._what_if = what_if
        self._worlds = what_if.worlds
        self._options = what_if.options
        self._campaigns = self._worlds.campaigns
        self._tally = Tally()
        self._reached = ReachedCustomers(self._tally)
        self._table = ReceiptsTable()
        self._top = TopReceipts()
        self._settler = Settler(what_if, self._tally)

    def of(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the results as they come, and at last the sums."""
        rows = (row for batch in batches for row in rows_of_batch(batch))
        for key, of_customer in groupby(rows, _by_key):
            history = History(
                customer_of(key),
                self._worlds,
                self._what_if.shared_grants,
                keeps_cards=bool(self._what_if.named_purchases),
            )
            for row in of_customer:
                results = self._take(row, history)
                if results:
                    yield batch_of_results(results)
            self._reached.close()
            self._settler.begin()
        results = [(RECEIPTS, chunk) for chunk in self._table.rest()]
        self._tally.written = self._table.written
        yield batch_of_results([*results, *self._top.results(), (TALLY, self._tally.to_bytes())])

    def _take(self, row: ReplayRow, history: History) -> list[tuple[str, bytes]]:
        if row.kind == RowKind.RESULT:
            return [(row.source, row.document)]
        if row.kind == RowKind.GRANT:
            document = parse(row.document)
            history.take_grant(Grant.model_validate(document, context=document))
            return []
        if row.kind == RowKind.RETURN:
            self._settler.settle(row, history)
            return []
        try:
            record = self._replay(row, history)
        except Refused as refused:
            if self._options.strict:
                raise ReceiptRefused(row.source, row.position, refused) from None
            self._tally.refused += 1
            self._settler.refuse(row)
            return [(REFUSED, refusal_of(row.source, row.position, row.receipt_id, refused))]
        self._count_unnamed(record.receipt)
        tally_record(self._tally, record, self._campaigns, self._reached if history.has_customer else None)
        if record.is_given:
            return [(RECEIPTS, chunk) for chunk in self._table.add(record)]
        return []

    def _replay(self, row: ReplayRow, history: History) -> Record:
        """Return what a receipt is given in both worlds, and book what it uses; Refused where it is at fault."""
        receipt = self._read(row.document)
        basket = lay_out(receipt, self._worlds.ids, self._options.settings)
        wallets = history.wallets(basket.purchase_at)
        baseline, scenario = self._work_out(basket, wallets, Touch(row.touch), history)
        figures = _figures_of_both(baseline, scenario)
        record = Record(
            receipt=receipt,
            basket=basket,
            tie=row.tie,
            dimensions=ReceiptDimensions(
                receipt.currency,
                days_of(basket.purchase_at),
                basket.store["id"],
                group_of(receipt, self._options.group_path),
            ),
            baseline=figures[0],
            scenario=figures[1],
            costed=costed_lines(basket) if figures[0].by_rule or figures[1].by_rule else (),
        )
        evaluated = 0 if baseline is None else 1 if scenario is baseline else 2
        not_optimal = sum(not one.optimal for one in figures[: max(evaluated, 1)])
        count_work(self._tally, evaluated=evaluated, not_optimal=not_optimal)
        if row.touch & Touch.NEAR:
            drafted = partial(self._drafted, scenario, basket, wallets[1])
            for missed, saves in self._what_if.near_misses.of(basket, wallets[1], figures[1].used, drafted):
                count_near_miss(self._tally, receipt.currency, missed, saves)
        self._top.consider(record, row, wallets)
        before = _kept(wallets) if row.touch & Touch.RETURNED else None
        uses: tuple[Uses, Uses] = ({}, {})
        if baseline is not None and scenario is not None:
            uses = history.book(baseline, scenario)
        if before is not None:
            self._settler.keep(basket, (baseline, scenario), before, uses)
        return record

    def _count_unnamed(self, receipt: Receipt) -> None:
        lines = unnamed_lines(receipt)
        if lines:
            add(self._tally.return_lines, (receipt.currency, NO_RECEIPT_NAMED), (lines,))

    def _read(self, document: bytes) -> Receipt:
        if self._options.brought == "keep":
            return read_receipt(document)
        plain: Any = parse(document)
        return read_receipt(strip_discounts(plain) if isinstance(plain, dict) else plain)

    def _work_out(
        self, basket: Basket, wallets: tuple[Wallet, Wallet], touch: Touch, history: History
    ) -> tuple[Trace | None, Trace | None]:
        """Return the trace of both worlds; one object where nothing can differ, none where no rule can qualify."""
        if not touch & Touch.CANDIDATE:
            return None, None
        settings = self._options.settings
        baseline = work_out(self._worlds.baseline, basket, wallets[0], settings)
        if not touch & Touch.CHANGED and not (touch & Touch.HISTORY and history.differs):
            return baseline, baseline
        return baseline, work_out(self._worlds.scenario, basket, wallets[1], settings)

    def _drafted(self, scenario: Trace | None, basket: Basket, wallet: Wallet) -> Trace:
        """Return the trace of the world with the draft, with its rules: with more goods some of them may qualify."""
        if scenario is None:
            return work_out(self._worlds.scenario, basket, wallet, self._options.settings)
        # Where nothing can differ it is that of the other world.
        return scenario._replace(rule_set=self._worlds.scenario, wallet=wallet)


def _kept(wallets: tuple[Wallet, Wallet]) -> tuple[Wallet, Wallet]:
    """Return wallets that later purchases leave as they are."""
    baseline, scenario = (
        wallet._replace(own={rule_id: list(held) for rule_id, held in wallet.own.items()}) for wallet in wallets
    )
    return baseline, scenario


def _figures_of_both(baseline: Trace | None, scenario: Trace | None) -> tuple[ReceiptFigures, ReceiptFigures]:
    if baseline is None or scenario is None:
        return NOTHING, NOTHING
    figures = figures_of(baseline)
    return figures, figures if scenario is baseline else figures_of(scenario)
