"""`rabatt simulate` on archives as shops have them: what is warned of, what can be asked, and which files are read."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.cli.shop import Completed, Shop, receipt

A_TENTH_OFF_MUGS = {
    "id": "mugs",
    "requirement": {"item": {"items": [{"id": "mug"}]}},
    "reward": {"type": "discount_percent", "value": 10},
}
LINE = {"line_id": 1, "id": "mug", "gross_amount": 10_000, "eligible_for_discount": True}
NOBODY_SAYS_SO = "None of 2 lines can take a discount, so no rule can give anything: no line that is sold says"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with a tenth off mugs."""
    shop = Shop(tmp_path)
    shop.write("rules.json", json.dumps([A_TENTH_OFF_MUGS]))
    return shop


def mugs(number: int, **fields: Any) -> dict[str, Any]:
    return receipt(receipt_id=f"r-{number}", items=[LINE], **fields)


def replayed(shop: Shop, *arguments: str, **how: Any) -> dict[str, Any]:
    """The summary of a replay of the shop's rules."""
    done = simulate(shop, *arguments, "--json", **how)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def simulate(shop: Shop, *arguments: str, **how: Any) -> Completed:
    return shop.run("simulate", *arguments, "--rules", "rules.json", **how)


def discount(summary: dict[str, Any]) -> int:
    (total,) = summary["totals"]
    return int(total["baseline"]["discount"])


def parquet(shop: Shop, name: str, documents: list[dict[str, Any]]) -> str:
    fields = dict.fromkeys(field for document in documents for field in document)
    table = pa.table({field: [document.get(field) for document in documents] for field in fields})
    pq.write_table(table, shop.folder / name)
    return name


def as_lines(shop: Shop, documents: list[dict[str, Any]]) -> str:
    return shop.receipts("archive.jsonl", *documents)


def as_columns(shop: Shop, documents: list[dict[str, Any]]) -> str:
    return parquet(shop, "archive.parquet", documents)


BOTH = pytest.mark.parametrize("written", [as_lines, as_columns], ids=["lines", "columns"])
Written = Callable[[Shop, list[dict[str, Any]]], str]


@BOTH
def test_where_no_line_can_take_a_discount_it_is_said_and_all_can_be_let(shop: Shop, written: Written) -> None:
    unmarked = {name: value for name, value in LINE.items() if name != "eligible_for_discount"}
    archive = written(shop, [receipt(receipt_id=f"r-{number}", items=[unmarked]) for number in (1, 2)])
    summary = replayed(shop, archive)
    assert discount(summary) == 0
    assert [NOBODY_SAYS_SO in warning for warning in summary["warnings"]] == [True]
    assert "--eligible all" in summary["warnings"][0]
    asked = replayed(shop, archive, "--eligible", "all")
    assert (discount(asked), asked["warnings"], asked["question"]["eligible"]) == (2_000, [], "all")


def test_all_lines_are_let_whatever_they_say_and_returned_goods_are_not_sold(shop: Shop) -> None:
    lines = [
        {**LINE, "eligible_for_discount": False},
        {**LINE, "line_id": 2, "gross_amount": -10_000, "is_return_item": True},
        {**LINE, "line_id": 3, "voided": True},
    ]
    archive = shop.receipts("archive.jsonl", receipt(items=lines))
    assert discount(replayed(shop, archive, "--eligible", "all")) == 1_000


def test_what_is_warned_of_is_on_the_screen_and_in_the_report(shop: Shop) -> None:
    shop.receipts("archive.jsonl", receipt(items=[{"id": "mug", "gross_amount": 10_000}]))
    done = simulate(shop, "archive.jsonl", "--out", "answers")
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
    shop: Shop, written: Written, requirement: dict[str, Any], warning: str
) -> None:
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    (said,) = replayed(shop, written(shop, [mugs(1)]))["warnings"]
    assert said.startswith(warning)


def test_a_store_and_a_currency_that_are_never_together_are_both_named(shop: Shop) -> None:
    requirement = {"currencies": ["SEK"], "store_ids": ["s1"]}
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    as_lines(shop, [mugs(1), mugs(2, currency="SEK", store={"id": "s2"})])
    (warning,) = replayed(shop, "archive.jsonl")["warnings"]
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
def test_nothing_is_said_of_a_rule_that_is_met(shop: Shop, requirement: dict[str, Any]) -> None:
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    assert replayed(shop, as_lines(shop, [mugs(1)]))["warnings"] == []


