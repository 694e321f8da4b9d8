"""One connection of a client: bounds on its heads and on its time, which neither uvicorn nor its parsers have."""

from __future__ import annotations

import asyncio
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rabatt.service.clock import random_id
from rabatt.service.entry.door import NOSNIFF
from rabatt.service.logs import log
from rabatt.service.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_SECONDS = 30
# What is still sent by one that was refused is read and thrown away for so long, or the refusal would be lost on it.
LINGER_SECONDS = 5
NO_REQUEST = "what came is no HTTP request"


class Stage(Enum):
    """What a connection waits for."""

    HEAD = "a head"
    BODY = "the rest of a body"
    REST = "its answer, or the next request"


def nothing() -> None:
    """Do nothing."""


class Watched(asyncio.Protocol):
    """What is the same for both parsers. The server looks at every connection once a second.

    Time is counted in such looks, so that no client is blamed for what a busy process did not read in time.
    """

    transport: asyncio.Transport
    cycle: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_refused = False
        self.has_sent = False
        self.on_lost: Callable[[], None] = nothing
        self.at: tuple[Stage, object] = (Stage.HEAD, None)
        self.looks = 0
        self.unread_looks = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        super().connection_lost(exc)
        self.on_lost()

    def data_received(self, data: bytes) -> None:
        """Take what came, unless nothing more is taken."""
        if not self.is_refused:
            self.has_sent = True
            self.take(data)

    def take(self, data: bytes) -> None:
        """Hand on what came."""
        raise NotImplementedError

    def stage(self) -> Stage:
        """What it waits for now."""
        raise NotImplementedError

    def look(self, answer_seconds: int) -> None:
        """End the connection if it takes too long over what it is about; called once a second."""
        before, self.at = self.at, (self.stage(), self.cycle)
        self.looks = self.looks + 1 if before == self.at else 0
        self.unread_looks = self.unread_looks + 1 if self.is_unread() and before[1] is self.cycle else 0
        if self.is_refused:
            if self.looks >= LINGER_SECONDS:
                self.transport.abort()
        elif self.unread_looks > answer_seconds:
            log.warning("a client did not read its answer in time")
            # To close would mean to wait until all is read.
            self.transport.abort()
        elif self.looks > HEAD_SECONDS and not self.is_under_way():
            if self.at[0] is Stage.HEAD:
                self.give_up()
            elif self.at[0] is Stage.BODY:
                # Nobody reads what is left of it.
                self.transport.close()

    def is_under_way(self) -> bool:
        """Whether there is a request that is not answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def is_unread(self) -> bool:
        """Whether there is an answer that the client has not taken."""
        return self.transport.get_write_buffer_size() > 0 or (self.is_under_way() and self.cycle.response_started)

    def give_up(self) -> None:
        """Wait no longer for a head; who sent nothing is answered nothing."""
        if self.has_sent:
            self.refuse(Problem(408, "the request took too long to arrive; send it again"))
        else:
            self.transport.close()

    def refuse(self, problem: Problem) -> None:
        """Answer what is no request that the application could answer, and take nothing more from this client."""
        if self.is_refused or self.transport.is_closing():
            return
        if self.is_under_way():
            if self.cycle.response_started or self.stage() is not Stage.BODY:
                # It would be taken for the answer to the request before, or stand in the midst of it.
                self.transport.close()
                return
            # It is the answer, whatever the application would say.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.is_refused, self.looks = True, 0
        self.at = (self.stage(), self.cycle)
        request_id = random_id()
        self.transport.write(spelled(problem, request_id))
        self.transport.write_eof()
        fields = {"request_id": request_id, "method": "other", "route": "none", "status": problem.status}
        log.info("no request", extra={"fields": fields})


def spelled(problem: Problem, request_id: str) -> bytes:
    """A whole answer, as it is sent."""
    response = problem.response()
    headers = [
        *((name, value) for name, value in response.raw_headers if name != b"connection"),
        (b"x-request-id", request_id.encode()),
        NOSNIFF,
        (b"connection", b"close"),
    ]
    lines = [
        f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}".encode(),
        *(b"%s: %s" % header for header in headers),
    ]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
