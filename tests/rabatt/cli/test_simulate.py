"""`rabatt simulate` as an analyst calls it: what it prints, what it leaves, and what it says of bad input."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rabatt.cli.refusal import CallRefused
from rabatt.cli.simulate import uplifts_of
from rabatt.simulation.answers.break_even import ASSUMPTION
from rabatt.simulation.answers.summary import LIMITS
from rabatt.simulation.results_folder import NAMES, REFUSED, RETURNS
from tests.support.cli.shop import Completed, Shop, environment, receipt
from tests.support.processes import started
from tests.support.simulation.held import Held
from tests.support.waiting import PATIENCE, until

NEW_MUGS = [
    {
        "id": "mugs-3-for-2",
        "name": "Three mugs, pay for two",
        "requirement": {"item": {"items": [{"id": "mug"}], "quantity": 3}},
        "reward": {"type": "discount_item_quantity", "value": 1},
    }
]

SIMULATE = [sys.executable, "-m", "rabatt", "simulate"]
DRAFTED = ["--rules", "rules.json", "--with", "draft.json", "--out"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with a draft, and an archive of three receipts of one, two and six mugs."""
    shop = Shop(tmp_path)
    shop.write("draft.json", json.dumps(NEW_MUGS))
    shop.receipts("archive.jsonl", *(mugs(f"r-{pieces}", pieces) for pieces in (1, 2, 6)))
    return shop


def mugs(receipt_id: str, pieces: int, **fields: Any) -> dict[str, Any]:
    """A receipt of so many mugs at 100.00, which cost the shop 40.00 each."""
    line = {
        "id": "mug",
        "quantity": pieces,
        "gross_amount": pieces * 10_000,
        "cost_price": 4_000,
        "eligible_for_discount": True,
    }
    return receipt(receipt_id=receipt_id, items=[line], **fields)


def simulate(shop: Shop, *arguments: str) -> Completed:
    return shop.run("simulate", "archive.jsonl", "--rules", "rules.json", *arguments)


def summary(shop: Shop, *arguments: str) -> dict[str, Any]:
    done = simulate(shop, "--json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def test_it_prints_what_an_analyst_asks_first(shop: Shop) -> None:
    done = simulate(shop, "--with", "draft.json", "--out", "answers")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "3 receipts from 2026-10-16 to 2026-10-16",
        "",
        "NOK                                     baseline          scenario        difference",
        "Discount                                  130.00            310.00           +180.00",
        "Discount as a share of sales             14.44 %           34.44 %     +20.00 points",
        "Receipts that got something                    3                 3                 0",
        "Customers reached                              0                 0                 0",
        "Uses of rules                                  5                 6                +1",
        "Margin on lines with costs                410.00            230.00           -180.00",
        "3 receipts sold 900.00 NOK before discounts.",
        "The margin is that of 3 receipts with cost prices.",
        "mugs-3-for-2 (added)                        0.00            200.00           +200.00",
        "a-tenth-off loses 20.00 NOK to mugs-3-for-2",
        "1 basket was short of mugs-3-for-2 by 1 unit",
        "1 basket was short of mugs-3-for-2 by 2 units",
        "The draft changes 1 receipt, with cost prices.",
        ASSUMPTION,
        (
            "On 1 receipt with 6 units at another price, margin goes from 280.00 NOK to 100.00 NOK, so 180.00 NOK have "
            "to be earned back. It takes:"
        ),
        "- 2 more receipts or 11 more units if the extra purchases get the draft's discounts too",
        "- 1 more receipt or 4 more units if they earn today's margin",
        "That is 180.0 % more purchases like these, with the draft.",
        "Margin against today, with the draft and more purchases like these (an assumption):",
        "- 0 % more: -180.00 NOK",
        "- 5 % more: -175.00 NOK",
        "- 10 % more: -170.00 NOK",
        "",
        LIMITS[0],
        "Answers: answers/report.html, and the tables beside it",
    ]
    assert {path.name for path in (shop.folder / "answers").iterdir()} == {*NAMES} - {REFUSED, RETURNS}


