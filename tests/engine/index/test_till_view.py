"""A till never looks at rules of another day, store, customer or quantity; what it sees is never another till's."""

import pytest

from benchmarks.workload import Knobs, make_workload
from engine import RuleSet, Settings, compile_rules
from engine.basket.basket import lay_out
from engine.index.till_view import LONGEST_KEPT, MOST_KEPT
from rules import read_receipt, read_rules
from tests.support.engine.given import Document, line, mix, receipt_document, rule, rule_set

OCTOBER: Document = {"purchase_from": "2026-10-01T00:00:00Z", "purchase_to": "2026-10-31T23:59:59Z"}


def candidates(rules: RuleSet, *lines: Document, **fields: object) -> list[str]:
    """Return the ids of the rules that are looked at."""
    receipt = read_receipt(receipt_document(*lines, **fields))
    return [found.id for found in rules.candidates(lay_out(receipt, rules.rules_by_id, Settings()))]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"purchase_from": "2026-10-17T00:00:00Z"}, id="opens tomorrow"),
        pytest.param({"purchase_to": "2026-10-15T00:00:00Z"}, id="closed yesterday"),
        pytest.param({"purchase_from": "2026-10-16T14:40:01Z"}, id="opens in a second"),
        pytest.param({"purchase_to": "2026-10-16T14:39:59.999999Z"}, id="closed a microsecond ago"),
        {"store_ids": ["t"]},
        {"store": {"mcc_ranges": [{"start": "5000", "end": "5100"}]}},
        {"store": {"name": [{"prefix": "X"}]}},
        {"currencies": ["SEK"]},
        {"currencies": [{"exists": False}]},
        {"customer": {"attributes": {"segment": ["a", "b"]}}},
        {"gross_amount": 101},
    ],
)
@pytest.mark.parametrize("items", [["a"], ["g:g"], ["*"], []])
def test_what_does_not_fit_the_till_is_not_looked_at(wanted: Document, items: list[str]) -> None:
    rules = rule_set(rule("r", "percent", 10, *items, **wanted))
    bought = line("a", 100, 1, "g")
    store = {"id": "s", "name": "Bergen", "mcc": "5411"}
    assert not candidates(rules, bought, store=store, currency="NOK", customer={"attributes": {"segment": "c"}})
    assert [found.id for found in rules.rules] == ["r"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"purchase_from": "2026-10-16T14:40:00Z"},
        {"purchase_to": "2026-10-16T14:40:00Z"},
        {"purchase_from": "2026-10-16T00:00:00Z", "purchase_to": "2026-10-16T23:59:59Z"},
        {"store_ids": ["s"]},
        {"store": {"mcc_ranges": [{"start": "5400", "end": "5411"}]}},
        {"store": {"name": [{"age": [">", 3]}]}},
        {"currencies": ["NOK"]},
        {"currencies": [{"age": [">", 3]}, "NOK"]},
        {"customer": {"attributes": {"segment": ["b", "c"]}}},
        {"customer": {"attributes": {"segment": ["d"]}}},
        {"gross_amount": 300},
    ],
)
@pytest.mark.parametrize("items", [["a"], ["g:g"], ["a", "b"]])
def test_what_fits_the_till_is_looked_at(wanted: Document, items: list[str]) -> None:
    rules = rule_set(rule("r", "percent", 10, *items, **wanted))
    bought = line("a", 300, 3, "g")
    store = {"id": "s", "name": "2001-01-01", "mcc": "5411"}
    assert candidates(rules, bought, store=store, currency="NOK", customer={"attributes": {"segment": ["c", "d"]}}) == [
        "r"
    ]


@pytest.mark.parametrize(
    "written",
    [
        rule("r", "percent", 10, "a", quantity=3),
        rule("r", "percent", 10, "g:g", quantity=3),
        rule("r", "percent", 10, mixes=[mix("a", quantity=3), mix("b", "c")]),
    ],
)
def test_a_rule_for_more_units_than_were_bought_is_not_looked_at(written: Document) -> None:
    rules = rule_set(written)
    assert candidates(rules, line("a", 300, 3, "g")) == ["r"]
    assert candidates(rules, line("a", 100, 1, "g"), line("a", 200, 2, "g")) == ["r"]
    assert candidates(rules, line("a", 100, 2, "g")) == []


