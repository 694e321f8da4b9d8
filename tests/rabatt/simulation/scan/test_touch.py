"""What the columns say of a receipt is never less than what the evaluator finds."""

from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from engine.basket.basket import lay_out
from engine.compiled.rule import compile_rule
from engine.evaluate import work_out
from engine.grants.wallet import EVERY_RULE
from engine.settings import Settings
from rabatt.simulation.archive import open_archive, read_fragment
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.options import Options
from rabatt.simulation.scan.near_misses import NearMisses
from rabatt.simulation.scan.rule_classes import Touch, few_classes, filed_rules, near_keys
from rabatt.simulation.scan.touch import Toucher, read_plan_of
from rabatt.simulation.worlds import Worlds, make_worlds
from rules import read_receipt, read_rules
from tests.support.simulation.archives import archive, write_lines

EVERYTHING = SharedGrants(None)


def touches(worlds: Worlds, path: Path, most_classes: int = 256) -> list[tuple[bytes, Touch, bool]]:
    """The receipts of a file with what their columns say, and whether they are suspect."""
    toucher = Toucher(worlds, EVERYTHING, most_classes=most_classes)
    plan = read_plan_of(worlds, toucher, Options())
    found = []
    for fragment in open_archive([path]):
        for facts in read_fragment(fragment, plan):
            documents = facts.documents(list(range(facts.count)))  # type: ignore[arg-type]
            marks = [Touch(mark) for mark in toucher.touched(facts).tolist()]
            found += list(zip(documents, marks, facts.suspect.tolist(), strict=True))
    return found


def test_what_shares_a_bit_depends_on_the_rules_alone() -> None:
    rules = [
        {
            "id": f"{month}-{currency}",
            "requirement": {
                "purchase_from": f"2024-{month:02d}-01T00:00:00Z",
                "currencies": [currency],
                "item": {"items": [{"id": "a"}]},
            },
            "reward": {"type": "discount_amount", "value": 1},
        }
        for month in range(1, 13)
        for currency in ("NOK", "SEK", "DKK")
    ]
    filed = [
        [one.of for one in filed_rules(make_worlds(read_rules(some), (), ()), EVERYTHING)]
        for some in (rules, rules[::-1])
    ]
    numbers = [
        [(of.opens, str(of.currencies and of.currencies.wanted), number) for of, number in few_classes(some, 7).items()]
        for some in filed
    ]
    assert numbers[0] == numbers[1] == sorted(numbers[0])


def test_a_basket_with_any_mix_shows_a_part_of_a_rule_that_takes_all_goods() -> None:
    mixes = [{"items": [{"id": name}], "quantity": 1} for name in ("a", "b")]
    [rule] = read_rules(
        [
            {
                "id": "both",
                "requirement": {"item": {"items": [{"id": "*"}], "mixes": mixes}},
                "reward": {"type": "discount_amount", "value": 1},
            }
        ]
    )
    assert set(near_keys(compile_rule(rule)).items) == {"a", "b"}


@pytest.mark.parametrize("most_classes", [1, 2, 256])
def test_every_rule_that_qualifies_touches_the_receipt(most_classes: int, tmp_path: Path) -> None:
    left_out = sum(count_left_out(seed, most_classes, tmp_path / "archive.jsonl") for seed in range(12))
    assert left_out


def count_left_out(seed: int, most_classes: int, path: Path) -> int:
    """Check a small archive, and count its receipts that nothing touches."""
    question, receipts = archive(seed)
    draft = read_rules(list(question.draft)) if question.draft else ()
    worlds = make_worlds(read_rules(list(question.rules)), draft, question.without)
    near = NearMisses(worlds)
    left_out = 0
    for document, touch, is_suspect in touches(worlds, write_lines(receipts, path), most_classes):
        if is_suspect:
            assert touch == Touch.CANDIDATE | Touch.CHANGED | Touch.HISTORY | Touch.NEAR
            continue
        basket = lay_out(read_receipt(document), worlds.ids, Settings())
        both = [work_out(world, basket, EVERY_RULE, Settings()) for world in (worlds.baseline, worlds.scenario)]
        qualified = {one.rule.id for trace in both for one in trace.qualified}
        left_out += not touch
        assert not qualified or Touch.CANDIDATE in touch
        assert qualified.isdisjoint(worlds.changed) or Touch.CHANGED in touch
        assert qualified.isdisjoint(worlds.with_history) or Touch.HISTORY in touch
        assert not list(near.of(basket, EVERY_RULE, (), partial(itemgetter(1), both))) or Touch.NEAR in touch
    return left_out


RECEIPT: dict[str, Any] = {
    "receipt_id": "1",
    "purchase_at": "2024-05-03T12:00:00+02:00",
    "store": {"id": "s1", "chain": "North", "mcc": "5411"},
    "currency": "NOK",
    "customer": {"type": "club", "metadata": {"level": 20}},
    "discount_code": ["TACO"],
    "items": [
        {"id": "a", "groups": [{"id": "g"}], "gross_amount": 100, "eligible_for_discount": True},
        {"id": "b", "gross_amount": 50},
    ],
}


