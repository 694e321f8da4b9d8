"""`rabatt open2b load` and `rabatt evaluate --format open2b`: what they do with files, and what they refuse."""

import json
import os
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from rabatt.cli.app import app
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.open2b import catalogue_of
from rabatt.service.store.tables import open2b_customers
from tests.support.cli.shop import RULES
from tests.support.open2b.receipts import EXAMPLE, catalogue

ACCOUNT = ["--account", "T12345678"]
LOADED = "T12345678: 3 tax areas, 3 tax classes, 3 shipping methods, 3 payment methods, 2 customers\n"
RECEIPT: dict[str, Any] = {
    "creationTime": "2026-10-16 12:00:00",
    "items": [{"sku": "mug", "name": "Mug", "quantity": 2, "price": 50.005, "taxCode": "VAT", "taxRate": 20}],
}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A runner in an empty folder."""
    for name in [name for name in os.environ if name.upper().startswith("RABATT_")]:
        monkeypatch.delenv(name)
    with chdir(tmp_path):
        yield CliRunner()


def load(runner: CliRunner, name: str, content: str, *options: str) -> Result:
    """What loading a file of this name and content did."""
    Path(name).write_text(content, "utf-8")
    return runner.invoke(app, ["open2b", "load", name, *ACCOUNT, *options])


def test_the_catalogue_of_the_examples_is_loaded_and_loaded_again(runner: CliRunner) -> None:
    for _ in range(2):
        result = runner.invoke(app, ["open2b", "load", str(EXAMPLE), *ACCOUNT, "--database", "sqlite:///shop.db"])
        assert (result.exit_code, result.stdout, result.stderr) == (0, LOADED, "")
    store = ServiceStore("sqlite:///shop.db")
    with store.reading() as connection:
        assert catalogue_of(connection, "T12345678") == catalogue().model_copy(update={"customers": []})
        assert connection.execute(select(func.count()).select_from(open2b_customers)).scalar() == 2
    store.close()


def test_json_says_the_same_as_yaml(runner: CliRunner) -> None:
    text = json.dumps(catalogue().model_dump(mode="json"), default=str)
    # Decimals are written as text by pydantic, and are numbers in the file.
    plain = json.loads(text, parse_float=str)
    for area in plain["taxAreas"]:
        for rate in area["rates"]:
            rate["rate"] = float(rate["rate"])
    for methods in ("shippingMethods", "paymentMethods"):
        for method in plain[methods]:
            for name in ("cost", "costPerWeight", "percent", "freeFrom", "maxWeight", "minTotal", "maxTotal"):
                if method.get(name) is not None:
                    method[name] = float(method[name])
    assert load(runner, "catalogue.json", json.dumps(plain)).stdout == LOADED


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("c.json", "{", "not JSON: expecting property name"),
        ("c.yaml", "a: [", "not YAML: "),
        ("c.yaml", "taxClasses: []\ntaxClasses: []", "not YAML: taxClasses is there twice"),
        ("c.yaml", "- 1", "a catalogue is an object"),
        ("c.yml", "taxAreas: [{id: 1, name: X, countries: [no]}]", "taxAreas[0].countries[0]: a country is two"),
        ("c.yml", "taxClasses: [{id: 1, code: V, name: 2020-01-01, rate: .nan}]", "taxClasses[0].rate: unknown field"),
        ("c.json", '{"shippingMethods": [{"id": 1, "name": "S", "cost": 1.0005}]}', "shippingMethods[0].cost: "),
    ],
)
def test_a_file_with_faults_is_refused_and_nothing_is_loaded(
    runner: CliRunner, name: str, content: str, sentence: str
) -> None:
    result = load(runner, name, content)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{name}: refused\n  {sentence}")
    assert not Path("rabatt.db").exists()
    as_json = load(runner, name, content, "--json")
    assert json.loads(as_json.stderr)["file"] == name


def test_norway_is_a_country_in_yaml(runner: CliRunner) -> None:
    assert load(runner, "c.yaml", "taxAreas: [{id: 1, name: Norge, countries: [NO]}]").exit_code == 0


def test_no_account_no_file_and_no_database_are_said(runner: CliRunner) -> None:
    wrong = runner.invoke(app, ["open2b", "load", str(EXAMPLE), "--account", "7"])
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        'rabatt: --account: an account is P or T and eight digits; here is "7"\n',
    )
    missing = runner.invoke(app, ["open2b", "load", "nowhere.yaml", *ACCOUNT])
    assert (missing.exit_code, missing.stderr) == (
        2,
        "nowhere.yaml: refused\n  there is no such file; check the path\n",
    )
    elsewhere = runner.invoke(app, ["open2b", "load", str(EXAMPLE), *ACCOUNT, "--database", "sqlite:////proc/no.db"])
    assert elsewhere.exit_code == 2
    assert elsewhere.stderr.startswith("rabatt: the database cannot be used: ")


def evaluated(runner: CliRunner, receipts: str, *options: str) -> Result:
    """What evaluating these receipts did."""
    Path("rules.json").write_text(json.dumps(RULES))
    Path("r.jsonl").write_text(receipts)
    return runner.invoke(app, ["evaluate", "r.jsonl", "--rules", "rules.json", "--format", "open2b", *options])


def test_receipts_are_answered_with_amounts_off_and_all_their_places(runner: CliRunner) -> None:
    result = evaluated(runner, f"{json.dumps(RECEIPT)}\n{json.dumps({'status': 'ok', 'receipt': RECEIPT})}\n")
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()
    assert '"discounts":[{"type":"AmountOff","value":10.000}]' in first
    assert '"subtotal":90.01,"taxedSubtotal":108.01' in first
    assert json.loads(second) == {"status": "ok", "receipt": json.loads(first)}


def test_the_receipt_of_the_examples_gets_what_its_total_earns(runner: CliRunner) -> None:
    folder = EXAMPLE.parent
    options = ["--rules", str(folder / "rules.json"), "--format", "open2b"]
    result = runner.invoke(app, ["evaluate", str(folder / "open2b-receipt.json"), *options])
    receipt = json.loads(result.stdout, parse_float=str)["receipt"]
    # 57.27, 66.70 and 286.93 with taxes, less 5.00 and the 30.00 that 400.00 earn.
    assert receipt["discounts"] == [{"type": "AmountOff", "value": "5.000"}, {"type": "AmountOff", "value": "30.000"}]
    assert (receipt["taxedPrediscountSubtotal"], receipt["taxedSubtotal"]) == ("410.90", "375.90")


def test_a_receipt_rounds_as_it_says_whatever_the_options(runner: CliRunner) -> None:
    by_item = {**RECEIPT, "rounding": {"mode": "Down", "rule": "PerItem"}}
    result = evaluated(runner, json.dumps(by_item), "--rounding-mode", "HalfUp")
    assert json.loads(result.stdout)["prediscountSubtotal"] == 100.00


def test_a_receipt_that_is_refused_does_not_stop_the_others(runner: CliRunner) -> None:
    faulty = {**RECEIPT, "items": [{"quantity": 1, "price": "free"}]}
    result = evaluated(runner, f"{json.dumps(faulty)}\n{json.dumps(RECEIPT)}\n")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == (
        'r.jsonl, line 1: refused\n  items[0].price: a number is wanted, without quotes; here is "free"\n'
    )


def test_what_the_terminal_cannot_show_is_escaped(runner: CliRunner) -> None:
    named = {**RECEIPT, "customerName": "Søren\u2028Olsen"}
    result = evaluated(runner, json.dumps(named))
    assert len(result.stdout.splitlines()) == 1
    assert json.loads(result.stdout)["customerName"] == "Søren\u2028Olsen"
