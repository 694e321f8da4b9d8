"""Bearer tokens: checked with one algorithm and one key, both from the settings; and minted for development."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeGuard

import jwt

from rabatt.service.identifiers import has_invisible, normal_form
from rabatt.service.problems import Problem, unauthorized
from rabatt.service.settings import SHORTEST_KEY_BYTES, ServiceSettings

MOST_REMEMBERED = 4_096
# By how much the clock of whoever signs tokens may be ahead of this one.
MOST_SKEW = timedelta(minutes=1)
SHORTEST_RSA_BITS = 2_048
P256_BITS = 256


class KeyRefused(Exception):
    """The key that tokens are checked with cannot be used; its text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who sent a request: the subject, the account, the scopes, and the customer that the token speaks for."""

    subject: str
    account: str
    scopes: frozenset[str]
    customer_id: str | None
    expires: float


def is_name(value: object) -> TypeGuard[str]:
    """Whether a claim is text that the store takes and a log shows."""
    return isinstance(value, str) and value != "" and not has_invisible(value)


def is_after(claim: object, now: datetime) -> bool:
    """Whether a claim is an instant later than now; what is no number is refused."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise unauthorized("the token's times are numbers, in seconds since 1970")
    return claim > now.timestamp()


class Tokens:
    """Checks tokens against one key."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.key = signing_key(settings)
        # A till sends the same token with every receipt, and checking it costs as much as reading a small receipt.
        self._known: dict[str, Principal] = {}

    def principal(self, token: str, now: datetime) -> Principal:
        """Who the token speaks for; a Problem with status 401 where it is not taken."""
        known = self._known.get(token)
        if known is not None and known.expires > now.timestamp():
            return known
        principal = self._checked(token, now)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[token] = principal
        return principal

    def _checked(self, token: str, now: datetime) -> Principal:
        claims = self._signed_claims(token)
        if not is_after(claims["exp"], now):
            raise unauthorized("the token has expired; get a new one")
        if is_after(claims.get("nbf", 0), now + MOST_SKEW):
            raise unauthorized("the token is not valid yet")
        subject, account, scope, customer_id = (claims.get(name) for name in ("sub", "aid", "scope", "customer_id"))
        if not is_name(subject) or not is_name(account) or not isinstance(scope, str):
            raise unauthorized("the token lacks `sub`, `aid` or `scope`")
        if customer_id is not None and not is_name(customer_id):
            raise unauthorized("the token's `customer_id` is no id of a customer")
        own_customer = None if customer_id is None else normal_form(customer_id)
        return Principal(normal_form(subject), account, frozenset(scope.split()), own_customer, claims["exp"])

    def _signed_claims(self, token: str) -> dict[str, Any]:
        """What the token says, once its signature, issuer and audience are known to be right."""
        settings = self.settings
        try:
            return jwt.decode(
                token,
                self.key,
                algorithms=[settings.algorithm],
                audience=settings.audience,
                issuer=settings.issuer,
                # Times are compared with the service's own clock, not with PyJWT's.
                options={
                    "require": ["exp", "aud", "iss", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        # Some of what a token's header and claims may hold is not foreseen by PyJWT.
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError) as error:
            raise unauthorized("the token is not valid for this service") from error

    def mint(
        self, account: str, scope: str, *, subject: str, customer_id: str | None, now: datetime, lifetime: timedelta
    ) -> str:
        """A token signed with the key; ValueError where only the public half is here."""
        if self.settings.algorithm != "HS256":
            raise ValueError(
                f"tokens of algorithm {self.settings.algorithm} are signed by whoever holds the private key"
            )
        claims: dict[str, Any] = {
            "iss": self.settings.issuer,
            "aud": self.settings.audience,
            "sub": subject,
            "aid": account,
            "scope": scope,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        if customer_id is not None:
            claims["customer_id"] = customer_id
        return jwt.encode(claims, self.key, algorithm="HS256")


def signing_key(settings: ServiceSettings) -> str:
    """The key of the settings; beside an SQLite file a missing one is made. KeyRefused where it cannot be used."""
    if settings.key is not None and settings.algorithm == "HS256":
        return _long_enough(settings.key.get_secret_value(), "RABATT_KEY")
    path = settings.key_file
    if settings.algorithm == "HS256" and settings.is_sqlite:
        _make_key(path)
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        remedy = "set RABATT_KEY, or RABATT_KEY_FILE to a file with it"
        if settings.algorithm != "HS256":
            remedy = f"set RABATT_KEY_FILE to a file with the public key for {settings.algorithm}"
        raise KeyRefused(f"the key of the tokens cannot be read: {problem}; {remedy}") from problem
    if settings.algorithm == "HS256":
        return _long_enough(text, str(path))
    return _public_key(text, settings.algorithm, path)


def _public_key(text: str, algorithm: str, path: Path) -> str:
    if "PRIVATE" in text:
        raise KeyRefused(f"{path} holds a private key; the service needs the public one only")
    try:
        key: Any = jwt.get_algorithm_by_name(algorithm).prepare_key(text)
    except (ValueError, TypeError, AttributeError, jwt.InvalidKeyError) as problem:
        raise KeyRefused(f"{path} holds no public key (PEM) for {algorithm}") from problem
    bits = getattr(key, "key_size", 0)
    if not {"RS256": bits >= SHORTEST_RSA_BITS, "ES256": bits == P256_BITS}.get(algorithm, True):
        raise KeyRefused(
            f"the key in {path} has {bits} bits; RS256 wants {SHORTEST_RSA_BITS} at least, and ES256 the curve P-256"
        )
    return text


def _long_enough(key: str, place: str) -> str:
    if len(key.encode()) < SHORTEST_KEY_BYTES:
        raise KeyRefused(
            f"the key in {place} has {len(key.encode())} bytes; {SHORTEST_KEY_BYTES} are the least that is safe: "
            "openssl rand -hex 32 makes one"
        )
    if "-----BEGIN" in key:
        raise KeyRefused(f"the key in {place} is half of a key pair; set RABATT_ALGORITHM to the one it was made for")
    return key


def _make_key(path: Path) -> None:
    """A new random key that only this user can read, unless there is one."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    if path.exists():
        return
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(SHORTEST_KEY_BYTES) + "\n")
        # A link fails where another process was first: all use the one that is there.
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        temporary.unlink()
    except OSError as problem:
        raise KeyRefused(f"no key can be made at {path}: {problem}; set RABATT_KEY, or RABATT_KEY_FILE") from problem


def bearer(header: str | None) -> str:
    """The token of an Authorization header; a Problem with status 401 where there is none."""
    kind, _, token = (header or "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise unauthorized("this needs a token: Authorization: Bearer TOKEN")
    return token.strip()


def forbidden(message: str) -> Problem:
    """A good token that does not reach so far."""
    return Problem(403, message)
