"""What is laid on units is a value: each award makes a new one, and the old one stays as it was."""

import pytest

from engine.basket.basket import Line
from engine.basket.basket_state import (
    BasketState,
    Given,
    amounts_by_line,
    discounted,
    first_state,
    marked,
    next_phase,
    on_units,
    outside,
    touched,
)
from engine.basket.line_state import LineState, Portion, Segment
from tests.support.engine.given import basket_of, line

BEFORE = BasketState((Line(0, 0, 1, None, (), 6, 58), Line(1, 1, 2, None, (), 1, 5)), carrying=0, any_carrying=False)


def laid(given: Given) -> dict[int, LineState]:
    return on_units(given, amounts_by_line(given), BEFORE)


@pytest.mark.parametrize(
    ("portions", "segments"),
    [
        pytest.param(
            [(1, 3, 2)],
            [(0, 1, 10, 0), (1, 3, 10, 2), (3, 4, 10, 0), (4, 6, 9, 0)],
            id="in the middle of a segment",
        ),
        pytest.param(
            [(0, 1, 3), (1, 4, 2), (4, 6, 1)],
            [(0, 1, 10, 3), (1, 4, 10, 2), (4, 6, 9, 1)],
            id="every unit",
        ),
        pytest.param([(5, 6, 1)], [(0, 4, 10, 0), (4, 5, 9, 0), (5, 6, 9, 1)], id="the last unit"),
    ],
)
def test_portions_cut_the_segments_they_lie_on(portions: list[Portion], segments: list[Segment]) -> None:
    after = discounted(BEFORE, laid({0: portions}), by_item_rule=True)
    assert after.lines[0].segments == segments
    assert after.lines[0].left == BEFORE.lines[0].left - amounts_by_line({0: portions})[0]
    assert after.lines[0].least <= min(price - off for _, _, price, off in segments)
    assert after.lines[1] is BEFORE.lines[1]
    assert (after.carrying, after.any_carrying, after.by_item_rules) == (0b1, True, 0b1)


def test_a_receipt_rule_leaves_no_mark_of_an_item_rule() -> None:
    assert discounted(BEFORE, laid({1: [(0, 1, 1)]}), by_item_rule=False).by_item_rules == 0


def test_a_bonus_marks_lines_and_moves_no_price() -> None:
    after = touched(BEFORE, [1])
    assert (after.lines, after.carrying, after.by_item_rules) == (BEFORE.lines, 0, 0b10)


def test_bonuses_see_the_discounts_but_none_of_the_marks() -> None:
    discounts = discounted(BEFORE, laid({1: [(0, 1, 1)]}), by_item_rule=True)
    phase = next_phase(discounts)
    assert (phase.lines, phase.carrying, phase.by_item_rules) == (discounts.lines, 0b10, 0)


def test_the_first_layout_has_what_the_receipt_brought() -> None:
    state = first_state(basket_of(line(discount_lines=[{"amount": 30}]), line()))
    assert (state.lines[0].segments, state.carrying, state.any_carrying) == (((0, 1, 100, 30),), 0b01, True)


@pytest.mark.parametrize(
    ("ranges", "left"),
    [
        ([], [(0, 4), (4, 6)]),
        ([(0, 4)], [(4, 6)]),
        ([(1, 2), (3, 5)], [(0, 1), (2, 3), (5, 6)]),
        ([(2, 6)], [(0, 2)]),
        ([(0, 6)], []),
    ],
)
def test_units_outside_of_ranges(ranges: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    assert [(start, stop) for start, stop, _, _ in outside(BEFORE.lines[0].segments, ranges)] == left


def test_ranges_are_marked_in_their_order() -> None:
    before = {0: [(4, 5)]}
    assert marked(before, {0: [(0, 2)], 1: [(1, 2)]}) == {0: [(0, 2), (4, 5)], 1: [(1, 2)]}
    assert before == {0: [(4, 5)]}


def test_amounts_are_summed_by_line() -> None:
    given = {0: [(0, 2, 5), (2, 3, 4)], 3: [(0, 1, 1)]}
    assert amounts_by_line(given) == {0: 14, 3: 1}
