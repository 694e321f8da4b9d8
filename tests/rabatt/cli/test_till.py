"""A printed receipt says what was bought, what came off, what was earned and what is left to pay."""

from typing import Any

import pytest
from rich.cells import cell_len

from engine.explanation.explain import Explanation
from engine.explanation.outcome import RuleOutcome
from rabatt.cli.till import WIDTH, till_receipt

CARD = RuleOutcome("card", "Coffee card", "stamped", stamp=1)
GIFT = RuleOutcome("gift", None, "used", amount=5000)


def item(**fields: Any) -> dict[str, Any]:
    return {"line_id": 1, "description": "Kopp", "gross_amount": 10000, **fields}


def printed(receipt: dict[str, Any], *outcomes: RuleOutcome) -> list[str]:
    """The printed lines without their padding."""
    document = {"store": {"id": "s1"}, "receipt_id": "r", "currency": "NOK", **receipt}
    lines = till_receipt(document, Explanation(rules=outcomes, lines=()))
    return [" ".join(line.plain.split()) for line in lines]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        pytest.param({}, ["Kopp 100.00"], id="one piece"),
        pytest.param({"quantity": 2}, ["Kopp 2 x 100.00"], id="two pieces"),
        pytest.param({"quantity": 80000, "unit": "stk"}, ["Kopp 80000 stk 100.00"], id="very many pieces"),
        pytest.param({"quantity": 0.5, "unit": "kg"}, ["Kopp 0.5 kg 100.00"], id="a weight"),
        pytest.param({"description_alias": "Krus"}, ["Krus 100.00"], id="the short name comes first"),
        pytest.param({"description": None, "id": "77"}, ["77 100.00"], id="no name: the id"),
        pytest.param({"description": None}, ["(no description) 100.00"], id="no name at all"),
        pytest.param({"gross_amount": None}, ["Kopp"], id="no price"),
        pytest.param({"gross_amount": 10000.0}, ["Kopp 100.00"], id="a whole amount with decimals"),
        pytest.param({"voided": True}, ["Kopp (voided) 100.00"], id="voided"),
        pytest.param({"discount_lines": None, "bonus_lines": None}, ["Kopp 100.00"], id="nulls"),
        pytest.param({"discount_lines": [{"amount": 0}]}, ["Kopp 100.00"], id="a discount of nothing"),
        pytest.param(
            {"discount_lines": [{"amount": 100}]}, ["Kopp 100.00", "Discount -1.00"], id="a nameless discount"
        ),
        pytest.param(
            {"is_return_item": True, "discount_lines": [{"amount": 100}]},
            ["Kopp -100.00", "Discount 1.00"],
            id="what is returned, sent above 0",
        ),
        pytest.param(
            {"is_return_item": True, "gross_amount": -10000, "discount_lines": [{"amount": -100}]},
            ["Kopp -100.00", "Discount 1.00"],
            id="what is returned, sent below 0",
        ),
        pytest.param(
            {"discount_lines": [{"amount": 100, "discount_type": "manual", "percentage": 1}]},
            ["Kopp 100.00", "manual 1 % -1.00"],
            id="a discount with its percent",
        ),
        pytest.param(
            {"discount_lines": [{"amount": 100, "description": "1 % off", "percentage": 1}]},
            ["Kopp 100.00", "1 % off -1.00"],
            id="a discount whose text has the percent",
        ),
        pytest.param(
            {"bonus_lines": [{"bonus": 200, "description": "Bonus"}, {"bonus": 0}]},
            ["Kopp 100.00", "Bonus: bonus 2.00"],
            id="a bonus",
        ),
    ],
)
def test_a_line_shows_its_pieces_price_and_discounts(fields: dict[str, Any], shown: list[str]) -> None:
    lines = printed({"items": [item(**fields)]})
    assert lines[3 : 3 + len(shown)] == shown
    assert lines[3 + len(shown)] == "-" * WIDTH


