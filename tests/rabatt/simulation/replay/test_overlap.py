"""What rules took from each other on one receipt, and that nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabatt.simulation.replay.overlap import Loss, losses
from rabatt.simulation.replay.receipt_figures import ReceiptFigures, RuleFigures


def outcome(*by_rule: tuple[str, int, int]) -> ReceiptFigures:
    """What rules gave: their ids, discount and bonus; each was used."""
    made = tuple(RuleFigures(rule_id, 1, discount, bonus, 0, 0) for rule_id, discount, bonus in by_rule)
    return ReceiptFigures(made, sum(one.discount for one in made), sum(one.bonus for one in made))


@pytest.mark.parametrize(
    ("baseline", "scenario", "expected"),
    [
        pytest.param(
            outcome(("old", 100, 0)), outcome(("new", 150, 0)), [Loss("old", "new", 1, 100, 0)], id="one for another"
        ),
        pytest.param(
            outcome(("old", 100, 0)),
            outcome(("a", 10, 0), ("b", 20, 0)),
            [Loss("old", "a", 0, 33, 0), Loss("old", "b", 1, 67, 0)],
            id="laid over those that gain, the use to the one that gains most",
        ),
        pytest.param(outcome(("old", 100, 0)), outcome(), [Loss("old", None, 1, 100, 0)], id="to none on this receipt"),
        pytest.param(
            outcome(("old", 100, 0)),
            outcome(("new", 10, 0), ("old", 60, 0)),
            [Loss("old", "new", 0, 40, 0)],
            id="less, and still used",
        ),
        pytest.param(
            outcome(("points", 0, 30)), outcome(("new", 10, 0)), [Loss("points", "new", 1, 0, 30)], id="a bonus"
        ),
        pytest.param(outcome(("old", 100, 0)), outcome(("new", 9, 0), ("old", 100, 0)), [], id="nothing lost"),
        pytest.param(
            outcome(("a", 10, 0)),
            outcome(("b", 5, 0), ("c", 5, 0)),
            [Loss("a", "b", 1, 5, 0), Loss("a", "c", 0, 5, 0)],
            id="a tie of uses goes to the lower id",
        ),
    ],
)
def test_what_was_taken(baseline: ReceiptFigures, scenario: ReceiptFigures, expected: list[Loss]) -> None:
    assert list(losses(baseline, scenario)) == expected


def test_one_outcome_for_both_worlds_takes_nothing() -> None:
    both = outcome(("old", 100, 0))
    assert list(losses(both, both)) == []


amounts = st.integers(0, 1_000)
outcomes = st.dictionaries(st.sampled_from("abcde"), st.tuples(amounts, amounts)).map(
    lambda given: outcome(*((rule_id, *given[rule_id]) for rule_id in sorted(given)))
)


@given(outcomes, outcomes)
def test_all_that_rules_lose_is_accounted_for(baseline: ReceiptFigures, scenario: ReceiptFigures) -> None:
    before = {one.rule_id: one for one in baseline.by_rule}
    after = {one.rule_id: one for one in scenario.by_rule}
    lost = list(losses(baseline, scenario))
    for rule_id, was in before.items():
        now = after.get(rule_id, RuleFigures(rule_id, 0, 0, 0, 0, 0))
        mine = [one for one in lost if one.lost_by == rule_id]
        assert sum(one.discount for one in mine) == max(was.discount - now.discount, 0)
        assert sum(one.bonus for one in mine) == max(was.bonus - now.bonus, 0)
        assert sum(one.uses for one in mine) == max(was.uses - now.uses, 0)
    assert all(one.gained_by != one.lost_by and min(one.uses, one.discount, one.bonus) >= 0 for one in lost)
