"""What patterns cost is counted, and bounded by what a body holds, not by rules times texts."""

import json
from random import Random

import pytest

from engine import Settings, compile_rules, evaluate
from engine.fields.wildcards import MOST_BITS
from rules import read_receipt, read_rules
from tests.support.hostile import BODY, CASES

# A step is the look at a text, a search among them, or sixteen characters that are scanned. Wildcards that are followed
# together cost so many for each character at most, for each group of them.
STEPS_A_CHARACTER = 4 + MOST_BITS // 1_024
COUNT = 3_000
UNBOUNDED = Settings(max_work=None)


@pytest.mark.many
@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CASES)
def test_the_work_for_patterns_grows_with_texts_and_elements_and_not_with_their_product(name: str, seed: int) -> None:
    case = CASES[name](Random(f"{name} {seed}"), COUNT)
    body = json.dumps(case.receipt, separators=(",", ":"))
    assert len(body) <= BODY
    evaluation = evaluate(compile_rules(read_rules(case.rules)), read_receipt(body), settings=UNBOUNDED)
    assert evaluation.used == ()
    written = len(json.dumps(case.rules))
    groups = 1 + written // MOST_BITS if "wildcard" in json.dumps(case.rules[0]) else 0
    looked_at = evaluation.trace.basket.prepared.looked_at
    # Of each text and element: made ready once, and searched for.
    assert 0 < looked_at < 4 * (BODY + written) + groups * BODY * STEPS_A_CHARACTER
    assert looked_at < COUNT * BODY // 16


@pytest.mark.many
def test_rules_that_share_a_pattern_ask_it_once() -> None:
    case = CASES["pieces in the other order"](Random("shared"), 20)
    first = case.rules[0]
    once, often = (
        evaluate(
            compile_rules(read_rules([{**first, "id": f"r{number}"} for number in range(count)])),
            read_receipt(json.dumps(case.receipt)),
            settings=UNBOUNDED,
        ).trace.basket.prepared.looked_at
        for count in (1, 100)
    )
    assert once == often
