"""Bounds on the head of a request, which httptools takes however long it is and however long it takes."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 64 * 1024
HEAD_SECONDS = 30
TOO_LONG = "The head of the request is too long."


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which gives up on a head that is too long or too slow."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_in_head = True
        self.has_ended = False
        self.received = 0
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection that never says anything is closed too."""
        super().connection_made(transport)
        self.wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self.stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to no body."""
        self.has_ended = False
        super().data_received(data)
        if not self.is_in_head or self.has_ended:
            self.received = 0
            return
        self.received += len(data)
        if self.received > LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response(TOO_LONG)

    def on_message_begin(self) -> None:
        """A head begins, right after the connection or after another request."""
        self.is_in_head = True
        self.wait_for_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is here."""
        self.is_in_head = False
        self.has_ended = True
        self.stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is here: what follows in the same piece is the next head."""
        self.has_ended = True
        super().on_message_complete()

    def wait_for_head(self) -> None:
        """Close the connection unless the head comes in time."""
        self.stop_waiting()
        self.timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def stop_waiting(self) -> None:
        """The head came, or nothing will."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
