"""Small shops drawn from a random source: rules that overlap and tie, odd øre, days on which clocks change.

Small enough for the reference engine: ten units, five rules, three of which form sets.
"""

from itertools import count
from random import Random
from typing import Any, NamedTuple

from tests.support.shop_rules import GROUP_IDS, ITEM_IDS, a_rule
from tests.support.themes import THEMES, Document, Theme, likely

MOST_UNITS = 10
MOST_SET_RULES = 3
RULE_IDS = ["b", "r1", "r10", "r2", "A", "ø"]
PURCHASES = [
    "2024-05-03T12:00:00+02:00",
    "2024-05-03T22:30:00+02:00",
    "2024-05-04T00:30:59+02:00",
    "2024-03-31T00:30:00Z",
    "2024-03-31T01:59:59+01:00",
    "2024-03-31T03:00:00+02:00",
    "2024-10-27T02:30:00+02:00",
    "2024-10-27T02:30:00+01:00",
    "2024-02-29T23:30:00Z",
    "2023-02-28T12:00:00-05:00",
]
CREATED = ["2024-01-01T00:00:00Z", "2024-04-30T12:00:00Z", "2024-05-01T12:00:00.5+02:00", "2023-02-27T17:00:00Z"]
MODES = ["HalfUp", "HalfEven", "HalfDown", "Down"]
# Lines that take no discounts, and count in what is due all the same.
DEPOSIT: Document = {"gross_amount": -40}
UNMARKED: Document = {"eligible_for_discount": False}
ROUNDING_RULES = ["PerLine", "PerItem", "Total"]


class Shop(NamedTuple):
    """What one evaluation is given, as plain data."""

    rules: list[Document]
    receipt: Document
    grants: list[Document] | None
    settings: dict[str, Any]


def shop(seed: int) -> Shop:
    """Return the shop of a seed; the same seed gives the same shop."""
    return shop_from(Random(seed))


def shop_from(random: Random) -> Shop:
    """Return a shop drawn from a random source."""
    theme = random.choice(THEMES)
    rule_ids = random.sample(RULE_IDS, random.choice(theme.rules))
    rules: list[Document] = []
    sets_left = MOST_SET_RULES
    for rule_id in rule_ids:
        rule, forms_sets = a_rule(random, theme, rule_id, rule_ids, may_form_sets=sets_left > 0)
        sets_left -= forms_sets
        rules.append(rule)
    receipt = a_receipt(random, theme, rule_ids)
    grants = some_grants(random, theme, rules) if likely(random, theme.grants) else None
    settings: dict[str, Any] = {}
    if likely(random, 40):
        settings = {"mode": random.choice(MODES), "rule": random.choice(ROUNDING_RULES)}
    return Shop(rules, receipt, grants, settings)


def a_receipt(random: Random, theme: Theme, rule_ids: list[str]) -> Document:
    """Return a receipt of up to seven lines."""
    lines: list[Document] = []
    units_left = MOST_UNITS
    shelf = [(item_id, random.choice(theme.prices)) for item_id in random.sample(ITEM_IDS, random.randint(2, 4))]
    for _ in range(random.choice(theme.lines)):
        line, units = a_line(random, theme, shelf, rule_ids)
        if units <= units_left:
            units_left -= units
            lines.append(line)
    numbers = random.sample(range(1, 9), len(lines))
    if likely(random, 30):
        for line, line_id in zip(lines, numbers, strict=True):
            line["line_id"] = line_id
    store: Document = {"id": random.choice(["s1", "s1", "s2"])}
    receipt: Document = {
        "receipt_id": "1",
        "store": store,
        "purchase_at": random.choice(PURCHASES),
        "items": lines,
    }
    if likely(random, 50):
        store["mcc"] = random.choice(["5411", "742", 5814])
        receipt["currency"] = random.choice(["NOK", "SEK"])
        receipt["discount_code"] = random.choice(["TACO", ["TACO", "KAKE"], [], [" ", "taco "], "VA\u030aR-20"])
    if likely(random, 75):
        receipt["customer_id"] = "k1"
        receipt["customer"] = a_customer(random)
    if likely(random, theme.totals):
        add_totals(random, receipt)
    return receipt


def a_customer(random: Random) -> Document:
    """Return a customer as the receipt shows one."""
    return {
        "gender": random.choice(["female", "male", None]),
        "date_of_birth": random.choice(["2000-02-29", "1990-05-04", "2006-05-03", "unknown"]),
        "attributes": {"level": random.choice([None, "gold", 20, ["gold", "red"]])},
        "metadata": {"level": random.choice(["20.0", "Gold"])},
        "addresses": random.choice([[], [{"country": "NO", "postal_code": "0349"}, {"country": "SE"}]]),
        "marketing_consent": {"email": {"consent": random.choice([True, False])}},
    }


