"""On what terms a route takes a claim, and who may cancel it: a till does not undo what the office booked."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from rabatt.service.bearer_tokens import Principal, forbidden
from rabatt.service.context import Context
from rabatt.service.entry.access import DISCOUNTS_USE, RECEIPTS_WRITE
from rabatt.service.problems import Problem
from rabatt.service.proofs import PATH
from rabatt.service.store.claim_request import Acceptance, ClaimProblem, ClaimRequest, Evidence

ADMIN = DISCOUNTS_USE[-1]
CLAIMS_CANCEL = (*DISCOUNTS_USE, *RECEIPTS_WRITE)
"""The scopes of which one at least is needed to cancel a claim; which of them, the claim says."""
AT_A_TILL = (None, DISCOUNTS_USE[0], RECEIPTS_WRITE[0])
# Of the first that made a claim, each scope is enough to cancel it.
_ENOUGH: Mapping[str | None, Sequence[str]] = {
    None: DISCOUNTS_USE,
    **{scope: DISCOUNTS_USE[place:] for place, scope in enumerate(DISCOUNTS_USE)},
    **{scope: (*RECEIPTS_WRITE[place:], ADMIN) for place, scope in enumerate(RECEIPTS_WRITE)},
}


def acceptance(
    context: Context, principal: Principal, scopes: Sequence[str], evaluation: str | None, now: datetime
) -> Acceptance:
    """The terms for a claim of a token, made by a route that these scopes open, the narrowest first."""
    settings = context.settings

    def evidence(request: ClaimRequest) -> Evidence:
        if evaluation is not None:
            return context.proofs.evidence(principal.account, request, evaluation, now)
        if not settings.require_evaluation:
            return Evidence()
        sentence = "this service takes claims of evaluations only; send the Rabatt-Evaluation of the answer"
        return Evidence(problems=(ClaimProblem(PATH, sentence),))

    # What a token could do beside has no part in it.
    scope = next(scope for scope in scopes if scope in principal.scopes)
    return Acceptance(scope, timedelta(seconds=settings.max_clock_skew_seconds), evidence)


def may_cancel(principal: Principal) -> Callable[[str | None], bool]:
    """Whether the bearer of a token may cancel a claim that was made with a scope."""
    return lambda made_with: not principal.scopes.isdisjoint(enough_to_cancel(made_with))


def may_give_back(principal: Principal) -> Callable[[str | None], bool]:
    """Whether a return by the bearer of a token may name a claim that was made with a scope.

    A till takes goods back whatever scope it claims with; what the office claimed takes what cancels it.
    """
    return lambda made_with: made_with in AT_A_TILL or may_cancel(principal)(made_with)


def enough_to_cancel(made_with: str | None) -> frozenset[str]:
    """The scopes of which one is enough to cancel a claim: the one that it was made with, and wider ones."""
    return frozenset(_ENOUGH[made_with])


def needs_scope(made_with: str | None) -> Problem:
    """The token cannot undo what was made with another scope."""
    wanted = ", ".join(sorted(enough_to_cancel(made_with)))
    return forbidden(f"the claim was made with another scope; the token needs one of these: {wanted}")
