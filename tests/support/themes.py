"""What a small shop is about: each theme brings one kind of trap more often."""

from random import Random
from typing import Any, NamedTuple

Document = dict[str, Any]

KINDS = ("flat", "flat", "any item", "quantity", "quantity", "mix", "mix", "receipt", "stamp", "stamp", "debit")
PRICES = (1, 2, 3, 10, 33, 99, 100, 100, 101, 150, 199, 200, 200, 333, 1000)
PERCENTS = (10, 5, 15, 25, 33.3, 12.5, 0.5, 50, 100, 0)
MONEY = (1, 2, 5, 5, 20, 33, 50, 99, 150)
LIMITS = (
    "discount_reward_usage",
    "discount_combination",
    "discount_eligible",
    "discount_repeat_usage",
    "blacklist",
    "discount_hours",
    "dynamic_purchase_to_days",
    "discount_activation",
)


class Theme(NamedTuple):
    """How often, in a hundred, something is drawn for a shop, and from which choices."""

    kinds: tuple[str, ...] = KINDS
    rules: tuple[int, ...] = (1, 2, 3, 4, 5)
    lines: tuple[int, ...] = (1, 2, 3, 4, 5)
    prices: tuple[int, ...] = PRICES
    percents: tuple[int | float, ...] = PERCENTS
    money: tuple[int, ...] = MONEY
    bonus: int = 22
    quantity: int = 0
    stamped_receipts: int = 20
    limited: int = 50
    limits: tuple[str, ...] = LIMITS
    asked: int = 20
    odd: int = 25
    brought: int = 12
    back: int = 0
    totals: int = 40
    grants: int = 70
    own: int = 50


ANYTHING = Theme()
OPEN = Theme(rules=(3, 4, 5), lines=(4, 5, 6, 7), limited=10, asked=0, odd=0, grants=40)
TIES = Theme(
    kinds=("quantity", "mix", "quantity", "mix", "flat"),
    rules=(2, 3, 4),
    lines=(5, 6, 7),
    prices=(100, 100, 101),
    percents=(10, 50),
    money=(40, 80),
    bonus=15,
    limited=20,
    limits=("discount_reward_usage", "discount_combination"),
    asked=0,
    odd=0,
    brought=5,
    grants=10,
)
CARDS = Theme(
    kinds=("stamp", "stamp", "stamp", "mix", "quantity", "flat", "receipt"),
    rules=(2, 3, 4),
    lines=(3, 4, 5, 6),
    bonus=30,
    stamped_receipts=70,
    limited=25,
    limits=("discount_combination", "discount_eligible", "discount_reward_usage"),
    asked=0,
    odd=0,
    brought=12,
    grants=85,
    own=85,
)
BONUS = Theme(
    kinds=("quantity", "quantity", "mix", "flat", "receipt", "stamp"),
    rules=(3, 4, 5),
    lines=(3, 4, 5),
    bonus=60,
    limited=15,
    limits=("discount_eligible", "discount_reward_usage"),
    asked=0,
    odd=0,
    grants=50,
    own=85,
)
LATER_STEPS = Theme(
    kinds=("flat", "flat", "any item", "receipt", "receipt", "debit", "quantity", "stamp"),
    rules=(3, 4, 5),
    lines=(2, 3, 4),
    bonus=35,
    quantity=50,
    limited=60,
    limits=("discount_eligible", "discount_eligible", "discount_reward_usage"),
    asked=0,
    odd=5,
    grants=50,
)
COMBINATIONS = Theme(
    kinds=("flat", "receipt", "receipt", "quantity", "any item", "debit", "stamp"),
    rules=(4, 5),
    lines=(2, 3, 4),
    limited=60,
    limits=("discount_combination",),
    asked=0,
    odd=0,
    brought=25,
    grants=40,
)
GRANTS = Theme(
    kinds=("debit", "receipt", "flat", "stamp"),
    rules=(1, 2, 3),
    limited=50,
    limits=("discount_repeat_usage", "dynamic_purchase_to_days", "discount_activation", "discount_combination"),
    asked=0,
    odd=10,
    grants=100,
    own=85,
)
CLOCKS = Theme(
    kinds=("receipt", "flat"),
    rules=(2, 3, 4),
    lines=(1, 2),
    limited=70,
    limits=("discount_hours",),
    asked=50,
    grants=30,
)
EXCHANGES = Theme(
    kinds=("debit", "debit", "debit", "receipt", "flat", "quantity"),
    rules=(2, 3),
    lines=(3, 4, 5),
    limited=10,
    asked=15,
    odd=0,
    brought=25,
    back=30,
    totals=60,
    grants=100,
    own=90,
)
THEMES = (OPEN, ANYTHING, TIES, BONUS, CARDS, LATER_STEPS, LATER_STEPS, COMBINATIONS, OPEN, GRANTS, CLOCKS, EXCHANGES)


def likely(random: Random, percent: int) -> bool:
    """Return true in so many of a hundred draws; the simplest draw is false."""
    return random.randrange(100) >= 100 - percent