def a_line(random: Random, theme: Theme, shelf: list[tuple[str, int]], rule_ids: list[str]) -> tuple[Document, int]:
    """Return a line and the number of its units."""
    quantity = random.choice([1, 1, 1, 2, 2, 3, 4])
    item_id, price = random.choice(shelf)
    gross = price * quantity + random.choice([0, 0, 0, 1])
    line: Document = {"id": item_id, "gross_amount": gross, "eligible_for_discount": True}
    if quantity > 1 or likely(random, 50):
        line["quantity"] = quantity
    groups = random.sample(GROUP_IDS, random.randint(0, 2))
    if groups:
        line["groups"] = [{"id": group_id, "name": group_id} for group_id in groups]
    if likely(random, theme.odd):
        add_oddity(random, line)
    if theme.back and likely(random, theme.back):
        line.update(
            random.choice(
                [{"is_return_item": True}, {"is_return_item": True, "gross_amount": -gross}, DEPOSIT, UNMARKED]
            )
        )
    if likely(random, theme.brought):
        line["discount_lines"] = [a_brought_discount(random, rule_ids, gross) for _ in range(random.randint(0, 2))]
    if likely(random, 5):
        line["bonus_lines"] = [{"bonus": random.choice([0, 3]), "discount_id": random.choice([*rule_ids, "x"])}]
    if likely(random, 25):
        line["net_amount"] = line["gross_amount"] - sum(entry["amount"] for entry in line.get("discount_lines") or [])
        line["is_changed"] = random.choice([True, False])
    return line, quantity


def add_oddity(random: Random, line: Document) -> None:
    """Make a line one of those that need care, or that take no part."""
    oddities: list[Document] = [
        {"eligible_for_discount": False},
        {"eligible_for_discount": None},
        {"voided": True},
        {"is_return_item": True, "gross_amount": -line["gross_amount"]},
        {"is_return_item": True},
        {"gross_amount": -line["gross_amount"]},
        {"scale_item": True},
        {"quantity": 0.5},
        {"quantity": 1.25},
        {"quantity": float(line.get("quantity", 1))},
        {"quantity": 0},
        {"gross_amount": float(line["gross_amount"])},
        {"gross_amount": 0},
        {"discount_lines": None, "voided": None},
        {"net_amount_dwh": "12.50", "colour": "blue"},
    ]
    line.update(random.choice(oddities))


def a_brought_discount(random: Random, rule_ids: list[str], gross: int) -> Document:
    """Return a discount line that the receipt brings: somebody else's, or our own of an earlier evaluation."""
    entry: Document = {"amount": random.choice([0, 1, 1, -2, gross // 2, gross])}
    entry.update(
        random.choice(
            [
                {"discount_type": "manual"},
                {"discount_type": "external", "discount_id": "x"},
                {"discount_type": "external", "discount_id": "y"},
                {"discount_type": "periodic", "discount_id": random.choice(rule_ids)},
                {},
            ]
        )
    )
    return entry


def add_totals(random: Random, receipt: Document) -> None:
    """Add totals to a receipt; they need not be what the lines add up to."""
    gross = int(sum(line["gross_amount"] for line in receipt["items"]))
    totals: Document = {
        "gross_amount": gross + random.choice([0, 0, 5]),
        "net_amount": gross - random.choice([0, 3]),
        "total_discount": random.choice([0, 3, -3, gross // 2, gross + 1]),
        "total_manual_discount_amount": random.choice([3, gross // 3, -4, None]),
        "total_bonus": random.choice([0, 4]),
        "net_amount_dwh": random.choice(["100.10", "twelve"]),
        "is_changed": random.choice([True, False, None]),
        "discounts": [{"id": "x", "refs": []}],
        "till_note": {"kept": [1, 2.5, None]},
    }
    names = random.sample(sorted(totals), random.randint(1, len(totals)))
    receipt.update({name: totals[name] for name in names})


def some_grants(random: Random, theme: Theme, rules: list[Document]) -> list[Document]:
    """Return grants of most rules: everyone's, the customer's own, somebody else's, unknown ones."""
    numbers = count(1)
    grants: list[Document] = []
    for rule in rules:
        own = [["k1"], ["k1"], ["*", "k1"], ["k1", "k1"]]
        owners = random.choice(own if likely(random, theme.own) else [["*"], ["*"], ["*"], ["k2"], []])
        for owner in owners:
            grant: Document = {"id": f"g{next(numbers)}", "discount_id": rule["id"], "customer_id": owner}
            if has_days(rule) or likely(random, 50):
                grant["created_at"] = random.choice(CREATED)
            if likely(random, 60):
                grant["statistics"] = some_statistics(random)
            if likely(random, 40) and rule.get("requirement", {}).get("stamp"):
                grant["stamps"] = [
                    {"at": random.choice(CREATED), "count": random.randint(1, 3)} for _ in range(random.randint(0, 2))
                ]
            grants.append(grant)
    if likely(random, 10):
        grants.append({"id": "g0", "discount_id": "nobody", "customer_id": "k1"})
    return random.sample(grants, len(grants))


def has_days(rule: Document) -> bool:
    """Return whether the grants of a rule need to say when they were made."""
    return bool(rule.get("limitation", {}).get("dynamic_purchase_to_days", -1) != -1)


def some_statistics(random: Random) -> dict[str, Any]:
    """Return the statistics of a grant."""
    statistics = {
        "usage": random.choice([0, 1, 2]),
        "amount": random.choice([0, 50]),
        "bonus": random.choice([0, 7]),
        "stamp": random.randint(0, 5),
        "debit_balance": random.choice([0, 60, 150]),
    }
    names = random.sample(sorted(statistics), random.randint(0, len(statistics)))
    return {name: statistics[name] for name in names}
