"""The ledger that credit notes are for: its accounts with their VAT, and the creditor of the payment slips.

An operator gives it in a file (RABATT_LEDGER_FILE), for all organizations and for single ones.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

from rabatt.service.hundredths import in_hundredths
from rabatt.service.identifiers import Guid
from rules import Fault, Refused
from rules.parse import parse
from rules.refuse import faults_of
from rules.validate import Faulty, reader_of
from rules.values import Name, Read, Whole, Zone, refusal

LARGEST_ACCOUNT = 99_999_999
ORGANIZATIONS = "organizations"

_NUMBER = re.compile(r"[1-9]\d{0,7}", re.ASCII)
_CREDITOR = re.compile(r"\d{8}", re.ASCII)
_ORGANIZATION = re.compile(r"[PT]\d{8}", re.ASCII)


class LedgerRefused(Exception):
    """The file of the ledger cannot be used; its text says why and what to do."""


def read_key(value: object) -> int:
    """The number of an account, which is text where it names a member of an object."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value) is None:
        raise refusal("account", f'an account is named by its number in quotes, from "1" to "{LARGEST_ACCOUNT}"')
    return int(value)


def read_creditor(value: object) -> str:
    """The number under which a creditor is paid."""
    if not isinstance(value, str) or _CREDITOR.fullmatch(value) is None:
        raise refusal("creditor", "a creditor's number is eight digits in quotes")
    return value


AccountNumber = Annotated[
    int, Whole(1, LARGEST_ACCOUNT, f"the number of an account is a whole number from 1 to {LARGEST_ACCOUNT}")
]


class Account(BaseModel):
    """An account: its name, and the percent of VAT on what is booked there, in hundredths."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Name
    vat: Annotated[int, in_hundredths(0, 100, "a percent of VAT")]


def _usual_accounts() -> dict[int, Account]:
    return {
        1000: Account(name="Sales with VAT", vat=25),
        1050: Account(name="Sales without VAT", vat=0),
        1090: Account(name="Rounding", vat=0),
    }


class Ledger(BaseModel):
    """The ledger of one organization."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    accounts: dict[Annotated[int, Read(read_key, {"type": "string"})], Account] = _usual_accounts()
    # Where goods of a return go whose receipt says nothing of a rate, or this account's.
    sales_account: AccountNumber = 1000
    # Where the smallest coin goes that no base with its VAT comes to.
    rounding_account: AccountNumber = 1090
    deposit_account: AccountNumber = 55_000
    # What is owed on gift cards: there is booked what of a return went back on them.
    gift_card_account: AccountNumber = 65_000
    creditor: Annotated[str, Read(read_creditor, {"type": "string"})] | None = None
    time_zone: Zone = "Europe/Copenhagen"
    products: dict[Guid, Name] = {}

    def account_with(self, vat: int) -> int | None:
        """The account for sales at a rate: the usual one if it has that rate, else the first that has."""
        others = sorted(self.accounts.keys() - {self.sales_account, self.rounding_account})
        known = (number for number in (self.sales_account, *others) if self.accounts[number].vat == vat)
        return next(known, None)


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The ledgers of all organizations."""

    usual: Ledger = field(default_factory=Ledger)
    own: Mapping[str, Ledger] = field(default_factory=dict)

    def of(self, aid: str) -> Ledger:
        """The ledger of an organization."""
        return self.own.get(aid, self.usual)


def read_ledgers(path: Path | None) -> Ledgers:
    """The ledgers of a file; without one, what is usual. LedgerRefused with every fault."""
    if path is None:
        return Ledgers()
    try:
        return ledgers_of(parse(path.read_bytes(), exact=True))
    except OSError as problem:
        raise LedgerRefused(f"the file of RABATT_LEDGER_FILE cannot be read: {problem}") from problem
    except Refused as refused:
        raise LedgerRefused("\n".join(f"{path}: {fault}" for fault in refused.faults)) from None


def ledgers_of(data: Any) -> Ledgers:
    """The ledgers of a document; Refused with every fault."""
    if not isinstance(data, dict) or not isinstance(data.get(ORGANIZATIONS, {}), dict):
        raise Refused([Fault(ORGANIZATIONS if isinstance(data, dict) else "", "an object is wanted")])
    common = {name: value for name, value in data.items() if name != ORGANIZATIONS}
    faults: list[Fault] = []
    usual = _ledger(common, "", faults)
    own: dict[str, Ledger | None] = {}
    for aid, changes in data.get(ORGANIZATIONS, {}).items():
        path = f"{ORGANIZATIONS}.{aid}"
        if _ORGANIZATION.fullmatch(aid) is None:
            faults.append(Fault(path, 'an organization is named by its account, such as "T12345678"'))
        elif not isinstance(changes, dict):
            faults.append(Fault(path, "an object is wanted"))
        elif usual is not None:
            own[aid] = _ledger({**common, **changes}, path, faults)
    if faults or usual is None:
        raise Refused(faults)
    return Ledgers(usual, {aid: ledger for aid, ledger in own.items() if ledger is not None})


def _ledger(document: dict[str, Any], path: str, faults: list[Fault]) -> Ledger | None:
    """The ledger of a document, whose faults are added to the others."""
    try:
        ledger = reader_of(Ledger).read(document)
    except Faulty as faulty:
        faults += faults_of(faulty, Ledger, (path,) if path else ())
        return None
    found = [Fault(f"{path}.{name}" if path else name, sentence) for name, sentence in _out_of_place(ledger)]
    faults += found
    return None if found else ledger


def _out_of_place(ledger: Ledger) -> Iterator[tuple[str, str]]:
    for name in ("sales_account", "rounding_account"):
        number = getattr(ledger, name)
        account = ledger.accounts.get(number)
        if account is None:
            yield name, f"there is no account {number} among the accounts; add it, or name another"
        elif name == "rounding_account" and account.vat:
            yield name, f"account {number} has VAT; name one that has none"
