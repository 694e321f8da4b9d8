"""What a body says was used of which discounts: a till may send the whole discounts of the result receipt."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Annotated, Any, get_args

from pydantic import ConfigDict, Field

from rabatt.service.bodies.read_body import Body
from rabatt.service.identifiers import Identifier
from rabatt.service.problems import Problem, invalid
from rabatt.service.proofs import LONGEST_TOKEN
from rabatt.service.store.claim_request import (
    ClaimDiffers,
    ClaimIsCancelled,
    ClaimProblem,
    ClaimRefused,
    DiscountUse,
    RefUse,
)
from rules import Fault, Refused
from rules.fault import MOST_FAULTS, further
from rules.values import Count, Price, Read, Whole, refusal

MOST_DISCOUNTS = 1_000
MOST_REFS = 1_000
MOST_USAGE = 1_000
MOST_STAMPS = 1_000_000

Usage = Annotated[int, Whole(0, MOST_USAGE, f"a usage is a whole number from 0 to {MOST_USAGE}")]
StampCount = Annotated[int, Whole(0, MOST_STAMPS, f"stamps are a whole number from 0 to {MOST_STAMPS}")]


def read_token(value: object) -> str:
    """The token of an evaluation, as far as any text can be one."""
    if not isinstance(value, str):
        raise refusal("evaluation", "a Rabatt-Evaluation is text, in quotes")
    if not 1 <= len(value) <= LONGEST_TOKEN:
        sentence = (
            f"a Rabatt-Evaluation has 1 to {LONGEST_TOKEN} characters; send it as it was answered, or leave it out"
        )
        raise refusal("evaluation", sentence)
    return value


EvaluationToken = Annotated[str, Read(read_token, {"type": "string", "minLength": 1, "maxLength": LONGEST_TOKEN})]


class ClaimedItem(Body):
    """What a ref gave on one line; further fields are left alone."""

    model_config = ConfigDict(extra="ignore")

    amount: Price | None = None
    bonus: Price | None = None


class ClaimedStatistics(Body):
    """What a ref says of its grant after the purchase; only the stamps are read."""

    model_config = ConfigDict(extra="ignore")

    stamp: Count | None = Field(default=None, description="The stamps that live after the purchase.")


class ClaimedRef(Body):
    """What was used of one grant; further fields of a result receipt's ref are left alone."""

    model_config = ConfigDict(extra="ignore")

    id: Identifier = Field(description="The id of the grant, as the ref of the result receipt has it.")
    amount: Price
    usage: Usage
    bonus: Price | None = None
    stamp: StampCount | None = Field(default=None, description="The stamps that the purchase earned.")
    statistics: ClaimedStatistics | None = None
    items: list[ClaimedItem] | None = Field(
        default=None, description="Where any says an amount or a bonus, they add up to the ref."
    )


class ClaimedDiscount(Body):
    """A used discount; further fields of a result receipt's discount are left alone."""

    model_config = ConfigDict(extra="ignore")

    id: Identifier = Field(description="The id of the rule.")
    # Lists, since JSON knows no tuples and the models are strict.
    refs: list[ClaimedRef] = Field(min_length=1, max_length=MOST_REFS)


ClaimedDiscounts = Annotated[list[ClaimedDiscount], Field(min_length=1, max_length=MOST_DISCOUNTS)]
"""The field `discounts` of a body."""


def uses(discounts: Iterable[ClaimedDiscount]) -> tuple[DiscountUse, ...]:
    """What the store books; Refused with every grant that is named twice, or gave something unused."""
    discounts = list(discounts)
    faults = []
    seen: dict[str, str] = {}
    for position, discount in enumerate(discounts):
        for place, ref in enumerate(discount.refs):
            path = f"discounts[{position}].refs[{place}].id"
            if ref.id in seen:
                faults.append(Fault(path, f"this is the grant of {seen[ref.id]} too; claim each grant once"))
            seen.setdefault(ref.id, path)
            if not ref.usage and (ref.amount or ref.bonus):
                sentence = "0 is for refs that only earned stamps; what gave an amount or a bonus was used"
                faults.append(Fault(f"discounts[{position}].refs[{place}].usage", sentence))
    if faults:
        raise Refused(faults)
    return tuple(DiscountUse(discount.id, tuple(_use(ref) for ref in discount.refs)) for discount in discounts)


def contradictions(discounts: Iterable[ClaimedDiscount]) -> tuple[ClaimProblem, ...]:
    """Amounts and bonuses of refs that are not the sum of their items, where these say any."""
    return tuple(
        ClaimProblem(
            f"discounts[{position}].refs[{place}].{name}",
            f"its items add up to {summed}, and this is {said}; claim the ref as it was answered",
            discount_id=discount.id,
            grant_id=ref.id,
        )
        for position, discount in enumerate(discounts)
        for place, ref in enumerate(discount.refs)
        for name, said, summed in _sums(ref)
        if said != summed
    )


def _sums(ref: ClaimedRef) -> Iterator[tuple[str, int, int]]:
    """What a ref says, and the sum of what its items say of it."""
    items = ref.items or ()
    if any(item.amount is not None or item.bonus is not None for item in items):
        yield "amount", ref.amount, sum(item.amount or 0 for item in items)
        yield "bonus", ref.bonus or 0, sum(item.bonus or 0 for item in items)


NotBooked = ClaimRefused | ClaimDiffers | ClaimIsCancelled
"""What the store raises where a claim is not booked."""
NOT_BOOKED = get_args(NotBooked)


def not_booked(why: NotBooked) -> tuple[str, Problem]:
    """What is counted of a claim that was not booked, and the answer to it."""
    match why:
        case ClaimDiffers():
            sentence = "another claim was made with this ref; give each purchase its own, or say its store_id"
            return "differs", Problem(409, sentence, code="CLAIM_DIFFERS")
        case ClaimIsCancelled():
            sentence = "the claim of this ref was cancelled; claim with a new ref"
            return "refused", Problem(409, sentence, code="CLAIM_CANCELLED")
        case _ if not why.is_limit:
            return "refused", invalid(Fault(problem.path, problem.sentence) for problem in why.problems)
        case _:
            count = len(why.problems)
            limits: list[dict[str, Any]] = [asdict(problem) for problem in why.problems[:MOST_FAULTS]]
            if count > MOST_FAULTS:
                limits.append({**further(count - MOST_FAULTS).as_data(), "limit": None})
            sentence = "a limit is reached" if count == 1 else f"{count} limits are reached"
            return "limit", Problem(409, f"{sentence}; nothing was booked", limits, code="LIMIT_REACHED")


def _use(ref: ClaimedRef) -> RefUse:
    after = None if ref.statistics is None else ref.statistics.stamp
    return RefUse(ref.id, ref.usage, ref.amount, ref.bonus or 0, ref.stamp or 0, after)
