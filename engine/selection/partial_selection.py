"""Selections of rules, under way and finished, and the objective: which of two is the better one (SPEC 6, Selection).

The objective stands here and nowhere else: more discount, then more bonus, then fewer discounts, and so on as `Rating`
lists it. `Amounts` are its first two parts, which bounds are made of.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.basket.basket_state import BasketState
from engine.money import MinorUnits
from engine.qualify import Qualified
from engine.rewards.award import Award


class Amounts(NamedTuple):
    """What a selection gives, or gives at most. The larger is the better: more discount, then more bonus."""

    discount: MinorUnits
    bonus: MinorUnits

    def with_award(self, amount: MinorUnits, *, is_bonus: bool) -> "Amounts":
        """Return the amounts with one more, which is a bonus or a discount."""
        discount, bonus = self
        return Amounts(discount, bonus + amount) if is_bonus else Amounts(discount + amount, bonus)


NO_AMOUNTS = Amounts(0, 0)


class Rating(NamedTuple):
    """How selections compare: the smallest is the best."""

    less_discount: MinorUnits
    less_bonus: MinorUnits
    discounts: int
    used: tuple[str, ...]
    members: int
    selected: tuple[str, ...]

    @property
    def amounts(self) -> Amounts:
        """Return what the selection gives."""
        return Amounts(-self.less_discount, -self.less_bonus)

    @property
    def losing_discount(self) -> MinorUnits:
        """Return the most discount with which a selection is worse than this one, whatever else it gives."""
        return -self.less_discount - 1

    def can_lose_to(self, most: Amounts, discounts: int) -> bool:
        """Say whether a selection that gives at most so much, in so many discounts or more, could be better."""
        amounts = self.amounts
        return most > amounts if most != amounts else discounts <= self.discounts


class Selection(NamedTuple):
    """The rules selected and what each gives, in the order of their turns; `state` is what is left for debits."""

    rating: Rating
    awards: tuple[Award, ...]
    state: BasketState

    @property
    def discount(self) -> MinorUnits:
        """Return the total of the discounts."""
        return self.rating.amounts.discount

    @property
    def bonus(self) -> MinorUnits:
        """Return the total of the bonuses."""
        return self.rating.amounts.bonus


class PartialSelection(NamedTuple):
    """A selection under way: what is on the lines and given, who is in it, whose sets are still to form, who may join.

    `most_members` is how many rules it may have, None for any number. `pending` is the most that those whose sets are
    still to form give, each alone.
    """

    state: BasketState
    awards: tuple[Award, ...] = ()
    amounts: Amounts = NO_AMOUNTS
    members: tuple[Qualified, ...] = ()
    waiting: tuple[Qualified, ...] = ()
    most_members: int | None = None
    pending: MinorUnits = 0
    in_bonuses: bool = False

    def with_amount(self, amount: MinorUnits) -> "PartialSelection":
        """Return the selection as if the sets still to form gave an amount."""
        return self._replace(amounts=self.amounts.with_award(amount, is_bonus=self.in_bonuses), pending=0)

    def with_awards(self, state: BasketState, awards: Sequence[Award]) -> "PartialSelection":
        """Return the selection with awards, and what is on the lines after them."""
        return self._replace(state=state, awards=(*self.awards, *awards), amounts=_total(awards, self.amounts))


def selection_of(state: BasketState, awards: Sequence[Award], members: Sequence[Qualified]) -> Selection:
    """Return a selection with its rating."""
    discount, bonus = _total(awards, NO_AMOUNTS)
    used = tuple(sorted([award.qualified.rule.id for award in awards]))
    selected = tuple(sorted([one.rule.id for one in members]))
    rating = Rating(-discount, -bonus, len(used), used, len(selected), selected)
    return Selection(rating, tuple(awards), state)


def _total(awards: Iterable[Award], before: Amounts) -> Amounts:
    """Return amounts with those of some awards; bonuses and discounts are counted apart."""
    discount, bonus = before
    for award in awards:
        if award.qualified.rule.is_bonus:
            bonus += award.amount
        else:
            discount += award.amount
    return Amounts(discount, bonus)
