"""Which receipts the figures are of, and which are in none of them."""

from collections.abc import Mapping
from typing import Any

from rabatt.simulation.answers.figures.number_text import plural


def receipts_text(archive: Mapping[str, Any]) -> str:
    """Return how many receipts were replayed, and of which days."""
    receipts = plural(archive["receipts"], "receipt")
    if archive["first_day"] is None:
        return receipts
    return f"{receipts} from {archive['first_day']} to {archive['last_day']}"


def refused_text(refused: Mapping[str, Any]) -> str:
    """Return how many receipts were refused, without the end of the sentence: where they are."""
    return f"{plural(refused['receipts'], 'receipt was', 'receipts were')} refused and left out of every figure"
