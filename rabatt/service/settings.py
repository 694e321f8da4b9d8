"""What an operator may choose, from `RABATT_*` variables, files of secrets, or the command line."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine import Settings as EngineSettings
from rabatt.service.client_addresses import networks_of
from rules.fault import nearest_name, shown

SHORTEST_KEY_BYTES = 32
MEGABYTE = 1024 * 1024
PREFIX = "RABATT_"
MASK = "***"
WANTED_URL = "give sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME"

Algorithm = Literal["HS256", "RS256", "ES256", "EdDSA"]


class ServiceSettings(BaseSettings):
    """The settings of one service; a ValidationError names every variable that cannot be used."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    database: SecretStr = Field(
        default=SecretStr("sqlite:///rabatt.db"),
        description="URL of the store: sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    database_file: Path | None = Field(
        default=None, description="A file that holds the URL, instead of RABATT_DATABASE."
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8080, description="The port to listen on; 0: any.")
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="How many processes serve; more than one is for PostgreSQL."
    )
    key: SecretStr | None = Field(
        default=None, description=f"The secret that HS256 tokens are signed with, {SHORTEST_KEY_BYTES} bytes at least."
    )
    key_file: Path = Field(
        default=Path("rabatt.key"),
        description="The file of that secret where RABATT_KEY is not set, or the public key (PEM) of other algorithms. "
        "With SQLite a missing secret is made.",
    )
    algorithm: Algorithm = Field(default="HS256", description="The one algorithm that tokens may be signed with.")
    audience: Annotated[str, Field(min_length=1)] = Field(default="rabatt", description="The `aud` of every token.")
    issuer: Annotated[str, Field(min_length=1)] = Field(default="rabatt", description="The `iss` of every token.")
    max_body_bytes: Annotated[int, Field(ge=1024, le=32 * MEGABYTE)] = Field(
        default=MEGABYTE, description="Longer bodies are refused before they are parsed."
    )
    max_body_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=30, description="How long a body may take to arrive."
    )
    max_requests: Annotated[int, Field(ge=1)] = Field(
        default=256,
        description="The most requests worked on at once, a process, and as many whose bodies arrive; the next are "
        "answered 503, to be sent again.",
    )
    max_unread_bytes: Annotated[int, Field(ge=MEGABYTE)] = Field(
        default=256 * MEGABYTE,
        description="The most bytes of answers that wait to be read, a process; what would be more is answered 503.",
    )
    max_answer_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=60, description="How long a client may take to read an answer before its connection is ended."
    )
    max_clients: Annotated[int, Field(ge=1)] = Field(
        default=1_024, description="The most connections of clients, a process; the next wait until one is closed."
    )
    token_share: Annotated[int, Field(ge=1, le=100)] = Field(
        default=25,
        description="How many percent of the requests at once and of the unread bytes one token may have; above it is "
        "answered 429. Tokens of one `sub` and customer count as one.",
    )
    account_share: Annotated[int, Field(ge=1, le=100)] = Field(
        default=50, description="The same for the tokens of one account together."
    )
    address_share: Annotated[int, Field(ge=1, le=100)] = Field(
        default=50, description="The same for one address of a client, and for its connections."
    )
    proxies: str = Field(
        default="",
        description="Addresses and networks of your proxies, parted by commas, whose `X-Forwarded-For` says who the "
        "client is; the proxies themselves may have all connections.",
    )
    max_lines: Annotated[int, Field(ge=1)] = Field(default=1_000, description="The most lines of a receipt.")
    max_rules: Annotated[int, Field(ge=1)] = Field(
        default=250_000, description="The most rules of an account that are not deleted."
    )
    max_explained_rules: Annotated[int, Field(ge=1)] = Field(
        default=1_000, description="The most rules that one explanation covers."
    )
    max_steps: Annotated[int, Field(ge=1)] = Field(
        default=EngineSettings().max_steps, description="The steps of the search for the best selection."
    )
    max_work: Annotated[int, Field(ge=1)] = Field(
        default=500_000,
        description="The most work of one evaluation, in steps of one or two microseconds; a receipt that takes more "
        "with the account's rules is refused (422).",
    )
    evaluation_seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        default=2, description="How long one evaluation may take; then it is stopped (503)."
    )
    evaluators: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2,
        description="How many processes evaluate what takes long, beside each one that serves. One account never has "
        "all of them.",
    )
    rounding_mode: Literal["Down", "HalfDown", "HalfEven", "HalfUp"] = Field(
        default="HalfUp", description="How a percent of an amount becomes a whole number of the smallest coin."
    )
    rounding_rule: Literal["PerItem", "PerLine", "Total"] = Field(
        default="PerLine", description="What is rounded: each line's discount, each piece's, or the whole."
    )
    max_clock_skew_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=600,
        description="By how much a till's clock may be off: claims of purchases further ahead are refused, and what "
        "changed within that time of a purchase may have been seen either way.",
    )
    require_evaluation: bool = Field(
        default=False, description="Whether every claim must carry the `evaluation` that gave its discounts."
    )
    return_policy: Literal["as_paid", "spread", "re_evaluate"] = Field(
        default="as_paid", description="What is paid for returned goods, where neither rule nor call says it."
    )
    idempotency_hours: Annotated[int, Field(ge=1, le=168)] = Field(
        default=24, description="For how long an answer is kept under its `Idempotency-Key`."
    )
    ledger_file: Path | None = Field(
        default=None,
        description="A JSON file with the accounts and the VAT of credit notes; without it, the usual ones "
        "([credit-notes.md](credit-notes.md#the-ledger)).",
    )
    connections: Annotated[int, Field(ge=1, le=200)] = Field(
        default=10, description="The most connections to the store, a process; with PostgreSQL, one more tries it."
    )
    database_seconds: Annotated[int, Field(ge=1, le=600)] = Field(
        default=5,
        description="How long a request waits for a connection to the store, for each statement, and for a lock, "
        "before it is answered 503.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged; `warning` leaves out the line of each request."
    )

    @field_validator("database")
    @classmethod
    def is_a_known_store(cls, value: SecretStr) -> SecretStr:
        """Take the two stores only; PostgreSQL is always spoken to through psycopg."""
        url = _parsed(value.get_secret_value().strip())
        kind = url.get_backend_name()
        if kind in {"postgresql", "postgres"}:
            return SecretStr(url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
        # A database in memory would be another one for every connection.
        if kind == "sqlite" and url.host is None and url.database not in {None, "", ":memory:"} and not url.query:
            return SecretStr(url.set(drivername="sqlite").render_as_string(hide_password=False))
        raise ValueError(WANTED_URL)

    @field_validator("proxies")
    @classmethod
    def are_networks(cls, value: str) -> str:
        """Take what names networks only."""
        try:
            networks_of(value)
        except ValueError as problem:
            raise ValueError(f"{problem}; write addresses and networks as 10.0.0.0/8, 192.0.2.1") from None
        return value

    @model_validator(mode="after")
    def read_the_files(self) -> Self:
        """Take the URL from its file where one is named."""
        if self.database_file is not None:
            url = _text_of(self.database_file, "database_file")
            object.__setattr__(self, "database", type(self).is_a_known_store(SecretStr(url)))
        return self

    @property
    def engine(self) -> EngineSettings:
        """What of it the engine works with."""
        return EngineSettings(
            self.rounding_mode,
            self.rounding_rule,
            max_steps=self.max_steps,
            max_work=self.max_work,
            return_policy=self.return_policy,
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a file of this machine."""
        return self.database.get_secret_value().startswith("sqlite:")

    def as_data(self) -> dict[str, Any]:
        """The effective settings as plain data, secrets masked."""
        masked = {"database": _masked(make_url(self.database.get_secret_value())), "key": self.key and MASK}
        return {name: masked.get(name, value) for name, value in self.model_dump(mode="json").items()}

    def origins(self, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Where each setting comes from: its variable, `default`, or for the URL of the store its file."""
        variables = {name.upper() for name in environment}
        set_by = {name: variable_of(name) for name in type(self).model_fields}
        origins = {name: variable if variable in variables else "default" for name, variable in set_by.items()}
        return origins if self.database_file is None else {**origins, "database": str(self.database_file)}


def variable_of(name: str) -> str:
    """The variable of a setting."""
    return PREFIX + name.upper()


def sentences_of(error: ValidationError, options: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """What is wrong with the settings, a sentence each, under the names of the options given or of the variables.

    Secrets are not repeated.
    """
    for details in error.errors(include_url=False):
        name = ".".join(str(part) for part in details["loc"][:1])
        sentence = details["msg"].removeprefix("Value error, ")
        sentence = f"{sentence[:1].lower()}{sentence[1:]}"
        quoted = "" if name in {"", "database", "key"} else f"; here is {shown(details['input'])}"
        yield f"{options.get(name, variable_of(name))}: {sentence}{quoted}" if name else sentence


def unknown_variables(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """A sentence for each variable that is all but the name of a setting; others may have theirs with this prefix."""
    known = tuple(name.upper() for name in ServiceSettings.model_fields)
    for variable in sorted(environment):
        name = variable.upper().removeprefix(PREFIX)
        nearest = nearest_name(name, known) if variable.upper().startswith(PREFIX) and name not in known else None
        if nearest is not None:
            yield f"{variable} is no setting; did you mean {variable_of(nearest)}?"


def _text_of(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ValueError(f"the file of {variable_of(name)} cannot be read: {problem}") from problem


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # What SQLAlchemy says repeats the URL, and with it the password.
        raise ValueError(WANTED_URL) from None


def _masked(url: URL) -> str:
    """The URL without its passwords, wherever they stand."""
    query = {name: "hidden" if "pass" in name.lower() else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)
