"""The application in this process, as a program that embeds it would call it."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rabatt.cli.app import app
from tests.support.cli.shop import Shop, receipt

EVALUATE = ["evaluate", "receipts.jsonl", "--rules", "rules.json"]


@pytest.fixture
def runner(shop: Shop) -> Iterator[CliRunner]:
    """A runner in a folder with rules, grants, receipts of which the second is refused, and faulty rules."""
    shop.receipts("receipt.json", receipt())
    shop.receipts("receipts.jsonl", receipt(), {}, receipt())
    shop.write("grants.json", '[{"id": "g", "discount_id": "a-tenth-off", "customer_id": "*"}]')
    shop.write("faulty.json", '[{"id": "a"}]')
    with chdir(shop.folder):
        yield CliRunner()


@pytest.mark.parametrize(
    ("arguments", "code", "said", "complained"),
    [
        pytest.param(["--version"], 0, "rabatt ", "", id="version"),
        pytest.param(["--help"], 0, "evaluate", "", id="help"),
        pytest.param([], 2, "Usage", "", id="nothing asked for"),
        pytest.param(["schema", "grant"], 0, "created_at", "", id="schema"),
        pytest.param(["check", "rules.json"], 0, "2 rules, no faults", "", id="check"),
        pytest.param(["check", "rules.json", "faulty.json"], 2, "no faults", "faulty.json: refused", id="check faulty"),
        pytest.param(["check", "rules.json", "--json"], 0, '"suspect": []', "", id="check as JSON"),
        pytest.param(EVALUATE, 1, "To pay", "receipts.jsonl, line 2: refused", id="evaluate"),
        pytest.param([*EVALUATE, "--json"], 1, '"net_amount": 9000', '"line": 2', id="evaluate as JSON"),
        pytest.param([*EVALUATE, "--grants", "grants.json"], 1, "-10.00", "", id="evaluate with grants"),
        pytest.param(
            [*EVALUATE, "--rounding-mode", "Down", "--rounding-rule", "Total"], 1, "To pay", "", id="rounding"
        ),
        pytest.param(["evaluate", "receipt.json", "--rules", "faulty.json"], 2, "", "rules[0].reward", id="bad rules"),
        pytest.param([*EVALUATE, "--grants", "faulty.json"], 2, "", "grants[0].customer_id", id="bad grants"),
        pytest.param(["explain", *EVALUATE[1:]], 1, "used", "refused", id="explain"),
        pytest.param(["explain", *EVALUATE[1:], "--json"], 1, '"rules": [', '"line": 2', id="explain as JSON"),
        pytest.param(["explain", *EVALUATE[1:], "--rule", "from-200"], 1, "rejected", "refused", id="explain one rule"),
        pytest.param(["explain", *EVALUATE[1:], "--rule", "x"], 2, "", 'no rule "x"', id="explain an unknown rule"),
    ],
)
def test_a_call_ends_with_its_exit_code_and_says_why(
    runner: CliRunner, arguments: list[str], code: int, said: str, complained: str
) -> None:
    result = runner.invoke(app, arguments)
    assert result.exit_code == code
    assert said in result.stdout
    assert complained in result.stderr


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [(PermissionError(13, "Permission denied"), "check its permissions"), (OSError(5, "Input/output error"), "error")],
)
def test_a_file_that_cannot_be_opened_refuses_the_call(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch, problem: OSError, sentence: str
) -> None:
    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setattr(Path, "open", fail)
    result = runner.invoke(app, ["check", "rules.json"])
    assert result.exit_code == 2
    assert result.stderr.startswith("rules.json: refused\n  ")
    assert sentence in result.stderr


def test_standard_input_is_read_when_asked_for(runner: CliRunner) -> None:
    result = runner.invoke(app, ["evaluate", "-", "--rules", "rules.json", "--json"], input=json.dumps(receipt()))
    assert json.loads(result.stdout)["net_amount"] == 9000
