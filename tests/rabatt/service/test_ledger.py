"""The file of the ledger: what it says holds for all organizations, or for one; every fault of it is named at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from rabatt.service import create_app
from rabatt.service.ledger import LedgerRefused, Ledgers, ledgers_of, read_ledgers
from rules import Refused
from tests.rabatt.service.conftest import ACCOUNT, Service, settings_of
from tests.support.service.noting import LINE, booked, call, made, with_ledger

NORDIC = {
    "accounts": {
        "3000": {"name": "Salg", "vat": 25},
        "3010": {"name": "Mat", "vat": 15},
        "3020": {"name": "Mat, ny", "vat": 15.00},
        "3100": {"name": "Fritt", "vat": 0},
        "3900": {"name": "Avrunding", "vat": 0},
    },
    "sales_account": 3000,
    "rounding_account": 3900,
}


def written(tmp_path: Path, document: Any) -> Path:
    """A file with a document."""
    path = tmp_path / "ledger.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def faults(document: Any) -> dict[str, str]:
    """What is wrong with a document, by path."""
    with pytest.raises(Refused) as raised:
        ledgers_of(document)
    return {fault.path: fault.sentence for fault in raised.value.faults}


def test_without_a_file_there_is_what_is_usual() -> None:
    ledgers = read_ledgers(None)
    assert ledgers == ledgers_of({}) == Ledgers()
    usual = ledgers.of(ACCOUNT)
    assert {number: (account.name, account.vat) for number, account in usual.accounts.items()} == {
        1000: ("Sales with VAT", 2500),
        1050: ("Sales without VAT", 0),
        1090: ("Rounding", 0),
    }
    assert (usual.sales_account, usual.rounding_account, usual.deposit_account) == (1000, 1090, 55000)
    assert (usual.creditor, usual.time_zone, usual.products) == (None, "Europe/Copenhagen", {})


def test_an_organization_may_have_its_own(tmp_path: Path) -> None:
    own = {"creditor": "87654321", "deposit_account": 1920}
    ledgers = read_ledgers(written(tmp_path, {**NORDIC, "creditor": "12345678", "organizations": {ACCOUNT: own}}))
    mine, others = ledgers.of(ACCOUNT), ledgers.of("T00000001")
    assert (mine.creditor, mine.deposit_account, mine.accounts) == ("87654321", 1920, others.accounts)
    assert (others.creditor, others.deposit_account) == ("12345678", 55000)


def test_the_account_of_a_rate_is_the_usual_one_or_the_first(tmp_path: Path) -> None:
    ledger = read_ledgers(written(tmp_path, NORDIC)).of(ACCOUNT)
    assert [ledger.account_with(vat) for vat in (2500, 1500, 0, 1200)] == [3000, 3010, 3100, None]


def test_notes_are_booked_in_the_ledger_of_their_organization(service: Service) -> None:
    norwegian = {
        "accounts": NORDIC["accounts"],
        "sales_account": 3000,
        "rounding_account": 3900,
        "deposit_account": 1920,
    }
    with with_ledger(service, {"creditor": "12345678", "organizations": {ACCOUNT: norwegian}}):
        note = made(service, {"ProductLines": [{**LINE, "AccountNumber": 3010}]})
        assert (note["TotalVat"], note["DepositAccountNumber"]) == (30.0, 1920)
        assert note["ProductLines"][0]["AccountName"] == "Mat"
        assert call(service, "POST", "", {"ProductLines": [LINE]}).status_code == 422
        assert made(service, {"ProductLines": [LINE]}, aid="T00000001")["TotalVat"] == 50.0
    # A draft keeps the accounts that it was written with.
    assert booked(service, note)["TotalVat"] == 30.0


def test_every_fault_is_named_with_its_path() -> None:
    document = {
        "acounts": {},
        "accounts": {"0": {"name": "", "vat": 101}, "1000": {"vat": 25.001}},
        "sales_account": "1000",
        "creditor": 12345678,
        "time_zone": "Europe/Kopenhagen",
        "products": {"roses": "Roses"},
        "organizations": {"T1": {}},
    }
    found = faults(document)
    percent = "a percent of VAT is a number from 0 to 100 with two decimals at most, without quotes"
    assert found.pop("time_zone").startswith("there is no time zone of this name")
    assert {path for path in found if path.startswith("accounts.0")}
    assert found["acounts"] == 'unknown field; did you mean "accounts"?'
    assert found["accounts.1000.name"] == "this required field is missing"
    assert found["accounts.1000.vat"] == f"{percent}; here is 25.001"
    assert found["sales_account"].startswith("the number of an account is a whole number")
    assert found["creditor"] == "a creditor's number is eight digits in quotes; here is 12345678"
    assert any(path.startswith("products.roses") for path in found)
    assert found["organizations.T1"] == 'an organization is named by its account, such as "T12345678"'


@pytest.mark.parametrize(
    ("document", "path", "sentence"),
    [
        pytest.param([], "", "an object is wanted", id="a list"),
        pytest.param({"organizations": []}, "organizations", "an object is wanted", id="a list of organizations"),
        pytest.param(
            {"organizations": {ACCOUNT: 1}},
            f"organizations.{ACCOUNT}",
            "an object is wanted",
            id="one that is a number",
        ),
        pytest.param(
            {"sales_account": 1001},
            "sales_account",
            "there is no account 1001 among the accounts; add it, or name another",
            id="an account that is not there",
        ),
        pytest.param(
            {"rounding_account": 1000},
            "rounding_account",
            "account 1000 has VAT; name one that has none",
            id="a coin with VAT",
        ),
        pytest.param(
            {"organizations": {ACCOUNT: {"accounts": {"1000": {"name": "Sales", "vat": 25}}}}},
            f"organizations.{ACCOUNT}.rounding_account",
            "there is no account 1090 among the accounts; add it, or name another",
            id="one organization without what the others have",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(document: Any, path: str, sentence: str) -> None:
    assert faults(document) == {path: sentence}


def test_the_service_does_not_start_with_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    for document, sentence in (
        ("{", "not JSON"),
        ({"creditor": "1"}, "creditor: a creditor's number is eight digits in quotes"),
    ):
        path = written(tmp_path, document)
        with pytest.raises(LedgerRefused, match=sentence) as raised:
            create_app(settings_of(url, ledger_file=path))
        assert str(raised.value).startswith(f"{path}: ")
    with pytest.raises(LedgerRefused, match="the file of RABATT_LEDGER_FILE cannot be read"):
        create_app(settings_of(url, ledger_file=tmp_path / "nowhere.json"))
    # Nothing was made for a service that does not start.
    assert not (tmp_path / "x.db").exists()
