"""What a peer shall answer, and whether it did: a benchmark of wrong answers measures nothing."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from benchmarks.peers.peers import Peer
from engine import compile_rules, evaluate
from rules import Receipt, Rule


def amounts_alone(rules: Iterable[Rule], receipt: Receipt) -> dict[str, int]:
    """Return what Rabatt gives for each rule, asked alone; rules that give nothing are left out."""
    amounts = {}
    for rule in rules:
        for use in evaluate(compile_rules([rule]), receipt).used:
            amounts[use.rule_id] = use.amount
    return amounts


def amounts_told(told: Iterable[tuple[str, int, str]], rules_by_id: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return what a peer gives for each rule, of its exact amounts by rule and line.

    As in Rabatt, percents are rounded on each line; an amount of money is laid out whole, so only its sum is.
    """
    exact: dict[str, dict[int, Decimal]] = {}
    for rule_id, line, amount in told:
        lines = exact.setdefault(rule_id, {})
        lines[line] = lines.get(line, Decimal(0)) + Decimal(amount)
    amounts = {}
    for rule_id, lines in exact.items():
        is_percent = rules_by_id[rule_id]["reward"]["type"] == "discount_percent"
        parts = list(lines.values()) if is_percent else [sum(lines.values(), Decimal(0))]
        amounts[rule_id] = sum(int(part.quantize(Decimal(1), ROUND_HALF_UP)) for part in parts)
    return amounts


def assert_same(
    peer: Peer,
    told: Sequence[Any],
    qualified: Sequence[str],
    receipt: Receipt,
    rules_by_id: Mapping[str, Mapping[str, Any]],
    models_by_id: Mapping[str, Rule],
) -> None:
    """Raise an AssertionError where a peer's answer is not Rabatt's."""
    where = f"{peer.name}, receipt {receipt.receipt_id}"
    if peer.gives == "matches":
        matching = sorted(told)
        assert matching == sorted(qualified), f"{where}: {_difference(matching, qualified)}"
        return
    gave = amounts_told(told, rules_by_id)
    expected = amounts_alone((models_by_id[rule_id] for rule_id in qualified), receipt)
    assert sorted(gave) == sorted(qualified), f"{where}: {_difference(list(gave), qualified)}"
    wrong = {rule_id: (gave[rule_id], amount) for rule_id, amount in expected.items() if gave[rule_id] != amount}
    assert not wrong, f"{where}: amounts here and in Rabatt: {wrong}"
    assert gave.keys() == expected.keys(), f"{where}: {_difference(list(gave), list(expected))}"


def _difference(told: Sequence[str], expected: Sequence[str]) -> str:
    more, less = sorted(set(told) - set(expected)), sorted(set(expected) - set(told))
    twice = len(told) - len(set(told))
    return f"too many {more}, missing {less}, repeated {twice}"
