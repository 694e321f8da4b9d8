"""The receipts that gained or lost the most, with all that is needed to say why."""

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain
from typing import Any, Final

from engine.basket.basket import lay_out
from engine.compiled.requirements import instant_of
from engine.evaluate import work_out
from engine.explanation.explain import explain
from engine.explanation.in_currency import rule_in_money
from engine.grants.wallet import Wallet, open_wallet
from engine.money import MinorUnits
from rabatt.simulation.replay.record import Record
from rabatt.simulation.replay.strip_discounts import strip_discounts
from rabatt.simulation.row_batches import ReplayRow
from rabatt.simulation.scan.what_if import WhatIf
from rules import Grant, read_grants, read_receipt
from rules.parse import parse

MOST: Final = 10
TOP: Final = "top"
# Of what is said of a receipt in one world.
_MOST_SENTENCES: Final = 8


@dataclass(frozen=True, slots=True)
class TopReceipt:
    """A receipt whose discount changed, as it came, with the grants that could be used in both worlds."""

    currency: str | None
    change: MinorUnits
    order: tuple[Any, ...]
    document: bytes
    grants: tuple[tuple[Mapping[str, Any], ...] | None, ...]

    @property
    def rank(self) -> tuple[Any, ...]:
        """Return what these receipts are sorted by: the greatest change first."""
        return -abs(self.change), self.order


class TopReceipts:
    """Keeps the few receipts of each currency that gained the most discount, and the few that lost the most."""

    def __init__(self) -> None:
        """Begin with none."""
        self._gained: dict[str | None, list[TopReceipt]] = {}
        self._lost: dict[str | None, list[TopReceipt]] = {}

    def consider(self, record: Record, row: ReplayRow, wallets: tuple[Wallet, Wallet]) -> None:
        """Keep a receipt if few changed more; its grants are those from before it is booked."""
        change = record.scenario.discount - record.baseline.discount
        if not change:
            return
        currency = record.dimensions.currency
        kept = (self._gained if change > 0 else self._lost).setdefault(currency, [])
        if len(kept) == MOST and abs(change) < abs(kept[-1].change):
            return
        receipt = record.receipt
        order = (instant_of(receipt.purchase_at), receipt.receipt_id, row.store_id, row.key, row.tie)
        kept.append(TopReceipt(currency, change, order, row.document, tuple(_grants_of(wallet) for wallet in wallets)))
        kept.sort(key=lambda one: one.rank)
        del kept[MOST:]

    def results(self) -> Iterator[tuple[str, bytes]]:
        """Yield what was kept, for another process of the same run."""
        if self._gained or self._lost:
            yield TOP, pickle.dumps([*chain(*self._gained.values(), *self._lost.values())])


def _grants_of(wallet: Wallet) -> tuple[Mapping[str, Any], ...] | None:
    return None if wallet.everything else tuple(grant.document for held in wallet.own.values() for grant in held)


def top_receipts_of(payload: bytes) -> Sequence[TopReceipt]:
    """Return the receipts that `results` in another process of this run wrote."""
    top_receipts: list[TopReceipt] = pickle.loads(payload)  # noqa: S301 - written by this run's own workers
    return top_receipts


def most_changed(receipts: Iterable[TopReceipt], *, gained: bool) -> Sequence[TopReceipt]:
    """Return the few receipts of each currency that changed the most in one direction, the greatest change first.

    Currencies are in the order of their names, none first.
    """
    found: dict[str | None, list[TopReceipt]] = {}
    for one in receipts:
        if (one.change > 0) is gained:
            found.setdefault(one.currency, []).append(one)
    currencies = sorted(found, key=lambda currency: (currency is not None, currency or ""))
    return [one for currency in currencies for one in nsmallest(MOST, found[currency], key=lambda one: one.rank)]


def explained(top: TopReceipt, what_if: WhatIf) -> dict[str, Any]:
    """Return a receipt of which much changed, with what became of the rules in both worlds, in sentences."""
    worlds, options = what_if.worlds, what_if.options
    plain: Any = parse(top.document)
    receipt = read_receipt(plain if options.brought == "keep" else strip_discounts(plain))
    basket = lay_out(receipt, worlds.ids, options.settings)
    sides = []
    for rule_set, documents in zip((worlds.baseline, worlds.scenario), top.grants, strict=True):
        wallet = _wallet(documents, what_if, receipt.customer_id, basket.purchase_at)
        sides.append(work_out(rule_set, basket, wallet, options.settings))
    shown = {one.rule.id for trace in sides for one in trace.qualified}
    shown |= {booking.rule.id for trace in sides for booking in trace.bookings}
    data: dict[str, Any] = {
        "receipt_id": receipt.receipt_id,
        "purchase_at": receipt.document["purchase_at"],
        "store_id": basket.store["id"],
        "customer_id": receipt.customer_id,
        "currency": receipt.currency,
        "gross": basket.gross,
    }
    for world, trace in zip(("baseline", "scenario"), sides, strict=True):
        outcomes = [explain(trace, rule_id).rules[0] for rule_id in sorted(shown)]
        in_use = [outcome for outcome in outcomes if outcome.path not in {"active", "deleted_at"}]
        data[f"{world}_discount"] = sum(
            booking.amount for booking in trace.bookings if not booking.rule.is_bonus and not booking.rule.is_debit
        )
        data[world] = [rule_in_money(outcome, receipt.currency).sentence for outcome in in_use[:_MOST_SENTENCES]]
    return data


def _wallet(documents: Sequence[Mapping[str, Any]] | None, what_if: WhatIf, customer_id: Any, at: Any) -> Wallet:
    rule_ids = what_if.worlds.scenario.rules_by_id
    if documents is None:
        return open_wallet(None, rule_ids, customer_id)
    grants: Sequence[Grant] = read_grants([dict(document) for document in documents])
    everyones = rule_ids if what_if.shared_grants.since is None else what_if.shared_grants.at(at)
    return open_wallet(grants, rule_ids, customer_id, everyones)