def test_it_prints_what_was_returned_by_a_policy(shop: Shop) -> None:
    back = {"id": "mug", "quantity": -2, "gross_amount": -20_000, "is_return_item": True}
    named = [{**back, "returned_receipt_id": receipt_id} for receipt_id in ("r-6", "r-7")]
    shop.receipts("archive.jsonl", receipt(receipt_id="r-9", items=[*named, back]), mugs("r-6", 6))
    done = simulate(shop, "--with", "draft.json", "--without", "a-tenth-off", "--return-policy", "spread")
    assert (done.returncode, done.stderr) == (0, "")
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    at = next(place for place, line in enumerate(printed) if line.startswith("Of 3 return lines"))
    why = "1 names no receipt; 1 names a receipt that is not found before it"
    assert printed[at : at + 6] == [
        f"Of 3 return lines, 1 was settled with the purchase (policy: spread). Not tied to a purchase: {why}.",
        "Paid for returned goods                   173.34            123.34            -50.00",
        "Of that, put back on balances               0.00              0.00              0.00",
        "Discount taken back                        26.66             76.66            +50.00",
        "Discount kept                              53.34            143.34            +90.00",
        (
            "In the scenario, 76.66 NOK of discount was taken back with returned goods. The discounts of both worlds "
            "differ by +140.00 NOK; +50.00 NOK of that was taken back, so that +90.00 NOK is kept."
        ),
    ]


def test_as_json_it_prints_the_summary(shop: Shop) -> None:
    data = summary(shop, "--with", "draft.json", "--without", "from-200", "--out", "answers")
    assert data == json.loads((shop.folder / "answers" / "summary.json").read_text())
    assert {rule["rule_id"]: rule["status"] for rule in data["rules"]} == {
        "a-tenth-off": "unchanged",
        "from-200": "removed",
        "mugs-3-for-2": "added",
    }
    assert data["totals"][0]["difference"]["discount"] == 14_000


def test_without_a_draft_both_worlds_are_one(shop: Shop) -> None:
    data = summary(shop)
    assert data["totals"][0]["baseline"] == data["totals"][0]["scenario"]
    assert data["archive"]["evaluated_twice"] == 0


def test_days_groups_and_uplifts(shop: Shop) -> None:
    shop.receipts(
        "archive.jsonl",
        mugs("r-1", 1, purchase_at="2026-10-15T23:30:00+02:00", customer={"attributes": {"club": "gold"}}),
        mugs("r-2", 1, purchase_at="2026-10-16T00:30:00+02:00"),
        mugs("r-3", 1, purchase_at="2026-10-17T12:00:00+02:00"),
    )
    data = summary(shop, "--from", "2026-10-15", "--to", "2026-10-16", "--customer-group", "attributes.club")
    assert data["archive"]["first_day"] == "2026-10-15"
    assert {group["customer_group"]: group["receipts"] for group in data["groups"]} == {"gold": 1, "none": 1}
    uplifts = summary(shop, "--without", "a-tenth-off", "--uplift", "7, 12")["break_even"][0]["uplifts"]
    assert [one["percent"] for one in uplifts] == [7, 12]


def test_a_field_that_nobody_has_is_warned_of(shop: Shop) -> None:
    warning = 'attributes.club tells nobody apart: every receipt is in the group "none"'
    done = simulate(shop, "--customer-group", "attributes.club", "--out", "answers")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith(warning)
    assert warning.replace('"', "&quot;") in (shop.folder / "answers" / "report.html").read_text(encoding="utf-8")


def test_discounts_of_others_stay_or_go(shop: Shop) -> None:
    shop.write(
        "rules.json",
        json.dumps(
            [
                {
                    "id": "rest",
                    "requirement": {"item": {"items": [{"id": "mug"}]}},
                    "reward": {"type": "discount_percent", "value": 10, "base": "net"},
                }
            ]
        ),
    )
    carried = mugs("r-1", 1)
    carried["items"][0]["discount_lines"] = [{"amount": 5_000, "discount_type": "manual"}]
    shop.receipts("archive.jsonl", carried)
    assert summary(shop)["totals"][0]["baseline"]["discount"] == 500
    assert summary(shop, "--brought", "strip")["totals"][0]["baseline"]["discount"] == 1_000


