"""`rabatt simulate` on archives as shops have them: what is warned of, and what can be asked.

The command is called in this process, since there are many; that one of its own does the same, other tests show.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.cli.replays import A_TENTH_OFF_MUGS, LINE, Folder, mugs, replayed, simulate
from tests.support.cli.shop import receipt

NOBODY_SAYS_SO = "None of 2 lines can take a discount, so no rule can give anything: no line that is sold says"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A shop with a tenth off mugs."""
    monkeypatch.chdir(tmp_path)
    shop = Folder(tmp_path)
    shop.write("rules.json", json.dumps([A_TENTH_OFF_MUGS]))
    return shop


def discount(summary: dict[str, Any]) -> int:
    (total,) = summary["totals"]
    return int(total["baseline"]["discount"])


def parquet(shop: Folder, name: str, documents: list[dict[str, Any]]) -> str:
    fields = dict.fromkeys(field for document in documents for field in document)
    table = pa.table({field: [document.get(field) for document in documents] for field in fields})
    pq.write_table(table, shop.folder / name)
    return name


def as_lines(shop: Folder, documents: list[dict[str, Any]]) -> str:
    return shop.receipts("archive.jsonl", *documents)


def as_columns(shop: Folder, documents: list[dict[str, Any]]) -> str:
    return parquet(shop, "archive.parquet", documents)


BOTH = pytest.mark.parametrize("written", [as_lines, as_columns], ids=["lines", "columns"])
Written = Callable[[Folder, list[dict[str, Any]]], str]


@BOTH
def test_where_no_line_can_take_a_discount_it_is_said_and_all_can_be_let(shop: Folder, written: Written) -> None:
    unmarked = {name: value for name, value in LINE.items() if name != "eligible_for_discount"}
    archive = written(shop, [receipt(receipt_id=f"r-{number}", items=[unmarked]) for number in (1, 2)])
    summary = replayed(archive)
    assert discount(summary) == 0
    assert [NOBODY_SAYS_SO in warning for warning in summary["warnings"]] == [True]
    assert "--eligible all" in summary["warnings"][0]
    asked = replayed(archive, "--eligible", "all")
    assert (discount(asked), asked["warnings"], asked["question"]["eligible"]) == (2_000, [], "all")


def test_all_lines_are_let_whatever_they_say_and_returned_goods_are_not_sold(shop: Folder) -> None:
    lines = [
        {**LINE, "eligible_for_discount": False},
        {**LINE, "line_id": 2, "gross_amount": -10_000, "is_return_item": True},
        {**LINE, "line_id": 3, "voided": True},
    ]
    archive = shop.receipts("archive.jsonl", receipt(items=lines))
    assert discount(replayed(archive, "--eligible", "all")) == 1_000


def test_what_is_warned_of_is_on_the_screen_and_in_the_report(shop: Folder) -> None:
    shop.receipts("archive.jsonl", receipt(items=[{"id": "mug", "gross_amount": 10_000}]))
    done = simulate("archive.jsonl", "--out", "answers")
    assert "None of 1 line can take a discount" in done.stdout
    assert "None of 1 line can take a discount" in (shop.folder / "answers/report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("requirement", "warning"),
    [
        pytest.param(
            {"item": {"items": [{"group_id": "musg"}]}},
            'No line has the goods of rule "mugs" (group musg): write ids and groups as the receipts have them',
            id="a misspelt group",
        ),
        pytest.param(
            {"item": {"items": [{"id": "mugg"}, {"id": "mugs"}]}},
            'No line has the goods of rule "mugs" (id mugg and id mugs)',
            id="ids that nobody sells",
        ),
        pytest.param(
            {"item": {"items": [{"id": "mug", "group_id": "cups"}]}},
            'No line has the goods of rule "mugs" (id mug in group cups)',
            id="an id in a group that is nowhere",
        ),
        pytest.param(
            {"item": {"mixes": [{"items": [{"id": "mug"}]}, {"items": [{"id": "tee"}]}]}},
            'No line has the goods of rule "mugs" (id tee)',
            id="one mix of two",
        ),
        pytest.param(
            {"purchase_from": "2026-11-01T00:00:00+01:00"},
            'No purchase is in the window of rule "mugs" (from 2026-11-01T00:00:00+01:00)',
            id="a window after the archive",
        ),
        pytest.param(
            {"purchase_to": "2026-10-16T11:59:59+02:00"},
            'No purchase is in the window of rule "mugs" (to 2026-10-16T11:59:59+02:00)',
            id="a window that ends a second before",
        ),
        pytest.param(
            {"store_ids": ["s2", "s3"]},
            'No receipt has the store and the currency of rule "mugs" (store_ids s2 and s3)',
            id="stores that are nowhere",
        ),
        pytest.param(
            {"store": {"id": ["S1"]}},
            'No receipt has the store and the currency of rule "mugs" (store.id S1)',
            id="a store by its field",
        ),
        pytest.param(
            {"currencies": ["SEK"], "store_ids": ["s1"]},
            'No receipt has the store and the currency of rule "mugs" (currencies SEK)',
            id="a currency that is nowhere",
        ),
    ],
)
@BOTH
def test_a_rule_that_can_give_nothing_is_named(
    shop: Folder, written: Written, requirement: dict[str, Any], warning: str
) -> None:
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    (said,) = replayed(written(shop, [mugs(1)]))["warnings"]
    assert said.startswith(warning)


