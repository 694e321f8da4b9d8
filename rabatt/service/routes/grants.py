"""Grants: rules given to customers or to everyone, taken back, and listed by rule and by customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from rabatt.service.bodies.grant import (
    CustomersBody,
    GrantsBody,
    check_entries,
    customer_grant,
    entry_grant,
    shown_grant,
)
from rabatt.service.bodies.read_body import read_body
from rabatt.service.bodies.rule import model_of, shown
from rabatt.service.context import context_of
from rabatt.service.entry.access import AccountId
from rabatt.service.entry.idempotency import with_key, write_once
from rabatt.service.identifiers import PathCustomerId, PathIdentifier
from rabatt.service.problems import Problem, not_found
from rabatt.service.routes.pages import PageLimit, StartingAfter, read_page
from rabatt.service.routes.rules import READERS, RulesWriter, StateParameter, answer, answered, rule_is_deleted
from rabatt.service.schemas.openapi import body_of, component, errors
from rabatt.service.store.grants import (
    EveryoneIsGranted,
    GrantDiffers,
    StoredGrant,
    add_grants,
    add_missing_grants,
    grants_on_page,
    live_grants,
    open_grants,
    refs_of_customer,
    take_grants,
)
from rabatt.service.store.pages import Page
from rabatt.service.store.rule_lists import customers_rules_on_page
from rabatt.service.store.rules import NoSuchRule, RuleIsDeleted
from rules import Rule

router = APIRouter(prefix="/v1/accounts/{aid}", tags=["grants"])

GRANTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The grants, the newest first.",
        "content": {"application/json": {"schema": {"type": "array", "items": component("GrantRef")}}},
    }
}


def _refs(grants: Sequence[StoredGrant], rule: Rule, now: datetime) -> list[dict[str, Any]]:
    return [{**shown_grant(grant, rule, now), "created_by": grant.created_by} for grant in grants]


@router.post(
    "/discounts/rules/{did}/customers",
    status_code=201,
    summary="Give a rule to customers",
    description="`customers` are given the rule unless they have it. `grants` are given in any case, so that cards "
    "and balances can be moved in; one with an id is made once.",
    operation_id="post_grants",
    openapi_extra=with_key(body_of(GrantsBody.model_json_schema())),
    responses={**answered("StoredRule", 201), **errors(404, 409, 413, 415)},
)
async def post_grants(request: Request, aid: AccountId, did: PathIdentifier, principal: RulesWriter) -> Response:
    """Give a rule to customers, or to everyone; answers the rule with all live grants of these customers."""
    context = context_of(request)
    body = await read_body(request, GrantsBody)
    now, new_id, subject = context.clock.now(), context.clock.new_id, principal.subject

    def work(connection: Connection) -> dict[str, Any]:
        opened = open_grants(connection, aid, did, body.customer_ids())
        rule = model_of(opened.rule)
        check_entries(body, rule)
        entries = [entry_grant(entry, rule, now=now, new_id=new_id()) for entry in body.grants]
        add_grants(connection, aid, opened, entries, subject=subject)
        named = [customer_grant(one, rule, now=now, new_id=new_id()) for one in dict.fromkeys(body.customers)]
        add_missing_grants(connection, aid, opened, named, subject=subject)
        live = live_grants(connection, aid, did, body.customer_ids())
        return {**shown(opened.rule, rule), "refs": _refs(live, rule, now)}

    try:
        made = await write_once(request, aid, principal, work, lambda given: answer(given, 201), is_long=True)
        return made.answer
    except NoSuchRule:
        raise not_found("rule") from None
    except RuleIsDeleted:
        raise rule_is_deleted() from None
    except GrantDiffers as differs:
        sentence = f"there is another grant {differs.grant_id!r}; send what it was made from, or give another id"
        raise Problem(409, sentence) from None
    except EveryoneIsGranted as there:
        sentence = f"everyone was given the rule already, by the grant {there.grant_id!r}; leave this one out"
        raise Problem(409, sentence, code="EVERYONE_IS_GRANTED") from None


@router.delete(
    "/discounts/rules/{did}/customers",
    summary="Take a rule from customers",
    description="What customers used of everyone's grant is taken with everyone's.",
    operation_id="delete_grants",
    openapi_extra=body_of(CustomersBody.model_json_schema()),
    responses={**answered("StoredRule"), **errors(404, 413, 415)},
)
async def delete_grants(request: Request, aid: AccountId, did: PathIdentifier, principal: RulesWriter) -> Response:
    """Take the grants of customers, or everyone's; answers the rule with the grants that were taken now."""
    context = context_of(request)
    body = await read_body(request, CustomersBody)
    now = context.clock.now()

    def work(connection: Connection) -> Response:
        opened = open_grants(connection, aid, did, body.customers)
        rule = model_of(opened.rule)
        taken = take_grants(connection, aid, opened, body.customers, now=now, subject=principal.subject)
        return answer({**shown(opened.rule, rule), "refs": _refs(taken, rule, now)})

    try:
        return await context.store.write(work)
    except NoSuchRule:
        raise not_found("rule") from None


@router.get(
    "/discounts/rules/{did}/customers",
    summary="List the grants of a rule",
    operation_id="list_grants",
    dependencies=READERS,
    responses={**GRANTS, **errors(404)},
)
async def list_grants(
    request: Request, aid: AccountId, did: PathIdentifier, limit: PageLimit = 10, starting_after: StartingAfter = None
) -> Response:
    """List the live grants of a rule, the newest first."""
    context = context_of(request)
    now, page = context.clock.now(), Page(limit, starting_after)

    def work(connection: Connection) -> Response:
        rule, found = grants_on_page(connection, aid, did, page)
        return answer(_refs(found, model_of(rule), now))

    try:
        return await read_page(request, work)
    except NoSuchRule:
        raise not_found("rule") from None


@router.get(
    "/discounts/customers/{customer_id:identifier}/rules",
    summary="List the rules of a customer",
    description="Those that the customer was given, and those that everyone was; each with the customer's grants.",
    operation_id="list_customer_rules",
    dependencies=READERS,
    responses={**answered("StoredRule", many=True), **errors()},
)
async def list_customer_rules(
    request: Request,
    aid: AccountId,
    customer_id: PathCustomerId,
    limit: PageLimit = 10,
    starting_after: StartingAfter = None,
    state: StateParameter = "all",
) -> Response:
    """List the rules that a customer has, the newest first."""
    context = context_of(request)
    now, page = context.clock.now(), Page(limit, starting_after)

    def work(connection: Connection) -> Response:
        found = customers_rules_on_page(connection, aid, customer_id, page, state=state, now=now)
        refs = refs_of_customer(connection, aid, customer_id, found)
        answered_rules = []
        for stored in found:
            rule = model_of(stored)
            held = [shown_grant(grant, rule, now) for grant in refs.get(stored.id, ())]
            answered_rules.append({**shown(stored, rule), "refs": held})
        return answer(answered_rules)

    return await read_page(request, work)
