"""The log: one line of JSON for whatever happens; never a body, a token, a path, a query or a customer."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

from rabatt.service.clock import written

OURS = ("rabatt", "uvicorn")
log = logging.getLogger("rabatt.service")


class JsonLines(logging.Formatter):
    """Log records as JSON, one a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its fields; of an exception what it is and where it came from, but not what it says."""
        line: dict[str, Any] = {
            "at": written(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = "".join(traceback_of(record.exc_info[1]))
        return json.dumps(line)


def message_of(record: logging.LogRecord) -> str:
    """Our own sentence as it is; of a library's the part that is the same for all requests."""
    if record.name.startswith(OURS):
        return record.getMessage().strip()
    return str(record.msg).partition("\n")[0]


def traceback_of(error: BaseException) -> Iterator[str]:
    """The lines of the code that an exception came through, its causes first. Its text may quote a customer."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from traceback_of(before)
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"


def set_up_logs(level: str, stream: TextIO | None = None) -> None:
    """Write every log as JSON lines, to standard error where no stream is given."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    wanted = logging.getLevelNamesMapping()[level.upper()]
    # Libraries speak up only when something is wrong: what they would say besides is not ours to judge.
    levels = {None: max(wanted, logging.WARNING), "rabatt": wanted, "uvicorn": max(wanted, logging.WARNING)}
    for name, least in levels.items():
        logger = logging.getLogger(name)
        logger.handlers = [handler] if name is None else []
        logger.setLevel(least)
        logger.propagate = True