def test_a_store_and_a_currency_that_are_never_together_are_both_named(shop: Folder) -> None:
    requirement = {"currencies": ["SEK"], "store_ids": ["s1"]}
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    as_lines(shop, [mugs(1), mugs(2, currency="SEK", store={"id": "s2"})])
    (warning,) = replayed("archive.jsonl")["warnings"]
    assert "(store_ids s1, currencies SEK)" in warning


@pytest.mark.parametrize(
    "requirement",
    [
        pytest.param({"item": {"items": [{"id": "mug"}, {"id": "mugg"}]}}, id="one of two ids is sold"),
        pytest.param({"purchase_to": "2026-10-16T12:00:00+02:00"}, id="to the last second"),
        pytest.param({"purchase_from": "2026-10-16T12:00:00+02:00"}, id="from the first second"),
        pytest.param({"store_ids": ["*"]}, id="all stores"),
        pytest.param({"store_ids": ["s2", "s1"], "currencies": ["NOK"]}, id="one of two stores"),
        pytest.param({}, id="all goods"),
    ],
)
def test_nothing_is_said_of_a_rule_that_is_met(shop: Folder, requirement: dict[str, Any]) -> None:
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    assert replayed(as_lines(shop, [mugs(1)]))["warnings"] == []


def test_a_draft_that_gives_nothing_is_named_whatever_the_reason(shop: Folder) -> None:
    draft = {**A_TENTH_OFF_MUGS, "id": "draft", "requirement": {"discount_code": "SPRING"}}
    shop.write("draft.json", json.dumps([draft]))
    as_lines(shop, [mugs(1)])
    (warning,) = replayed("archive.jsonl", "--with", "draft.json")["warnings"]
    assert warning == 'No receipt is given anything by rule "draft": rabatt explain says why, receipt by receipt'
    as_lines(shop, [mugs(1, discount_code=["SPRING"])])
    assert replayed("archive.jsonl", "--with", "draft.json")["warnings"] == []


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"requirement": {"discount_code": "SPRING"}}, id="a code that nobody showed"),
        pytest.param({"requirement": {"gross_amount": 10_001}}, id="a sum that no receipt has"),
        pytest.param({"requirement": {"customer": {"type": ["b2b"]}}}, id="a customer that is nowhere"),
        pytest.param({"active": False}, id="switched off"),
    ],
)
@BOTH
def test_a_replay_that_finds_nothing_never_says_nothing(shop: Folder, written: Written, rule: dict[str, Any]) -> None:
    archive = written(shop, [mugs(1)])
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, **rule}]))
    (warning,) = replayed(archive)["warnings"]
    assert warning.startswith("None of 1 receipt is given anything by 1 rule: rabatt explain says why")
    # Beside one that gives something it is a campaign that nobody met, as many are.
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, **rule}, {**A_TENTH_OFF_MUGS, "id": "other"}]))
    assert replayed(archive)["warnings"] == []
    shop.write("rules.json", "[]")
    assert replayed(archive)["warnings"] == []


def test_stamps_and_bonuses_are_something(shop: Folder) -> None:
    archive = as_lines(shop, [mugs(1)])
    for part, more in (("reward", {"effect": "bonus"}), ("requirement", {"stamp": 9})):
        rule: dict[str, Any] = {**A_TENTH_OFF_MUGS}
        rule[part] = {**rule[part], **more}
        shop.write("rules.json", json.dumps([rule]))
        assert replayed(archive)["warnings"] == []


def test_a_rule_that_nobody_was_granted_is_named(shop: Folder) -> None:
    shop.write("grants.json", "[]")
    as_lines(shop, [mugs(1)])
    assert replayed("archive.jsonl", "--grants", "grants.json")["warnings"] == ['No customer was granted rule "mugs"']


def test_a_card_that_nobody_can_have_is_named_where_it_is_asked_about(shop: Folder) -> None:
    card = {"id": "card", "reward": {"type": "discount_debit", "value": 5_000}}
    as_lines(shop, [mugs(1)])
    shop.write("card.json", json.dumps([card]))
    assert replayed("archive.jsonl", "--with", "card.json")["warnings"] == ['No customer was granted rule "card"']
    shop.write("rules.json", json.dumps([A_TENTH_OFF_MUGS, card]))
    assert replayed("archive.jsonl")["warnings"] == []