def test_refused_receipts_are_kept_aside_and_the_others_replayed(shop: Shop) -> None:
    shop.receipts("archive.jsonl", mugs("r-1", 1), mugs("r-2", 1, store={}), mugs("r-3", 1))
    done = simulate(shop, "--out", "answers")
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 receipt was refused and left out of every figure; see answers/refused.jsonl" in done.stdout
    [line] = (shop.folder / "answers" / REFUSED).read_text().splitlines()
    refused = json.loads(line)
    assert (refused["file"], refused["position"]) == ("archive.jsonl", 2)
    assert [fault["path"] for fault in refused["faults"]] == ["store.id"]
    assert json.loads((shop.folder / "answers" / "summary.json").read_text())["archive"]["receipts"] == 2


def test_strict_stops_at_a_refused_receipt_and_leaves_nothing(shop: Shop) -> None:
    shop.receipts("archive.jsonl", mugs("r-1", 1), mugs("r-2", 1, store={}))
    done = simulate(shop, "--strict", "--out", "answers")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("archive.jsonl, receipt 2: refused\n  store.id")
    assert not (shop.folder / "answers").exists()


def test_two_processes_leave_the_same_bytes_as_one(shop: Shop) -> None:
    for jobs in ("1", "2"):
        assert simulate(shop, "--with", "draft.json", "--out", f"by-{jobs}", "--jobs", jobs).returncode == 0
    for name in {*NAMES} - {REFUSED, RETURNS}:
        assert (shop.folder / "by-1" / name).read_bytes() == (shop.folder / "by-2" / name).read_bytes()


BIG = {"id": "moon", "quantity": 1, "gross_amount": 10**15}
BAD_CALLS = [
    pytest.param(["missing.jsonl"], "missing.jsonl: refused", "missing", id="no such archive"),
    pytest.param(["archive.csv"], "archive.csv: refused", ".parquet", id="no format that is read"),
    pytest.param(["no/*.parquet"], "no/*.parquet: refused", "", id="a glob that matches nothing"),
    pytest.param(["archive.jsonl", "--without", "from-20"], "rules.json: refused", 'did you mean "from-200"', id="id"),
    pytest.param(["archive.jsonl", "--from", "May"], "simulate: refused", "write it as 2026-01-31", id="no day"),
    pytest.param(["archive.jsonl", "--uplift", "1_0"], "--uplift: refused", "write it as 0,5,10", id="no percents"),
    pytest.param(["archive.jsonl", "--with", "missing.json"], "missing.json: refused", "no such file", id="no draft"),
    pytest.param(["archive.jsonl", "--with", "broken.json"], "broken.json: refused", "line 1", id="a broken draft"),
    pytest.param(["archive.jsonl", "--grants", "missing.json"], "missing.json: refused", "", id="no grants"),
    pytest.param(["archive.jsonl", "--grants", "grants.json"], "grants.json: refused", "grants[1].id", id="grants"),
    pytest.param(["archive.jsonl", "--grants", "bytes.jsonl"], "bytes.jsonl: refused", "line 1", id="no text"),
    pytest.param(["archive.jsonl", "--grants", "bytes.jsonl.gz"], "bytes.jsonl.gz: refused", "pack it", id="no gzip"),
    pytest.param(["archive.jsonl", "--grants", "bytes.json.gz"], "bytes.json.gz: refused", "pack it", id="gzip"),
    pytest.param(["archive.jsonl", "--grants", "bytes.parquet"], "bytes.parquet: refused", "Parquet", id="no Parquet"),
    pytest.param(["big.jsonl"], "simulate: refused", "look at its amounts", id="sums beyond counting"),
    pytest.param(["bad.jsonl", "--strict", "--out", "a/b"], "bad.jsonl, receipt 1: refused", "", id="strict"),
    pytest.param(["archive.jsonl", "--out", "rules.json"], "rules.json: refused", "another folder", id="out is a file"),
]


