"""The plain loop: what a simulation is without any of what makes one fast, as a user of the evaluator would write it.

Every receipt becomes an object, is evaluated in both worlds, and what limits later purchases is kept by customer. The
archive's files and their receipts are in the order of the purchases.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from engine import RuleSet, compile_rules, evaluate
from rules import Grant, Receipt, Rule, read_grants, read_receipt

Document = dict[str, Any]


@dataclass(slots=True)
class Figures:
    """What a rule gave in all, in minor units; `uses` are receipts."""

    uses: int = 0
    discount: int = 0
    bonus: int = 0
    stamps: int = 0


@dataclass(slots=True)
class World:
    """A rule set, the grants it left with the customers, and what it gave; `touched` receipts had candidates."""

    rule_set: RuleSet
    ids: Container[str]
    limited: Container[str]
    own: dict[str, dict[str, Document]] = field(default_factory=lambda: defaultdict(dict))
    figures: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    evaluated: int = 0
    touched: int = 0

    def replay(self, receipt: Receipt) -> None:
        """Evaluate a receipt and book what it used."""
        grants = self._grants_of(receipt.customer_id)
        evaluation = evaluate(self.rule_set, receipt, grants, granted_to_everyone=self.ids)
        self.evaluated += 1
        self.touched += bool(evaluation.candidates)
        for discount in evaluation.receipt.get("discounts", ()):
            for ref in discount["refs"]:
                self._count(discount["id"], ref)
                if discount["id"] in self.limited and receipt.customer_id is not None:
                    self._book(discount["id"], receipt, ref)

    def _grants_of(self, customer_id: str | None) -> Sequence[Grant] | None:
        """Return the customer's own grants; None where there are none, since everyone was granted everything."""
        own = self.own.get(customer_id) if customer_id is not None else None
        return read_grants(list(own.values())) if own else None

    def _count(self, rule_id: str, ref: Document) -> None:
        figures = self.figures[rule_id]
        figures.uses += ref["usage"]
        figures.discount += ref["amount"]
        figures.bonus += ref.get("bonus", 0)
        figures.stamps += ref.get("stamp", 0)

    def _book(self, rule_id: str, receipt: Receipt, ref: Document) -> None:
        assert receipt.customer_id is not None
        self.own[receipt.customer_id][rule_id] = {
            "id": ref["id"],
            "discount_id": rule_id,
            "customer_id": receipt.customer_id,
            "created_at": receipt.document["purchase_at"],
            "statistics": ref["statistics"],
        }


def receipts_of(archive: Path) -> Iterator[Document]:
    """Yield the receipts of an archive as plain data."""
    for path in sorted(archive.glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=1_000):
            for document in batch.to_pylist():
                document["purchase_at"] = document["purchase_at"].isoformat()
                yield document


def plain_loop(archive: Path, rules: Sequence[Rule], draft: Sequence[Rule]) -> tuple[World, World]:
    """Return both worlds after all receipts. A world without rules gives nothing and is not evaluated."""
    drafted = {rule.id for rule in draft}
    baseline, scenario = _world(rules), _world([*(rule for rule in rules if rule.id not in drafted), *draft])
    worlds = [world for world, its_rules in ((baseline, rules), (scenario, [*rules, *draft])) if its_rules]
    for document in receipts_of(archive):
        receipt = read_receipt(document)
        for world in worlds:
            world.replay(receipt)
    return baseline, scenario


def _world(rules: Iterable[Rule]) -> World:
    chosen = list(rules)
    limited = {rule.id for rule in chosen if rule.limitation.discount_repeat_usage > 0 or rule.has_stamps}
    return World(compile_rules(chosen), {rule.id for rule in chosen}, limited)
