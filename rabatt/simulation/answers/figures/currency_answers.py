"""All answers in one currency: what most figures are of, since amounts in two currencies do not add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rabatt.simulation.tally import BASELINE, SCENARIO

SummaryRow: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class CurrencyAnswers:
    """The answers in one currency: `total` is its row of the summary's totals, `days` its rows of the table by day."""

    summary: Mapping[str, Any]
    total: SummaryRow
    days: Sequence[SummaryRow] = ()

    @property
    def currency(self) -> str | None:
        """Return the currency; None where receipts name none."""
        currency: str | None = self.total["currency"]
        return currency

    @property
    def worlds(self) -> Sequence[str]:
        """Return the worlds that are shown: one where there is no draft, so that both are the same."""
        return worlds_of(self.summary)

    @property
    def is_compared(self) -> bool:
        """Whether there is a draft."""
        return len(self.worlds) > 1

    def rows(self, name: str) -> list[SummaryRow]:
        """Return the rows of a part of the summary that are in this currency."""
        return [one for one in self.summary[name] if one["currency"] == self.currency]

    @property
    def returned(self) -> list[SummaryRow]:
        """Return what the summary has of returned goods in this currency: at most one row."""
        # The summary has this part only where an archive has return lines.
        return self.rows("returns") if "returns" in self.summary else []


def worlds_of(summary: Mapping[str, Any]) -> Sequence[str]:
    """Return the worlds of a simulation that differ."""
    question = summary["question"]
    return (BASELINE, SCENARIO) if question["draft"] or question["without"] else (BASELINE,)


def given(figures: SummaryRow) -> int:
    """Return what figures say was given: discount and bonus."""
    amount: int = figures["discount"] + figures["bonus"]
    return amount
