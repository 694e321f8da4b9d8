"""The pure evaluator: rules and one receipt in, the best discounts out.

This package owns what a rule gives on a receipt: matching, selection, rewards, allocation, refs, and why a rule gave
nothing. It refuses to know where documents come from and where results go: it reads no clock, file, network or random
source, and changes nothing it was given.

Its rooms are the steps of an evaluation (SPEC 2 to 9), which `evaluate` has from top to bottom; docs/architecture.md is
the map.
"""

from engine.evaluate import Evaluation, RuleUse, evaluate, evaluate_json
from engine.returns import SettledLine, Settlement, TakenBack, returnable, settle_return, settlement_to_wire
from engine.rule_set import RuleSet, compile_rules
from engine.settings import Settings, TooMuchWork

__all__ = [
    "Evaluation",
    "RuleSet",
    "RuleUse",
    "Settings",
    "SettledLine",
    "Settlement",
    "TakenBack",
    "TooMuchWork",
    "compile_rules",
    "evaluate",
    "evaluate_json",
    "returnable",
    "settle_return",
    "settlement_to_wire",
]
