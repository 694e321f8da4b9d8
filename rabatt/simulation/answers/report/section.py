"""What sections of the page are made of, and what all of one currency are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from rabatt.simulation.answers.report.markup import Markup, element, escaped, named

BASELINE: Final = "baseline"
SCENARIO: Final = "scenario"
TITLES: Final = {BASELINE: "Baseline", SCENARIO: "Scenario"}
NO_RULE: Final = "no rule on that receipt"

SummaryRow: TypeAlias = Mapping[str, Any]
Spec: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Plot:
    """A plot: what Vega-Lite draws, what it is, for those who cannot see it, and how to read it."""

    spec: Spec
    title: str
    reading: str


@dataclass(frozen=True)
class Section:
    """A part of the page under one heading: HTML and plots, in their order."""

    heading: str
    parts: Sequence[Markup | Plot]


@dataclass(frozen=True)
class View:
    """The answers in one currency."""

    summary: Mapping[str, Any]
    total: SummaryRow
    days: Sequence[SummaryRow]

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


def worlds_of(summary: Mapping[str, Any]) -> Sequence[str]:
    """Return the worlds of a simulation that differ."""
    question = summary["question"]
    return (BASELINE, SCENARIO) if question["draft"] or question["without"] else (BASELINE,)


def given(figures: SummaryRow) -> int:
    """Return what figures say was given: discount and bonus."""
    amount: int = figures["discount"] + figures["bonus"]
    return amount


def labels_of(rules: Sequence[SummaryRow]) -> Mapping[str, str]:
    """Return what plots call the rules, by id: by name, and by id too where several share one."""
    names = {rule["rule_id"]: rule["name"] or rule["rule_id"] for rule in rules}
    shared = list(names.values())
    return {
        rule_id: name if name == rule_id or shared.count(name) == 1 else f"{name} ({rule_id})"
        for rule_id, name in names.items()
    }


def rule_markup(rule_id: str, name: str | None, status: str | None = None) -> Markup:
    """Return a rule by name, id and what the draft does to it."""
    children: list[Markup] = [named(name or rule_id)]
    if name and name != rule_id:
        children += [escaped(" "), element("small", named(rule_id))]
    if status and status != "unchanged":
        children += [escaped(" "), element("span", status, class_=f"status {status}")]
    return element("span", *children)


def more(left_out: int, what: str, file: str) -> Markup:
    """Return what says that rows are left out, and where they are; nothing where none are."""
    if left_out <= 0:
        return Markup("")
    return element("p", f"And {left_out:,} more {what}, in ", element("code", file), ".", class_="reading")
