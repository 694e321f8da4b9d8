"""Goods of an archive that are returned: worked examples, which purchase and lines are meant, and what is not tied."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import Settings
from rabatt.simulation import Options, compare, replay_rules
from rabatt.simulation.archive import open_archive, purchases_named_in
from rabatt.simulation.archive.facts import ReadPlan
from rules import read_grants, read_rules
from rules.values import LARGEST
from tests.support.places import ROOT
from tests.support.simulation.archives import write_lines
from tests.support.simulation.goods_back import TEN_OFF_ONCE, back, bought, line, simulated
from tests.support.simulation.plain_replay import Document

PAGE = (ROOT / "docs" / "simulation.md").read_text()
[BLOCK] = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PURCHASE, RETURN = (json.loads(line) for line in BLOCK.splitlines())
THREE_FOR_TWO: Document = {
    "id": "three-for-two",
    "requirement": {"item": {"items": [{"group_id": "toys"}], "quantity": 3}},
    "reward": {"type": "discount_item_quantity", "value": 1},
}


@pytest.mark.parametrize(
    ("policy", "paid", "undone"), [("as_paid", 3000, 0), ("spread", 2500, 500), ("re_evaluate", 2000, 1000)]
)
def test_the_bear_of_the_page_comes_back(policy: str, paid: int, undone: int, tmp_path: Path) -> None:
    simulation = simulated([RETURN, PURCHASE], tmp_path, THREE_FOR_TWO, policy=policy)
    [told] = simulation.summary["returns"]
    assert (told["policy"], told["lines"], told["settled"]) == (policy, 1, 1)
    assert [told[world]["amount"] for world in ("baseline", "scenario", "difference")] == [3000, paid, paid - 3000]
    assert [told[world]["taken_back"]["discount"] for world in ("baseline", "scenario")] == [0, undone]
    assert [row["scenario_discount"] for row in simulation.tables["returns"].to_pylist()] == [undone] * bool(undone)
    # What was bought is told as if nothing had been returned.
    [total] = simulation.summary["totals"]
    assert (total["baseline"]["discount"], total["scenario"]["discount"]) == (0, 1000)


class Case(NamedTuple):
    """Receipts, what is paid for what is returned, and lines by what became of them."""

    receipts: list[Document]
    paid: int
    settled: int = 1
    no_receipt_named: int = 0
    receipt_not_found: int = 0
    not_returnable: int = 0


TEA = bought(line("tea", 100), line("jam", 70), line("tea", 30, quantity=3))
WEIGHED = bought(line("nuts", 50, quantity=0.5), line("nuts", 90, quantity=0.9))
NO_NAME = Case([TEA, bought(back(named=None), number="2", day=2)], 0, settled=0, no_receipt_named=1)
CASES = [
    pytest.param(Case([TEA, bought(back(), number="2", day=2)], 10), id="of lines with that item the last goes first"),
    pytest.param(
        Case([TEA, bought(back(quantity=-4), number="2", day=2)], 130), id="as far as anything is left, then the next"
    ),
    pytest.param(
        Case([TEA, bought(back(quantity=2), number="2", day=2), bought(back(quantity=-2), number="3", day=3)], 130, 2),
        id="later returns see earlier ones",
    ),
    pytest.param(
        Case([TEA, bought(back("cup", returned_line_id=2), number="2", day=2)], 70), id="a line that is named is meant"
    ),
    pytest.param(
        Case([TEA, bought(back(quantity=3), back(returned_line_id=3), number="2", day=2)], 130, 2),
        id="a line that is named goes first",
    ),
    pytest.param(
        Case([TEA, bought(back(quantity=5), number="2", day=2)], 0, 0, not_returnable=1), id="more than was bought"
    ),
    pytest.param(
        Case(
            [bought(line("tea", 100)), bought(back(), number="2", day=2), bought(back(), number="3", day=3)],
            100,
            not_returnable=1,
        ),
        id="more than is left, when all has come back",
    ),
    pytest.param(
        Case([TEA, bought(back(), back("cup"), number="2", day=2)], 0, 0, not_returnable=2),
        id="what one receipt returns of another is settled whole or not",
    ),
    pytest.param(
        Case([TEA, bought(back(None), number="2", day=2)], 0, 0, not_returnable=1), id="no item and no line is named"
    ),
    pytest.param(
        Case([TEA, bought(back(returned_line_id="one"), number="2", day=2)], 0, 0, not_returnable=1),
        id="what is named is no line",
    ),
    pytest.param(
        Case([TEA, bought(back(returned_line_id=9), number="2", day=2)], 0, 0, not_returnable=1), id="no such line"
    ),
    pytest.param(Case([TEA, bought(back(quantity=0), number="2", day=2)], 0, 0, not_returnable=1), id="nothing of it"),
    pytest.param(
        Case([WEIGHED, bought(back("nuts", quantity=-0.5), number="2", day=2)], 50), id="what was weighed is found"
    ),
    pytest.param(
        Case([WEIGHED, bought(back("nuts", quantity=-0.4), number="2", day=2)], 0, 0, not_returnable=1),
        id="but not a part of it",
    ),
    pytest.param(
        Case([WEIGHED, bought(back("nuts", quantity=0.4, returned_line_id=1), number="2", day=2)], 0, 0, 0, 0, 1),
        id="by its line neither",
    ),
    pytest.param(NO_NAME, id="no receipt is named"),
    pytest.param(NO_NAME._replace(receipts=[TEA, bought(back(named=""), number="2", day=2)]), id="none by no text"),
    pytest.param(NO_NAME._replace(receipts=[TEA, bought(back(named=1), number="2", day=2)]), id="none by a number"),
    pytest.param(
        Case([TEA, bought(back(voided=True), number="2", day=2)], 0, 0), id="a line that was voided is no return"
    ),
    pytest.param(
        Case([TEA, bought(back(is_return_item=False), number="2", day=2)], 0, 0), id="nor is one that does not say so"
    ),
    pytest.param(
        Case([TEA, bought(back(named="7"), number="2", day=2)], 0, 0, receipt_not_found=1), id="no such receipt"
    ),
    pytest.param(
        Case([TEA, bought(back(), number="2", day=2, customer_id="d")], 0, 0, receipt_not_found=1),
        id="another customer's",
    ),
    pytest.param(
        Case([TEA, bought(back(), number="2", day=2, customer_id=None)], 0, 0, receipt_not_found=1),
        id="a customer's by nobody",
    ),
    pytest.param(
        Case([TEA | {"customer_id": None}, bought(back(), number="2", day=2, customer_id=None)], 10),
        id="nobody's by nobody",
    ),
    pytest.param(
        Case([TEA | {"customer_id": "*"}, bought(back(), number="2", day=2, customer_id="")], 10),
        id="what names nobody is nobody",
    ),
    pytest.param(
        Case([TEA, bought(back(), number="2", day=2, currency="SEK")], 0, 0, not_returnable=1), id="another currency"
    ),
    pytest.param(
        Case([bought(line("tea", 100), day=3), bought(back(), number="2", day=2)], 0, 0, receipt_not_found=1),
        id="a purchase that was made later",
    ),
    pytest.param(Case([TEA, bought(back(), number="0")], 10), id="at one instant the purchase is first"),
    pytest.param(Case([bought(line("tea", 100), back())], 100), id="so a receipt can name itself"),
    pytest.param(
        Case(
            [
                bought(line("tea", 100), store={"id": "s"}),
                bought(line("tea", 90), store={"id": "t"}, day=2),
                bought(back(), number="2", day=3),
            ],
            100,
        ),
        id="of several purchases that of the store",
    ),
    pytest.param(
        Case(
            [
                bought(line("tea", 100), store={"id": "t"}),
                bought(line("tea", 90), store={"id": "u"}, day=2),
                bought(back(), number="2", day=3),
            ],
            90,
        ),
        id="else the latest",
    ),
    pytest.param(
        Case([bought(line("tea", 100)), bought(line("tea", 90), day=2), bought(back(), number="2", day=3)], 90),
        id="and in the store the latest too",
    ),
    pytest.param(
        Case(
            [
                bought(line("tea", 100), store={"id": "t"}),
                bought(line("tea", 90), store={"id": "u"}, day=2),
                bought(line("tea", 80), store={"id": "t"}, day=3),
                bought(back(), number="2", day=4),
            ],
            80,
        ),
        id="else the latest, of a store that sold under that id before too",
    ),
    pytest.param(
        Case([TEA, bought(line("cup", 50), number="9"), bought(back(), back("cup", "9"), number="2", day=2)], 60, 2),
        id="one receipt may return of two",
    ),
    pytest.param(
        Case([TEA | {"returns": [{"items": [{"line_id": 3, "quantity": 3}]}]}, bought(back(), number="2", day=2)], 10),
        id="what the archive says was returned elsewhere is no part of it",
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_which_purchase_is_meant_and_what_of_it(case: Case, tmp_path: Path) -> None:
    for prune in (True, False):
        simulation = simulated(case.receipts[::-1], tmp_path, prune=prune)
        told = [one for one in simulation.summary.get("returns", ()) if one["lines"]]
        lines = {name: sum(one["not_tied"][name] for one in told) for name in Case._fields[3:]}
        assert sum(one["settled"] for one in told) == case.settled
        assert lines == {name: getattr(case, name) for name in lines}
        assert sum(one["scenario"]["amount"] for one in told) == case.paid
        assert simulation.summary["archive"]["receipts"] == len(case.receipts)


def test_a_coupon_that_came_back_is_used_again(tmp_path: Path) -> None:
    receipts = [
        bought(line("tea", 100), number="1", day=1),
        bought(line("tea", 100), number="2", day=2),
        bought(back(), number="3", day=3),
        bought(line("tea", 100), number="4", day=4),
    ]
    simulation = simulated(receipts, tmp_path, TEN_OFF_ONCE)
    rows = simulation.tables["by_receipt"].to_pylist()
    assert {row["receipt_id"]: row["scenario_discount"] for row in rows} == {"1": 10, "4": 10}
    [told] = simulation.summary["returns"]
    assert told["scenario"] == {
        "amount": 90,
        "refund": 90,
        "credit": 0,
        "taken_back": {"uses": 1, "discount": 10, "bonus": 0, "stamps": 0, "debit": 0},
    }
    assert simulation.tables["returns"].to_pylist()[0]["scenario_uses"] == 1


def test_a_gift_card_gets_back_what_it_paid(tmp_path: Path) -> None:
    card: Document = {"id": "card", "reward": {"type": "discount_debit", "value": 150}}
    grants = read_grants([{"id": "g", "discount_id": "card", "customer_id": "c"}], read_rules([card]))
    receipts = [
        bought(line("tea", 100), number="1", day=1),
        bought(back(), number="2", day=2),
        bought(line("tea", 400), number="3", day=3),
    ]
    simulation = replay_rules(write_lines(receipts, tmp_path / "receipts.jsonl"), read_rules([card]), grants)
    [told] = simulation.summary["returns"]
    assert (told["baseline"]["credit"], told["baseline"]["refund"]) == (100, 0)
    assert told["baseline"]["taken_back"] == {"uses": 1, "discount": 0, "bonus": 0, "stamps": 0, "debit": 100}
    assert [row["baseline_debit"] for row in simulation.tables["by_receipt"].to_pylist()] == [100, 150]


def test_what_a_refused_receipt_returns_is_left_out(tmp_path: Path) -> None:
    soon: Document = TEN_OFF_ONCE | {"limitation": {"dynamic_purchase_to_days": 3}}
    # Without its rule, nobody sees that the grant lacks a time.
    grants = read_grants([{"id": "g", "discount_id": "once", "customer_id": "c"}])
    receipts = [bought(line("jam", 100)), bought(line("tea", 50), back("jam"), back(named=None), number="2", day=2)]
    simulation = replay_rules(write_lines(receipts, tmp_path / "receipts.jsonl"), read_rules([soon]), grants)
    assert simulation.summary["refused"]["receipts"] == 1
    assert "returns" not in simulation.summary


def test_a_purchase_that_was_given_more_than_a_receipt_can_state_stands(tmp_path: Path) -> None:
    huge: Document = TEN_OFF_ONCE | {"reward": {"type": "discount_amount", "effect": "bonus", "value": LARGEST}}
    rules = read_rules([huge | {"limitation": {}}])
    purchase = bought(line("tea", 100), line("tea", 100))
    kept = replay_rules(write_lines([purchase], tmp_path / "kept.jsonl"), rules)
    returned = replay_rules(write_lines([purchase, bought(back(), number="2", day=2)], tmp_path / "back.jsonl"), rules)
    [row], [total] = returned.tables["by_receipt"].to_pylist(), returned.summary["totals"]
    assert [row] == kept.tables["by_receipt"].to_pylist()
    assert (row["baseline_bonus"], total["baseline"]["uses"]) == (2 * LARGEST, 1)
    assert returned.summary["refused"]["receipts"] == 0
    [told] = returned.summary["returns"]
    assert (told["settled"], told["not_tied"]["not_returnable"]) == (0, 1)


def test_an_archive_without_return_lines_has_nothing_of_returns(tmp_path: Path) -> None:
    out = tmp_path / "out"
    lines = write_lines([TEA], tmp_path / "receipts.jsonl")
    simulation = compare(lines, (), read_rules([TEN_OFF_ONCE]), out=out)
    assert "returns" not in simulation.summary
    assert not (out / "returns.parquet").exists()
    assert "Returned goods" not in (out / "report.html").read_text()
    assert not len(simulation.tables["returns"])


def test_the_report_says_what_came_back(tmp_path: Path) -> None:
    lines = write_lines([RETURN, PURCHASE], tmp_path / "receipts.jsonl")
    spread = Options(settings=Settings(return_policy="spread"))
    compare(lines, (), read_rules([THREE_FOR_TWO]), options=spread, out=tmp_path / "draft")
    page = (tmp_path / "draft" / "report.html").read_text()
    assert "Of 1 return line, 1 was settled with the purchase (policy: spread)." in page
    assert "differ by +10.00 NOK; +5.00 NOK of that was taken back, so that +5.00 NOK is kept." in page
    replay_rules(lines, read_rules([THREE_FOR_TWO]), options=spread, out=tmp_path / "rules")
    page = (tmp_path / "rules" / "report.html").read_text()
    assert "Of 10.00 NOK of discount, 5.00 NOK was taken back with returned goods: 5.00 NOK is kept." in page
    untied = [bought(back(named=None), back(named="7"), back(named="7"), number="2")]
    replay_rules(write_lines(untied, lines), (), out=tmp_path / "untied")
    page = (tmp_path / "untied" / "report.html").read_text()
    assert "none was settled" in page
    assert "1 names no receipt; 2 name receipts that are not found before them." in page


def test_the_first_look_finds_what_return_lines_name(tmp_path: Path) -> None:
    receipts = [TEA, RETURN, bought(back(named="Ærlig"), back(named=None), number="2")]
    lines = write_lines(receipts, tmp_path / "a.jsonl")
    escaped = lines.read_text().replace("returned_receipt_id", "returned\\u005freceipt_id")
    (tmp_path / "b.jsonl").write_text(escaped + "{\n[]\n" + '{"items": ["returned_receipt_id"]}\n')
    items = [{"returned_receipt_id": "72"}, {"returned_receipt_id": "Ærlig"}, {"returned_receipt_id": None}, {}]
    struct = pa.struct({"returned_receipt_id": pa.string()})
    columns: Document = {"receipt_id": ["1"], "purchase_at": ["2024-05-03T12:00:00Z"], "store": [{"id": "s"}]}
    for name, kind in (("c", pa.list_(struct)), ("d", pa.large_list(struct)), ("e", pa.list_view(struct))):
        pq.write_table(pa.table(columns | {"items": pa.array([items], kind)}), tmp_path / f"{name}.parquet")
    for fragment in open_archive([tmp_path]):
        assert fragment.may_name
        assert purchases_named_in(fragment, ReadPlan()) == {"72", "Ærlig"}, fragment.path


def test_columns_without_the_field_are_not_looked_at(tmp_path: Path) -> None:
    columns: Document = {"receipt_id": ["1"], "purchase_at": ["2024-05-03T12:00:00Z"], "store": [{"id": "s"}]}
    pq.write_table(pa.table(columns | {"items": [[{"id": "tea"}]]}), tmp_path / "a.parquet")
    [fragment] = open_archive([tmp_path])
    assert not fragment.may_name
    assert purchases_named_in(fragment, ReadPlan()) == frozenset()
