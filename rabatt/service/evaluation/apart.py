"""Handing a job to a process apart, and what is answered where nothing comes of it."""

from collections.abc import Awaitable, Callable
from typing import Any

from rabatt.service.context import Context
from rabatt.service.pool import NoTurn, TookTooLong, WorkerEnded
from rabatt.service.problems import unavailable


async def done_apart(
    context: Context, aid: str, job: object, is_wanted: Callable[[], Awaitable[bool]] | None = None
) -> Any:
    """What a job of an account comes to; None where nobody wants it any more; a Problem with status 503."""
    try:
        return await context.pool.run(aid, job, is_wanted)
    except TookTooLong:
        seconds = context.settings.evaluation_seconds
        sentence = f"the evaluation was stopped after {seconds:g} seconds; it needs fewer lines, or fewer rules at once"
        raise unavailable(sentence) from None
    except NoTurn:
        sentence = "the account has too many long evaluations under way; send this one again when others are answered"
        raise unavailable(sentence) from None
    except WorkerEnded:
        raise unavailable("the process that evaluated this was ended; send the request again") from None