@pytest.mark.parametrize(("arguments", "heading", "sentence"), BAD_CALLS)
def test_a_call_that_can_not_be_carried_out_says_why(
    shop: Shop, arguments: list[str], heading: str, sentence: str
) -> None:
    shop.write("broken.json", "[{]")
    shop.write("archive.csv", "a,b")
    grant = {"id": "g", "discount_id": "from-200", "customer_id": "*"}
    shop.write("grants.json", json.dumps([grant, grant]))
    for name in ("bytes.jsonl", "bytes.jsonl.gz", "bytes.json.gz", "bytes.parquet"):
        shop.write(name, b"\xff\n")
    shop.receipts("big.jsonl", *(receipt(receipt_id=f"{place}", items=[BIG]) for place in range(9_300)))
    shop.write("bad.jsonl", "{}")
    before = sorted(path.name for path in shop.folder.iterdir())
    done = shop.run("simulate", "--rules", "rules.json", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == heading
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in shop.folder.iterdir()) == before


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson", "jsonl.gz"])
def test_grants_and_receipts_come_in_several_formats(shop: Shop, suffix: str) -> None:
    lines = (shop.folder / "archive.jsonl").read_bytes()
    shop.write(f"other.{suffix}", gzip.compress(lines) if suffix.endswith("gz") else lines)
    shop.receipts("grants.jsonl", {"id": "g", "discount_id": "a-tenth-off", "customer_id": "*"})
    done = shop.run("simulate", f"other.{suffix}", "--rules", "rules.json", "--grants", "grants.jsonl", "--json")
    totals = json.loads(done.stdout)["totals"]
    assert totals[0]["baseline"]["discount"] == 9_000


@pytest.mark.parametrize("suffix", ["json", "json.gz", "jsonl.gz"])
def test_grants_may_be_packed(shop: Shop, suffix: str) -> None:
    grant = json.dumps({"id": "g", "discount_id": "a-tenth-off", "customer_id": "*"})
    plain = (f"[{grant}]" if suffix.startswith("json.") or suffix == "json" else grant).encode()
    shop.write(f"grants.{suffix}", gzip.compress(plain) if suffix.endswith("gz") else plain)
    assert summary(shop, "--grants", f"grants.{suffix}")["totals"][0]["baseline"]["discount"] == 9_000


def test_a_rule_is_taken_out_once_however_often_it_is_named(shop: Shop) -> None:
    question = summary(shop, "--without", "a-tenth-off", "--without", "a-tenth-off")["question"]
    assert question["without"] == ["a-tenth-off"]


@pytest.mark.parametrize("customer_id", ["", "*"])
def test_whom_no_grant_can_name_has_no_history(shop: Shop, customer_id: str) -> None:
    once = {
        "id": "mug-once",
        "requirement": {"item": {"items": [{"id": "mug"}]}},
        "reward": {"type": "discount_amount", "value": 100},
        "limitation": {"discount_repeat_usage": 1},
    }
    shop.write("rules.json", json.dumps([once]))
    shop.receipts("archive.jsonl", *(mugs(f"r-{place}", 1, customer_id=customer_id) for place in range(3)))
    data = summary(shop)
    [totals] = data["totals"]
    assert (totals["baseline"]["uses"], totals["baseline"]["customers"], data["archive"]["refused"]) == (3, 0, 0)
    assert [group["customer_group"] for group in data["groups"]] == ["no customer"]


