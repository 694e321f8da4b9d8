"""Golden cases: how one is read, which rows of the specification need one, and what agreeing means."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.places import TESTS

FOLDER = TESTS / "cases"

SECTIONS = ("2", "3", "4", "5", "6", "7", "8", "9", "10", "13", "15", "17")

# Every row of every table in the sections 3 to 6, and the paragraphs of all sections that a trap is about; the sections
# from 11 on are those of the second part of the specification.
ROWS = {
    "2": ("lines", "units", "matchers", "re-evaluation"),
    "3": (
        "scalar",
        "anything-but",
        "prefix",
        "suffix",
        "wildcard",
        "equals-ignore-case",
        "numeric",
        "exists",
        "age",
        "birthday",
        "lists",
    ),
    "4": (
        "purchase_from",
        "purchase_to",
        "customer",
        "customer.addresses",
        "customer.attributes",
        "store_ids",
        "store",
        "store.mcc",
        "gross_amount",
        "net_amount",
        "currencies",
        "discount_code",
        "item.items",
        "item.quantity",
        "item.mixes",
        "stamp",
        "blacklist",
        "discount_eligible",
        "receipt rule",
    ),
    "5": (
        "active",
        "grant",
        "discount_hours",
        "discount_repeat_usage",
        "discount_reward_usage",
        "discount_combination",
        "dynamic_purchase_to_days",
        "discount_activation",
        "stamp_expire_days",
    ),
    "6": (
        "discount_percent",
        "discount_amount",
        "discount_item_new_price",
        "discount_item_quantity",
        "discount_item_percent",
        "discount_mix_new_price",
        "discount_debit",
        "cheapest",
        "base",
        "values",
        "bonus",
        "selection",
        "sets",
        "ANY_ITEM",
        "order",
        "rounding",
        "allocation",
    ),
    "7": ("item stamps", "receipt stamps", "earning", "expiry", "debit"),
    "8": ("refs", "lines", "totals", "dwh", "is_changed", "the rest"),
    "9": ("reasons", "outvoted", "near miss", "lines"),
    "10": ("rules", "grants", "receipts"),
    "13": ("returned goods",),
    "15": ("hidden", "due"),
    "17": ("a part in the basket", "saves", "codes"),
}

CASE_FIELDS = {"title", "spec", "rules", "grants", "receipt", "settings", "expect"}
RECEIPT_FIELDS = {
    "net_amount",
    "net_amount_dwh",
    "total_discount",
    "total_bonus",
    "is_changed",
    "items",
    "discounts",
    "amount_due",
    "tax_lines",
    "gross_amount",
}
EXPECT_FIELDS = RECEIPT_FIELDS | {"reasons", "lines", "faults", "optimal", "absent"}


@dataclass(frozen=True)
class Case:
    """One golden case."""

    name: str
    title: str
    spec: tuple[str, ...]
    rules: Any
    receipt: Any
    grants: Any = None
    settings: dict[str, Any] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)

    @property
    def of_receipt(self) -> dict[str, Any]:
        """What is expected of the result receipt; what shall be absent is null."""
        named = {name: part for name, part in self.expect.items() if name in RECEIPT_FIELDS}
        return named | dict.fromkeys(self.expect.get("absent", []))


def read_case(path: Path) -> Case:
    """Return the case in a file; raises ValueError for a field that no case has."""
    data = json.loads(path.read_text(encoding="utf-8"))
    unknown = sorted(set(data) - CASE_FIELDS) + sorted(set(data["expect"]) - EXPECT_FIELDS)
    if unknown:
        raise ValueError(f"{path.name}: no case has {', '.join(unknown)}")
    spec = data["spec"]
    return Case(
        name=path.relative_to(FOLDER).with_suffix("").as_posix(),
        title=data["title"],
        spec=tuple(spec if isinstance(spec, list) else [spec]),
        rules=data["rules"],
        receipt=data["receipt"],
        grants=data.get("grants"),
        settings=data.get("settings", {}),
        expect=data["expect"],
    )


def read_cases() -> tuple[Case, ...]:
    """Return all cases, by file name."""
    return tuple(read_case(path) for path in sorted(FOLDER.rglob("*.json")))


def differences(expected: Any, actual: Any, path: str = "") -> list[str]:
    """Return where a result is not as expected: objects by the fields given, lists one by one, null for absent."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [
            difference
            for name, part in expected.items()
            for difference in differences(part, actual.get(name), f"{path}.{name}" if path else str(name))
        ]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [
            difference
            for position, part in enumerate(expected)
            for difference in differences(part, actual[position], f"{path}[{position}]")
        ]
    is_same = type(expected) is type(actual) and expected == actual
    return [] if is_same else [f"{path}: expected {expected!r}, is {actual!r}"]
