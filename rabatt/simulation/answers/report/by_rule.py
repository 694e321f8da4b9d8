"""What each rule gives, before and after."""

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow, given
from rabatt.simulation.answers.figures.number_text import count, figure, of_currency, signed
from rabatt.simulation.answers.report.markup import Markup, bars, element, joined, number, paragraph, row, table
from rabatt.simulation.answers.report.section import TITLES, Section, more, rule_markup

MOST_RULES = 30


def by_rule(answers: CurrencyAnswers) -> Section:
    """Return a table with bars: what the draft changes first, then the others by how much they changed."""
    heading = "By rule"
    rules = [rule for rule in answers.rows("rules") if _belongs(rule, answers)]
    if not rules:
        return Section(heading, [paragraph("There is no rule to tell of.", class_="absent")])
    ranked = sorted(rules, key=rank)[:MOST_RULES]
    longest = max(given(rule[world]) for rule in ranked for world in answers.worlds)
    body = [_line(answers, rule, longest) for rule in ranked]
    unit = of_currency(answers.currency, ", {}")
    headings = ["Rule", *(f"{TITLES[world]}{unit}" for world in answers.worlds)]
    headings += ["Difference", ""] if answers.is_compared else [""]
    headings += ["Uses before", "Uses after"] if answers.is_compared else ["Uses"]
    reading = "Amounts are discount and bonus together; payments from balances are left out."
    if answers.is_compared:
        reading += " The upper bar is the baseline, the lower the scenario; rules of the draft come first."
    return Section(
        heading,
        [
            joined(
                [
                    table(headings, body, class_="ruled"),
                    paragraph(reading, class_="reading"),
                    more(len(rules) - len(ranked), "rules", "by_rule.parquet"),
                ]
            )
        ],
    )


def _belongs(rule: SummaryRow, answers: CurrencyAnswers) -> bool:
    """Whether a rule belongs here: rules of shops with another currency, that give nothing here, do not."""
    return rule["status"] != "unchanged" or any(rule[world]["uses"] or given(rule[world]) for world in answers.worlds)


def rank(rule: SummaryRow) -> tuple[bool, int, int, str]:
    """Return what rules are sorted by."""
    return (
        rule["status"] == "unchanged",
        -abs(given(rule["difference"])),
        -given(rule["scenario"]),
        rule["rule_id"],
    )


def _line(answers: CurrencyAnswers, rule: SummaryRow, longest: int) -> Markup:
    amounts = [given(rule[world]) for world in answers.worlds]
    cells = [element("td", rule_markup(rule["rule_id"], rule["name"], rule["status"]), class_="name")]
    cells += [number(figure(amount, answers.currency)) for amount in amounts]
    if answers.is_compared:
        change = given(rule["difference"])
        cells.append(number(signed(figure(change, answers.currency), change)))
    cells.append(bars(list(zip(answers.worlds, amounts, strict=True)), longest))
    cells += [number(count(rule[world]["uses"])) for world in answers.worlds]
    return row(*cells)
