"""The step before all others: what a rule, a receipt and a grant say, and when they are refused (SPEC 1 to 5, 10).

This package owns the documents: their fields to the letter, their types, every fault that SPEC section 10 names,
the linter and the JSON Schema. It refuses to know what a rule gives on a receipt: nothing here evaluates, rounds or
compares a receipt with a rule, and nothing here knows of a clock, a network or a store.
"""

from rules.fault import Fault, Refused
from rules.grant import Grant
from rules.read import read_grants, read_receipt, read_rules
from rules.receipt import Receipt
from rules.returned import ReturnedLine, read_returned
from rules.rule import Rule

__all__ = [
    "Fault",
    "Grant",
    "Receipt",
    "Refused",
    "ReturnedLine",
    "Rule",
    "read_grants",
    "read_receipt",
    "read_returned",
    "read_rules",
]