def test_a_draft_that_gives_nothing_is_named_whatever_the_reason(shop: Shop) -> None:
    draft = {**A_TENTH_OFF_MUGS, "id": "draft", "requirement": {"discount_code": "SPRING"}}
    shop.write("draft.json", json.dumps([draft]))
    as_lines(shop, [mugs(1)])
    (warning,) = replayed(shop, "archive.jsonl", "--with", "draft.json")["warnings"]
    assert warning == 'No receipt is given anything by rule "draft": rabatt explain says why, receipt by receipt'
    as_lines(shop, [mugs(1, discount_code=["SPRING"])])
    assert replayed(shop, "archive.jsonl", "--with", "draft.json")["warnings"] == []


def test_a_rule_that_nobody_was_granted_is_named(shop: Shop) -> None:
    shop.write("grants.json", "[]")
    as_lines(shop, [mugs(1)])
    assert replayed(shop, "archive.jsonl", "--grants", "grants.json")["warnings"] == [
        'No customer was granted rule "mugs"'
    ]


def test_of_many_rules_three_are_named(shop: Shop) -> None:
    rules = [{**A_TENTH_OFF_MUGS, "id": f"r{number}", "requirement": {"store_ids": ["s9"]}} for number in range(5)]
    shop.write("rules.json", json.dumps([*rules, {**rules[0], "id": "off", "active": False}]))
    (warning,) = replayed(shop, as_lines(shop, [mugs(1)]))["warnings"]
    assert "of the rules " in warning
    assert warning.endswith('"r2" (store_ids s9) and 2 more')


def test_days_without_receipts_are_said(shop: Shop) -> None:
    archive = as_lines(shop, [mugs(1)])
    assert replayed(shop, archive, "--from", "2026-11-01")["warnings"] == [
        "No receipt was replayed: the archive has none from 2026-11-01, or all were refused"
    ]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.decimal128(9, 2)], ids=str)
def test_kroner_in_a_column_of_fractions_are_warned_of_and_can_be_read(shop: Shop, kind: pa.DataType) -> None:
    documents = [receipt(items=[{**LINE, "gross_amount": None}])]
    table = pa.Table.from_pylist(documents)
    lines = pa.array([[49.0]]).cast(pa.list_(kind)).flatten()
    items = pa.StructArray.from_arrays(
        [pa.array(["mug"]), lines, pa.array([True])], names=["id", "gross_amount", "eligible_for_discount"]
    )
    column = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), items)
    place = table.schema.get_field_index("items")
    pq.write_table(table.set_column(place, "items", column), shop.folder / "archive.parquet")
    summary = replayed(shop, "archive.parquet")
    assert summary["totals"][0]["gross"] == 49
    (warning,) = summary["warnings"]
    assert warning.startswith("1 receipt has amounts written as fractions, such as 49.0")
    assert "--amounts major" in warning
    major = replayed(shop, "archive.parquet", "--amounts", "major")
    assert (major["totals"][0]["gross"], discount(major), major["warnings"]) == (4_900, 490, [])


def test_whole_coins_of_json_are_read_to_the_last_decimal_of_each_currency(shop: Shop) -> None:
    shop.write(
        "archive.jsonl",
        "\n".join(
            f'{{"receipt_id": "{number}", "purchase_at": "2026-10-16T12:00:00Z", "store": {{"id": "s1"}},'
            f' "currency": "{currency}", "items": [{{"id": "mug", "gross_amount": {amount}}}]}}'
            for number, (currency, amount) in enumerate([("NOK", "49.90"), ("JPY", "4990"), ("KWD", "4.990")])
        ),
    )
    summary = replayed(shop, "archive.jsonl", "--amounts", "major")
    assert {one["currency"]: one["gross"] for one in summary["totals"]} == {"NOK": 4_990, "JPY": 4_990, "KWD": 4_990}


