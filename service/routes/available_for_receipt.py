"""`POST discounts/available_for_receipt`: a receipt in, the same receipt with the best discounts out."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from engine import Evaluation, evaluate
from rules import Fault, Grant, Receipt, Refused, read_receipt
from rules.fault import nearest_name, suggestion
from rules.serialise import serialise
from service.access import DISCOUNTS_USE, AccountId, Direct, allow
from service.body import Body, read_bytes, read_model
from service.context import Context, context_of
from service.identifiers import CustomerId
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
            "description": "The version of the account's rules that the receipt was evaluated with.",
            "schema": {"type": "integer"},
        },
    },
    "content": {
        "application/json": {
            "schema": {"allOf": [component("Receipt"), {"type": "object", "properties": {"explanation": EXPLANATION}}]}
        }
    },
}


@router.post(
    "/discounts/available_for_receipt",
    operation_id="available_for_receipt",
    summary="Find the best discounts for a receipt",
    responses={200: ANSWER, **errors(413, 415)},
    openapi_extra=body_of(component("Receipt")),
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
    """
    context = context_of(request)
    receipt = read_bounded(await read_bytes(request), context)
    if receipt.customer_id is None:
        receipt = await with_customer(receipt, aid, context)
    purchase_at = None if explain else receipt.purchase_at
    wallet = await context.store.look_up(
        partial(wallet_of, aid=aid, customer_id=receipt.customer_id, purchase_at=purchase_at)
    )
    rules = context.rule_sets.known(aid, wallet.version)
    if rules is None:
        rules = await context.rule_sets.newest(context.store, aid, wallet.version)
    if explain:
        answer, optimal = await context.in_thread(partial(explained, receipt, wallet, rules, rule_id, context))
    elif len(receipt.items) > MOST_LINES_IN_PLACE:
        evaluation = await context.in_thread(partial(evaluated, receipt, wallet, rules, context))
        answer, optimal = evaluation.receipt, evaluation.optimal
    else:
        evaluation = evaluated(receipt, wallet, rules, context)
        answer, optimal = evaluation.receipt, evaluation.optimal
    context.metrics.evaluations.labels(str(optimal).lower()).inc()
    headers = {"Rabatt-Optimal": str(optimal).lower(), "Rabatt-Rules-Version": str(rules.version)}
    return Response(serialise(answer), media_type="application/json", headers=headers)


def read_bounded(data: bytes, context: Context) -> Receipt:
    """The receipt of a body; Refused with every fault, also where it has more lines than are taken here."""
    receipt = read_receipt(data)
    most = context.settings.max_lines
    if len(receipt.items) > most:
        raise Refused([Fault("items", f"a receipt may have {most} lines here; this one has {len(receipt.items)}")])
    read_model(Shopper, {"customer_id": receipt.customer_id})
    return receipt


class Shopper(Body):
    """Whose receipt it is."""

    customer_id: CustomerId | None


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


def evaluated(receipt: Receipt, wallet: Wallet, rules: AccountRules, context: Context) -> Evaluation:
    """The engine's answer."""
    return evaluate(rules.rule_set, receipt, grants_of(wallet, rules), context.engine, rules.granted_to_everyone)


def explained(
    receipt: Receipt, wallet: Wallet, rules: AccountRules, rule_ids: Sequence[str] | None, context: Context
) -> tuple[dict[str, Any], bool]:
    """The engine's answer with what became of every rule and line; a Problem where that would take too long."""
    asked = tuple(dict.fromkeys(rule_ids or ()))
    most = context.settings.max_explained_rules
    if len(asked or rules.rule_set) > most:
        raise fault("query.rule_id", f"{most} rules are explained at once; say which: rule_id=ID, once for each")
    known = rules.rule_set.rules_by_id
    for rule_id in asked:
        if rule_id not in known:
            nearest = nearest_name(rule_id, tuple(known)) if len(known) <= most else None
            raise fault("query.rule_id", f"there is no such rule{suggestion(nearest)}")
    evaluation = evaluated(receipt, wallet, rules, context)
    if asked:
        parts = [evaluation.explain(rule_id) for rule_id in asked]
        outcomes = [part.rules[0].as_data() for part in parts]
        lines = parts[0].as_data()["lines"]
    else:
        whole = evaluation.explain().as_data()
        outcomes, lines = whole["rules"], whole["lines"]
    explanation = {"optimal": evaluation.optimal, "rules": outcomes, "lines": lines}
    return {**evaluation.receipt, "explanation": explanation}, evaluation.optimal
