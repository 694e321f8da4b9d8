"""`Idempotency-Key`: the same request under the same key is carried out once, and answered the same each time.

As draft-ietf-httpapi-idempotency-key-header has it. What fails is not kept: nothing was done, and it may be tried
again.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Generic, NamedTuple, TypeVar

import anyio.to_thread
from fastapi import Request, Response
from sqlalchemy import Connection

from rabatt.service.bearer_tokens import Principal
from rabatt.service.context import context_of
from rabatt.service.problems import Problem, fault
from rabatt.service.store.kept_answers import IdempotencyKey, KeptAnswer, KeyIsUsed, keep_answer, take_key

T = TypeVar("T")

HEADER = "Idempotency-Key"
PATH = f"header.{HEADER}"
LONGEST = 255
# A string of RFC 8941 without escapes, or the same without its quotes.
PATTERN = rf'^("[ !#-\[\]-~]{{1,{LONGEST}}}"|[!#-\[\]-~]{{1,{LONGEST}}})$'
_SHAPE = re.compile(PATTERN)
SHAPE = f"a key is 1 to {LONGEST} signs of ASCII, without a backslash or a quote in it, such as a UUID in quotes"
# Made anew with each answer.
NOT_KEPT = frozenset({b"content-length"})
PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A key of the caller's own for this request, in quotes or without. The same request again under it "
    "has the same answer and no further effect; another request is refused (422). Who sends it at the same time waits.",
    "schema": {"type": "string", "pattern": PATTERN},
}


class Once(NamedTuple, Generic[T]):
    """The answer, and what the work returned; None where the answer was kept from an earlier request."""

    answer: Response
    result: T | None


def with_key(operation: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes the key."""
    return {**operation, "parameters": [PARAMETER]}


async def write_once(
    request: Request,
    aid: str,
    principal: Principal,
    work: Callable[[Connection], T],
    respond: Callable[[T], Response],
    *,
    is_long: bool = False,
) -> Once[T]:
    """What the work comes to, done and committed; under a key that was sent before, the answer of then.

    The body has been read by now. What `work` raises is raised, and then nothing is kept; a Problem where the header is
    none, or its key was sent with another request.
    """
    context = context_of(request)
    given = request.headers.getlist(HEADER)
    if not given:
        result = await context.store.write(work)
        # A long answer is made in a thread, and any when the store is free for others.
        return Once(await anyio.to_thread.run_sync(respond, result) if is_long else respond(result), result)
    key = IdempotencyKey(aid, principal.subject, read_key(given), digest(request))
    kept_for = timedelta(hours=context.settings.idempotency_hours)
    take = partial(take_key, key=key, now=context.clock.now(), kept_for=kept_for)

    def keyed(connection: Connection) -> Once[T]:
        kept = take(connection)
        if kept is not None:
            return Once(_answer_of(kept), None)
        result = work(connection)
        answer = respond(result)
        keep_answer(connection, key, _kept(answer))
        return Once(answer, result)

    try:
        return await context.store.write(keyed)
    except KeyIsUsed:
        sentence = "another request was sent with this key; give each its own"
        raise Problem(422, sentence, [{"path": PATH, "sentence": sentence}], code="KEY_IS_USED") from None


def read_key(given: list[str]) -> str:
    """The key that the header spells; a Problem where it is none."""
    if len(given) > 1:
        raise fault(PATH, "this header is given more than once; give it once")
    if _SHAPE.fullmatch(given[0]) is None:
        raise fault(PATH, SHAPE)
    return given[0].strip('"')


def digest(request: Request) -> str:
    """What makes a request the same as another: the method, the path and the body, to the byte."""
    spelling = [request.method, request.scope["path"], request.url.query]
    return sha256(json.dumps(spelling).encode() + request.state.content).hexdigest()


def _kept(answer: Response) -> KeptAnswer:
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.raw_headers]
    kept = [header for header in headers if header[0].encode() not in NOT_KEPT]
    return KeptAnswer(answer.status_code, json.dumps(kept), bytes(answer.body).decode())


def _answer_of(kept: KeptAnswer) -> Response:
    return Response(kept.body, kept.status, dict(json.loads(kept.headers)))