@pytest.mark.parametrize(
    ("requirement", "is_touched"),
    [
        pytest.param({"item": {"items": [{"id": "a"}]}}, True, id="an item"),
        pytest.param({"item": {"items": [{"id": "b"}]}}, False, id="an item that can take no discount"),
        pytest.param({"item": {"items": [{"group_id": "g"}]}}, True, id="a group"),
        pytest.param({"item": {"items": [{"id": "c"}]}}, False, id="another item"),
        pytest.param({"discount_code": "TACO"}, True, id="a code"),
        pytest.param({"discount_code": "b"}, True, id="an item's id as code"),
        pytest.param({"discount_code": "KAKE"}, False, id="another code"),
        pytest.param({"discount_code": [" TACO "]}, True, id="a code with blanks around"),
        pytest.param({"discount_code": ["KAKE", {"prefix": "TA"}]}, True, id="how a code begins"),
        pytest.param({"discount_code": [{"prefix": "b"}]}, False, id="how an item's id begins"),
        pytest.param({"discount_code": [{"suffix": "KE"}]}, False, id="how another code ends"),
        pytest.param({"discount_code": [{"equals-ignore-case": "tacO"}]}, True, id="a code in any case"),
        pytest.param({"discount_code": [{"exists": True}]}, True, id="any code"),
        pytest.param({"discount_code": ["KAKE", {"exists": False}]}, True, id="no code, which goods may have"),
        pytest.param({"store_ids": ["s1", "s2"]}, True, id="a store"),
        pytest.param({"store_ids": ["s2"]}, False, id="another store"),
        pytest.param({"store_ids": ["s2"], "item": {"items": [{"id": "a"}]}}, False, id="the item in another store"),
        pytest.param({"store": {"chain": ["North"]}}, True, id="a field of the store"),
        pytest.param({"store": {"chain": ["South"]}}, False, id="another chain"),
        pytest.param({"customer": {"attributes": {"level": ["20"]}}}, True, id="an attribute in the metadata"),
        pytest.param({"customer": {"attributes": {"level": ["21"]}}}, False, id="another level"),
        pytest.param({"currencies": ["NOK"]}, True, id="a currency"),
        pytest.param({"currencies": ["SEK"]}, False, id="another currency"),
        pytest.param({"gross_amount": 150}, True, id="the least amount"),
        pytest.param({"gross_amount": 151}, False, id="more than the amount"),
        pytest.param({"purchase_to": "2024-05-03T10:00:00Z"}, True, id="the last moment"),
        pytest.param({"purchase_to": "2024-05-03T09:59:59Z"}, False, id="over"),
        pytest.param({"purchase_from": "2024-05-03T10:00:00Z"}, True, id="the first moment"),
        pytest.param({"purchase_from": "2024-05-03T10:00:01Z"}, False, id="not yet"),
    ],
)
def test_what_rules_a_receipt_in_and_out(requirement: dict[str, Any], is_touched: bool, tmp_path: Path) -> None:
    rule = {"id": "r", "requirement": requirement, "reward": {"type": "discount_percent", "value": 10}}
    worlds = make_worlds(read_rules([rule]), [], [])
    [(_, touch, _)] = touches(worlds, write_lines([RECEIPT], tmp_path / "a.jsonl"))
    assert (touch == Touch.CANDIDATE) is is_touched
    assert is_touched or touch == Touch(0)


@pytest.mark.parametrize("codes", [[], [""], ["  "], None])
def test_an_empty_code_is_no_code(codes: Any, tmp_path: Path) -> None:
    rule = {
        "id": "r",
        "requirement": {"discount_code": [{"exists": True}]},
        "reward": {"type": "discount_percent", "value": 10},
    }
    worlds = make_worlds(read_rules([rule]), [], [])
    [(_, touch, _)] = touches(worlds, write_lines([{**RECEIPT, "discount_code": codes}], tmp_path / "a.jsonl"))
    assert touch == Touch(0)


def test_rules_that_nobody_was_granted_touch_nothing() -> None:
    own = {"id": "own", "reward": {"type": "discount_debit", "value": 100}}
    days = {**own, "id": "days", "limitation": {"dynamic_purchase_to_days": 3},
            "reward": {"type": "discount_percent", "value": 1}}  # fmt: skip
    plain = {"id": "plain", "reward": {"type": "discount_percent", "value": 1}}
    worlds = make_worlds(read_rules([own, days, plain]), [], [])
    by_id = worlds.baseline.rules_by_id
    everyone = SharedGrants(((None, "plain"), (None, "own"), (None, "days")))
    assert [rule_id for rule_id in by_id if EVERYTHING.can_have(by_id[rule_id])] == ["plain"]
    assert [rule_id for rule_id in by_id if everyone.can_have(by_id[rule_id])] == ["plain"]
    assert [rule_id for rule_id in by_id if SharedGrants((), frozenset({"own"})).can_have(by_id[rule_id])] == ["own"]
