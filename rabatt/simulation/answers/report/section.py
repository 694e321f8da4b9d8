"""What sections of the page are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from rabatt.simulation.answers.figures.currency_answers import SummaryRow
from rabatt.simulation.answers.report.markup import Markup, element, escaped, named
from rabatt.simulation.tally import BASELINE, SCENARIO

TITLES: Final = {BASELINE: "Baseline", SCENARIO: "Scenario"}

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
