"""The rules and drafts of the benchmark are legal, and concern as many receipts as they are said to."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from benchmarks.simulation.archive import write_archive
from benchmarks.simulation.campaigns import current_rules, drafts
from benchmarks.simulation.plain import plain_loop
from rules import Rule, read_rules

RECEIPTS = 2_000


class Shares(NamedTuple):
    """Of all receipts: those that any rule concerns, today and with the draft."""

    baseline: float
    scenario: float
    given: Mapping[str, Counter[str]]


def rules_of(name: str) -> tuple[Rule, ...]:
    documents = {**current_rules(), **drafts()}[name]
    return read_rules(list(documents)) if documents else ()


@cache
def shares(rules: str, draft: str) -> Shares:
    with TemporaryDirectory() as name:
        write_archive(Path(name), RECEIPTS)
        baseline, scenario = plain_loop(Path(name), rules_of(rules), rules_of(draft))
    return Shares(baseline.touched / RECEIPTS, scenario.touched / RECEIPTS, scenario.figures)


@pytest.mark.parametrize("name", [*current_rules(), *drafts()])
def test_all_rules_are_legal(name: str) -> None:
    assert all(rule.name and rule.campaign_id for rule in rules_of(name))


def test_the_drafts_concern_none_few_and_all_receipts() -> None:
    assert shares("none", "no").scenario == 0
    few = shares("small", "few")
    assert 0.003 < few.scenario - few.baseline < 0.017
    assert few.given["draft-three-for-two"]["uses"] > 0
    # Some receipts have nothing that takes a discount.
    assert shares("none", "coupon").scenario > 0.95


def test_the_shops_rules_concern_none_few_and_most_receipts() -> None:
    assert shares("none", "no").baseline == 0
    assert 0.004 < shares("small", "few").baseline < 0.02
    assert 0.8 < shares("busy", "all").baseline < 0.95
    assert len(rules_of("small")) == 10
    assert len(rules_of("busy")) == 40


def test_a_coupon_is_used_once_by_each_customer() -> None:
    coupon = shares("none", "coupon").given["draft-coupon"]
    everything = shares("busy", "all").given["draft-percent"]
    assert 0 < coupon["uses"] < everything["uses"] / 2


def test_a_stamp_card_gives_what_its_stamps_buy() -> None:
    card = shares("none", "stamps").given["draft-stamps"]
    assert 0 < card["uses"] * 9 <= card["stamps"]
