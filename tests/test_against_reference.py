"""The engine and the reference engine say the same, to the byte: small shops of seeds, and of hypothesis.

`RABATT_EXAMPLES` sets how many shops of seeds are tried: a thousand in every run, a hundred thousand in `make deep`.
"""

import json
import os
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given

from engine import Settings, compile_rules, evaluate
from rules import Refused, read_grants, read_receipt, read_rules
from tests.reference import reference_evaluate
from tests.support.shops import Shop, shop
from tests.support.shrink import shrunk
from tests.support.strategies import shops

IS_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
EXAMPLES = int(os.environ.get("RABATT_EXAMPLES", "100000" if IS_DEEP else "1000"))
# Of these each is a test of its own, and covers the engine; the others come in blocks.
FIRST = 120
BLOCKS = 20
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


def compare(seed: int) -> None:
    """Compare what the engines make of the shop of a seed."""
    drawn = shop(seed)
    if bytes_of(by_engine(drawn)) != bytes_of(by_reference(drawn)):
        pytest.fail(f"seed {seed}: {mismatch(drawn)}")


@pytest.mark.parametrize("seed", range(min(FIRST, EXAMPLES)))
def test_engine_and_reference_agree_to_the_byte_on_the_first_shops(seed: int) -> None:
    compare(seed)


@pytest.mark.many
@pytest.mark.parametrize("block", range(BLOCKS))
def test_engine_and_reference_agree_to_the_byte(block: int) -> None:
    for seed in range(FIRST + block, EXAMPLES, BLOCKS):
        compare(seed)


@given(shops())
def test_engine_and_reference_agree_on_what_hypothesis_finds(drawn: Shop) -> None:
    if bytes_of(by_engine(drawn)) != bytes_of(by_reference(drawn)):
        pytest.fail(mismatch(drawn))