@pytest.mark.skipif(sys.platform == "win32", reason="a process is interrupted in another way there")
@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_ends_all_processes_without_a_word_too_many(shop: Shop) -> None:
    held = Held(shop.folder / "held.jsonl.gz", gzip.compress(json.dumps(mugs("r-7", 7)).encode()))
    with started(
        [*SIMULATE, "archive.jsonl", "held.jsonl.gz", *DRAFTED, "out", "--jobs", "2"],
        cwd=shop.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:

        def goes_on() -> bool:
            return running.poll() is None

        held.give(goes_on)
        until((shop.folder / "out" / ".rabatt-simulation").exists)
        with held.read(goes_on):
            # A worker is in the middle of its work. As a terminal does: to all processes of the group.
            os.killpg(running.pid, signal.SIGINT)
        stdout, stderr = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert "Traceback" not in stderr
    assert stdout == ""
    assert not (shop.folder / "out").exists()


def test_without_its_extra_it_says_what_to_install(shop: Shop) -> None:
    for name in ("pyarrow", "numpy"):
        shop.write(f"{name}.py", f"raise ModuleNotFoundError('no {name}', name='{name}')")
    done = shop.run("simulate", "archive.jsonl", "--rules", "rules.json", PYTHONPATH=str(shop.folder))
    assert done.returncode == 2
    assert "pip install 'rabatt[sim]'" in done.stderr


def test_without_java_it_says_what_to_install(shop: Shop) -> None:
    pytest.importorskip("pyspark", reason="there is no pyspark here: pip install '.[spark]'")
    (shop.folder / "no-java").mkdir()
    done = shop.run(
        "simulate", "archive.jsonl", "--rules", "rules.json", "--engine", "spark", PATH="no-java", JAVA_HOME="no-java"
    )
    assert done.returncode == 2
    assert "it needs Java 17 (Debian: apt install openjdk-17-jre-headless)" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_spark_it_says_what_to_install(shop: Shop) -> None:
    shop.write("pyspark.py", "raise ModuleNotFoundError('no pyspark', name='pyspark')")
    path = os.pathsep.join([str(shop.folder), *sys.path])
    done = shop.run("simulate", "archive.jsonl", "--rules", "rules.json", "--engine", "spark", PYTHONPATH=path)
    assert done.returncode == 2
    assert done.stderr.endswith("Spark comes with an extra: pip install 'rabatt[spark]'\n")


def test_answers_beside_the_receipts_are_not_read_as_receipts(shop: Shop) -> None:
    (shop.folder / "archive").mkdir()
    shop.receipts("archive/a.jsonl", mugs("r-1", 1))
    for _ in range(2):
        done = shop.run("simulate", "archive", "--rules", "rules.json", "--out", "archive")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("1 receipt from ")


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing can be killed here")
def test_a_run_that_is_killed_is_begun_anew_and_leaves_what_any_other_does(shop: Shop) -> None:
    shop.receipts("archive.jsonl", *(mugs(f"r-{number}", 1 + number % 4) for number in range(1_500)))
    last = gzip.compress(json.dumps(mugs("r-last", 7)).encode())
    path = shop.folder / shop.write("held.jsonl.gz", last)
    arguments = ["archive.jsonl", "held.jsonl.gz", *DRAFTED]
    assert shop.run("simulate", *arguments, "undisturbed").returncode == 0
    path.unlink()
    held, out = Held(path, last), shop.folder / "answers"
    with started([*SIMULATE, *arguments, "answers"], cwd=shop.folder, env=environment()) as killed:

        def goes_on() -> bool:
            return killed.poll() is None

        held.give(goes_on)
        until((out / ".rabatt-simulation").exists)
        # The first look, for what return lines name.
        held.give(goes_on)
        until(lambda: list(out.glob(".*/*.arrow")))
        with held.read(goes_on):
            # Rows are written and no answers yet: half-way.
            killed.kill()
            assert killed.wait(PATIENCE) == -signal.SIGKILL
    path.unlink()
    shop.write("held.jsonl.gz", last)
    assert [path.name for path in out.iterdir()] == [".rabatt-simulation"]
    assert shop.run("simulate", *arguments, "answers").returncode == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in (shop.folder / "undisturbed").iterdir()
    }


@pytest.mark.parametrize(
    ("text", "percents"), [("0,5,10", (0, 5, 10)), ("7", (7,)), (" 7, 12 ", (7, 12)), ("000,1000", (0, 1000))]
)
def test_percents_are_read(text: str, percents: tuple[int, ...]) -> None:
    assert uplifts_of(text) == percents


@pytest.mark.parametrize(
    "text",
    ["1_0", "\N{ARABIC-INDIC DIGIT THREE}", "-0", "-5", "+5", "", " ", "5,,10", "5,", "1 0", "2.5", "5\n", "5" * 10],
    ids=ascii,
)
def test_what_is_no_list_of_percents_is_refused(text: str) -> None:
    with pytest.raises(CallRefused) as refused:
        uplifts_of(text)
    assert refused.value.refusal.location.file == "--uplift"
    [fault] = refused.value.refusal.faults
    assert fault.sentence.endswith("is no list of whole percents; write it as 0,5,10")
