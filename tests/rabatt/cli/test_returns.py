"""`rabatt return`: what is paid for goods of one receipt that come back."""

import json
from typing import Any

import pytest

from tests.support.cli.shop import Shop, receipt

THREE = {
    "id": "three",
    "receipt_text": "3 for 2",
    "requirement": {"item": {"items": [{"id": "mug"}], "quantity": 3}},
    "reward": {"type": "discount_item_quantity", "value": 1},
}
POINTS = {"id": "points", "reward": {"type": "discount_percent", "value": 10, "effect": "bonus", "base": "net"}}
CARD = {"id": "card", "name": "Gift card", "reward": {"type": "discount_debit", "value": 1000}}
STAMPS = {
    "id": "stamps",
    "name": "Stamp card",
    "requirement": {"stamp": 9, "item": {"items": [{"id": "tea"}]}},
    "reward": {"type": "discount_item_quantity", "value": 1},
}
GRANTS = [
    {"id": f"g-{rule}", "discount_id": rule, "customer_id": "c"} for rule in ("three", "card", "points", "stamps")
]


def mug(line_id: int, gross: int, **fields: Any) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "id": "mug",
        "description": f"Mug {line_id}",
        "gross_amount": gross,
        "eligible_for_discount": True,
        **fields,
    }


MUGS = [mug(1, 3000), mug(2, 2000), mug(3, 1000)]


@pytest.fixture
def paid(shop: Shop) -> Shop:
    """A shop in which three mugs were bought for the price of two; the result is in `paid.json`."""
    shop.write("rules.json", json.dumps([THREE]))
    bought(shop, receipt(items=MUGS))
    return shop


def bought(shop: Shop, document: dict[str, Any], *arguments: str) -> None:
    """Evaluate a receipt into `paid.json`."""
    done = shop.evaluate(shop.receipts("receipt.jsonl", document), *arguments, "--json")
    assert done.returncode == 0
    shop.write("paid.json", done.stdout)


RETURNED = """\
Koppen
Receipt r-1, 2026-10-16T12:00:00+02:00, NOK
----------------------------------------------------------------
Mug 1                                 1 x                  30.00
----------------------------------------------------------------
To pay back                                                30.00
"""


def test_without_a_policy_what_was_paid_is_paid_back(paid: Shop) -> None:
    done = paid.run("return", "paid.json", "--line", "1=1")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", RETURNED)


@pytest.mark.parametrize(
    ("arguments", "refund", "says"),
    [
        (["--policy", "as_paid"], "30.00", ""),
        (["--policy", "spread"], "25.00", "3 for 2: 5.00 of discount undone\n"),
        (
            ["--policy", "re_evaluate", "--rules", "rules.json"],
            "20.00",
            "3 for 2: 10.00 of discount undone, 1 use undone\n",
        ),
    ],
)
def test_each_policy_pays_its_own(paid: Shop, arguments: list[str], refund: str, says: str) -> None:
    done = paid.run("return", "paid.json", "--line", "1", *arguments)
    assert done.returncode == 0
    _, found, after = done.stdout.partition("To pay back")
    assert found
    assert after.split("\n", 1) == [f"{refund:>53}", says]


def test_the_receipt_with_the_return_in_it_can_be_returned_to(paid: Shop) -> None:
    first = paid.run("return", "paid.json", "--line", "1=1", "--json")
    assert first.returncode == 0
    second = paid.run("return", "-", "--line", "2", "--line", "3=1", "--json", stdin=first.stdout)
    returns = json.loads(second.stdout)["returns"]
    assert [entry["refund_amount"] for entry in returns] == [3000, 2000]
    third = paid.run("return", "-", "--line", "1", stdin=second.stdout)
    assert third.returncode == 2
    assert "--line 1: all of line 1 has come back already" in third.stderr


def test_cards_bonuses_and_stamps_are_told(shop: Shop) -> None:
    shop.write("rules.json", json.dumps([THREE, POINTS, CARD, STAMPS]))
    shop.write("grants.json", json.dumps(GRANTS))
    tea = mug(1, 4000, id="tea", description=None, quantity=2, unit="bags")
    bought(shop, receipt(customer_id="c", items=[tea, mug(2, 1000, voided=True)]), "--grants", "grants.json")
    done = shop.run("return", "paid.json", "--line", "1=1")
    assert done.returncode == 0
    assert done.stdout.split("\n")[3:] == [
        "tea                                   1 bags               20.00",
        "----------------------------------------------------------------",
        "Back on gift cards                                         10.00",
        "To pay back                                                10.00",
        "Gift card: 10.00 put back on the card",
        "points: 2.00 of bonus undone",
        "Stamp card: 1 stamp undone",
        "",
    ]


