"""Receipts that are refused: kept aside with their faults, one to a line of JSON."""

import json
from typing import Any

from rules import Refused


class ReceiptRefused(Exception):
    """A simulation that is strict has met a receipt that is refused."""

    def __init__(self, source: str, position: int, refused: Refused) -> None:
        """Keep where the receipt stands, and its faults."""
        super().__init__(source, position, refused)
        self.source = source
        self.position = position
        self.refused = refused


def refusal_of(source: str, position: int, receipt_id: str | None, refused: Refused) -> bytes:
    """Return the line that says which receipt was refused, and why."""
    data: dict[str, Any] = {"file": source, "position": position}
    if receipt_id:
        data["receipt_id"] = receipt_id
    data["faults"] = [fault.as_data() for fault in refused.faults]
    return json.dumps(data, ensure_ascii=False).encode()


def place_of(refusal: bytes) -> tuple[str, int]:
    """Return where the receipt of such a line stands: what lines are sorted by."""
    data = json.loads(refusal)
    return data["file"], data["position"]
