"""The road in and out: JSON bytes of a receipt to JSON bytes of its result, as a till or a service sends them."""

from collections.abc import Container, Iterable

from engine.evaluate import DEFAULT_SETTINGS, NOTHING, evaluate
from engine.rule_set import RuleSet
from engine.settings import Settings
from rules import Grant, read_receipt
from rules.serialise import serialise


def evaluate_json(
    rule_set: RuleSet,
    data: bytes | str,
    grants: Iterable[Grant] | None = None,
    settings: Settings = DEFAULT_SETTINGS,
    granted_to_everyone: Container[str] = NOTHING,
) -> bytes:
    """Return the result of `evaluate` as compact JSON in UTF-8; Refused with every fault of the receipt.

    What no discount touches has the values that were sent, in the order they were sent in: unknown fields, nulls,
    integers of any length, and fractions as the nearest double, in the shortest digits that read as the same.
    """
    return serialise(evaluate(rule_set, read_receipt(data), grants, settings, granted_to_everyone).receipt)