def test_what_a_card_paid_is_paid_out_where_nobody_can_use_it(shop: Shop) -> None:
    shop.write("rules.json", json.dumps([CARD]))
    shop.write("grants.json", json.dumps(GRANTS[1:2]))
    bought(shop, receipt(customer_id="c", items=[mug(1, 4000)]), "--grants", "grants.json")
    done = shop.run("return", "paid.json", "--line", "1", "--pay-out", "g-card")
    assert done.stdout.split("\n")[5:] == [
        "To pay back                                                40.00",
        "",
    ]
    done = shop.run("return", "paid.json", "--line", "1", "--pay-out", "g-card", "--pay-out", "another", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert [fault["path"] for fault in json.loads(done.stderr)["faults"]] == ["--pay-out"]
    assert "the receipt used no grant 'another'" in done.stderr


def test_what_stays_may_use_another_rule(shop: Shop) -> None:
    large = {"id": "large", "requirement": {"gross_amount": 5000}, "reward": {"type": "discount_amount", "value": 1500}}
    alone = {
        "id": "alone",
        "reward": {"type": "discount_percent", "value": 20},
        "limitation": {"discount_combination": 0},
    }
    shop.write("rules.json", json.dumps([large, alone]))
    bought(shop, receipt(items=[{"gross_amount": 3000, "eligible_for_discount": True}, *MUGS[1:2]]))
    done = shop.run("return", "paid.json", "--line", "1", "--policy", "re_evaluate", "--rules", "rules.json")
    assert done.stdout.split("\n")[3:] == [
        "Line 1                                1 x                  19.00",
        "----------------------------------------------------------------",
        "To pay back                                                19.00",
        "alone: 4.00 of discount added, 1 use added",
        "large: 15.00 of discount undone, 1 use undone",
        "",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--line", "9"], "--line 9: the receipt has no line 9"),
        (["--line", "1", "--line", "2=2"], "--line 2=2: 1 of line 2 can come back; here is 2"),
        (["--line", "1=0"], "--line 1=0: one piece at least"),
        (["--line", "1=0.5"], "--line 1=0.5: line 1 has whole pieces"),
        (["--line", "first"], "--line: 'first' is no line"),
        (["--line", "1="], "--line: '1=' is no line"),
        (["--line", "1=1e999"], "--line: NaN and infinity are no numbers"),
        (["--line", "1", "--policy", "re_evaluate"], "--policy: what is kept is re-evaluated"),
        (["--line", "1", "--grants", "rules.json"], "rules.json: refused\n  grants say nothing without the rules"),
        (["--line", "1", "--rules", "none.json"], "none.json: refused"),
    ],
)
def test_a_call_that_asks_for_what_cannot_be_ends_with_2(paid: Shop, arguments: list[str], says: str) -> None:
    done = paid.run("return", "paid.json", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_receipt_that_is_not_there_ends_with_2(shop: Shop) -> None:
    done = shop.run("return", "none.json", "--line", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "none.json: refused\n  there is no such file" in done.stderr


@pytest.mark.parametrize(("count", "says"), [(0, "there is no receipt in it"), (2, "there is more than one receipt")])
def test_goods_come_back_of_one_receipt_at_a_time(shop: Shop, count: int, says: str) -> None:
    done = shop.run("return", shop.receipts("many.jsonl", *[receipt()] * count), "--line", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_receipt_that_cannot_be_used_ends_with_1(shop: Shop) -> None:
    document = receipt(returns=[{"items": [{"line_id": 7, "quantity": 1}]}])
    done = shop.run("return", shop.receipts("r.jsonl", document), "--line", "1", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    refusal = json.loads(done.stderr)
    assert (refusal["receipt_id"], refusal["line"]) == ("r-1", 1)
    assert refusal["faults"][0]["path"] == "returns[0].items[0].line_id"
