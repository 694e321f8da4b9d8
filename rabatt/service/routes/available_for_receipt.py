"""`POST discounts/available_for_receipt`: a receipt in, the same receipt with the best discounts out."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.requests import ClientDisconnect

from engine import TooMuchWork
from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.read_body import read_bytes
from rabatt.service.context import Context, context_of
from rabatt.service.entry.access import DISCOUNTS_USE, AccountId, Direct, allow
from rabatt.service.evaluation.answer import EvaluationAnswer, EvaluationRequest, answered, evaluation_input, read
from rabatt.service.evaluation.apart import done_apart
from rabatt.service.evaluation.sent_receipt import OPEN2B, is_open2b
from rabatt.service.problems import fault
from rabatt.service.schemas.open2b import BROUGHT
from rabatt.service.schemas.openapi import body_of, component, errors
from rabatt.service.store.customer_grants import TooManyGrants

router = APIRouter(prefix="/v1/accounts/{aid}", tags=["use discounts"], route_class=Direct)

# Of so many bytes a receipt is read in about a millisecond, good or bad.
MOST_BYTES_IN_PLACE = 32 * 1024
# So many grants of a customer take some milliseconds to look up.
MOST_GRANTS_IN_PLACE = 300

EVALUATION = "Rabatt-Evaluation"

UPPER_BOUND = (
    "The most discount that any selection could give, in minor units, debits aside: what is given where it is optimal."
)
EXPLANATION: dict[str, Any] = {
    "type": "object",
    "description": "What became of every rule and line; only with `explain=true`.",
    "required": ["optimal", "upper_bound", "rules", "lines"],
    "properties": {
        "optimal": {
            "type": "boolean",
            "description": "Whether no better selection exists; false where it is not known.",
        },
        "upper_bound": {"type": "integer", "description": UPPER_BOUND},
        "rules": {"type": "array", "items": {"type": "object"}},
        "lines": {"type": "array", "items": {"type": "object"}},
    },
}
ANSWER = {
    "description": "The receipt with its discounts.",
    "headers": {
        "Rabatt-Optimal": {
            "description": "Whether no better selection exists; false where that was not proven.",
            "schema": {"enum": ["true", "false"]},
        },
        "Rabatt-Upper-Bound": {"description": UPPER_BOUND, "schema": {"type": "integer"}},
        EVALUATION: {
            "description": "Proof of what was given, which a claim can carry as its `evaluation`; where there is any.",
            "schema": {"type": "string"},
        },
        "Rabatt-Rules-Version": {
            "description": "How many changes led to the account's rules that the receipt was evaluated with. After a "
            "restore another history may have as many.",
            "schema": {"type": "integer"},
        },
        "Rabatt-Rules-Change": {
            "description": "The name of the last of those changes: where it is equal, so are the rules. Empty where "
            "the account never had any.",
            "schema": {"type": "string"},
        },
    },
    "content": {
        "application/json": {
            "schema": {"allOf": [component("Receipt"), {"type": "object", "properties": {"explanation": EXPLANATION}}]}
        },
        OPEN2B: {"schema": BROUGHT},
    },
}
BODY = body_of(component("Receipt"))
BODY["requestBody"]["content"][OPEN2B] = {"schema": BROUGHT}


@router.post(
    "/discounts/available_for_receipt",
    operation_id="available_for_receipt",
    summary="Find the best discounts for a receipt",
    responses={200: ANSWER, **errors(413, 415)},
    openapi_extra=BODY,
)
async def available_for_receipt(
    request: Request,
    aid: AccountId,
    _principal: Annotated[Principal, allow(*DISCOUNTS_USE)],
    explain: Annotated[bool, Query(description="Add why each rule applied or not, and what was almost had.")] = False,
    rule_id: Annotated[
        list[str] | None, Query(description="Explain these rules only; needed where there are very many.")
    ] = None,
) -> Response:
    """Answer the receipt with the best selection of the account's discounts for its customer; nothing is stored.

    `customer_id` decides whose discounts those are. Without it, `customer.token` is looked up, and the answer carries
    the customer it belongs to. Without either, only what everyone is granted is given.

    A receipt of Open2b's is answered as one, with its discounts as amounts off and its totals worked out anew.
    """
    context = context_of(request)
    content = await read_bytes(request)
    wanted = EvaluationRequest(aid, content, is_open2b(request), explain, tuple(rule_id or ()))
    if explain and wanted.is_open2b:
        raise fault("query.explain", "a receipt of Open2b's has no place for an explanation; leave it out")
    answer = None
    if not explain and len(content) <= MOST_BYTES_IN_PLACE:
        answer = await answered_here(wanted, context)
    if answer is None:
        answer = await done_apart(context, aid, wanted, lambda: is_there(request))
    if answer is None:
        raise ClientDisconnect
    if answer.optimal is not None:
        context.metrics.evaluations.labels(str(answer.optimal).lower()).inc()
    return Response(answer.content, answer.status, answer.headers | proof(aid, answer, context), answer.media_type)


def proof(aid: str, answer: EvaluationAnswer, context: Context) -> dict[str, str]:
    """The header with the token of what the account's rules gave; none where they gave nothing."""
    given = answer.given
    if given is None:
        return {}
    token = context.proofs.token(aid, given.customer_id, given.purchase_at, given.refs, context.clock.now())
    return {} if token is None else {EVALUATION: token}


async def answered_here(wanted: EvaluationRequest, context: Context) -> EvaluationAnswer | None:
    """The answer of most receipts, which it takes longer to hand to another process; None where it takes too much."""
    settings = context.settings
    engine = replace(context.engine, max_work=context.work_in_place)
    receipt = read(wanted, settings)
    look = partial(
        evaluation_input,
        request=wanted,
        receipt=receipt,
        settings=settings,
        engine=engine,
        most_grants=MOST_GRANTS_IN_PLACE,
    )
    try:
        seen = await context.store.look_up(look)
        rules = context.rule_sets.known(wanted.aid, seen.change)
        if rules is None:
            seen, rules = await context.rule_sets.newest(context.store, wanted.aid, seen, look)
        return answered(wanted, seen, rules, settings)
    except (TooMuchWork, TooManyGrants):
        return None


async def is_there(request: Request) -> bool:
    """Whether whoever sent a request still waits for its answer."""
    return not await request.is_disconnected()
