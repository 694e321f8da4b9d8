"""Small archives in which goods come back: of their receipt, of none, of another's, too early, too many, in parts."""

from random import Random
from typing import Any

from engine import Settings
from engine.settings import RETURN_POLICIES
from tests.support.simulation.archives import DAYS, STORES, TIMES, Archive, archive
from tests.support.simulation.plain_replay import Document
from tests.support.themes import likely

# After all purchases but those of the last day.
LATER = ["2024-05-05", "2024-05-06", "2024-10-27", "2024-10-27", "2024-10-28", "2024-10-28"]


def returning_archive(seed: int, *, brought: str = "keep") -> Archive:
    """Return the archive of a seed with returns of its purchases, some of them on receipts that buy as well."""
    small = archive(seed, brought=brought)
    random = Random(f"returns of {seed}")
    policy: Any = random.choice(RETURN_POLICIES)
    question = small.question._replace(
        rules=tuple(with_own_policy(random, rule) for rule in small.question.rules),
        draft=tuple(with_own_policy(random, rule) for rule in small.question.draft),
        settings=Settings(return_policy=policy),
    )
    returns = [a_return(random, random.choice(small.receipts), number) for number in range(random.randint(4, 14))]
    receipts = [*small.receipts, *returns]
    random.shuffle(receipts)
    return Archive(question, receipts)


def with_own_policy(random: Random, rule: Document) -> Document:
    if not likely(random, 25):
        return rule
    limitation = {**(rule.get("limitation") or {}), "return_policy": random.choice(RETURN_POLICIES)}
    return {**rule, "limitation": limitation}


def a_return(random: Random, purchase: Document, number: int) -> Document:
    """Return a receipt of goods that come back, mostly of those of the purchase."""
    items = purchase.get("items") or []
    chosen = items if likely(random, 30) else random.sample(items, min(len(items), random.choice([1, 1, 2])))
    lines = [a_return_line(random, purchase, line, items.index(line) + 1) for line in chosen]
    receipt: Document = {
        "receipt_id": f"back {number}",
        "store": {"id": purchase["store"]["id"] or "s1" if likely(random, 80) else random.choice(STORES)},
        "purchase_at": f"{random.choice([*DAYS[3:], *LATER])}T{random.choice(TIMES)}",
        "items": lines,
    }
    for name in ("customer_id", "currency"):
        if purchase.get(name) is not None:
            receipt[name] = purchase[name]
    if likely(random, 5):
        receipt["customer_id"] = "k3"
    if likely(random, 5):
        receipt["currency"] = "DKK"
    if likely(random, 25):
        receipt["items"] = [*lines, *({**line, "line_id": None} for line in items[:2])]
        for line in receipt["items"]:
            line.pop("line_id", None)
    return receipt


def a_return_line(random: Random, purchase: Document, line: Document, place: int) -> Document:
    quantity = line.get("quantity", 1)
    if quantity > 1 and likely(random, 50):
        quantity = random.choice([1, 1, quantity - 1, quantity + 1])
    back: Document = {
        "id": line["id"],
        "quantity": random.choice([quantity, -quantity]),
        "gross_amount": -10,
        "is_return_item": True,
        "returned_receipt_id": purchase["receipt_id"],
    }
    if quantity == 1 and likely(random, 50):
        del back["quantity"]
    if likely(random, 40):
        back["returned_line_id"] = line.get("line_id", place)
    odd: list[Document] = [
        {"returned_receipt_id": "nobody's"},
        {"returned_receipt_id": None},
        {"returned_receipt_id": ""},
        {"returned_line_id": 77},
        {"voided": True},
        {"id": None},
        {"quantity": 0.5},
        {"quantity": 0},
    ]
    return {**back, **random.choice(odd)} if likely(random, 8) else back
