"""What an operator may choose, what is refused, and that no secret is shown."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import SecretStr, ValidationError

from rabatt.service.bearer_tokens import KeyRefused, Tokens
from rabatt.service.problems import Problem
from rabatt.service.settings import ServiceSettings, sentences_of, unknown_variables
from tests.rabatt.service.conftest import KEY, START
from tests.support.service.every_route import claims, signed, unsigned

PASSWORD = "correct-horse-battery"  # noqa: S105 - made up here
SQLITE = "sqlite:///rabatt.db"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, so that keys are made there."""
    monkeypatch.chdir(tmp_path)


def settings(**given: Any) -> ServiceSettings:
    """Settings with what the test gives."""
    return ServiceSettings(**given)


def database_of(url: str) -> str:
    """The URL as the service uses it."""
    return settings(database=url).database.get_secret_value()


@pytest.mark.parametrize(
    ("url", "used"),
    [
        pytest.param("sqlite:///a.db", "sqlite:///a.db", id="a file here"),
        pytest.param("sqlite:////var/lib/a.db", "sqlite:////var/lib/a.db", id="a file elsewhere"),
        pytest.param(" sqlite:///a.db\n", "sqlite:///a.db", id="with white space"),
        pytest.param("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d", id="PostgreSQL"),
        pytest.param("postgres://u@h:6/d", "postgresql+psycopg://u@h:6/d", id="PostgreSQL by its other name"),
        pytest.param("postgresql+asyncpg://h/d", "postgresql+psycopg://h/d", id="PostgreSQL by another driver"),
        pytest.param("postgresql://u:p%40%2F@h/d", "postgresql+psycopg://u:p%40%2F@h/d", id="a quoted password"),
    ],
)
def test_two_kinds_of_store_are_taken(url: str, used: str) -> None:
    assert database_of(url) == used
    assert database_of(database_of(url)) == used


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rabatt.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=memory",
        "mysql://u:p@h/d",
        f"postgresql://u:{PASSWORD}@h:port/d",
        f"://{PASSWORD}",
    ],
)
def test_other_stores_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(database=url)
    said = list(sentences_of(raised.value))
    assert said == ["RABATT_DATABASE: give sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME"]


def test_every_fault_is_named_by_its_variable_or_by_the_option_that_was_given() -> None:
    with pytest.raises(ValidationError) as raised:
        settings(port="many", workers=0, log_level="loud", key="short")
    assert list(sentences_of(raised.value, {"port": "--port"})) == [
        '--port: input should be a valid integer, unable to parse string as an integer; here is "many"',
        "RABATT_WORKERS: input should be greater than or equal to 1; here is 0",
        "RABATT_LOG_LEVEL: input should be 'debug', 'info', 'warning' or 'error'; here is \"loud\"",
    ]


def test_settings_come_from_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABATT_PORT", "81")
    monkeypatch.setenv("rabatt_host", "::1")
    chosen = settings()
    assert (chosen.port, chosen.host, chosen.workers) == (81, "::1", 1)
    origins = chosen.origins()
    assert (origins["port"], origins["host"], origins["workers"]) == ("RABATT_PORT", "RABATT_HOST", "default")


def test_the_url_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text(f"postgresql://u:{PASSWORD}@h/d\n")
    chosen = settings(database_file=secret)
    assert chosen.database.get_secret_value() == f"postgresql+psycopg://u:{PASSWORD}@h/d"
    assert chosen.origins()["database"] == str(secret)
    assert not chosen.is_sqlite
    for text, sentence in (("x", "give sqlite:///PATH"), (None, "the file of RABATT_DATABASE_FILE cannot be read")):
        secret.unlink() if text is None else secret.write_text(text)
        with pytest.raises(ValidationError) as raised:
            settings(database_file=secret)
        assert next(sentences_of(raised.value)).startswith(sentence)


def test_secrets_are_masked_wherever_they_stand() -> None:
    url = f"postgresql://till:{PASSWORD}@h/d?sslpassword={PASSWORD}&sslmode=require"
    chosen = settings(database=url, key=f"{PASSWORD}{KEY}")
    shown = json.dumps(chosen.as_data())
    assert PASSWORD not in shown
    assert PASSWORD not in repr(chosen)
    assert "till:***@h/d" in shown
    assert "sslmode=require" in shown
    assert settings(database=SQLITE).as_data()["key"] is None


def test_a_variable_that_is_all_but_a_setting_is_named() -> None:
    variables = ["RABATT_DATABSE", "RABATT_PORT", "rabatt_key", "RABATT_ENGINE", "RABATT_SERVICE_HOST", "HOME"]
    assert list(unknown_variables(dict.fromkeys(variables, "x"))) == [
        "RABATT_DATABSE is no setting; did you mean RABATT_DATABASE?"
    ]


