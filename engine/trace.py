"""Everything between the receipt and the result, for those who ask why."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.basket.basket import Basket
from engine.grants.wallet import Wallet
from engine.qualify import Qualified
from engine.result.refs import Booking
from engine.rewards.award import Award
from engine.rule_set import RuleSet
from engine.selection.choose import Choice
from engine.settings import Settings


class Trace(NamedTuple):
    """What an evaluation found on its way.

    `candidates` counts the rules that were looked at; `awards` include the debits, `qualified` and `bookings` are by
    rule id.
    """

    rule_set: RuleSet
    settings: Settings
    basket: Basket
    wallet: Wallet
    candidates: int
    qualified: Sequence[Qualified]
    choice: Choice
    awards: Sequence[Award]
    bookings: Sequence[Booking]
