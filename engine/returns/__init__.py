"""After the last step, days later: goods are returned, and their discounts with them (SPEC 8, docs/returns.md).

It looks at a receipt that was evaluated and paid, and never at a clock or a store. What it returns is a value; booking
it is the caller's affair.
"""

from engine.returns.settle import returnable, settle_return
from engine.returns.settlement import SettledLine, Settlement, TakenBack, settlement_to_wire

__all__ = ["SettledLine", "Settlement", "TakenBack", "returnable", "settle_return", "settlement_to_wire"]
