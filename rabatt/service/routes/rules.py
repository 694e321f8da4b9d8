"""Rules: made, listed, read, changed and marked as deleted."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.read_body import read_content
from rabatt.service.bodies.rule import model_of, patched, read_new_rule, read_patch, shown, shown_to_anyone
from rabatt.service.context import context_of
from rabatt.service.entry.access import DISCOUNTS_READ, DISCOUNTS_WRITE, AccountId, allow
from rabatt.service.entry.idempotency import with_key, write_once
from rabatt.service.identifiers import PathIdentifier
from rabatt.service.problems import Problem, not_found
from rabatt.service.routes.answers import json_answer
from rabatt.service.routes.pages import PageLimit, StartingAfter, read_page
from rabatt.service.schemas.openapi import body_of, component, errors
from rabatt.service.store.pages import Page
from rabatt.service.store.rule_lists import RuleState, public_rules_on_page, rules_on_page
from rabatt.service.store.rule_use import UseTotals, uses_of
from rabatt.service.store.rules import (
    NoSuchRule,
    RuleDiffers,
    RuleIsDeleted,
    RuleIsUsed,
    StoredRule,
    TooManyRules,
    add_rule,
    change_rule,
    delete_rule,
    rule_of,
)
from rules import exact_json
from rules.values import Instant

router = APIRouter(prefix="/v1/accounts/{aid}", tags=["rules"])

RulesWriter = Annotated[Principal, allow(*DISCOUNTS_WRITE)]
READERS = [allow(*DISCOUNTS_READ)]
ANYONE = [allow("public:discounts")]
StateParameter = Annotated[
    RuleState,
    Query(
        description="all: every rule that is not deleted; active: in its window; scheduled: before it; completed: "
        "after it; available: active, and granted to someone; inactive: switched off; deleted: nothing else."
    ),
]


def answer(document: object, status: int = 200) -> Response:
    """The answer with a document, its numbers as they were written."""
    return json_answer(exact_json.write(document).encode(), status)


def answered(name: str, status: int = 200, *, many: bool = False) -> dict[int | str, dict[str, Any]]:
    """The good answer of a route, for its `responses`."""
    schema = {"type": "array", "items": component(name)} if many else component(name)
    description = "The rules, the newest first." if many else "The rule."
    return {status: {"description": description, "content": {"application/json": {"schema": schema}}}}


def rule_is_deleted() -> Problem:
    """The answer to a change of a rule that was deleted."""
    return Problem(409, "the rule is deleted; make a new one, under another id", code="RULE_IS_DELETED")


def _shown(rule: StoredRule) -> dict[str, Any]:
    return shown(rule, model_of(rule))


async def _answer(rule: StoredRule, status: int = 200) -> Response:
    """The answer with a rule; made in a thread, since it may be long, and when the store is free for others."""
    return await anyio.to_thread.run_sync(lambda: answer(_shown(rule), status))


@router.post(
    "/discounts/rules",
    status_code=201,
    summary="Make a rule",
    description="A rule without an id is given one. The same rule again, under its id, is made once; without one, "
    "under an `Idempotency-Key`.",
    operation_id="post_rule",
    openapi_extra=with_key(body_of(component("NewRule"))),
    responses={**answered("StoredRule", 201), **errors(409, 413, 415)},
)
async def post_rule(request: Request, aid: AccountId, principal: RulesWriter) -> Response:
    """Make a rule."""
    context = context_of(request)
    rule = await read_content(request, partial(read_new_rule, new_id=context.clock.new_id()))
    now, most = context.clock.now(), context.settings.max_rules

    def work(connection: Connection) -> StoredRule:
        return add_rule(connection, aid, rule, now=now, subject=principal.subject, most=most)

    try:
        made = await write_once(request, aid, principal, work, lambda rule: answer(_shown(rule), 201), is_long=True)
        return made.answer
    except RuleDiffers:
        raise Problem(409, f"there is another rule {rule.id!r}; change that one, or give this one its own id") from None
    except RuleIsDeleted:
        raise rule_is_deleted() from None
    except TooManyRules:
        sentence = f"the account has {most} rules, which is as many as it may have; delete some that are over"
        raise Problem(409, sentence, code="TOO_MANY_RULES") from None


@router.get(
    "/discounts/rules",
    summary="List the rules",
    operation_id="list_rules",
    dependencies=READERS,
    responses={**answered("StoredRule", many=True), **errors()},
)
async def list_rules(
    request: Request,
    aid: AccountId,
    limit: PageLimit = 10,
    starting_after: StartingAfter = None,
    since_datetime: Annotated[
        Instant | None,
        Query(
            description="Only what was made, changed or deleted at this time or later. Whoever follows the changes "
            "lets each call overlap the one before by a minute: what was being written then is not missed."
        ),
    ] = None,
    state: StateParameter = "all",
    statistics: Annotated[bool, Query(description="Whether to say what was used of each rule.")] = False,
) -> Response:
    """List the rules of the account, the newest first."""
    context = context_of(request)
    now, page = context.clock.now(), Page(limit, starting_after)

    def work(connection: Connection) -> Response:
        found = rules_on_page(connection, aid, page, state=state, since=since_datetime, now=now)
        uses = uses_of(connection, aid, [rule.id for rule in found]) if statistics else None
        return answer(_listed(found, uses))

    return await read_page(request, work)


def _listed(found: Sequence[StoredRule], uses: dict[str, UseTotals] | None) -> list[dict[str, Any]]:
    if uses is None:
        return [_shown(rule) for rule in found]
    return [{**_shown(rule), "statistics": asdict(uses.get(rule.id, UseTotals()))} for rule in found]


@router.get(
    "/discounts/rules/{did}",
    summary="Read a rule",
    operation_id="get_rule",
    dependencies=READERS,
    responses={**answered("StoredRule"), **errors(404)},
)
async def get_rule(request: Request, aid: AccountId, did: PathIdentifier) -> Response:
    """Read a rule, deleted or not."""

    def work(connection: Connection) -> StoredRule:
        return rule_of(connection, aid, did)

    try:
        return await _answer(await context_of(request).store.read(work))
    except NoSuchRule:
        raise not_found("rule") from None


@router.put(
    "/discounts/rules/{did}",
    summary="Change a rule",
    description="A JSON merge patch: what is given replaces, objects are merged, null removes. A rule that was used "
    "may only end later, and keeps its start and its reward.",
    operation_id="put_rule",
    openapi_extra=body_of(component("RulePatch")),
    responses={**answered("StoredRule"), **errors(404, 409, 413, 415)},
)
async def put_rule(request: Request, aid: AccountId, did: PathIdentifier, principal: RulesWriter) -> Response:
    """Change a rule."""
    context = context_of(request)
    patch = await read_content(request, partial(read_patch, rule_id=did))
    now, most = context.clock.now(), context.settings.max_body_bytes

    def work(connection: Connection) -> StoredRule:
        change = partial(patched, patch=patch, most_bytes=most)
        return change_rule(connection, aid, did, change, now=now, subject=principal.subject)

    try:
        return await _answer(await context.store.write(work))
    except NoSuchRule:
        raise not_found("rule") from None
    except RuleIsDeleted:
        raise rule_is_deleted() from None
    except RuleIsUsed as used:
        sentence = "the rule was used, and some of it stays as it is; make a new rule instead"
        raise Problem(409, sentence, [fault.as_data() for fault in used.faults], code="RULE_IS_USED") from None


@router.delete(
    "/discounts/rules/{did}",
    summary="Delete a rule",
    description="The rule is marked as deleted: it is given no more, and what was used of it stays to be read.",
    operation_id="delete_rule",
    responses={**answered("StoredRule"), **errors(404)},
)
async def remove_rule(request: Request, aid: AccountId, did: PathIdentifier, principal: RulesWriter) -> Response:
    """Mark a rule as deleted."""
    context = context_of(request)
    now = context.clock.now()

    def work(connection: Connection) -> StoredRule:
        return delete_rule(connection, aid, did, now=now, subject=principal.subject)

    try:
        return await _answer(await context.store.write(work))
    except NoSuchRule:
        raise not_found("rule") from None


@router.get(
    "/discounts/public/rules",
    summary="List the rules that anyone may see",
    description="Those that everyone was granted, that are not private, and that are to be seen by now.",
    operation_id="list_public_rules",
    dependencies=ANYONE,
    responses={**answered("PublicRule", many=True), **errors()},
)
async def list_public_rules(
    request: Request,
    aid: AccountId,
    limit: PageLimit = 10,
    starting_after: Annotated[StartingAfter, Query(description="The `ref_id` of the last one, or its id.")] = None,
) -> Response:
    """List the rules that anyone may see, the newest first."""
    context = context_of(request)
    now, page = context.clock.now(), Page(limit, starting_after)

    def work(connection: Connection) -> Response:
        found = public_rules_on_page(connection, aid, page, now=now)
        return answer([shown_to_anyone(rule, ref_id) for rule, ref_id in found])

    return await read_page(request, work)
