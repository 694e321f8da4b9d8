"""`rabatt token` and `rabatt config`: what they print, and what they refuse."""

import json
import os
from collections.abc import Iterator
from contextlib import chdir
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner, Result

from rabatt.cli.app import app
from rabatt.cli.mint import span
from rabatt.service.entry.access import SCOPES

KEY = "a key for the tests of the command, long enough"
TILL = ["--account", "T12345678", "--scope", "write:discounts:/available_for_receipt"]


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A runner in an empty folder, where nothing is chosen but the key."""
    for name in [name for name in os.environ if name.upper().startswith("RABATT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RABATT_KEY", KEY)
    with chdir(tmp_path):
        yield CliRunner()


def said(result: Result) -> list[str]:
    """The sentences with which a call was refused."""
    assert (result.exit_code, result.stdout) == (2, "")
    return [line.removeprefix("rabatt: ") for line in result.stderr.splitlines()]


def test_a_token_says_what_was_asked_for(runner: CliRunner) -> None:
    more = ["--scope", "user:receipts read:discounts", "--customer", "c-7", "--subject", "till 4", "--expires", "30m"]
    result = runner.invoke(app, ["token", *TILL, *more])
    assert (result.exit_code, result.stderr) == (0, "")
    claims = jwt.decode(result.stdout.strip(), KEY, algorithms=["HS256"], audience="rabatt", issuer="rabatt")
    assert (claims["aid"], claims["sub"], claims["customer_id"]) == ("T12345678", "till 4", "c-7")
    assert claims["scope"] == "write:discounts:/available_for_receipt user:receipts read:discounts"
    assert claims["exp"] - claims["iat"] == 1800
    assert list(Path().iterdir()) == []


def test_without_a_key_one_is_made_for_the_service_that_starts_here_later(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RABATT_KEY")
    result = runner.invoke(app, ["token", *TILL])
    key = Path("rabatt.key").read_text().strip()
    assert jwt.decode(result.stdout.strip(), key, algorithms=["HS256"], audience="rabatt")["sub"] == "rabatt token"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(
            ["--scope", "write:discount"],
            '--scope: there is no scope "write:discount"; did you mean "write:discounts"?',
            id="a misspelt scope",
        ),
        pytest.param(
            ["--scope", "everything"],
            f'--scope: there is no scope "everything"; there are {", ".join(sorted(SCOPES))}',
            id="an unknown scope",
        ),
        pytest.param(["--scope", " "], "--scope: name one scope at least", id="no scope"),
        pytest.param(
            ["--scope", "user:receipts"],
            "--customer: user:receipts reaches one customer's receipts; say whose",
            id="a customer's scope without the customer",
        ),
        *(
            pytest.param(
                ["--scope", "admin:discounts", "--account", account],
                f'--account: an account is P or T and eight digits; here is "{account}"',
                id=f"the account {account!r}",
            )
            for account in ("", "T1234567", "T123456789", "X12345678", "t12345678", "T1234567٨")
        ),
        *(
            pytest.param(
                ["--scope", "admin:discounts", "--expires", expires],
                f'--expires: write a number and s, m, h or d, such as 30m; here is "{expires}"',
                id=f"the end {expires!r}",
            )
            for expires in ("", "1", "h", "0h", "-1h", "1.5h", "1y", "1h ", "99999d", "9999999999d", "\u0661h")
        ),
        *(
            pytest.param(
                ["--scope", "admin:discounts", option, value],
                f"{option}: this is text, without control characters and others that cannot be seen",
                id=f"{option} {value!r}",
            )
            for option in ("--subject", "--customer")
            for value in ("", "a\nb")
        ),
    ],
)
def test_what_no_service_would_take_is_refused(runner: CliRunner, arguments: list[str], sentence: str) -> None:
    account = [] if "--account" in arguments else ["--account", "T12345678"]
    assert said(runner.invoke(app, ["token", *account, *arguments])) == [sentence]


def test_all_that_is_wrong_with_a_token_is_said_at_once(runner: CliRunner) -> None:
    result = runner.invoke(app, ["token", "--account", "x", "--scope", "y", "--expires", "z"])
    assert [line.split(":")[0] for line in said(result)] == ["--account", "--scope", "--expires"]


def test_a_token_needs_the_secret(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABATT_KEY", "short")
    assert said(runner.invoke(app, ["token", *TILL]))[0].startswith("the key in RABATT_KEY has 5 bytes")
    monkeypatch.setenv("RABATT_ALGORITHM", "EdDSA")
    public = Ed25519PrivateKey.generate().public_key()
    Path("rabatt.key").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    said_of_pair = said(runner.invoke(app, ["token", *TILL]))
    assert said_of_pair == ["tokens of algorithm EdDSA are signed by whoever holds the private key"]


@pytest.mark.parametrize(
    ("text", "lifetime"),
    [("90s", timedelta(seconds=90)), ("30m", timedelta(minutes=30)), ("7d", timedelta(days=7)), ("3651d", None)],
)
def test_a_span_is_a_number_and_a_unit(text: str, lifetime: timedelta | None) -> None:
    assert span(text) == lifetime


def test_config_shows_what_takes_effect_and_where_it_comes_from(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RABATT_DATABASE", "postgresql://till:hemmelig@h/d")
    monkeypatch.setenv("RABATT_PROT", "81")
    result = runner.invoke(app, ["config"])
    assert result.exit_code == 0
    assert "hemmelig" not in result.output
    assert KEY not in result.output
    lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert lines["database"] == ["postgresql+psycopg://till:***@h/d", "(RABATT_DATABASE)"]
    assert lines["port"] == ["8080", "(default)"]
    assert lines["database_file"] == ["-", "(default)"]
    assert result.stderr == "rabatt: RABATT_PROT is no setting; did you mean RABATT_PORT?\n"
    shown = json.loads(runner.invoke(app, ["config", "--json"]).stdout)
    assert shown["key"] == {"value": "***", "from": "RABATT_KEY"}
    assert shown["workers"] == {"value": 1, "from": "default"}
    assert list(Path().iterdir()) == []