def test_of_many_rules_three_are_named(shop: Folder) -> None:
    rules = [{**A_TENTH_OFF_MUGS, "id": f"r{number}", "requirement": {"store_ids": ["s9"]}} for number in range(5)]
    shop.write("rules.json", json.dumps([*rules, {**rules[0], "id": "off", "active": False}]))
    (warning,) = replayed(as_lines(shop, [mugs(1)]))["warnings"]
    assert "of the rules " in warning
    assert warning.endswith('"r2" (store_ids s9) and 2 more')


def test_days_without_receipts_are_said(shop: Folder) -> None:
    archive = as_lines(shop, [mugs(1)])
    assert replayed(archive, "--from", "2026-11-01")["warnings"] == [
        "No receipt was replayed: the archive has none from 2026-11-01, or all were refused"
    ]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.decimal128(9, 2)], ids=str)
def test_kroner_in_a_column_of_fractions_are_warned_of_and_can_be_read(shop: Folder, kind: pa.DataType) -> None:
    documents = [receipt(items=[{**LINE, "gross_amount": None}])]
    table = pa.Table.from_pylist(documents)
    lines = pa.array([[49.0]]).cast(pa.list_(kind)).flatten()
    items = pa.StructArray.from_arrays(
        [pa.array(["mug"]), lines, pa.array([True])], names=["id", "gross_amount", "eligible_for_discount"]
    )
    column = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), items)
    place = table.schema.get_field_index("items")
    pq.write_table(table.set_column(place, "items", column), shop.folder / "archive.parquet")
    summary = replayed("archive.parquet")
    assert summary["totals"][0]["gross"] == 49
    (warning,) = summary["warnings"]
    assert warning.startswith("1 receipt has amounts written as fractions, such as 49.0")
    assert "--amounts major" in warning
    major = replayed("archive.parquet", "--amounts", "major")
    assert (major["totals"][0]["gross"], discount(major), major["warnings"]) == (4_900, 490, [])


def test_whole_coins_of_json_are_read_to_the_last_decimal_of_each_currency(shop: Folder) -> None:
    shop.write(
        "archive.jsonl",
        "\n".join(
            f'{{"receipt_id": "{number}", "purchase_at": "2026-10-16T12:00:00Z", "store": {{"id": "s1"}},'
            f' "currency": "{currency}", "items": [{{"id": "mug", "gross_amount": {amount}}}]}}'
            for number, (currency, amount) in enumerate([("NOK", "49.90"), ("JPY", "4990"), ("KWD", "4.990")])
        ),
    )
    summary = replayed("archive.jsonl", "--amounts", "major")
    assert {one["currency"]: one["gross"] for one in summary["totals"]} == {"NOK": 4_990, "JPY": 4_990, "KWD": 4_990}


