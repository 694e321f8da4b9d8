"""A claim as it is asked for, and the ways in which it is not booked."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from rabatt.service.clock import written

OF_A_RECEIPT = "receipt"
"""The type of the claim that is made with a stored receipt."""


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
class ClaimProblem:
    """Why a ref cannot be booked: where it stands, and which limit is reached; no limit: it names what is not there."""

    path: str
    sentence: str
    limit: str | None = None
    discount_id: str | None = None
    grant_id: str | None = None
    most: int | None = None
    used: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """The use of discounts for one purchase.

    `goods` is what the lines of its stored receipt cost, where it is the claim of one that has lines. `contradictions`
    are between what it says and what of it is no part of the spelling: whose claim is booked does not learn of them.
    `store_id` tells it apart from claims of other stores under its ref. `is_alone` says that no other purchase is known
    that the ref could be of: then a claim that named no store is of this one. `receipt_id` names the receipt of the
    purchase, where the caller says which it is.
    """

    ref: str
    type: str
    customer_id: str | None
    purchase_at: datetime
    discounts: tuple[DiscountUse, ...]
    goods: int | None = None
    contradictions: tuple[ClaimProblem, ...] = ()
    store_id: str | None = None
    is_alone: bool = False
    receipt_id: str | None = None

    @property
    def spelling(self) -> str:
        """The request in one JSON spelling, by which it is known again; whoever names a store later is known too."""
        document = {
            "purchase_at": written(self.purchase_at),
            "customer_id": self.customer_id,
            "discounts": [asdict(discount) for discount in self.discounts],
            "ref": self.ref,
            "type": self.type,
        }
        if self.receipt_id is not None:
            document["receipt_id"] = self.receipt_id
        return json.dumps(document, sort_keys=True)


class Evidence(NamedTuple):
    """What an evaluation says of a claim: that it gave just this, or in what it did not; by itself it says nothing."""

    is_given: bool = False
    problems: tuple[ClaimProblem, ...] = ()


def no_evidence(_request: ClaimRequest) -> Evidence:
    """A claim that names no evaluation, and need not."""
    return Evidence()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """On what terms a claim is taken.

    `scope` is that of the token which it is made with, `skew` by how much a till's clock may be off, and `evidence`
    says what an evaluation gave of it.
    """

    scope: str | None = None
    skew: timedelta = timedelta(minutes=10)
    evidence: Callable[[ClaimRequest], Evidence] = no_evidence


AS_THEY_COME = Acceptance()


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


class NeedsScope(Exception):
    """Who asks has no scope that undoes the claim; `made_with` is the one that it was made with, None if not known."""

    def __init__(self, made_with: str | None) -> None:
        super().__init__(made_with)
        self.made_with = made_with


MayUndo: TypeAlias = Callable[[str | None], bool]
"""Whether who asks may undo a claim that was made with a scope."""


def anybody(_made_with: str | None) -> bool:
    """Whoever it is may."""
    return True
