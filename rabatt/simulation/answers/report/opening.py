"""The head of the page: what was asked of which receipts, and the answer in a few words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rabatt.simulation.answers.figures.archive import receipts_text
from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow, worlds_of
from rabatt.simulation.answers.figures.number_text import change_percent, money, plural
from rabatt.simulation.answers.report.markup import Markup, element, escaped, items, joined, named, paragraph
from rabatt.simulation.answers.report.section import rule_markup

_BROUGHT: Final = {
    "keep": "Discounts that the receipts already carried stay on them.",
    "strip": "Discounts that the receipts already carried were taken off first.",
}


def title_of(summary: Mapping[str, Any]) -> str:
    """Return the title of the page, as plain text."""
    question = summary["question"]
    names = [rule["name"] or rule["rule_id"] for rule in question["draft"]]
    if not names:
        names = [f"without {rule_id}" for rule_id in question["without"]]
    if not names:
        return "What the rules give"
    listed = ", ".join(names[:2])
    return f"What if: {listed}" + (f" and {len(names) - 2} more" if len(names) > 2 else "")  # noqa: PLR2004


def question_asked(summary: Mapping[str, Any]) -> Markup:
    """Return what was asked: which rules, what the draft does to them, and of which receipts."""
    question, archive = summary["question"], summary["archive"]
    names = {rule["rule_id"]: rule["name"] for rule in summary["rules"]}
    rules = plural(question["rules"], "rule")
    if len(worlds_of(summary)) == 1:
        asked = paragraph(f"A replay of {receipts_text(archive)} through {rules}. There is no draft to compare with.")
    else:
        asked = joined(
            [
                paragraph(
                    f"A replay of {receipts_text(archive)} in two worlds: the ",
                    element("strong", "baseline", class_="baseline"),
                    f" has {rules} as they are, the ",
                    element("strong", "scenario", class_="scenario"),
                    " has the draft's changes:",
                ),
                items(
                    [
                        *(
                            joined([f"{rule['status'].capitalize()}: ", rule_markup(rule["rule_id"], rule["name"])])
                            for rule in question["draft"]
                        ),
                        *(
                            joined(["Taken out: ", rule_markup(rule_id, names.get(rule_id))])
                            for rule_id in question["without"]
                        ),
                    ]
                ),
            ]
        )
    warnings = [paragraph(named(warning), class_="warning") for warning in summary["warnings"]]
    return joined([asked, paragraph(_settings(question), class_="reading"), *warnings])


def _settings(question: SummaryRow) -> str:
    said = []
    if question["since"] or question["until"]:
        ends = [f"{word} {question[end]}" for word, end in (("from", "since"), ("to", "until")) if question[end]]
        said.append(f"Only receipts {' '.join(ends)} were asked for.")
    said.append(_BROUGHT.get(question["brought"], ""))
    if question["eligible"] == "all":
        said.append("Every line was taken as one that can take discounts.")
    if question["amounts"] == "major":
        said.append("The archive's amounts were read as whole coins.")
    if question["timezone"]:
        said.append(f"Times and days are those of {question['timezone']}.")
    if question["duplicates"] == "keep":
        said.append("Receipts that are there again count each time.")
    said.append(f"Rounding: {question['rounding_mode']}, {question['rounding_rule']}.")
    return " ".join(filter(None, said))


def answer(answers: CurrencyAnswers) -> Markup:
    """Return the answer in a few words."""
    return paragraph(*(_compared(answers) if answers.is_compared else _given(answers)), class_="answer")


def _given(answers: CurrencyAnswers) -> Sequence[str]:
    figures, currency = answers.total["baseline"], answers.currency
    bonus = f" and {money(figures['bonus'], currency)} bonus" if figures["bonus"] else ""
    discount, receipts = money(figures["discount"], currency), plural(figures["receipts"], "receipt")
    return [f"The rules give {discount} discount{bonus} on {receipts}."]


def _compared(answers: CurrencyAnswers) -> Sequence[str]:
    baseline, difference, currency = answers.total["baseline"], answers.total["difference"], answers.currency
    said = []
    for name in ("discount", "bonus"):
        change = difference[name]
        if change:
            percent = change_percent(baseline[name], baseline[name] + change)
            within = f" ({percent})" if percent else ""
            said.append(f"{money(abs(change), currency)} {'more' if change > 0 else 'less'} {name}{within}")
    if not said:
        return ["The draft changes nothing in what is given", _reach(difference["receipts"]), "."]
    amounts = element("strong", " and ".join(said))
    sentence: list[str] = ["The draft gives ", amounts, _reach(difference["receipts"]), "."]
    for margin in answers.rows("margin"):
        if margin["difference"]:
            way = "falls" if margin["difference"] < 0 else "rises"
            sentence.append(
                f" On lines with cost prices, margin {way} by {money(abs(margin['difference']), currency)}."
            )
    return sentence


def _reach(change: int) -> str:
    if not change:
        return ""
    word = "more" if change > 0 else "fewer"
    return f", and reaches {plural(abs(change), word + ' receipt')}"


def currency_heading(currency: str | None) -> Markup:
    """Return what a currency's part of the page is called."""
    return named(currency) if currency else escaped("Receipts that name no currency")
