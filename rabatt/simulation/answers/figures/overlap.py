"""What rules lose to each other."""

from typing import Final

# What a rule loses where none gives more on the same receipt.
NO_RULE: Final = "no rule on that receipt"