@BOTH
def test_more_decimals_than_the_currency_has_are_refused_with_their_row(shop: Shop, written: Written) -> None:
    documents = [mugs(1), receipt(receipt_id="r-2", items=[{**LINE, "gross_amount": 49.905}])]
    documents[0]["items"] = [{**LINE, "gross_amount": 100.5}]
    done = simulate(shop, written(shop, documents), "--amounts", "major", "--out", "answers", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["totals"][0]["gross"] == 10_050
    (refused,) = map(json.loads, (shop.folder / "answers/refused.jsonl").read_text().splitlines())
    assert (refused["position"], refused["receipt_id"]) == (2, "r-2")
    (fault,) = refused["faults"]
    assert fault["path"] == "items[0].gross_amount"
    assert "at most 2 decimals" in fault["sentence"]


@BOTH
def test_times_without_a_zone_are_refused_and_can_be_given_one(shop: Shop, written: Written) -> None:
    archive = written(shop, [mugs(1, purchase_at="2026-10-16T23:30:00")])
    done = simulate(shop, archive, "--json")
    assert done.returncode == 1
    assert any("names no zone" in warning for warning in json.loads(done.stdout)["warnings"])
    summary = replayed(shop, archive, "--timezone", "Europe/Oslo")
    assert (summary["archive"]["first_day"], summary["archive"]["last_day"]) == ("2026-10-16", "2026-10-16")


def test_a_column_of_times_without_a_zone_can_be_given_one(shop: Shop) -> None:
    table = pa.Table.from_pylist([mugs(1)])
    times = pa.array([1_792_193_400_000_000], pa.timestamp("us"))
    place = table.schema.get_field_index("purchase_at")
    pq.write_table(table.set_column(place, "purchase_at", times), shop.folder / "archive.parquet")
    done = simulate(shop, "archive.parquet")
    assert (done.returncode, "--timezone Europe/Oslo" in done.stderr) == (2, True)
    summary = replayed(shop, "archive.parquet", "--timezone", "Pacific/Auckland")
    assert summary["archive"]["first_day"] == "2026-10-16"


@BOTH
def test_days_are_cut_where_it_is_said_however_times_are_written(shop: Shop, written: Written) -> None:
    at = ["2026-10-16T23:30:00+02:00", "2026-10-16T21:30:00Z", "2026-10-17T01:30:00+04:00"]
    archive = written(shop, [mugs(number, purchase_at=moment) for number, moment in enumerate(at)])
    summary = replayed(shop, archive)
    assert (summary["archive"]["first_day"], summary["archive"]["last_day"]) == ("2026-10-16", "2026-10-17")
    for zone, day in (("Europe/Oslo", "2026-10-16"), ("Asia/Dubai", "2026-10-17")):
        summary = replayed(shop, archive, "--timezone", zone, "--from", day, "--to", day)
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
    shop: Shop, written: Written, at: str, zone: str, utc: str
) -> None:
    requirement = {"purchase_from": utc, "purchase_to": utc}
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    assert discount(replayed(shop, written(shop, [mugs(1, purchase_at=at)]), "--timezone", zone)) == 1_000


def test_a_zone_that_is_none_is_refused(shop: Shop) -> None:
    done = simulate(shop, as_lines(shop, [mugs(1)]), "--timezone", "Europe/Bergen")
    assert (done.returncode, 'timezone "Europe/Bergen"' in done.stderr.replace("'", '"')) == (2, True)


@BOTH
def test_ids_that_are_whole_numbers_are_text(shop: Shop, written: Written) -> None:
    line = {**LINE, "id": 7, "groups": [{"id": 8}]}
    documents = [receipt(receipt_id=1001, customer_id=42, store={"id": 3}, items=[line])]
    requirement = {"item": {"items": [{"id": "7", "group_id": "8"}]}, "store_ids": ["3"]}
    shop.write("rules.json", json.dumps([{**A_TENTH_OFF_MUGS, "requirement": requirement}]))
    done = simulate(shop, written(shop, documents), "--out", "answers", "--json")
    assert (done.returncode, discount(json.loads(done.stdout))) == (0, 1_000)
    (row,) = pq.read_table(shop.folder / "answers/by_receipt.parquet").to_pylist()
    assert (row["receipt_id"], row["customer_id"]) == ("1001", "42")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_receipt_that_is_in_two_files_counts_once_and_it_is_said(shop: Shop, jobs: str) -> None:
    shop.receipts("a.jsonl", mugs(1), mugs(2))
    shop.receipts("b.jsonl", mugs(3), mugs(2, purchase_at="2026-10-16T10:00:00Z"))
    parquet(shop, "c.parquet", [mugs(2), mugs(4)])
    files = ["a.jsonl", "b.jsonl", "c.parquet", "--jobs", jobs]
    summary = replayed(shop, *files)
    assert (summary["archive"]["receipts"], summary["archive"]["duplicates"], discount(summary)) == (4, 2, 4_000)
    (warning,) = summary["warnings"]
    assert warning.startswith("2 receipts are in the archive again")
    kept = replayed(shop, *files, "--duplicates", "keep")
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
    shop: Shop, written: Written, other: dict[str, Any]
) -> None:
    same = mugs(1)
    summary = replayed(shop, written(shop, [same, {**same, **other}]))
    assert (summary["archive"]["receipts"], summary["archive"]["duplicates"]) == (2, 0)


