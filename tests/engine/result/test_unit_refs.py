"""A ref remembers which units a discount came from, where its lines don't tell."""

import pytest

from tests.support.engine.given import Document, evaluated, grant, line, mix, receipt_document, rule


def units(rules: list[Document], *lines: Document, grants: list[Document] | None = None) -> Document:
    """Return the units of each booked rule's ref."""
    result = evaluated(rules, receipt_document(*lines, customer_id="c"), grants).receipt
    return {booked["id"]: booked["refs"][0].get("units") for booked in result.get("discounts", ())}


def run(line_id: int, first: int, last: int, **more: int) -> Document:
    """Return the entry of a run."""
    return {"line_id": line_id, "from": first, "to": last, **more}


THREE = rule("r", "item_quantity", 1, "a", "b", "c", quantity=3)


def test_the_paid_units_of_a_set_are_remembered() -> None:
    assert units([THREE], line("a", 30), line("b", 20), line("c", 10)) == {
        "r": [run(1, 1, 1), run(2, 1, 1), run(3, 1, 1, amount=10)]
    }


def test_units_of_a_line_are_runs_from_one_with_what_each_was_given() -> None:
    assert units([THREE], line("a", 210, 7)) == {"r": [run(1, 1, 2, amount=30), run(1, 3, 6)]}


def test_what_every_unit_of_its_lines_was_given_needs_no_remembering() -> None:
    meal = rule("r", "mix_new_price", 40, mixes=[mix("a"), mix("b")])
    assert units([meal], line("a", 30), line("b", 20)) == {"r": None}
    assert units([meal], line("a", 60, 2), line("b", 20)) == {"r": [run(1, 1, 1, amount=6), run(2, 1, 1, amount=4)]}


@pytest.mark.parametrize("kind", [rule("r", "percent", 10, "a"), rule("r", "percent", 10), rule("r", "amount", 9)])
def test_rules_for_all_units_remember_none(kind: Document) -> None:
    assert units([kind], line("a", 90, 3)) == {"r": None}


def test_a_limited_number_of_rewards_is_remembered() -> None:
    limited = rule("r", "percent", 50, "a", "b", limitation={"discount_reward_usage": 2})
    assert units([limited], line("a", 30, 3), line("b", 20)) == {"r": [run(1, 1, 1, amount=5), run(2, 1, 1, amount=10)]}
    assert units([limited], line("a", 10), line("b", 20)) == {"r": None}


def test_neighbours_that_were_given_alike_are_one_run() -> None:
    limited = rule("r", "amount", 5, "a", limitation={"discount_reward_usage": 2})
    assert units([limited], line("a", 100, 3)) == {"r": [run(1, 1, 2, amount=5)]}


def test_a_bonus_is_remembered_as_one() -> None:
    points = rule("r", "item_quantity", 1, "a", quantity=2, reward={"effect": "bonus"})
    assert units([points], line("a", 60, 2)) == {"r": [run(1, 1, 1, bonus=30), run(1, 2, 2)]}


def test_a_card_remembers_who_earned_a_stamp_and_what_the_stamps_paid_for() -> None:
    card = rule("r", "item_quantity", 1, "a", stamp=2)
    held = [grant(statistics={"stamp": 2})]
    assert units([card], line("a", 90, 3), line("b", 5), line("a", 30), grants=held) == {
        "r": [run(1, 1, 2, amount=30), run(1, 3, 3, stamp=1), run(3, 1, 1, stamp=1)]
    }
    assert units([card], line("a", 90, 3)) == {"r": [run(1, 1, 1, amount=30), run(1, 2, 3, stamp=1)]}
    assert units([rule("r", "item_quantity", 1, "a", stamp=9)], line("a", 90, 3)) == {"r": [run(1, 1, 3, stamp=1)]}


def test_a_card_of_receipts_remembers_none() -> None:
    assert units([rule("r", "percent", 10, stamp=3)], line("a", 90, 3)) == {"r": None}
