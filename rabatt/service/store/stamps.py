"""A stamp card as the store keeps it; what becomes of it is the engine's (engine/grants/stamp_card.py)."""

import json
from collections.abc import Iterable
from datetime import datetime

from engine.grants.stamp_card import Stamp
from rabatt.service.clock import written


def read_stamps(text: str | None) -> tuple[Stamp, ...]:
    """The stamps of a stored list; none where there is no list."""
    if text is None:
        return ()
    return tuple(Stamp(datetime.fromisoformat(entry["at"]), entry["count"]) for entry in json.loads(text))


def write_stamps(stamps: Iterable[Stamp]) -> str:
    """The list as it is stored: `[{"at", "count"}]`."""
    return json.dumps([{"at": written(stamp.at), "count": stamp.count} for stamp in stamps], separators=(",", ":"))
