"""One rule that forms sets gets the best ones whatever the quantities, since no other wants its units."""

import pytest

from tests.support.engine.given import Document, evaluated, line, mix, receipt_document, rule

VALUES: Document = {"values": [{"items": [{"id": "a"}], "value": 10}]}
APART = [mix("a", "b", quantity=2), mix("c", "d")]
MEETING = [mix("a", "b", "c", quantity=2), mix("b", "c", "d")]

RULES = [
    pytest.param(rule("r", "amount", 14, "*", quantity=2), id="an amount that some sets do not cost"),
    pytest.param(rule("r", "amount", 21, mixes=APART), id="an amount off a mix that some sets do not cost"),
    pytest.param(rule("r", "item_quantity", 1, "*", quantity=3), id="the cheapest of three free"),
    pytest.param(rule("r", "item_quantity", 1, mixes=APART), id="the cheapest of a mix free"),
    pytest.param(rule("r", "item_percent", 50, "*", quantity=3, reward=VALUES), id="percents by item"),
    pytest.param(rule("r", "item_quantity", 1, mixes=[mix("a", "b"), mix("a", "b")]), id="two mixes of one kind"),
    pytest.param(rule("r", "mix_new_price", 15, mixes=MEETING), id="a price for a mix, with mixes that meet"),
    pytest.param(rule("r", "item_new_price", 5, mixes=MEETING), id="a price for each, with mixes that meet"),
]


def lines(pieces: int) -> list[Document]:
    return [line(item, price * pieces, pieces) for item, price in zip("abcd", (9, 8, 7, 6), strict=True)]


@pytest.mark.parametrize("pieces", [12, 64, 80_000])
@pytest.mark.parametrize("written", RULES)
def test_many_pieces_are_searched_exactly_and_get_as_much_for_each(written: Document, pieces: int) -> None:
    few = evaluated([written], receipt_document(*lines(4))).used[0].amount
    evaluation = evaluated([written], receipt_document(*lines(pieces)))
    assert evaluation.optimal
    assert evaluation.used[0].amount >= few * (pieces // 4)


# Where units fit several mixes and a set's worth hangs on how they are combined, the search may run out of steps.
ENTANGLED = [
    pytest.param(rule("r", "amount", 21, mixes=MEETING), id="an amount that some sets do not cost"),
    pytest.param(rule("r", "item_quantity", 1, mixes=MEETING), id="the cheapest free"),
    pytest.param(rule("r", "item_percent", 50, mixes=APART, reward=VALUES), id="percents by item in a mix"),
]


@pytest.mark.parametrize("written", ENTANGLED)
def test_entangled_mixes_of_many_pieces_still_give_nearly_as_much_for_each(written: Document) -> None:
    few = evaluated([written], receipt_document(*lines(4))).used[0].amount
    evaluation = evaluated([written], receipt_document(*lines(80_000)))
    assert evaluation.used[0].amount >= few * 20_000 * 9 // 10