def test_tills_of_other_stores_and_days_have_views_of_their_own() -> None:
    rules = rule_set(
        rule("bergen", "percent", 10, "a", store_ids=["bergen"]),
        rule("october", "percent", 10, "a", **OCTOBER),
        rule("oslo", "percent", 10, "a", store_ids=["oslo"]),
    )
    for _ in range(2):
        assert candidates(rules, store={"id": "bergen"}) == ["bergen", "october"]
        assert candidates(rules, store={"id": "oslo"}) == ["october", "oslo"]
        assert candidates(rules, store={"id": "oslo"}, purchase_at="2026-11-01T00:00:00Z") == ["oslo"]
        assert candidates(rules, store={"id": "oslo"}, purchase_at="2026-11-01T00:59:59+01:00") == ["october", "oslo"]


def test_a_view_is_told_by_how_its_facts_are_written() -> None:
    rules = rule_set(rule("one", "percent", 10, "a", store={"mcc": ["1"]}))
    assert candidates(rules, store={"id": "s", "mcc": 1}) == ["one"]
    assert candidates(rules, store={"id": "s", "mcc": "1"}) == ["one"]
    assert candidates(rules, store={"id": "s", "mcc": 10}) == []
    assert rules.index is not None
    assert len(rules.index.views) == 3


def test_a_bounded_number_of_views_and_cuts_is_kept() -> None:
    rules = rule_set(rule("r", "percent", 10, "a", store_ids=[f"s{number}" for number in range(0, 200, 2)]))
    for number in range(200):
        assert candidates(rules, store={"id": f"s{number}"}) == ([] if number % 2 else ["r"])
    assert rules.index is not None
    assert len(rules.index.views) == MOST_KEPT
    assert len(rules.index.by_item["a"].cuts) == MOST_KEPT


def test_the_view_of_a_store_with_a_book_to_show_is_not_kept() -> None:
    rules = rule_set(rule("one", "percent", 10, "a", store={"mcc": ["1"], "name": ["b"]}))
    for names in (["b", "x" * LONGEST_KEPT], ["c", "x" * LONGEST_KEPT]):
        found = candidates(rules, store={"id": "s", "mcc": 1, "name": names})
        assert found == (["one"] if "b" in names else [])
    assert rules.index is not None
    assert not rules.index.views
    assert not rules.index.by_item["a"].cuts


@pytest.mark.parametrize("texts", [["no"], [f"t{number}" for number in range(0, 40, 2)]], ids=["few", "many"])
@pytest.mark.parametrize("members", [9, 100])
def test_of_a_customer_with_many_texts_each_posting_finds_its_own(texts: list[str], members: int) -> None:
    wanted: Document = {"attributes": {"segment": texts}}
    rules = rule_set(*(rule(item, "percent", 10, item, customer=wanted) for item in ("a", "b")))
    shown = {"attributes": {"segment": [f"t{number}" for number in range(1, members)]}}
    assert candidates(rules, customer=shown) == (["a"] if len(texts) > 1 else [])
    assert candidates(rules, customer={"attributes": {"segment": [*shown["attributes"]["segment"], "no", "t0"]}}) == [
        "a"
    ]


@pytest.mark.parametrize(("count", "matches"), [(10, 3), (1_000, 10), (1_000, 0), (1_000, 40)])
def test_of_a_shop_only_rules_that_qualify_are_looked_at(count: int, matches: int) -> None:
    workload = make_workload(Knobs(count, matches, rivals=matches <= 10))
    rules = compile_rules(read_rules(workload.rules))
    basket = lay_out(read_receipt(workload.receipt_json), rules.rules_by_id, Settings())
    assert len(rules.candidates(basket)) == matches
