"""`rabatt evaluate`: each receipt with its best discounts, as JSON or as a till prints it."""

from engine import Evaluation, Settings
from rabatt.cli.batch import answer_each
from rabatt.cli.options import (
    AsJson,
    GrantsSource,
    ReceiptFormat,
    ReceiptSource,
    RoundingMode,
    RoundingRule,
    RulesSource,
)
from rabatt.cli.screen import console_on_stdout, json_line
from rabatt.cli.shop import open_shop
from rabatt.cli.till import till_receipt


def evaluate(
    receipt: ReceiptSource,
    rules: RulesSource,
    grants: GrantsSource = None,
    rounding_mode: RoundingMode = "HalfUp",
    rounding_rule: RoundingRule = "PerLine",
    receipt_format: ReceiptFormat = "rabatt",
    as_json: AsJson = False,
) -> None:
    """Give each receipt back with the best selection of discounts.

    Without --json it is printed as a till receipt, with what the shopper almost got.
    """
    settings = Settings(mode=rounding_mode, rule=rounding_rule)
    if receipt_format == "open2b":
        from rabatt.cli.open2b_receipts import evaluate_open2b

        evaluate_open2b(receipt, lambda: open_shop(receipt, rules, grants, settings), as_json=as_json)
        return
    console = console_on_stdout()
    shown = 0

    def show(evaluation: Evaluation) -> None:
        nonlocal shown
        if shown:
            console.print()
        shown += 1
        for line in till_receipt(evaluation.receipt, evaluation.explain()):
            console.print(line)

    def show_json(evaluation: Evaluation) -> None:
        print(json_line(evaluation.receipt))

    answer_each(
        receipt,
        lambda: open_shop(receipt, rules, grants, settings),
        show_json if as_json else show,
        as_json=as_json,
    )
