"""The lines of a credit note for a return: what the goods were worth, VAT included, as bases and VAT exactly.

Gift cards pay, and take nothing off the goods: what went back on them settles a part of the note.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from engine.basket.allocate import allocate
from rabatt.service.hundredths import ONE
from rabatt.service.ledger import Ledger
from rabatt.service.notes.amounts import WHOLE, ProductLine, with_vat
from rules.currency import USUAL_DECIMALS, decimals_of

ROUNDING = {"da-DK": "Øreafrunding", "en-GB": "Rounding"}


class NoAccountForVat(Exception):
    """The ledger has no account with the VAT of a returned line; its text says which percent that is."""


class NoHundredths(Exception):
    """The return is in a currency with more than two decimals, which no credit note has; its text says which."""


class _Back(NamedTuple):
    """A returned line of the receipt: its worth in hundredths, how much was returned, and its account."""

    line_id: int
    line: Mapping[str, Any]
    amount: int
    quantity: int | float
    account_number: int


def lines_of_return(
    entry: Mapping[str, Any], receipt: Mapping[str, Any], ledger: Ledger, currency: str, language: str
) -> list[ProductLine]:
    """The lines that come to the worth of a return to the last coin; NoAccountForVat, NoHundredths where none can.

    The return counts the smallest unit of `currency`, which is the receipt's own where that has one. For each rate the
    base is the largest that with its VAT does not come to more than the goods were worth. Some amounts are those of no
    base; the coin that is left of them is a line of its own, on an account without VAT.
    """
    by_rate: dict[int, list[_Back]] = {}
    for back in _backs(entry, receipt, ledger, currency):
        by_rate.setdefault(ledger.accounts[back.account_number].vat, []).append(back)
    lines: list[ProductLine] = []
    left = 0
    for vat, backs in by_rate.items():
        worth = sum(back.amount for back in backs)
        base = base_within(worth, vat)
        left += worth - with_vat(base, vat)
        shares = allocate(base, [(back.amount, 1, back.amount) for back in backs])
        lines += [_line(back, each + more, ledger) for back, (each, more) in zip(backs, shares, strict=True)]
    if left:
        lines.append(rounding_line(left, ledger, language))
    return lines


def credited_to_cards(entry: Mapping[str, Any], currency: str) -> int:
    """What of a return went back on gift cards, in hundredths of its currency."""
    amount: int = entry["credit_amount"]
    return amount * _hundredths_in(currency)


def rounding_line(amount: int, ledger: Ledger, language: str) -> ProductLine:
    """The line of what is left over by rounding, without VAT."""
    number = ledger.rounding_account
    return ProductLine(ROUNDING[language], ONE, amount, number, ledger.accounts[number].name, 0)


def base_within(amount: int, vat: int) -> int:
    """The largest base that with its VAT is not more than an amount."""
    base = amount * WHOLE // (WHOLE + vat)
    return base + 1 if with_vat(base + 1, vat) <= amount else base


def _backs(entry: Mapping[str, Any], receipt: Mapping[str, Any], ledger: Ledger, currency: str) -> Iterator[_Back]:
    hundredths = _hundredths_in(currency)
    lines = _lines_by_id(receipt["items"])
    for item in entry["items"]:
        line = lines[item["line_id"]]
        amount = item["amount"] * hundredths
        yield _Back(item["line_id"], line, amount, item["quantity"], _account_number(line, ledger))


def _hundredths_in(currency: str) -> int:
    """How many hundredths the smallest unit of a currency is."""
    decimals = decimals_of(currency)
    if decimals > USUAL_DECIMALS:
        raise NoHundredths(currency)
    return int(10 ** (USUAL_DECIMALS - decimals))


def _lines_by_id(lines: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """The lines by their ids, which are their places, from 1, where they have none."""
    ids = [place if line.get("line_id") is None else line["line_id"] for place, line in enumerate(lines, 1)]
    return dict(zip(ids, lines, strict=True))


def _account_number(line: Mapping[str, Any], ledger: Ledger) -> int:
    """The account for a line's rate; the usual one where it says none."""
    percent = _percent(line)
    if percent is None:
        return ledger.sales_account
    hundredths = Decimal(str(percent)) * ONE
    number = ledger.account_with(int(hundredths)) if hundredths == int(hundredths) else None
    if number is None:
        raise NoAccountForVat(str(percent))
    return number


def _percent(line: Mapping[str, Any]) -> int | float | None:
    """A line's percent of VAT: as it says, or as all its tax lines do; None where neither says."""
    percent: int | float | None = line.get("tax_percent")
    if percent is not None:
        return percent
    percents = {0 if tax.get("exempt") else tax.get("percentage") for tax in line.get("tax_lines") or ()}
    return percents.pop() if len(percents) == 1 else None


def _line(back: _Back, base: int, ledger: Ledger) -> ProductLine:
    """The line of so much without VAT; by the piece where the pieces share it evenly."""
    quantity = back.quantity
    pieces = quantity if isinstance(quantity, int) and quantity > 0 and not base % quantity else 1
    name = back.line.get("description") or back.line.get("description_alias") or back.line.get("id")
    description = name or f"Line {back.line_id}"
    if pieces != quantity:
        # As people write it: a float of its own accord says 1e-05.
        description = f"{Decimal(str(quantity)):f} × {description}"
    account = ledger.accounts[back.account_number]
    return ProductLine(description, pieces * ONE, base // pieces, back.account_number, account.name, account.vat)
