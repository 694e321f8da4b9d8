"""Amounts, counts and shares as they are written."""

from fractions import Fraction
from typing import Final

from rules.currency import amount_text, decimals_of

MINUS: Final = "−"
# Stands for a share of nothing.
NO_SHARE: Final = "–"


def figure(minor_units: int, currency: str | None) -> str:
    """Return an amount without its currency: -123450 is `−1,234.50` in NOK."""
    whole, point, rest = amount_text(abs(minor_units), currency).partition(".")
    return ("" if minor_units >= 0 else MINUS) + f"{int(whole):,}" + point + rest


def money(minor_units: int, currency: str | None) -> str:
    """Return an amount with its currency, where there is one."""
    return figure(minor_units, currency) + of_currency(currency, " {}")


def short_money(minor_units: int, currency: str | None) -> str:
    """Return an amount as a label of an axis says it: without decimals that are all nothing."""
    whole, _, rest = figure(minor_units, currency).partition(".")
    return f"{whole}.{rest}" if rest.strip("0") else whole


def of_currency(currency: str | None, form: str = " ({})") -> str:
    """Return the currency in a form such as that of an axis' title; nothing where there is none."""
    # Titles become parts of expressions, which take some ends of lines for their own.
    return form.format(" ".join(currency.split())) if currency else ""


def signed(shown: str, number: int) -> str:
    """Return what is shown of a number, with a plus before it if that is above nothing."""
    return f"+{shown}" if number > 0 else shown


def count(number: int) -> str:
    """Return a whole number."""
    return ("" if number >= 0 else MINUS) + f"{abs(number):,}"


def coins(minor_units: int, currency: str | None) -> float:
    """Return where a plot puts an amount."""
    scale: int = 10 ** decimals_of(currency)
    return minor_units / scale


def change_percent(before: int, after: int) -> str:
    """Return by how much a number changed, in percent with one decimal; nothing where there was none before."""
    if before <= 0:
        return ""
    tenths = round(Fraction((after - before) * 1000, before))
    return signed(tenths_text(tenths), tenths) + " %"


def tenths_text(tenths: int) -> str:
    """Return a number given in tenths: -25 is `−2.5`."""
    whole, rest = divmod(abs(tenths), 10)
    return ("" if tenths >= 0 else MINUS) + f"{whole:,}.{rest}"


def share(percent: float | None) -> str:
    """Return a share in percent; a dash where there is none."""
    return NO_SHARE if percent is None else f"{percent:.2f} %".replace("-", MINUS)


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return a count with the word for what is counted."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"
