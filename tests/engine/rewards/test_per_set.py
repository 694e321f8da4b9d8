"""Rewards of sets: what is free, what it costs together, and how one sum is laid over all sets of a rule."""

import pytest

from tests.support.engine.given import (
    Document,
    amounts,
    amounts_by_line,
    evaluated,
    line,
    mix,
    receipt_document,
    rule,
)

BONUS = {"effect": "bonus"}


@pytest.mark.parametrize(
    ("written", "lines", "given"),
    [
        pytest.param(
            rule("r", "item_quantity", 1, "*", quantity=3),
            [line("a", 300, 3), line("b", 80), line("c", 70), line("d", 60), line("e", 10)],
            [100, 0, 0, 60, 0],
            id="the cheapest of each three dearest",
        ),
        pytest.param(
            rule("r", "item_quantity", 2, "*", quantity=3), [line("a", 100, 3)], [66], id="two of three: the cheapest"
        ),
        pytest.param(rule("r", "item_quantity", 3, "*", quantity=3), [line("a", 100, 4)], [75], id="all of three"),
        pytest.param(rule("r", "item_quantity", 0, "*", quantity=3), [line("a", 100, 3)], [0], id="none"),
        pytest.param(
            rule("r", "item_percent", 50, "*", quantity=2), [line("a", 99), line("b", 51)], [0, 26], id="half of one"
        ),
        pytest.param(rule("r", "item_percent", 50, "*"), [line("a", 99), line("b", 51)], [50, 26], id="sets of one"),
        pytest.param(
            rule("r", "item_percent", 50, "*", quantity=2, reward={"values": [{"items": [{"id": "b"}], "value": 100}]}),
            [line("a", 99), line("b", 51)],
            [0, 51],
            id="the percent of the cheapest unit",
        ),
        pytest.param(
            rule("r", "amount", 100, "*", quantity=2), [line("a", 300, 5)], [200], id="an amount for each two"
        ),
        pytest.param(
            rule("r", "amount", 100, "*", quantity=2, limitation={"discount_reward_usage": 1}),
            [line("a", 300, 5)],
            [100],
            id="one set only",
        ),
        pytest.param(
            rule("r", "amount", 100, "*", quantity=2), [line("a", 30), line("b", 40)], [30, 40], id="at most the set"
        ),
        pytest.param(
            rule("r", "amount", 100, mixes=[mix("a", "b"), mix("c")]),
            [line("a", 20), line("b", 90), line("c", 30), line("c", 5)],
            [20, 90, 30, 5],
            id="paired so that the prices of sets limit the amount least",
        ),
        pytest.param(
            rule("r", "mix_new_price", 100, mixes=[mix("a"), mix("b")]),
            [line("a", 90), line("b", 60)],
            [30, 20],
            id="both for 100, in proportion",
        ),
        pytest.param(
            rule("r", "mix_new_price", 200, mixes=[mix("a"), mix("b")]),
            [line("a", 90), line("b", 60)],
            [0, 0],
            id="dearer",
        ),
        pytest.param(
            rule("r", "mix_new_price", 50, mixes=[mix("a"), mix("b", reward_eligible=False)]),
            [line("a", 90), line("b", 60)],
            [40, 0],
            id="only rewarded units are in the price",
        ),
        pytest.param(
            rule("r", "percent", 10, mixes=[mix("a"), mix("b", reward_eligible=False)]),
            [line("a", 90), line("b", 60)],
            [9, 0],
            id="a percent of rewarded units",
        ),
        pytest.param(
            rule("r", "item_new_price", 50, mixes=[mix("a"), mix("b")]),
            [line("a", 90), line("b", 60)],
            [40, 10],
            id="a price for each unit of the mix",
        ),
        pytest.param(
            rule("r", "item_quantity", 1, mixes=[mix("a", quantity=2), mix("b")]),
            [line("a", 90, 2), line("b", 60)],
            [45, 0],
            id="free in a mix: the cheapest unit",
        ),
        pytest.param(
            rule("r", "amount", 5, mixes=[mix("a", reward_eligible=False)]), [line("a", 90)], [0], id="none is rewarded"
        ),
    ],
)
def test_sets_are_rewarded(written: Document, lines: list[Document], given: list[int]) -> None:
    assert amounts_by_line(evaluated([written], receipt_document(*lines))) == given


def test_money_of_all_sets_is_one_sum() -> None:
    two_for = rule("r", "mix_new_price", 100, mixes=[mix("a"), mix("b")])
    evaluation = evaluated([two_for], receipt_document(line("a", 180, 2), line("b", 61), line("b", 60)))
    # 180 + 61 + 60 come down to 200: 101 laid in proportion.
    assert amounts_by_line(evaluation) == [60, 21, 20]
    assert evaluation.used[0].sets == 2


@pytest.mark.parametrize(
    ("written", "given"),
    [
        pytest.param(rule("r", "item_quantity", 1, "*", quantity=2, reward=BONUS), 40, id="free books the base"),
        pytest.param(rule("r", "amount", 500, "*", quantity=2, reward=BONUS), 500, id="money for each set"),
        pytest.param(rule("r", "item_percent", 200, "*", quantity=2, reward=BONUS), 80, id="any percent"),
        pytest.param(rule("r", "mix_new_price", 90, mixes=[mix("a"), mix("b")], reward=BONUS), 50, id="a mix price"),
        pytest.param(
            rule("r", "amount", 9, mixes=[mix("a"), mix("b", reward_eligible=False)], reward=BONUS), 9, id="of a mix"
        ),
    ],
)
def test_bonus_sets_are_booked_as_bonus(written: Document, given: int) -> None:
    evaluation = evaluated([written], receipt_document(line("a", 100), line("b", 40)))
    assert amounts(evaluation) == {"r": given}
    assert evaluation.receipt["total_bonus"] == given


def test_a_bonus_of_money_lies_over_prices_where_nothing_remains() -> None:
    free = rule("free", "percent", 100)
    bonus = rule("r", "amount", 14, "*", quantity=2, reward=BONUS)
    evaluation = evaluated([free, bonus], receipt_document(line("a", 100), line("b", 40)))
    assert [line["bonus_lines"][0]["bonus"] for line in evaluation.receipt["items"]] == [10, 4]


def test_the_units_of_sets_are_known() -> None:
    evaluation = evaluated(
        [rule("r", "item_quantity", 1, "*", quantity=3)], receipt_document(line("a", 400, 4), line("b", 50))
    )
    [use] = evaluation.used
    assert (use.sets, use.used_units, use.rewarded_units) == (1, {1: ((0, 3),)}, {1: ((0, 1),)})


@pytest.mark.parametrize("pieces", [3, 80_000])
def test_a_line_of_many_pieces_costs_what_three_do(pieces: int) -> None:
    rules = [rule("r", "item_quantity", 1, "*", quantity=3), rule("p", "percent", 10, "*")]
    few = evaluated(rules, receipt_document(line("a", 300, 3)))
    many = evaluated(rules, receipt_document(line("a", 100 * pieces, pieces)))
    assert many.steps == few.steps
    assert many.used[1].sets == pieces // 3
