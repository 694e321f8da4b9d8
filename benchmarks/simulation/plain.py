"""The plain loop: what a simulation is without any of what makes one fast, as a user of the evaluator would write it.

Every receipt becomes an object, is evaluated in both worlds, and what limits later purchases is kept by customer. The
archive's files and their receipts are in the order of the purchases.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from engine import compile_rules, evaluate
from rules import Receipt, Rule, read_grants, read_receipt

Document = dict[str, Any]


class World:
    """A rule set, the grants it left with the customers, and what each rule gave; `touched` receipts had candidates.

    `figures` are the uses, discount, bonus and stamps of a rule in all, money in minor units.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Begin without a receipt."""
        self.rule_set = compile_rules(rules)
        self.ids = {rule.id for rule in rules}
        self.limited = {rule.id for rule in rules if rule.limitation.discount_repeat_usage > 0 or rule.has_stamps}
        self.own: dict[str | None, dict[str, Document]] = defaultdict(dict)
        self.figures: dict[str, Counter[str]] = defaultdict(Counter)
        self.evaluated = self.touched = 0

    def replay(self, receipt: Receipt) -> None:
        """Evaluate a receipt and book what it used."""
        own = self.own.get(receipt.customer_id)
        # None where there are none, since everyone was granted everything.
        grants = read_grants(list(own.values())) if own else None
        evaluation = evaluate(self.rule_set, receipt, grants, granted_to_everyone=self.ids)
        self.evaluated += 1
        self.touched += bool(evaluation.candidates)
        for discount in evaluation.receipt.get("discounts", ()):
            for ref in discount["refs"]:
                gave = {"uses": ref["usage"], "discount": ref["amount"]}
                self.figures[discount["id"]].update(gave, bonus=ref.get("bonus", 0), stamps=ref.get("stamp", 0))
                if discount["id"] in self.limited and receipt.customer_id is not None:
                    self._book(discount["id"], receipt, ref)

    def _book(self, rule_id: str, receipt: Receipt, ref: Document) -> None:
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
    both = World(rules), World([*(rule for rule in rules if rule.id not in drafted), *draft])
    worlds = [world for world in both if world.ids]
    for document in receipts_of(archive):
        receipt = read_receipt(document)
        for world in worlds:
            world.replay(receipt)
    return both
