"""A connection whose requests httptools parses, which takes heads however long they are."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from rabatt.cli.server.connection import NO_REQUEST, Stage, Watched
from rabatt.service.entry.door import LINE_SIGNS, LONGEST_HEAD, head_too_long
from rabatt.service.problems import Problem

# With a longer one no head is short enough.
LONGEST_PATH = LONGEST_HEAD - LINE_SIGNS


class HttpToolsConnection(Watched, HttpToolsProtocol):
    """uvicorn's protocol, which gives up on what is too long or takes too long."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.now = Stage.HEAD
        # Whether a head or a body came to its end in the piece that is read.
        self.has_ended = False
        self.received = 0
        # Those of one connection that were sent without waiting for an answer are answered one after another.
        self.unanswered: list[RequestResponseCycle] = []

    def connection_lost(self, exc: Exception | None) -> None:
        """No request is answered any more, of which uvicorn tells the last one only."""
        for cycle in self.unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def stage(self) -> Stage:
        """What the parser said last."""
        return self.now

    def take(self, data: bytes) -> None:
        """Count what belongs to a head that has not ended; one that has, the application measures to the byte."""
        self.has_ended = False
        HttpToolsProtocol.data_received(self, data)
        if self.now is Stage.REST and not self.has_ended:
            # Empty lines, of which the parser says nothing.
            self.now = Stage.HEAD
        if self.now is not Stage.HEAD or self.has_ended:
            self.received = 0
            return
        self.received += len(data)
        if self.received > LONGEST_HEAD:
            self.refuse(head_too_long())

    def on_message_begin(self) -> None:
        """A head begins."""
        self.now = Stage.HEAD
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is here."""
        self.now = Stage.BODY
        self.has_ended = True
        super().on_headers_complete()
        self.unanswered = [*(cycle for cycle in self.unanswered if not cycle.response_complete), self.cycle]

    def on_message_complete(self) -> None:
        """The body is here: what follows in the same piece is the next head."""
        self.now = Stage.REST
        self.has_ended = True
        super().on_message_complete()

    def send_400_response(self, _msg: str) -> None:
        """Answer what the parser does not understand, such as a path that is longer than it takes."""
        is_long = self.now is not Stage.REST and len(getattr(self, "url", b"")) > LONGEST_PATH
        self.refuse(head_too_long() if is_long else Problem(400, NO_REQUEST))
