"""What tests list by hand has every kind of reward, limitation and requirement of the language, or says why not."""

from collections import Counter

import pytest

from rules.limitation import Limitation
from rules.requirement import ItemRequirement, Requirement
from rules.reward import REWARD_KINDS
from tests.reference.kinds import KINDS
from tests.support.golden import ROWS
from tests.support.places import TESTS
from tests.support.shops import shop
from tests.support.themes import LIMITS

SHOPS = 400
RETURN_CASES = TESTS / "return_cases"

# Only returns ask it: its cases are those of a return, and archives with returns draw it.
OF_RETURNS = {"return_policy"}
# Drawn with the stamps that it is about.
OF_STAMPS = {"stamp_expire_days"}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Counter[str]]:
    """How often the first shops have each kind of reward, each limitation and each requirement."""
    counts: dict[str, Counter[str]] = {"reward": Counter(), "limitation": Counter(), "requirement": Counter()}
    for seed in range(SHOPS):
        for rule in shop(seed).rules:
            counts["reward"][rule["reward"]["type"]] += 1
            counts["limitation"].update(list(rule.get("limitation", ())))
            counts["requirement"].update(list(rule.get("requirement", ())))
    return counts


def test_the_reference_engine_has_a_row_for_each_kind_of_reward() -> None:
    assert set(KINDS) == set(REWARD_KINDS)


def test_the_shops_draw_each_kind_of_reward(drawn: dict[str, Counter[str]]) -> None:
    assert set(drawn["reward"]) == set(REWARD_KINDS)


def test_the_shops_draw_each_limitation(drawn: dict[str, Counter[str]]) -> None:
    assert set(drawn["limitation"]) == set(Limitation.model_fields) - OF_RETURNS
    assert set(LIMITS) == set(Limitation.model_fields) - OF_RETURNS - OF_STAMPS


def test_the_shops_draw_each_requirement(drawn: dict[str, Counter[str]]) -> None:
    assert set(drawn["requirement"]) == set(Requirement.model_fields)


def test_each_kind_of_reward_has_a_row_of_golden_cases() -> None:
    assert set(REWARD_KINDS) <= set(ROWS["6"])


def test_each_limitation_has_a_row_of_golden_cases() -> None:
    # Those that look at units are rows of the requirements' section.
    assert set(Limitation.model_fields) - {*ROWS["4"], *ROWS["5"]} == OF_RETURNS
    for name in OF_RETURNS:
        assert any(f'"{name}"' in path.read_text("utf-8") for path in RETURN_CASES.rglob("*.json"))


def test_each_requirement_has_a_row_of_golden_cases() -> None:
    on_items = {f"item.{name}" for name in ItemRequirement.model_fields}
    assert (set(Requirement.model_fields) - {"item"}) | on_items <= set(ROWS["4"])
