"""A connection whose requests h11 parses: slower, and wherever Python runs."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from rabatt.cli.server.connection import NO_REQUEST, Stage, Watched
from rabatt.service.entry.door import LONGEST_HEAD, head_too_long
from rabatt.service.problems import Problem


class H11Connection(Watched, H11Protocol):
    """uvicorn's protocol, which gives up on what takes too long."""

    def stage(self) -> Stage:
        """What the parser waits for."""
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            return Stage.BODY
        if state is h11.IDLE and (self.cycle is None or self.conn.trailing_data[0]):
            return Stage.HEAD
        return Stage.REST

    def take(self, data: bytes) -> None:
        """Let h11 count it."""
        H11Protocol.data_received(self, data)

    def send_400_response(self, _msg: str) -> None:
        """Answer what the parser does not understand, or gave up on as it grew too long."""
        is_long = len(self.conn.trailing_data[0]) > LONGEST_HEAD
        self.refuse(head_too_long() if is_long else Problem(400, NO_REQUEST))
