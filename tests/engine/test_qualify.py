"""A rule qualifies, or the first limitation and then the first requirement that fails is named."""

from typing import Any

import pytest

from engine import compile_rules, evaluate
from engine.basket.basket_state import first_state
from engine.explanation.outcome import RuleOutcome
from rules import read_receipt, read_rules
from tests.support.engine.given import FRIDAY, Document, basket_of, evaluated, grant, line, mix, receipt_document, rule

SHUT: Document = {
    "discount_hours": {"hours": [{"day": "mon", "start": "10:00", "end": "12:00"}], "timezone": "Europe/Oslo"}
}
TILL: Document = {"discount_lines": [{"amount": 5, "discount_id": "till"}]}


def outcome(written: Document, *lines: Document, others: tuple[Document, ...] = (), **fields: Any) -> RuleOutcome:
    receipt = receipt_document(*lines, **fields)
    return evaluated([written, *others], receipt).explain("r").rules[0]


@pytest.mark.parametrize(
    ("written", "lines", "path", "wanted", "saw"),
    [
        (rule(fields={"active": False}), [], "active", True, False),
        (rule(fields={"deleted_at": "2026-01-01T00:00:00Z"}), [], "deleted_at", None, "2026-01-01T00:00:00Z"),
        (rule(limitation=SHUT), [], "limitation.discount_hours", SHUT["discount_hours"]["hours"], "fri 16:40"),
        (rule(limitation={"discount_combination": 0}), [line(**TILL)], "limitation.discount_combination", 0, 1),
        (rule("r", "percent", 10, "b"), [], "requirement.item.items", [{"id": "b"}], []),
        (
            rule("r", "percent", 10, "a", limitation={"blacklist": [{"id": "a"}]}),
            [],
            "limitation.blacklist",
            "a line not on the list",
            [1],
        ),
        (
            rule(limitation={"discount_eligible": "receipt_no_discount"}),
            [line(**TILL), line()],
            "limitation.discount_eligible",
            "receipt_no_discount",
            [1],
        ),
        (
            rule("r", "percent", 10, "a", limitation={"discount_eligible": "item_eligible_for_discount_no_discount"}),
            [line(**TILL), line("b")],
            "limitation.discount_eligible",
            "item_eligible_for_discount_no_discount",
            [1],
        ),
        (rule("r", "percent", 10, "a", quantity=3), [line("a", 100, 2)], "requirement.item.quantity", 3, 2),
        (
            rule("r", "percent", 10, "a", quantity=3, limitation={"blacklist": [{"group_id": "g"}]}),
            [line("a", 100, 2), line("a", 100, 2, "g")],
            "requirement.item.quantity",
            3,
            2,
        ),
        (
            rule(quantity=2, limitation={"discount_eligible": "item_eligible_for_discount_no_discount"}),
            [line(**TILL), line("b")],
            "requirement.item.quantity",
            2,
            1,
        ),
        (rule(quantity=2), [], "requirement.item.quantity", 2, 1),
        (rule(), [line(voided=True)], "requirement.item.quantity", 1, 0),
        (
            rule(limitation={"discount_eligible": "item_eligible_for_discount_no_discount"}),
            [line(voided=True)],
            "requirement.item.quantity",
            1,
            0,
        ),
        (
            rule(mixes=[mix("a"), mix("a", "b", quantity=2)]),
            [line("a"), line("b")],
            "requirement.item.mixes",
            [mix("a"), mix("a", "b", quantity=2)],
            [1, 2],
        ),
        (rule("r", "percent", 10, mixes=[mix("x")]), [], "requirement.item.quantity", 1, 0),
    ],
)
def test_what_fails_first_is_named(written: Document, lines: list[Document], path: str, wanted: Any, saw: Any) -> None:
    found = outcome(written, *lines)
    assert (found.outcome, found.path, found.wanted, found.saw) == ("rejected", path, wanted, saw)


