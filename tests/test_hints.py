"""What a near miss says is so (POLICY 17): the slow engine says it too, and who adds what is missing saves that."""

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from engine import Evaluation, Settings, compile_rules, evaluate
from rules import read_grants, read_receipt, read_rules
from tests.reference.hints import reference_hints, reference_purchases
from tests.support.both_engines import EXACT_STEPS
from tests.support.shops import Shop, shop

IS_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
EXAMPLES = int(os.environ.get("RABATT_EXAMPLES", "10000" if IS_DEEP else "400"))
BLOCKS = 4


def nearly_had(seed: int) -> Shop:
    """Return the shop of a seed, of whose rules many lack an amount or a code."""
    random = Random(seed)
    drawn = shop(seed)
    gross = sum(int(line["gross_amount"]) for line in drawn.receipt["items"])
    lacking: list[dict[str, Any]] = [{}, {"discount_code": "SPRING"}]
    if gross > 0:
        lacking += [{name: gross * random.choice([4, 5, 7]) // 4} for name in ("gross_amount", "net_amount")]
    for rule in drawn.rules:
        rule["requirement"] = {**(rule.get("requirement") or {}), **random.choice(lacking)}
        rule["private"] = random.choice([True, False, False])
    drawn.receipt["discount_code"] = random.choice([[], ["TACO"], ["Spring", "spring"]])
    return drawn


def drawn_shops(block: int) -> Iterator[tuple[str, Shop]]:
    """Yield the shops of a block, each with its name."""
    for seed in range(block, EXAMPLES, BLOCKS):
        yield f"shop({seed})", shop(seed)
        yield f"nearly_had({seed})", nearly_had(seed)


def evaluated(drawn: Shop) -> Evaluation:
    """Return what the engine makes of a shop, with the steps that the best selection takes."""
    rules = read_rules(drawn.rules)
    grants = None if drawn.grants is None else read_grants(drawn.grants, rules)
    settings = Settings(**{"max_steps": EXACT_STEPS, **drawn.settings})
    return evaluate(compile_rules(rules), read_receipt(drawn.receipt), grants, settings)


def hints_of(drawn: Shop) -> dict[str, dict[str, Any]]:
    """Return what the engine says is missing, by rule id."""
    near = evaluated(drawn).explain().near_misses
    return {outcome.rule_id: dict(outcome.near_miss or {}) for outcome in near}


def given_away(drawn: Shop) -> tuple[int, int]:
    """Return the whole discount and bonus that the rules give."""
    used = evaluated(drawn).used
    debits = {rule["id"] for rule in drawn.rules if rule["reward"]["type"] == "discount_debit"}
    return sum(use.amount for use in used if use.rule_id not in debits), sum(use.bonus for use in used)


@pytest.mark.many
@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_slow_engine_names_the_same_hints_and_what_they_save(block: int) -> None:
    said = 0
    for name, drawn in drawn_shops(block):
        hints = hints_of(drawn)
        assert hints == reference_hints(drawn.rules, drawn.receipt, drawn.grants, **drawn.settings), name
        said += len(hints)
    assert said


@pytest.mark.many
@pytest.mark.parametrize("block", range(BLOCKS))
def test_who_adds_what_is_missing_saves_what_was_promised(block: int) -> None:
    kept = 0
    for name, drawn in drawn_shops(block):
        hints = hints_of(drawn)
        if not hints:
            continue
        with_more = reference_purchases(drawn.rules, drawn.receipt, drawn.grants, **drawn.settings)
        discount, bonus = given_away(drawn)
        for rule_id, hint in hints.items():
            if "saves" not in hint and "saves_bonus" not in hint:
                continue
            receipt, grants = with_more[rule_id]
            then = given_away(drawn._replace(receipt=receipt, grants=grants))
            promised = {"saves": then[0] - discount} if "saves" in hint else {"saves_bonus": then[1] - bonus}
            assert promised.items() <= hint.items(), (name, rule_id)
            kept += 1
    assert kept
