"""Small archives drawn from a seed: a few customers' receipts over some days, with rules, a draft and grants.

The rules and the lines are those of the small shops. What is added is time: purchases at one instant, offsets that
write one day for another, grants made meanwhile, stamps that expire, balances, codes, and receipts at fault.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.support.shop_rules import a_rule
from tests.support.shops import RULE_IDS, a_line, a_receipt, some_grants
from tests.support.simulation.plain_replay import Document, Question
from tests.support.themes import ANYTHING, BONUS, CARDS, CLOCKS, COMBINATIONS, GRANTS, LATER_STEPS, Theme, likely

# What bears on later purchases comes more often.
ASKING = ANYTHING._replace(asked=85, limited=30)
THEMES_OF_DAYS = (CARDS, GRANTS, CARDS, GRANTS, ASKING, ANYTHING, LATER_STEPS, COMBINATIONS, BONUS, CLOCKS, ASKING)
CUSTOMERS = ["k1", "k1", "k1", "k2", "k2", "k3", None]
DAYS = ["2024-03-30", "2024-03-31", "2024-04-29", "2024-05-02", "2024-05-03", "2024-05-04", "2024-05-05", "2024-10-27"]
TIMES = ["12:00:00+02:00", "10:00:00Z", "22:30:00+02:00", "00:30:59+02:00", "23:30:00-05:00", "02:30:00+01:00"]
STORES = ["s1", "s1", "s2"]
CURRENCIES = ["NOK", "NOK", "NOK", "SEK", None]
CAMPAIGNS = ["spring", "summer", None]


class Archive(NamedTuple):
    """A question, and the receipts that it is asked of."""

    question: Question
    receipts: list[Document]


def archive(seed: int, *, brought: str = "keep", tied: bool = False) -> Archive:
    """Return the archive of a seed; the same seed gives the same one.

    With `tied` there may be receipts whose place in the replay nothing but their content tells.
    """
    random = Random(seed)
    theme = random.choice(THEMES_OF_DAYS)
    rule_ids = random.sample(RULE_IDS, random.choice([2, 3, 3, 4]))
    sets_left = 2
    rules: dict[str, Document] = {}
    for rule_id in rule_ids:
        rules[rule_id], forms_sets = named_rule(random, theme, rule_id, rule_ids, sets_left)
        sets_left -= forms_sets
    drafted = random.sample(rule_ids, random.choice([0, 1, 1, 2]))
    draft = [named_rule(random, theme, rule_id, rule_ids, sets_left)[0] for rule_id in drafted]
    # Some of the draft are new, the others replace one.
    new = [rule_id for rule_id in drafted if likely(random, 50)]
    current = [rule for rule_id, rule in rules.items() if rule_id not in new]
    staying = [rule["id"] for rule in current if rule["id"] not in drafted]
    without = staying[:1] if likely(random, 25) else []
    receipts = [a_purchase(random, theme, rule_ids) for _ in range(random.randint(10, 30))]
    receipts += [receipt for receipt in receipts if likely(random, 3)]
    grants = grants_of_days(random, theme, [*current, *draft]) if likely(random, 55) else None
    question = Question(tuple(current), tuple(draft), tuple(without), grants, brought=brought)
    return Archive(question, receipts if tied else told_apart(receipts))


def named_rule(
    random: Random, theme: Theme, rule_id: str, rule_ids: list[str], sets_left: int
) -> tuple[Document, bool]:
    """Return a rule, maybe of a campaign, and whether it forms sets."""
    rule, forms_sets = a_rule(random, theme, rule_id, rule_ids, may_form_sets=sets_left > 0)
    campaign = random.choice(CAMPAIGNS)
    if campaign is not None:
        rule["campaign_id"] = campaign
    if rule.get("requirement", {}).get("stamp") and likely(random, 50):
        rule.setdefault("limitation", {})["stamp_expire_days"] = random.choice([0, 1, 2, 30])
    if likely(random, 25):
        rule.setdefault("limitation", {})["discount_repeat_usage"] = random.choice([1, 1, 2])
    return rule, forms_sets


def a_purchase(random: Random, theme: Theme, rule_ids: list[str]) -> Document:
    """Return a receipt of one of the days; a few are at fault."""
    receipt = a_receipt(random, theme, rule_ids)
    customer_id = random.choice(CUSTOMERS)
    if customer_id is None:
        receipt.pop("customer_id", None)
    else:
        receipt["customer_id"] = customer_id
    receipt["receipt_id"] = str(random.randint(1, 40))
    receipt["store"]["id"] = random.choice(STORES)
    receipt["purchase_at"] = f"{random.choice(DAYS)}T{random.choice(TIMES)}"
    currency = random.choice(CURRENCIES)
    if currency is not None:
        receipt["currency"] = currency
    for line in receipt["items"]:
        if likely(random, 30) and not line.get("is_return_item"):
            line["cost_price"] = random.choice([0, 10, 50])
            if likely(random, 50):
                line["tax_percent"] = random.choice([25, 12.5, 0])
    if likely(random, 6):
        spoil(random, receipt)
    return receipt


def spoil(random: Random, receipt: Document) -> None:
    """Put a receipt at fault."""
    line, _ = a_line(random, ANYTHING, [("a", 100)], ["b"])
    faults: list[Document] = [
        {"store": {"id": None}},
        {"purchase_at": "2024-05-03T12:00:00"},
        {"purchase_at": "yesterday"},
        {"items": [{**line, "line_id": 1}, {**line, "line_id": 1}]},
        {"items": [{**line, "gross_amount": 10.5}]},
        {"receipt_id": None},
        {"gross_amount": 0.25},
    ]
    receipt.update(random.choice(faults))


def told_apart(receipts: Iterable[Document]) -> list[Document]:
    """Return the receipts whose place in the replay is told by time, id and store, and those that are quite alike."""
    seen: dict[tuple[Any, ...], Document] = {}
    kept = []
    for receipt in receipts:
        at, store = receipt["purchase_at"], receipt["store"]
        key = (receipt.get("customer_id"), instant_as_written(at), receipt["receipt_id"], store["id"])
        if seen.setdefault(key, receipt) == receipt:
            kept.append(receipt)
    return kept


def instant_as_written(at: str) -> str:
    """Return what is alike for the few times that are one instant."""
    return at.replace("12:00:00+02:00", "10:00:00Z")


def grants_of_days(random: Random, theme: Theme, rules: Sequence[Document]) -> list[Document]:
    """Return grants of most rules, each id once; some are made between the purchases."""
    by_id = {rule["id"]: rule for rule in rules}
    numbers = count(1)
    grants = []
    for grant in some_grants(random, theme, list(by_id.values())):
        numbered = {**grant, "id": f"g{next(numbers)}"}
        if numbered["customer_id"] == "k1":
            numbered["customer_id"] = random.choice(["k1", "k1", "k2"])
        if likely(random, 20) or any(needs_date(rule) for rule in rules if rule["id"] == grant["discount_id"]):
            numbered["created_at"] = f"{random.choice(DAYS[:6])}T{random.choice(TIMES)}"
        grants.append(numbered)
    return grants


def needs_date(rule: Document) -> bool:
    """Return whether the grants of a rule need to say when they were made."""
    return bool((rule.get("limitation") or {}).get("dynamic_purchase_to_days", -1) != -1)


def write_lines(receipts: Iterable[Document], path: Path) -> Path:
    """Write receipts as JSON lines, and return where they are."""
    path.write_text("".join(json.dumps(receipt, ensure_ascii=False) + "\n" for receipt in receipts), encoding="utf-8")
    return path