def as_list(documents: list[dict[str, Any]]) -> bytes:
    return json.dumps(documents, indent=1).encode()


def as_json_lines(documents: list[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(document)}\n" for document in documents).encode()


FILES = pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("all.json", as_list([mugs(1), mugs(2)]), id="a list"),
        pytest.param("all.jsonl", as_json_lines([mugs(1), mugs(2)]), id="lines"),
        pytest.param("all.ndjson", as_json_lines([mugs(1), mugs(2)]), id="lines by another name"),
        pytest.param("all.json.gz", gzip.compress(as_list([mugs(1), mugs(2)])), id="a compressed list"),
        pytest.param("all.jsonl.gz", gzip.compress(as_json_lines([mugs(1), mugs(2)])), id="compressed lines"),
        pytest.param("all.jsonl", gzip.compress(as_json_lines([mugs(1), mugs(2)])), id="compressed, and named as not"),
    ],
)


@FILES
def test_every_command_reads_every_file(shop: Shop, name: str, data: bytes) -> None:
    shop.write(name, data)
    for arguments, how in (((name,), {}), (("-",), {"stdin": data})):
        assert replayed(shop, *arguments, **how)["archive"]["receipts"] == 2
        for command in ("evaluate", "explain"):
            done = shop.run(command, *arguments, "--rules", "rules.json", "--json", **how)
            assert [json.loads(line)["receipt_id"] for line in done.stdout.splitlines()] == ["r-1", "r-2"]


@pytest.mark.parametrize("data", [json.dumps(mugs(1)).encode(), gzip.compress(as_list([mugs(1)]))], ids=["plain", "gz"])
def test_a_receipt_alone_is_read_by_every_command(shop: Shop, data: bytes) -> None:
    for arguments, how in (((shop.write("one.json", data),), {}), (("-",), {"stdin": data})):
        assert replayed(shop, *arguments, **how)["archive"]["receipts"] == 1
        returned = shop.run("return", *arguments, "--line", "1", "--json", **how)
        assert json.loads(returned.stdout)["returns"][0]["amount"] == 10_000


def test_ids_that_are_numbers_are_text_for_every_command(shop: Shop) -> None:
    shop.write("one.json", json.dumps({**mugs(1), "receipt_id": 1001, "customer_id": 42.0}))
    done = shop.run("evaluate", "one.json", "--rules", "rules.json", "--json")
    answer = json.loads(done.stdout)
    assert (answer["receipt_id"], answer["customer_id"], answer["total_discount"]) == ("1001", "42", 1_000)


def test_what_is_refused_of_standard_input_is_told_by_its_place(shop: Shop) -> None:
    done = simulate(shop, "-", "--out", "answers", stdin=as_json_lines([mugs(1), {"receipt_id": "r-2"}]))
    assert done.returncode == 1
    (refused,) = map(json.loads, (shop.folder / "answers/refused.jsonl").read_text().splitlines())
    assert (refused["file"], refused["position"]) == ("standard input", 2)


def test_standard_input_and_files_are_one_archive(shop: Shop) -> None:
    as_lines(shop, [mugs(1)])
    summary = replayed(shop, "-", "archive.jsonl", stdin=as_json_lines([mugs(1), mugs(2)]))
    assert (summary["archive"]["receipts"], summary["archive"]["duplicates"]) == (2, 1)


def test_receipts_and_rules_cannot_both_come_from_standard_input(shop: Shop) -> None:
    done = shop.run("simulate", "-", "--rules", "-", stdin="[]")
    assert (done.returncode, "only one of receipts, rules and draft" in done.stderr) == (2, True)


def test_a_compressed_file_that_breaks_off_is_refused(shop: Shop) -> None:
    shop.write("all.jsonl.gz", gzip.compress(as_json_lines([mugs(1), mugs(2)]))[:-9])
    for command in ("evaluate", "simulate"):
        done = shop.run(command, "all.jsonl.gz", "--rules", "rules.json", "--json")
        assert (done.returncode, "read" in done.stderr) == (2, True)


def test_documents_of_a_folder_have_to_be_named(shop: Shop) -> None:
    (shop.folder / "receipts").mkdir()
    shop.write("receipts/all.json", as_list([mugs(1)]))
    assert ".json files" in simulate(shop, "receipts").stderr
    assert replayed(shop, "receipts/*.json")["archive"]["receipts"] == 1
