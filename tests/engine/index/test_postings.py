"""The index finds every rule that could qualify, and leaves out those that have nothing to do with the receipt."""

import pytest

from engine import Settings
from engine.basket.basket import lay_out
from rules import read_rules
from tests.support.engine.given import Document, line, mix, receipt_of, rule, rule_set

SUMMER: Document = {"purchase_from": "2026-06-01T00:00:00Z", "purchase_to": "2026-08-31T00:00:00Z"}
AUTUMN: Document = {"purchase_from": "2026-09-30T23:00:00-02:00", "purchase_to": "2026-10-31T23:00:00Z"}


def is_candidate(written: Document) -> bool:
    receipt = receipt_of(
        line("a", 100, 1, "g"),
        line("b", 100, 1, voided=True),
        store={"id": "s", "chain": "Kjeden", "mcc": "5411"},
        customer={"status": "vip", "attributes": {"tags": ["x", "y"]}, "metadata": {"level": 3}},
        currency="NOK",
        discount_code="TACO",
    )
    basket = lay_out(receipt, (), Settings())
    return bool(rule_set(written).candidates(basket))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(rule(), id="asks for nothing"),
        rule("r", "percent", 10, "a"),
        rule("r", "percent", 10, "x", "g:g"),
        rule("r", "percent", 10, "*"),
        rule("r", "percent", 10, "ANY_ITEM"),
        rule("r", "percent", 10, "x", "*"),
        rule("r", "percent", 10, mixes=[mix("a"), mix("b", "c")]),
        rule(discount_code="TACO"),
        pytest.param(rule(discount_code="a"), id="the code is the id of a line"),
        rule(discount_code=["PIZZA", " TACO"]),
        rule(discount_code=["PIZZA", "a"]),
        rule(discount_code=[{"equals-ignore-case": "tacO"}]),
        rule(discount_code=[{"prefix": "TA"}]),
        rule(discount_code=[{"prefix": "TAC"}]),
        rule(discount_code=[{"suffix": "ACO"}]),
        rule(discount_code=[{"wildcard": "T*"}, {"wildcard": "*x"}]),
        rule(discount_code=[{"wildcard": "T*ACO"}]),
        rule(discount_code=[{"wildcard": "*AC*"}]),
        rule(discount_code=[{"exists": True}]),
        rule(discount_code=[{"anything-but": "PIZZA"}]),
        rule(discount_code=[{"exists": False}, "PIZZA"]),
        rule(customer={"status": ["vip", "gold"]}),
        rule(customer={"status": [{"prefix": "v"}]}),
        rule(customer={"attributes": {"tags": ["y"]}}),
        rule(customer={"attributes": {"level": [3]}}),
        rule(store={"chain": ["Kjeden"]}),
        rule(store_ids=["s", "t"]),
        rule(store_ids=["*"]),
        rule(currencies=["NOK"]),
        rule(gross_amount=10),
        rule(**AUTUMN),
        rule(purchase_from="2026-01-01T00:00:00Z"),
        pytest.param(
            rule(purchase_from="1990-01-01T00:00:00Z", purchase_to="2090-01-01T00:00:00Z"), id="a window of a century"
        ),
    ],
)
def test_what_could_qualify_is_looked_at(written: Document) -> None:
    assert is_candidate(written)


@pytest.mark.parametrize(
    "written",
    [
        rule("r", "percent", 10, "x"),
        rule("r", "percent", 10, "g:h"),
        rule("r", "percent", 10, "x", "g:h"),
        rule("r", "percent", 10, "b"),
        rule("r", "percent", 10, mixes=[mix("a", "c"), mix("x")]),
        rule(discount_code="PIZZA"),
        rule(discount_code="b"),
        rule(discount_code=["PIZZA", "b"]),
        rule(discount_code=[{"equals-ignore-case": "tac"}]),
        pytest.param(rule(discount_code=[{"equals-ignore-case": "A"}]), id="operators look at codes only"),
        rule(discount_code=[{"prefix": "VIP-"}]),
        pytest.param(rule(discount_code=[{"prefix": "TACO-FREDAG"}]), id="a beginning that is longer than the code"),
        rule(discount_code=[{"suffix": "ACE"}]),
        rule(discount_code=[{"wildcard": "VIP-*"}]),
        rule(discount_code=[{"wildcard": "V*-JUL"}]),
        rule("r", "percent", 10, "x", discount_code=[{"exists": False}]),
        rule(customer={"status": ["new"]}),
        rule(customer={"attributes": {"unheard": ["x"]}}),
        rule(store={"chain": ["Other"], "mcc": ["5411"]}),
        rule(store_ids=["t"]),
        rule(**SUMMER),
        rule(fields={"active": False}),
        rule(fields={"deleted_at": "2026-01-01T00:00:00Z"}),
    ],
)
def test_what_has_nothing_to_do_with_the_receipt_costs_nothing(written: Document) -> None:
    assert not is_candidate(written)


@pytest.mark.parametrize("code", [None, [], "", [" "]])
def test_without_a_code_no_rule_that_asks_for_one_is_looked_at(code: object) -> None:
    patterns = [{"exists": True}, {"anything-but": "x"}, {"prefix": "V"}, {"suffix": "V"}, {"equals-ignore-case": "v"}]
    rules = rule_set(*(rule(str(place), discount_code=[pattern]) for place, pattern in enumerate(patterns)))
    basket = lay_out(receipt_of(line("a"), discount_code=code), (), Settings())
    assert list(rules.candidates(basket)) == []
    assert basket.meter.work == 1


def test_a_changed_code_is_looked_up_under_its_new_fact_only() -> None:
    before = rule_set(rule("r", discount_code=[{"prefix": "VIP-"}]), rule("s", discount_code="TACO"))
    (changed,) = read_rules([rule("r", discount_code=[{"suffix": "-JUL"}])])
    after = before.with_rule(changed).without_rule("s")
    for code, found in (("VIP-1", ["r"]), ("X-JUL", [])):
        basket = lay_out(receipt_of(line("a"), discount_code=code), (), Settings())
        assert [one.id for one in before.candidates(basket)] == found
        assert [one.id for one in after.candidates(basket)] == [one for one in ["r"] if not found]
    assert after.index is not None
    assert len(after.index.codes) == 1


def test_an_object_among_the_values_of_a_field_equals_nothing() -> None:
    receipt = receipt_of(line("a"), customer={"attributes": {"tags": [{"y": "y"}, "x"]}})
    basket = lay_out(receipt, (), Settings())
    rules = rule_set(*(rule(tag, customer={"attributes": {"tags": [tag]}}) for tag in "xy"))
    assert [one.id for one in rules.candidates(basket)] == ["x"]


def test_candidates_come_in_the_order_of_their_ids() -> None:
    rules = [rule("c"), rule("a", "percent", 10, "a"), rule("b", "percent", 10, "x"), rule("d", "percent", 10, "a")]
    basket = lay_out(receipt_of(), (), Settings())
    assert [found.id for found in rule_set(*rules).candidates(basket)] == ["a", "c", "d"]


def test_without_the_index_every_rule_is_tried() -> None:
    rules = rule_set(rule("a", "percent", 10, "x"), rule("b"))
    basket = lay_out(receipt_of(), (), Settings())
    assert [found.id for found in rules.without_index().candidates(basket)] == ["a", "b"]


def test_a_set_of_rules_has_a_size_and_a_short_name() -> None:
    rules = rule_set(rule("a"), rule("b"))
    assert (len(rules), repr(rules)) == (2, "<RuleSet of 2 rules>")
