"""`rabatt explain`: what became of every rule and every line of a receipt."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from engine import Evaluation, Settings
from engine.explanation.in_currency import line_in_money, rule_in_money
from rabatt.cli.batch import answer_each
from rabatt.cli.options import AsJson, GrantsSource, ReceiptSource, RoundingMode, RoundingRule, RuleId, RulesSource
from rabatt.cli.screen import console_on_stdout, fitted, json_line, printable
from rabatt.cli.shop import Shop, open_shop
from rabatt.cli.source import refused_source
from rules.currency import amount_text
from rules.fault import nearest_name, suggestion

OUTCOME_WIDTH = 14
OUTCOME_STYLES = {"used": "green", "stamped": "green", "outvoted": "yellow", "rejected": "dim", "gives_nothing": "dim"}


def explain(
    receipt: ReceiptSource,
    rules: RulesSource,
    grants: GrantsSource = None,
    rule: RuleId = None,
    rounding_mode: RoundingMode = "HalfUp",
    rounding_rule: RoundingRule = "PerLine",
    as_json: AsJson = False,
) -> None:
    """Say what became of every rule and every line, and what was almost had.

    With --rule only what became of that rule.
    """
    settings = Settings(mode=rounding_mode, rule=rounding_rule)
    console = console_on_stdout()

    def open_shop_with_rule() -> Shop:
        shop = open_shop(receipt, rules, grants, settings)
        ids = tuple(known.id for known in shop.rules)
        if rule is not None and rule not in ids:
            raise refused_source(rules, f'there is no rule "{rule}" in it{suggestion(nearest_name(rule, ids))}')
        return shop

    def show(evaluation: Evaluation) -> None:
        for line in explanation_text(evaluation, rule):
            console.print(line)

    def show_json(evaluation: Evaluation) -> None:
        print(json_line(explanation_data(evaluation, rule)))

    answer_each(receipt, open_shop_with_rule, show_json if as_json else show, as_json=as_json)


def explanation_data(evaluation: Evaluation, only: str | None) -> dict[str, Any]:
    """The explanation as plain data: of one rule, or of all of them and the lines."""
    explained = evaluation.explain(only).as_data()
    if only is not None:
        del explained["lines"]
    proof = {"optimal": evaluation.optimal, "upper_bound": evaluation.upper_bound}
    return {"receipt_id": evaluation.receipt.get("receipt_id"), **proof, **explained}


def explanation_text(evaluation: Evaluation, only: str | None) -> Iterator[Text]:
    """The explanation in sentences: of one rule, or of all of them and then the lines."""
    explanation = evaluation.explain(only)
    currency = evaluation.receipt.get("currency")
    yield Text(f"Receipt {printable(evaluation.receipt.get('receipt_id'))}", style="bold")
    for outcome in explanation.rules:
        yield Text.assemble(
            ("  " + fitted(outcome.outcome.replace("_", " "), OUTCOME_WIDTH), OUTCOME_STYLES[outcome.outcome]),
            (printable(outcome.rule_id), "bold"),
            f": {printable(rule_in_money(outcome, currency).sentence)}",
        )
    if only is None:
        for line in explanation.lines:
            yield Text(f"  line {line.line_id}: {printable(line_in_money(line, currency).sentence)}")
    if not evaluation.optimal:
        more = evaluation.upper_bound - evaluation.trace.choice.selection.discount
        at_most = f" At most {amount_text(more, currency)} more is possible." if more else ""
        said = f"  The search reached its step limit: these discounts are the best it found.{at_most}"
        yield Text(said, style="yellow")
