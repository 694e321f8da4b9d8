"""Everything between the receipt and the result, for those who ask why."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.award import Award
from engine.basket import Basket
from engine.choose import Choice
from engine.grants import Wallet
from engine.qualify import Qualified
from engine.refs import Booking
from engine.rule_set import RuleSet
from engine.settings import Settings


class Workings(NamedTuple):
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
