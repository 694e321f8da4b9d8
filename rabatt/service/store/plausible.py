"""What no evaluation can have given, whatever was bought: the till is trusted with its basket, not with the rule.

What the rule was at the purchase is known by its bounds (`bounds.py`); where an evaluation is shown that gave just what
is claimed, they are not asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.grants.wallet import is_within
from rabatt.service.clock import written
from rabatt.service.store.bounds import RuleBounds, bounds_of, loosest, read_bounds
from rabatt.service.store.claim_request import Acceptance, ClaimProblem, ClaimRequest, DiscountUse, RefUse

# A shop moves in with purchases of before, and customers bring old receipts; a clock that is off is off by more.
LONGEST_BEFORE_A_RULE = timedelta(days=366)
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RuleHistory:
    """A rule as it is since `updated_at`, and what it let pass before that, if it ever was another."""

    document: str
    created_at: datetime
    updated_at: datetime
    former_bounds: str | None

    def bounds_at(self, purchase_at: datetime, skew: timedelta) -> RuleBounds:
        """What held for a purchase, the loosest where it may have been before the rule's last change."""
        now = bounds_of(self.document)
        if self.former_bounds is None or purchase_at > self.updated_at + skew:
            return now
        return loosest(now, read_bounds(self.former_bounds))


def of_purchase(request: ClaimRequest, acceptance: Acceptance, now: datetime) -> Iterator[ClaimProblem]:
    """Why there can have been no such purchase, or no such claim of it."""
    ahead = request.purchase_at - now
    if ahead > acceptance.skew:
        sentence = (
            f"the purchase is {ahead // A_SECOND} seconds ahead of the service's clock, which is at {written(now)}; "
            f"{acceptance.skew // A_SECOND} are taken: set the till's clock"
        )
        yield ClaimProblem("purchase_at", sentence)
    if request.goods is not None:
        amount = sum(ref.amount for discount in request.discounts for ref in discount.refs)
        if amount > request.goods:
            sentence = f"these take {amount} off goods of the receipt that cost {request.goods}; evaluate it again"
            yield ClaimProblem("discounts", sentence)


def of_rule(
    discount: DiscountUse, path: str, history: RuleHistory, bounds: RuleBounds, purchase_at: datetime
) -> Iterator[ClaimProblem]:
    """Why the rule can have given nothing at the purchase."""
    at = written(purchase_at)
    sentences = []
    if bounds.opens is not None and purchase_at < bounds.opens:
        sentences.append(f"the rule begins at {written(bounds.opens)}, and the purchase was before, at {at}")
    if bounds.closes is not None and purchase_at > bounds.closes:
        sentences.append(f"the rule ended at {written(bounds.closes)}, and the purchase was after, at {at}")
    if not _has_begun(bounds, history, purchase_at) and purchase_at < history.created_at - LONGEST_BEFORE_A_RULE:
        sentences.append(
            f"the rule was made at {written(history.created_at)}, more than {LONGEST_BEFORE_A_RULE.days} days after "
            f"the purchase, at {at}"
        )
    if bounds.is_off:
        sentences.append("the rule was switched off before the purchase")
    remedy = "claim with the time of purchase of the receipt that was evaluated"
    for sentence in sentences:
        yield ClaimProblem(f"{path}.id", f"{sentence}; {remedy}", discount_id=discount.discount_id)


def _has_begun(bounds: RuleBounds, history: RuleHistory, purchase_at: datetime) -> bool:
    """Whether a window says since when the rule is used: that of all that it was, or today's."""
    opens = bounds_of(history.document).opens
    return bounds.opens is not None or (opens is not None and opens <= purchase_at)


def of_use(ref: RefUse) -> Iterator[tuple[str, str]]:
    """Why no evaluation says this of any rule: fields of the ref, and sentences."""
    if ref.usage > 1:
        yield "usage", "a purchase uses a grant once: 1, or 0 where it only earned stamps"


def of_gift(ref: RefUse, bounds: RuleBounds) -> Iterator[tuple[str, str]]:
    """Why the rule cannot have given this: fields of the ref, and sentences."""
    said = (
        ("amount", ref.amount, bounds.amount),
        ("bonus", ref.bonus, bounds.bonus),
        ("stamp", ref.stamp, bounds.stamp),
    )
    for name, value, most in said:
        if most is not None and value > most:
            what = "earns no stamps" if name == "stamp" else f"gives no {name}"
            what = f"{'earns' if name == 'stamp' else 'gives'} {most} at most in a purchase" if most else what
            yield name, f"the rule {what}; claim what the evaluation gave"


def of_grant(bounds: RuleBounds, created_at: datetime | None, purchase_at: datetime) -> str | None:
    """Why a grant cannot have been used at the purchase; without a time of its own it is a part in everyone's."""
    if bounds.days is None:
        return None
    if created_at is None:
        return "the rule is for customers with a grant of their own; evaluate the receipt again"
    if is_within(purchase_at, created_at, bounds.days):
        return None
    # It is before the purchase, so that it is in the calendar.
    until = created_at + timedelta(days=bounds.days)
    return f"the grant was good until {written(until)}, for {bounds.days} days; evaluate the receipt again"
