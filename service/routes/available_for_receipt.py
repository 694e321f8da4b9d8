"""`POST discounts/available_for_receipt`: a receipt in, the same receipt with the best discounts out."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from engine import Evaluation, evaluate
from rules import Grant, Receipt, read_receipt
from rules.fault import nearest_name, suggestion
from service.access import DISCOUNTS_USE, AccountId, Direct, allow
from service.asked_receipt import OPEN2B, Asked, read_asked
from service.context import Context, context_of
from service.open2b_schemas import BROUGHT
from service.openapi import body_of, component, errors
from service.problems import fault
from service.rule_sets import AccountRules
from service.store.tokens import customer_of
from service.store.wallets import Wallet, wallet_of
from service.tokens import Principal

router = APIRouter(prefix="/v1/accounts/{aid}", tags=["use discounts"], route_class=Direct)

# A longer receipt may take its time, and others are served meanwhile. Handing a short one to a thread takes a tenth of
# what it costs.
MOST_LINES_IN_PLACE = 100

EXPLANATION: dict[str, Any] = {
    "type": "object",
    "description": "What became of every rule and line; only with `explain=true`.",
    "required": ["optimal", "rules", "lines"],
    "properties": {
        "optimal": {
            "type": "boolean",
            "description": "Whether no better selection exists; false where it is not known.",
        },
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
    asked = await read_asked(request, aid, context)
    if explain and asked.open2b is not None:
        raise fault("query.explain", "a receipt of Open2b's has no place for an explanation; leave it out")
    if asked.receipt.customer_id is None:
        asked = asked.of(await with_customer(asked.receipt, aid, context))
    receipt = asked.receipt
    purchase_at = None if explain else receipt.purchase_at
    look = partial(wallet_of, aid=aid, customer_id=receipt.customer_id, purchase_at=purchase_at)
    wallet = await context.store.look_up(look)
    rules = context.rule_sets.known(aid, wallet.change)
    if rules is None:
        wallet, rules = await context.rule_sets.newest(context.store, aid, wallet, look)
    if explain:
        answer, optimal = await context.in_thread(partial(explained, asked, wallet, rules, rule_id, context))
    elif len(receipt.items) > MOST_LINES_IN_PLACE:
        evaluation = await context.in_thread(partial(evaluated, asked, wallet, rules))
        answer, optimal = evaluation.receipt, evaluation.optimal
    else:
        evaluation = evaluated(asked, wallet, rules)
        answer, optimal = evaluation.receipt, evaluation.optimal
    context.metrics.evaluations.labels(str(optimal).lower()).inc()
    headers = {
        "Rabatt-Optimal": str(optimal).lower(),
        "Rabatt-Rules-Version": str(rules.version),
        "Rabatt-Rules-Change": rules.change,
    }
    return asked.answer(answer, headers)


async def with_customer(receipt: Receipt, aid: str, context: Context) -> Receipt:
    """The receipt with the customer whose token it carries, if the account knows the token."""
    customer = receipt.document.get("customer")
    token = customer.get("token") if isinstance(customer, dict) else None
    if not isinstance(token, dict):
        return receipt

    def look_up(connection: Connection) -> str | None:
        return customer_of(connection, aid, token)

    customer_id = await context.store.look_up(look_up)
    return receipt if customer_id is None else read_receipt({**receipt.document, "customer_id": customer_id})


def grants_of(wallet: Wallet, rules: AccountRules) -> list[Grant]:
    """The grants that count: the customer's own, and their use of what everyone is granted still."""
    everyones = rules.granted_to_everyone
    return [*wallet.own, *(grant for grant in wallet.derived if grant.discount_id in everyones)]


def evaluated(asked: Asked, wallet: Wallet, rules: AccountRules) -> Evaluation:
    """The engine's answer."""
    grants = grants_of(wallet, rules)
    return evaluate(rules.rule_set, asked.receipt, grants, asked.settings, rules.granted_to_everyone)


def explained(
    asked: Asked, wallet: Wallet, rules: AccountRules, rule_ids: Sequence[str] | None, context: Context
) -> tuple[dict[str, Any], bool]:
    """The engine's answer with what became of every rule and line; a Problem where that would take too long."""
    wanted = tuple(dict.fromkeys(rule_ids or ()))
    most = context.settings.max_explained_rules
    if len(wanted or rules.rule_set) > most:
        raise fault("query.rule_id", f"{most} rules are explained at once; say which: rule_id=ID, once for each")
    known = rules.rule_set.rules_by_id
    for rule_id in wanted:
        if rule_id not in known:
            nearest = nearest_name(rule_id, tuple(known)) if len(known) <= most else None
            raise fault("query.rule_id", f"there is no such rule{suggestion(nearest)}")
    evaluation = evaluated(asked, wallet, rules)
    if wanted:
        parts = [evaluation.explain(rule_id) for rule_id in wanted]
        outcomes = [part.rules[0].as_data() for part in parts]
        lines = parts[0].as_data()["lines"]
    else:
        whole = evaluation.explain().as_data()
        outcomes, lines = whole["rules"], whole["lines"]
    explanation = {"optimal": evaluation.optimal, "rules": outcomes, "lines": lines}
    return {**evaluation.receipt, "explanation": explanation}, evaluation.optimal