@pytest.mark.parametrize(
    ("receipt", "totals"),
    [
        pytest.param({"items": []}, ["0.00", "0.00", "0.00"], id="nothing bought"),
        pytest.param({}, ["0.00", "0.00", "0.00"], id="no items"),
        pytest.param({"items": [item()]}, ["100.00", "0.00", "100.00"], id="no totals on the receipt"),
        pytest.param(
            {"items": [item(discount_lines=[{"amount": 1000}]), item(voided=True, discount_lines=[{"amount": 1}])]},
            ["100.00", "-10.00", "90.00"],
            id="voided lines do not count",
        ),
        pytest.param(
            {"items": [item()], "gross_amount": 20000, "net_amount": 15000},
            ["200.00", "-50.00", "150.00"],
            id="totals of the receipt come first",
        ),
        pytest.param(
            {"items": [item(gross_amount=-10000)], "net_amount": -10000}, ["-100.00", "0.00", "-100.00"], id="a return"
        ),
        pytest.param(
            {"items": [item(), item(gross_amount=8000, is_return_item=True, discount_lines=[{"amount": 1000}])]},
            ["20.00", "10.00", "30.00"],
            id="what is returned counts below 0, its discount too",
        ),
        pytest.param(
            {"items": [item(discount_lines=[{"amount": 1000}, {"amount": -200}])], "total_discount": 3000},
            ["100.00", "-30.00", "70.00"],
            id="a discount that no line tells",
        ),
        pytest.param(
            {
                "items": [item(discount_lines=[{"amount": 1000}, {"amount": 500, "discount_id": "x"}])],
                "total_manual_discount_amount": 3000,
            },
            ["100.00", "-35.00", "65.00"],
            id="a discount that was typed in",
        ),
        pytest.param(
            {"items": [item(discount_lines=[{"amount": 1000}])], "total_discount": -500},
            ["100.00", "-10.00", "90.00"],
            id="a total below 0 tells nothing",
        ),
    ],
)
def test_totals_add_up(receipt: dict[str, Any], totals: list[str]) -> None:
    before, discounts, to_pay = printed(receipt)[-3:]
    assert (before, discounts, to_pay) == (
        f"Before discounts {totals[0]}",
        f"Discounts {totals[1]}",
        f"To pay {totals[2]}",
    )


def test_a_bonus_is_no_part_of_what_is_to_pay() -> None:
    assert printed({"items": [item(bonus_lines=[{"bonus": 200}])]})[-2:] == ["To pay 100.00", "Bonus 2.00"]


def test_a_gift_card_pays_and_is_no_discount() -> None:
    ref = {"amount": 5000, "statistics": {"debit_balance": 1000}}
    discount = {"id": "gift", "reward": {"type": "discount_debit"}, "refs": [ref]}
    lines = printed({"items": [item(discount_lines=[{"amount": 5000}])], "discounts": [discount]}, GIFT)
    assert lines[-4:] == [
        "Discounts 0.00",
        "Paid by gift card -50.00",
        "To pay 50.00",
        "gift: 50.00 drawn, 10.00 left on the card",
    ]


def test_a_stamp_card_says_what_is_on_it() -> None:
    ref = {"amount": 0, "stamp": 1, "statistics": {"stamp": 4}}
    discount = {"id": "card", "name": "Coffee card", "reward": {"type": "discount_percent"}, "refs": [ref]}
    receipt = {"items": [item()], "discounts": [discount]}
    assert printed(receipt, CARD)[-1] == "Coffee card: 1 stamp earned, 4 on the card"


def test_discounts_of_other_systems_are_left_alone() -> None:
    booked_by_the_till = {"id": "other", "refs": [{"stamp": 1}]}
    assert printed({"items": [item()], "discounts": [booked_by_the_till]}, CARD)[-1] == "To pay 100.00"


def test_a_near_miss_is_one_sentence_with_amounts_in_the_currency() -> None:
    miss = RuleOutcome("a", "A", "rejected", path="x", near_miss={"missing_gross_amount": 4000, "saves": 500})
    assert printed({"items": [item()]}, miss)[-1] == "Almost: A: buy for 40.00 more to save 5.00."


def test_a_receipt_has_the_three_hints_that_save_most_and_no_code() -> None:
    def missed(rule_id: str, **near_miss: Any) -> RuleOutcome:
        return RuleOutcome(rule_id, None, "rejected", path="x", near_miss=near_miss)

    some = [missed(f"r{saves}", missing_gross_amount=100, saves=saves) for saves in (100, 400, 300, 200)]
    lines = printed({"items": [item()]}, missed("code", discount_code="SECRET", saves=900), *some)
    assert [line.split(":")[1].strip() for line in lines if line.startswith("Almost")] == ["r400", "r300", "r200"]
    assert "SECRET" not in "".join(lines)


def test_a_printed_line_is_no_wider_than_the_paper() -> None:
    wide = item(description="寿司" * 60, quantity=10**9, discount_lines=[{"amount": 1, "description": "Ø" * 200}])
    receipt = {"store": {"id": "s"}, "receipt_id": "r", "items": [wide]}
    lines = till_receipt(receipt, Explanation(rules=(), lines=()))
    assert {cell_len(line.plain) for line in lines if cell_len(line.plain) > WIDTH} == set()