@BOTH
def test_more_decimals_than_the_currency_has_are_refused_with_their_row(shop: Folder, written: Written) -> None:
    documents = [mugs(1), receipt(receipt_id="r-2", items=[{**LINE, "gross_amount": 49.905}])]
    documents[0]["items"] = [{**LINE, "gross_amount": 100.5}]
    done = simulate(written(shop, documents), "--amounts", "major", "--out", "answers", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["totals"][0]["gross"] == 10_050
    (refused,) = map(json.loads, (shop.folder / "answers/refused.jsonl").read_text().splitlines())
    assert (refused["position"], refused["receipt_id"]) == (2, "r-2")
    (fault,) = refused["faults"]
    assert fault["path"] == "items[0].gross_amount"
    assert "at most 2 decimals" in fault["sentence"]


@BOTH
def test_times_without_a_zone_are_refused_and_can_be_given_one(shop: Folder, written: Written) -> None:
    archive = written(shop, [mugs(1, purchase_at="2026-10-16T23:30:00")])
    done = simulate(archive, "--json")
    assert done.exit_code == 1
    assert any("names no zone" in warning for warning in json.loads(done.stdout)["warnings"])
    summary = replayed(archive, "--timezone", "Europe/Oslo")
    assert (summary["archive"]["first_day"], summary["archive"]["last_day"]) == ("2026-10-16", "2026-10-16")


def test_a_column_of_times_without_a_zone_can_be_given_one(shop: Folder) -> None:
    table = pa.Table.from_pylist([mugs(1)])
    times = pa.array([1_792_193_400_000_000], pa.timestamp("us"))
    place = table.schema.get_field_index("purchase_at")
    pq.write_table(table.set_column(place, "purchase_at", times), shop.folder / "archive.parquet")
    done = simulate("archive.parquet")
    assert (done.exit_code, "--timezone Europe/Oslo" in done.stderr) == (2, True)
    summary = replayed("archive.parquet", "--timezone", "Pacific/Auckland")
    assert summary["archive"]["first_day"] == "2026-10-16"


@BOTH
def test_days_are_cut_where_it_is_said_however_times_are_written(shop: Folder, written: Written) -> None:
    at = ["2026-10-16T23:30:00+02:00", "2026-10-16T21:30:00Z", "2026-10-17T01:30:00+04:00"]
    archive = written(shop, [mugs(number, purchase_at=moment) for number, moment in enumerate(at)])
    summary = replayed(archive)
    assert (summary["archive"]["first_day"], summary["archive"]["last_day"]) == ("2026-10-16", "2026-10-17")
    for zone, day in (("Europe/Oslo", "2026-10-16"), ("Asia/Dubai", "2026-10-17")):
        summary = replayed(archive, "--timezone", zone, "--from", day, "--to", day)
        assert (summary["archive"]["receipts"], summary["archive"]["first_day"]) == (3, day)


@pytest.mark.parametrize(
    ("at", "zone", "utc"),
    [
        pytest.param("2026-03-29T02:30:00", "Europe/Oslo", "2026-03-29T01:30:00Z", id="left out in spring"),
        pytest.param("2026-10-25T02:30:00", "Europe/Oslo", "2026-10-25T00:30:00Z", id="twice in autumn: the first"),
        pytest.param("2026-10-25T03:00:00", "Europe/Oslo", "2026-10-25T02:00:00Z", id="after it"),
    ],
)
@BOTH
def test_the_hours_that_clocks_leave_out_or_show_twice(
    shop: Folder, written: Written, at: str, zone: str, utc: str
) -> None:
    requirement = {"purchase_from": utc, "purchase_to": utc}
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    assert discount(replayed(written(shop, [mugs(1, purchase_at=at)]), "--timezone", zone)) == 1_000


def test_a_zone_that_is_none_is_refused(shop: Folder) -> None:
    done = simulate(as_lines(shop, [mugs(1)]), "--timezone", "Europe/Bergen")
    assert (done.exit_code, 'timezone "Europe/Bergen"' in done.stderr.replace("'", '"')) == (2, True)


@BOTH
def test_ids_that_are_whole_numbers_are_text(shop: Folder, written: Written) -> None:
    line = {**LINE, "id": 7, "groups": [{"id": 8}]}
    documents = [receipt(receipt_id=1001, customer_id=42, store={"id": 3}, items=[line])]
    requirement = {"item": {"items": [{"id": "7", "group_id": "8"}]}, "store_ids": ["3"]}
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    done = simulate(written(shop, documents), "--out", "answers", "--json")
    assert (done.exit_code, discount(json.loads(done.stdout))) == (0, 1_000)
    (row,) = pq.read_table(shop.folder / "answers/by_receipt.parquet").to_pylist()
    assert (row["receipt_id"], row["customer_id"]) == ("1001", "42")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_receipt_that_is_in_two_files_counts_once_and_it_is_said(shop: Folder, jobs: str) -> None:
    shop.receipts("a.jsonl", mugs(1), mugs(2))
    shop.receipts("b.jsonl", mugs(3), mugs(2, purchase_at="2026-10-16T10:00:00Z"))
    parquet(shop, "c.parquet", [mugs(2), mugs(4)])
    files = ["a.jsonl", "b.jsonl", "c.parquet", "--jobs", jobs]
    summary = replayed(*files)
    assert (summary["archive"]["receipts"], summary["archive"]["duplicates"], discount(summary)) == (4, 2, 4_000)
    (warning,) = summary["warnings"]
    assert warning.startswith("2 receipts are in the archive again")
    kept = replayed(*files, "--duplicates", "keep")
    assert (kept["archive"]["receipts"], discount(kept), kept["warnings"]) == (6, 6_000, [])


@pytest.mark.parametrize(
    "other",
    [
        {"store": {"id": "s2"}},
        {"purchase_at": "2027-10-16T12:00:00+02:00"},
        {"customer_id": "kim"},
        {"customer_id": ""},
        {"currency": "SEK"},
        {"items": [{**LINE, "gross_amount": 9_999}]},
        {"items": [{**LINE, "id": "cup"}]},
        {"items": [LINE, {**LINE, "line_id": 2, "gross_amount": 0}]},
        {"items": [{**LINE, "is_return_item": True}]},
        {"gross_amount": 9_000},
    ],
    ids=str,
)
@BOTH
def test_receipts_of_one_number_that_are_not_the_same_count_each(
    shop: Folder, written: Written, other: dict[str, Any]
) -> None:
    same = mugs(1)
    summary = replayed(written(shop, [same, {**same, **other}]))
    assert (summary["archive"]["receipts"], summary["archive"]["duplicates"]) == (2, 0)
