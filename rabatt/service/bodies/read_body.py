"""A request's body: plain data, or a model, or every fault at once."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict

from rabatt.service.context import context_of
from rabatt.service.problems import Problem
from rules import Fault, Refused
from rules.parse import parse
from rules.refuse import faults_of
from rules.validate import Faulty, reader_of

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")

JSON_TYPES = ("application/json", "text/json")
# A longer Content-Length is longer than any limit, and too long a number for Python to read.
MOST_DIGITS = 18
# Handing a body to a thread takes longer than reading one of so many bytes, and a wrong one of them some milliseconds.
MOST_BYTES_IN_PLACE = 16 * 1024
# What is left of a body that nobody reads would be taken for the next request.
CLOSE = {"Connection": "close"}


class Body(BaseModel):
    """What a request says: frozen, strict, and refused with a field that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


async def read_bytes(request: Request) -> bytes:
    """The bytes of a JSON body; a Problem where it is said to be something else, too long, or too slow to arrive."""
    kind = request.headers.get("content-type", JSON_TYPES[0]).partition(";")[0].strip().lower()
    if kind not in JSON_TYPES and not kind.endswith("+json"):
        raise Problem(415, "the body shall be JSON: Content-Type: application/json")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "the body shall be sent as it is, without Content-Encoding")
    settings = context_of(request).settings
    most = settings.max_body_bytes
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and (len(length) > MOST_DIGITS or int(length) > most):
        raise too_long(most)
    chunks = bytearray()
    try:
        async with asyncio.timeout(settings.max_body_seconds):
            # What the header says is not relied on: the bytes are counted as they come.
            async for chunk in request.stream():
                chunks += chunk
                if len(chunks) > most:
                    raise too_long(most)
    except TimeoutError:
        raise Problem(408, "the body took too long to arrive; send it again", headers=CLOSE) from None
    content = bytes(chunks)
    # By which a request under an Idempotency-Key is known again.
    request.state.content = content
    return content


def too_long(most: int) -> Problem:
    """The answer to a body that nobody will read."""
    return Problem(413, f"the body is longer than {most} bytes; send less at a time", headers=CLOSE)


async def read_content(request: Request, read: Callable[[bytes], T]) -> T:
    """What is read of a body's bytes: of many of them in a thread, so that others are served meanwhile."""
    content = await read_bytes(request)
    if len(content) <= MOST_BYTES_IN_PLACE:
        return read(content)
    return await context_of(request).in_thread(partial(read, content))


async def read_json(request: Request, read: Callable[[Any], T], *, exact: bool = False) -> T:
    """The same of the JSON as plain data; its fractions as the decimals that were written, if they shall be exact."""
    return await read_content(request, lambda content: read(parse(content, exact=exact)))


async def read_body(request: Request, model: type[Model], *, exact: bool = False) -> Model:
    """The model that a JSON body spells; Refused with every fault."""
    return await read_json(request, partial(read_model, model), exact=exact)


def read_model(model: type[Model], data: object) -> Model:
    """The model that the data spells; Refused with every fault."""
    if not isinstance(data, dict):
        raise Refused([Fault("", "an object is wanted")])
    try:
        return reader_of(model).read(data)
    except Faulty as faulty:
        raise Refused(faults_of(faulty, model)) from None