def test_limitations_are_named_in_the_order_of_their_table_and_before_requirements() -> None:
    limitation = {**SHUT, "discount_repeat_usage": 1, "discount_combination": 0, "dynamic_purchase_to_days": 0}
    holds: list[Document] = [
        {"fields": {"active": True}},
        {"purchase_at": "2026-10-19T11:00:00+02:00"},
        {"usage": 0},
        {"till": {}},
        {"created_at": "2026-10-19T09:00:00Z"},
        {"gross_amount": 0},
    ]
    paths = []
    for count in range(len(holds) + 1):
        now: Document = {
            "fields": {"active": False},
            "purchase_at": "2026-10-16T16:40:00+02:00",
            "usage": 1,
            "till": TILL,
            "created_at": "2026-01-01T00:00:00Z",
            "gross_amount": 10_000,
        }
        for better in holds[:count]:
            now |= better
        written = rule(limitation=limitation, fields=now["fields"], gross_amount=now["gross_amount"])
        receipt = receipt_document(line(**now["till"]), purchase_at=now["purchase_at"], customer_id="c")
        grants = [grant(created_at=now["created_at"], statistics={"usage": now["usage"]})]
        paths.append(evaluated([written], receipt, grants).explain().rules[0].path)
    assert paths == [
        "active",
        "limitation.discount_hours",
        "limitation.discount_repeat_usage",
        "limitation.discount_combination",
        "limitation.dynamic_purchase_to_days",
        "requirement.gross_amount",
        None,
    ]


@pytest.mark.parametrize(
    ("other", "active"),
    [
        pytest.param(rule("o", gross_amount=10**6), True, id="what the other asks for does not matter"),
        pytest.param(rule("o", limitation=SHUT), True, id="nor its hours"),
        pytest.param(rule("o", fields={"active": False}), False, id="switched off"),
        pytest.param(rule("o", fields={"deleted_at": "2026-01-01T00:00:00Z"}), False, id="deleted"),
        pytest.param(rule("o", purchase_from="2027-01-01T00:00:00Z"), False, id="not begun"),
        pytest.param(rule("o", purchase_from=FRIDAY), True, id="begins at the purchase"),
        pytest.param(rule("o", purchase_to="2026-01-01T00:00:00Z"), False, id="over"),
        pytest.param(rule("o", purchase_to=FRIDAY), True, id="ends at the purchase"),
        pytest.param(rule("p"), False, id="not in the set"),
    ],
)
def test_a_rule_stands_back_while_another_is_active(other: Document, active: bool) -> None:
    limitation = {"discount_activation": [{"type": "deactivate_if_discount_active", "value": "o"}]}
    found = outcome(rule(limitation=limitation), others=(other,))
    assert found.path == ("limitation.discount_activation" if active else None)


def test_a_rule_stands_back_only_for_one_the_customer_was_given() -> None:
    limitation = {"discount_activation": [{"type": "deactivate_if_discount_active", "value": "o"}]}
    rules = [rule(limitation=limitation), rule("o", gross_amount=10**6)]
    receipt = receipt_document(customer_id="c")
    assert [use.rule_id for use in evaluated(rules, receipt, [grant()]).used] == ["r"]
    assert evaluated(rules, receipt, [grant(), grant("other", "o")]).used == ()


@pytest.mark.parametrize(
    ("written", "lines", "units"),
    [
        pytest.param(
            rule("r", "percent", 100, "a", "b", stamp=3), [line("a", 9, 2), line("b"), line("c")], 3, id="items"
        ),
        pytest.param(
            rule("r", "percent", 100, mixes=[mix("a"), mix("b", reward_eligible=False)], stamp=3),
            [line("a", 9, 2), line("b")],
            2,
            id="mixes: those that are rewarded",
        ),
        pytest.param(
            rule("r", "percent", 100, "a", stamp=3, limitation={"blacklist": [{"group_id": "g"}]}),
            [line("a", 9, 2), line("a", 9, 2, "g")],
            2,
            id="not those on the black list",
        ),
    ],
)
def test_units_that_earn_stamps_are_counted(written: Document, lines: list[Document], units: int) -> None:
    [qualified] = evaluated([written], receipt_document(*lines)).trace.qualified
    assert qualified.stamp_units == units


