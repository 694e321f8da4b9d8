"""`rabatt evaluate`: receipts with their discounts, for programs and for people."""

import json

import pytest

from tests.support.cli.shop import RULES, Shop, receipt

REFUSED = {"receipt_id": "bad", "store": {"id": "s1"}, "purchase_at": "2026-10-16T12:00:00+02:00", "gross_amount": 1.5}

TILL_RECEIPT = """\
Koppen
Receipt r-1, 2026-10-16T12:00:00+02:00, NOK
----------------------------------------------------------------
Kopp                                                      100.00
  Kopper -10 %                                            -10.00
----------------------------------------------------------------
Before discounts                                          100.00
Discounts                                                 -10.00
To pay                                                     90.00
Almost: """


def net_amounts(lines: str) -> list[int]:
    return [json.loads(line)["net_amount"] for line in lines.splitlines()]


def test_json_is_the_result_receipt_on_one_line_and_nothing_else(shop: Shop) -> None:
    done = shop.evaluate(shop.receipts("r.json", receipt()), "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert (result["net_amount"], result["total_discount"]) == (9000, 1000)
    assert result["items"][0]["discount_lines"] == [
        {
            "amount": 1000,
            "percentage": 10,
            "discount_id": "a-tenth-off",
            "discount_type": "periodic",
            "description": "Kopper -10 %",
            "line_id": 1,
        }
    ]


def test_text_is_a_till_receipt_with_each_near_miss_in_a_sentence(shop: Shop) -> None:
    done = shop.evaluate(shop.receipts("r.json", receipt()))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(TILL_RECEIPT)
    assert done.stdout.count("Almost: ") == 1


@pytest.mark.parametrize("name", ["r.jsonl", "-"])
def test_every_receipt_of_a_batch_is_answered_in_order(shop: Shop, name: str) -> None:
    ids = [str(number) for number in range(20)]
    lines = "".join(json.dumps(receipt(receipt_id=each)) + "\n" for each in ids)
    done = shop.evaluate(name if name == "-" else shop.write(name, lines), "--json", stdin=lines)
    assert done.returncode == 0
    assert [json.loads(line)["receipt_id"] for line in done.stdout.splitlines()] == [
        str(number) for number in range(20)
    ]


def test_a_list_is_a_batch_like_lines_are(shop: Shop) -> None:
    batch = [receipt(receipt_id="1"), receipt(receipt_id="2", note="ukjent felt")]
    as_list = shop.evaluate(shop.write("r.json", json.dumps(batch)), "--json")
    as_lines = shop.evaluate(shop.receipts("r.jsonl", *batch), "--json")
    alone = shop.evaluate("-", "--json", stdin=json.dumps(batch[1], indent=2))
    assert as_list.stdout == as_lines.stdout
    assert as_list.stdout.splitlines()[1] == alone.stdout.strip()
    assert json.loads(alone.stdout)["note"] == "ukjent felt"


def test_an_empty_batch_is_no_mistake(shop: Shop) -> None:
    for name in (shop.write("r.json", "[]"), shop.write("r.jsonl", "")):
        done = shop.evaluate(name, "--json")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_refused_receipt_does_not_stop_the_batch(shop: Shop) -> None:
    done = shop.evaluate(shop.receipts("r.jsonl", receipt(), REFUSED, receipt()), "--json")
    assert (done.returncode, net_amounts(done.stdout)) == (1, [9000, 9000])
    refusal = json.loads(done.stderr)
    assert {**refusal, "faults": None} == {
        "file": "r.jsonl",
        "position": 2,
        "line": 2,
        "receipt_id": "bad",
        "faults": None,
    }
    assert [fault["path"] for fault in refusal["faults"]] == ["gross_amount"]


def test_a_refused_receipt_is_named_in_a_sentence_with_its_faults(shop: Shop) -> None:
    done = shop.evaluate(shop.write("r.json", json.dumps([receipt(), REFUSED])))
    heading, *faults = done.stderr.splitlines()
    assert done.returncode == 1
    assert heading == "r.json, receipt 2, receipt_id bad: refused"
    assert [fault.split(":")[0] for fault in faults] == ["  gross_amount"]


def test_a_receipt_that_only_the_engine_refuses_is_named_too(shop: Shop) -> None:
    crowd = receipt(items=[{"id": "mug", "gross_amount": 10000, "quantity": 10**9, "eligible_for_discount": True}])
    done = shop.evaluate(shop.receipts("r.jsonl", crowd, receipt()), "--json")
    assert (done.returncode, net_amounts(done.stdout)) == (1, [9000])
    assert json.loads(done.stderr)["receipt_id"] == "r-1"


@pytest.mark.parametrize(
    ("arguments", "discount"),
    [
        pytest.param([], 33, id="half up by line, unless said otherwise"),
        pytest.param(["--rounding-mode", "HalfDown"], 32, id="half down"),
        pytest.param(["--rounding-mode", "HalfEven"], 32, id="half even"),
        pytest.param(["--rounding-mode", "Down"], 32, id="down"),
        pytest.param(["--rounding-rule", "PerItem"], 33, id="each piece"),
        pytest.param(["--rounding-rule", "Total"], 33, id="the whole"),
    ],
)
def test_rounding_is_chosen_by_option(shop: Shop, arguments: list[str], discount: int) -> None:
    odd = receipt(items=[{"id": "mug", "gross_amount": 325, "eligible_for_discount": True}])
    done = shop.evaluate(shop.receipts("r.json", odd), "--json", *arguments)
    assert json.loads(done.stdout)["total_discount"] == discount


def test_grants_decide_who_gets_what(shop: Shop) -> None:
    grants = [{"id": "g1", "discount_id": "a-tenth-off", "customer_id": "ingrid"}]
    receipts = shop.receipts("r.jsonl", receipt(customer_id="ingrid"), receipt(net_amount=10000, customer_id="ola"))
    done = shop.evaluate(receipts, "--json", "--grants", shop.write("grants.json", json.dumps(grants)))
    assert (done.returncode, net_amounts(done.stdout)) == (0, [9000, 10000])


def test_a_receipt_in_yen_is_printed_without_decimals(shop: Shop) -> None:
    done = shop.evaluate(shop.receipts("r.json", receipt(currency="JPY")))
    assert "To pay                                                      9000" in done.stdout


def test_names_from_documents_are_printed_and_do_nothing(shop: Shop) -> None:
    rules = shop.write("hostile.json", json.dumps([{**RULES[0], "receipt_text": "[red]x[/red]\x1b[2J\n:smile:"}]))
    hostile = receipt(store={"id": "s1", "name": "[link=x]\x1b]0;y\x07"}, receipt_id="\x1b[31mr")
    done = shop.run("evaluate", shop.receipts("r.json", hostile), "--rules", rules)
    assert done.returncode == 0
    assert "[red]x[/red]?[2J :smile:" in done.stdout
    assert not {"\x1b", "\x07"} & set(done.stdout)


def test_text_for_a_terminal_without_utf_8_has_question_marks(shop: Shop) -> None:
    receipts = shop.receipts("r.json", receipt(store={"id": "s1", "name": "Grønt"}))
    done = shop.evaluate(receipts, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Gr?nt")


def test_json_for_a_terminal_without_utf_8_loses_nothing(shop: Shop) -> None:
    receipts = shop.receipts("r.json", receipt(store={"id": "s1", "name": "Grønt"}))
    done = shop.evaluate(receipts, "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert json.loads(done.stdout)["store"]["name"] == "Grønt"
