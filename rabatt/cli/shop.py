"""Rules, grants and settings of one call, read once; any fault in them refuses the call."""

from dataclasses import dataclass

from engine import Evaluation, RuleSet, Settings, compile_rules, evaluate
from rabatt.cli.refusal import CallRefused, Refusal
from rabatt.cli.source import STANDARD_INPUT, location_of, refused_source, whole_source
from rules import Grant, Receipt, Refused, Rule, read_grants, read_rules


@dataclass(frozen=True, slots=True)
class Shop:
    """All that receipts are evaluated against."""

    rules: tuple[Rule, ...]
    rule_set: RuleSet
    grants: tuple[Grant, ...] | None
    settings: Settings

    def answer(self, receipt: Receipt) -> Evaluation:
        """The receipt evaluated; Refused where the engine cannot take it."""
        return evaluate(self.rule_set, receipt, self.grants, self.settings)


def open_shop(receipts: str, rules: str, grants: str | None, settings: Settings) -> Shop:
    """The shop of a call that reads receipts, rules and grants from these sources; CallRefused with every fault."""
    if [receipts, rules, grants].count(STANDARD_INPUT) > 1:
        raise refused_source(STANDARD_INPUT, "only one of receipt, rules and grants can come from standard input")
    try:
        read = read_rules(whole_source(rules))
        rule_set = compile_rules(read)
    except Refused as refused:
        raise CallRefused(Refusal(location_of(rules), refused.faults)) from None
    if grants is None:
        return Shop(read, rule_set, None, settings)
    try:
        return Shop(read, rule_set, read_grants(whole_source(grants), read), settings)
    except Refused as refused:
        raise CallRefused(Refusal(location_of(grants), refused.faults)) from None
