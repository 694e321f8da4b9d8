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
from rabatt.simulation.archive.row_batches import Row
from rabatt.simulation.archive.without_discounts import stripped
from rabatt.simulation.replay.record import Record
from rabatt.simulation.scan.question import Question
from rules import Grant, read_grants, read_receipt
from rules.parse import parse

MOST: Final = 10
TOP: Final = "top"
# Of what is said of a receipt in one world.
_MOST_SENTENCES: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A receipt whose discount changed, as it came, with the grants that could be used in both worlds."""

    currency: str | None
    change: MinorUnits
    order: tuple[Any, ...]
    document: bytes
    grants: tuple[tuple[Mapping[str, Any], ...] | None, ...]

    @property
    def rank(self) -> tuple[Any, ...]:
        """Return what entries are sorted by: the greatest change first."""
        return -abs(self.change), self.order


class Top:
    """Keeps the few receipts of each currency that gained the most discount, and the few that lost the most."""

    def __init__(self) -> None:
        """Begin with none."""
        self._gained: dict[str | None, list[Entry]] = {}
        self._lost: dict[str | None, list[Entry]] = {}

    def consider(self, record: Record, row: Row, wallets: tuple[Wallet, Wallet]) -> None:
        """Keep a receipt if few changed more; its grants are those from before it is booked."""
        change = record.scenario.discount - record.baseline.discount
        if not change:
            return
        currency = record.place.currency
        kept = (self._gained if change > 0 else self._lost).setdefault(currency, [])
        if len(kept) == MOST and abs(change) < abs(kept[-1].change):
            return
        receipt = record.receipt
        order = (instant_of(receipt.purchase_at), receipt.receipt_id, row.store_id, row.key, row.tie)
        kept.append(Entry(currency, change, order, row.document, tuple(_grants_of(wallet) for wallet in wallets)))
        kept.sort(key=lambda entry: entry.rank)
        del kept[MOST:]

    def results(self) -> Iterator[tuple[str, bytes]]:
        """Yield what was kept, for another process of the same run."""
        if self._gained or self._lost:
            yield TOP, pickle.dumps([*chain(*self._gained.values(), *self._lost.values())])


def _grants_of(wallet: Wallet) -> tuple[Mapping[str, Any], ...] | None:
    return None if wallet.everything else tuple(grant.document for held in wallet.own.values() for grant in held)


def entries_of(payload: bytes) -> Sequence[Entry]:
    """Return the entries that `results` in another process of this run wrote."""
    entries: list[Entry] = pickle.loads(payload)  # noqa: S301 - written by this run's own workers
    return entries


def most_changed(entries: Iterable[Entry], *, gained: bool) -> Sequence[Entry]:
    """Return the few entries of each currency that changed the most in one direction, the greatest change first.

    Currencies are in the order of their names, none first.
    """
    found: dict[str | None, list[Entry]] = {}
    for one in entries:
        if (one.change > 0) is gained:
            found.setdefault(one.currency, []).append(one)
    currencies = sorted(found, key=lambda currency: (currency is not None, currency or ""))
    return [one for currency in currencies for one in nsmallest(MOST, found[currency], key=lambda entry: entry.rank)]


def told(entry: Entry, question: Question) -> dict[str, Any]:
    """Return a receipt of which much changed, with what became of the rules in both worlds, in sentences."""
    worlds, options = question.worlds, question.options
    plain: Any = parse(entry.document)
    receipt = read_receipt(plain if options.brought == "keep" else stripped(plain))
    basket = lay_out(receipt, worlds.ids, options.settings)
    sides = []
    for rule_set, documents in zip((worlds.baseline, worlds.scenario), entry.grants, strict=True):
        wallet = _wallet(documents, question, receipt.customer_id, basket.purchase_at)
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


def _wallet(documents: Sequence[Mapping[str, Any]] | None, question: Question, customer_id: Any, at: Any) -> Wallet:
    rule_ids = question.worlds.scenario.rules_by_id
    if documents is None:
        return open_wallet(None, rule_ids, customer_id)
    grants: Sequence[Grant] = read_grants([dict(document) for document in documents])
    everyones = rule_ids if question.granted.since is None else question.granted.at(at)
    return open_wallet(grants, rule_ids, customer_id, everyones)