def test_beside_sqlite_a_key_is_made_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "rabatt.key"
    first = Tokens(settings(database=SQLITE)).key
    assert len(first) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert Tokens(settings(database=SQLITE)).key == first
    assert [each.name for each in tmp_path.iterdir()] == ["rabatt.key"]


def test_a_key_that_another_process_made_meanwhile_is_the_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rabatt.key"
    path.write_text(KEY)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert Tokens(settings(database=SQLITE)).key == KEY
    assert [each.name for each in tmp_path.iterdir()] == ["rabatt.key"]


def refused(sentence: str, **given: Any) -> None:
    """Fails unless the key of these settings is refused with this sentence."""
    with pytest.raises(KeyRefused, match=sentence):
        Tokens(settings(**given))


@pytest.mark.parametrize("bytes_", [0, 1, 31])
def test_a_key_of_fewer_than_32_bytes_is_refused(tmp_path: Path, bytes_: int) -> None:
    refused(f"the key in RABATT_KEY has {bytes_} bytes", database=SQLITE, key="k" * bytes_)
    (tmp_path / "short").write_text("k" * bytes_ + "\n")
    refused(f"short has {bytes_} bytes", database=SQLITE, key_file=tmp_path / "short")
    assert Tokens(settings(database=SQLITE, key="k" * 32)).key
    assert Tokens(settings(database=SQLITE, key="ø" * 16)).key


def test_a_key_that_is_not_there_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    refused("cannot be read.*set RABATT_KEY", database="postgresql://h/d")
    (tmp_path / "bytes").write_bytes(b"\xff" * 40)
    refused("cannot be read", database=SQLITE, key_file=tmp_path / "bytes")
    refused("no key can be made at", database=SQLITE, key_file=tmp_path / "nowhere" / "rabatt.key")


PAIRS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
ANOTHER: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
WEAK: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505 - to be refused
    "ES256": ec.generate_private_key(ec.SECP384R1()),
}


def public(pair: Any) -> str:
    """The public half of a pair."""
    text: str = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return text


def private(pair: Any) -> str:
    """The private half of a pair."""
    text: str = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text


@pytest.mark.parametrize("algorithm", PAIRS)
def test_a_public_key_checks_what_its_private_half_signed_and_nothing_else(tmp_path: Path, algorithm: str) -> None:
    path = tmp_path / "public.pem"
    path.write_text(public(PAIRS[algorithm]))
    tokens = Tokens(settings(database="postgresql://h/d", key_file=path, algorithm=algorithm))
    good = claims(["admin:discounts"])
    assert tokens.principal(jwt.encode(good, PAIRS[algorithm], algorithm=algorithm), START).account == "T12345678"
    # The confusion of keys: whoever has the public half signs with it as if it were a secret.
    confused = [signed(good, key=text) for text in (path.read_text(), path.read_text().strip())]
    others = [jwt.encode(good, pair, algorithm=name) for name, pair in PAIRS.items() if name != algorithm]
    others += [jwt.encode(good, ANOTHER[algorithm], algorithm=algorithm), unsigned(good)]
    for token in [*confused, *others]:
        with pytest.raises(Problem) as raised:
            tokens.principal(token, START)
        assert raised.value.status == 401
    with pytest.raises(ValueError, match="signed by whoever holds the private key"):
        tokens.mint("T12345678", "", subject="x", customer_id=None, now=START, lifetime=START - START)


@pytest.mark.parametrize("algorithm", PAIRS)
def test_a_key_of_another_kind_is_refused(tmp_path: Path, algorithm: str) -> None:
    path = tmp_path / "key.pem"
    given = {"database": "postgresql://h/d", "key_file": path, "algorithm": algorithm}
    path.write_text(private(PAIRS[algorithm]))
    refused("holds a private key", **given)
    for text in ("", "x", KEY, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"):
        path.write_text(text)
        refused(f"holds no public key .PEM. for {algorithm}", **given)
    for name, pair in PAIRS.items():
        if name != algorithm:
            path.write_text(public(pair))
            with pytest.raises(KeyRefused):
                Tokens(settings(**given))
    if algorithm in WEAK:
        path.write_text(public(WEAK[algorithm]))
        # Some versions of PyJWT refuse the curve by themselves.
        refused("has 1024 bits" if algorithm == "RS256" else "has 384 bits|holds no public key", **given)


def test_half_of_a_pair_is_no_secret() -> None:
    refused("half of a key pair", database=SQLITE, key=SecretStr(public(PAIRS["RS256"])))