def test_items_and_mixes_must_both_hold() -> None:
    written = rule("r", "amount", 5, "c", mixes=[mix("a")])
    assert outcome(written, line("a")).path == "requirement.item.items"
    assert outcome(written, line("c")).path == "requirement.item.mixes"
    assert outcome(written, line("a"), line("c")).outcome == "used"


def test_a_basket_with_nothing_laid_on_it_is_what_rules_qualify_for() -> None:
    basket = basket_of(line("a", 100, 2))
    assert first_state(basket).lines == basket.lines


@pytest.mark.parametrize("hours", [{"timezone": "Europe/Oslo"}, {"hours": [], "timezone": "Europe/Oslo"}])
def test_hours_without_a_period_are_no_limit(hours: Document) -> None:
    assert outcome(rule(limitation={"discount_hours": hours})).outcome == "used"


def test_hours_without_a_time_zone_are_those_of_utc() -> None:
    # 16:40 in Oslo.
    hours = [{"day": "fri", "start": "14:40", "end": "14:40"}]
    assert outcome(rule(limitation={"discount_hours": {"hours": hours}})).outcome == "used"


@pytest.mark.parametrize("brought", [1, 2])
def test_as_many_other_discounts_may_be_brought_as_a_rule_allows(brought: int) -> None:
    entries = [{"amount": 5, "discount_id": f"till{number}"} for number in range(brought)]
    found = outcome(rule(limitation={"discount_combination": 1}), line(discount_lines=entries))
    assert (found.path, found.saw) == ((None, None) if brought == 1 else ("limitation.discount_combination", 2))


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        pytest.param(rule("r", "percent", 10, "a", limitation={"blacklist": [{"id": "a"}]}), [], id="black list"),
        pytest.param(rule(limitation={"discount_eligible": "receipt_no_discount"}), [line(**TILL)], id="not eligible"),
        pytest.param(rule(), [line(voided=True)], id="no line"),
        pytest.param(rule(quantity=2), [], id="too few"),
        pytest.param(rule(mixes=[mix("a", quantity=2)]), [line("a")], id="no set"),
        pytest.param(rule(purchase_to="2026-01-01T00:00:00Z"), [], id="over"),
        pytest.param(rule(store_ids=["elsewhere"]), [], id="in another store"),
        pytest.param(rule(gross_amount=10**6), [], id="too small a purchase"),
        pytest.param(rule(limitation={"discount_repeat_usage": 0}), [], id="used up from the start"),
        pytest.param(rule(limitation=SHUT), [], id="shut"),
    ],
)
@pytest.mark.parametrize("with_index", [True, False])
def test_what_fails_is_no_candidate_of_the_selection(
    written: Document, lines: list[Document], with_index: bool
) -> None:
    rule_set = compile_rules(read_rules([written]))
    receipt = read_receipt(receipt_document(*lines))
    trace = evaluate(rule_set if with_index else rule_set.without_index(), receipt).trace
    assert trace.qualified == []


def test_rules_share_the_checks_that_are_equal() -> None:
    limitation = {**SHUT, "discount_repeat_usage": 1, "discount_combination": 0, "dynamic_purchase_to_days": 0}
    one, other, third = compile_rules(
        read_rules([rule(rule_id, quantity=2, limitation=limitation) for rule_id in "ab"] + [rule("c", quantity=3)])
    ).rules
    assert one.limitations is other.limitations
    assert one.open_limitations is other.open_limitations
    assert one.lines_checks is other.lines_checks
    assert third.open_limitations == ()
    assert third.open_lines_checks is not one.open_lines_checks
