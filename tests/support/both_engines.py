"""What the engine and the reference make of a shop, and the smallest shop on which they disagree."""

import json
from contextlib import suppress
from typing import Any

from engine import Settings, compile_rules, evaluate
from rules import Refused, read_grants, read_receipt, read_rules
from tests.reference import reference_evaluate
from tests.support.shops import Shop
from tests.support.shrink import shrunk

# Enough to be exact in all small shops; what ends sooner is in tests/engine/selection/test_budget.py.
EXACT_STEPS = 500_000


def bytes_of(receipt: dict[str, Any]) -> str:
    """Return a result receipt as canonical JSON."""
    return json.dumps(receipt, sort_keys=True, ensure_ascii=False, allow_nan=False)


def by_engine(shop: Shop) -> dict[str, Any]:
    """Return the result receipt of the engine."""
    rules = read_rules(shop.rules)
    grants = None if shop.grants is None else read_grants(shop.grants, rules)
    settings = Settings(**{"max_steps": EXACT_STEPS, **shop.settings})
    return evaluate(compile_rules(rules), read_receipt(shop.receipt), grants, settings).receipt


def by_reference(shop: Shop) -> dict[str, Any]:
    """Return the result receipt of the reference."""
    return reference_evaluate(shop.rules, shop.receipt, shop.grants, **shop.settings)


def differs(shop: Shop) -> bool:
    """Return whether the engines disagree on a shop; what is refused, or cannot be read, is no shop."""
    with suppress(Refused, KeyError, ValueError, TypeError, AttributeError, IndexError):
        return bytes_of(by_engine(shop)) != bytes_of(by_reference(shop))
    return False


def golden_case(shop: Shop) -> str:
    """Return a shop as a case for `tests/cases/`, with what the reference expects."""
    result = by_reference(shop)
    names = ("net_amount", "total_discount", "total_bonus", "is_changed", "net_amount_dwh")
    line_names = ("net_amount", "is_changed", "discount_lines", "bonus_lines")
    expect: dict[str, Any] = {name: result[name] for name in names if name in result}
    expect["items"] = [{name: line[name] for name in line_names if name in line} for line in result["items"]]
    expect["discounts"] = [
        {name: entry[name] for name in ("id", "type", "refs") if name in entry}
        for entry in result.get("discounts") or []
    ]
    case: dict[str, Any] = {"title": "", "spec": "", **shop._asdict(), "expect": expect}
    if shop.grants is None:
        del case["grants"]
    return json.dumps(case, indent=2, ensure_ascii=False)


def mismatch(shop: Shop) -> str:
    """Return the smallest case on which the engines disagree, and what the engine says instead."""
    smallest = shrunk(shop, differs) if differs(shop) else shop
    return f"the engine says\n{bytes_of(by_engine(smallest))}\nexpected is\n{golden_case(smallest)}"
