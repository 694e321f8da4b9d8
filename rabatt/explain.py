"""`rabatt explain`: what became of every rule and every line of a receipt."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from engine import Evaluation, Settings
from rabatt.batch import answer_each
from rabatt.options import AsJson, GrantsSource, ReceiptSource, RoundingMode, RoundingRule, RuleId, RulesSource
from rabatt.screen import console_on_stdout, fitted, json_line, printable
from rabatt.shop import Shop, open_shop
from rabatt.source import refused_source
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
    """The explanation as plain data, of one rule or of all of them and the lines."""
    explanation = evaluation.explain()
    receipt_id = evaluation.receipt.get("receipt_id")
    if only is None:
        return {"receipt_id": receipt_id, **explanation.as_data()}
    return {
        "receipt_id": receipt_id,
        "rules": [outcome.as_data() for outcome in explanation.rules if outcome.rule_id == only],
    }


def explanation_text(evaluation: Evaluation, only: str | None) -> Iterator[Text]:
    """The explanation in sentences: rules first, then lines."""
    explanation = evaluation.explain()
    yield Text(f"Receipt {printable(evaluation.receipt.get('receipt_id'))}", style="bold")
    for outcome in explanation.rules:
        if only is None or outcome.rule_id == only:
            kind = outcome.outcome.replace("_", " ")
            yield Text.assemble(
                ("  " + fitted(kind, OUTCOME_WIDTH), OUTCOME_STYLES.get(outcome.outcome, "")),
                (printable(outcome.rule_id), "bold"),
                f": {printable(outcome.sentence)}",
            )
    if only is not None:
        return
    for line in explanation.lines:
        yield Text(f"  line {line.line_id}, {printable(line.description)}: {printable(line.sentence)}")
