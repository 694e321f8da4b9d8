"""A claim as it is asked for, and the ways in which it is not booked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class RefUse:
    """One ref of a claimed discount, as the result receipt has it."""

    id: str
    usage: int
    amount: int
    bonus: int = 0
    # Earned by this purchase.
    stamp: int = 0
    # `statistics.stamp`: the stamps that live after the purchase; None where it is not given.
    stamps_after: int | None = None


@dataclass(frozen=True, slots=True)
class DiscountUse:
    """A claimed discount: the id of the rule, and what was used of which grants."""

    discount_id: str
    refs: tuple[RefUse, ...]


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """The use of discounts for one purchase; `spelling` is the request in one JSON spelling, which tells it apart."""

    ref: str
    type: str
    customer_id: str | None
    purchase_at: datetime
    discounts: tuple[DiscountUse, ...]
    spelling: str


@dataclass(frozen=True, slots=True)
class ClaimProblem:
    """Why a ref cannot be booked: where it stands, and which limit is reached; no limit: it names what is not there."""

    path: str
    sentence: str
    limit: str | None = None
    discount_id: str | None = None
    grant_id: str | None = None
    most: int | None = None
    used: int | None = None


class Claimed(NamedTuple):
    """The stored answer (JSON text), and whether it was booked now or before."""

    answer: str
    is_new: bool


class ClaimRefused(Exception):
    """Nothing was booked, and every reason; the transaction shall not be committed."""

    def __init__(self, problems: Iterable[ClaimProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    @property
    def is_limit(self) -> bool:
        """Whether limits are all that is in the way."""
        return all(problem.limit is not None for problem in self.problems)


class ClaimDiffers(Exception):
    """The ref was used for another request."""


class ClaimIsCancelled(Exception):
    """The ref was used for this very request, which was cancelled since."""
