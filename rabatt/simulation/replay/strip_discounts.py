"""A receipt without the discounts that the archive carries, as if nothing had been taken off it yet."""

from collections.abc import Mapping
from typing import Any, Final

_OF_LINES: Final = ("discount_lines", "bonus_lines", "net_amount", "net_amount_dwh")
_OF_RECEIPTS: Final = (
    "discounts",
    "net_amount",
    "net_amount_dwh",
    "total_discount",
    "total_manual_discount_amount",
    "total_bonus",
)


def strip_discounts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the receipt with its gross amounts alone; lines that are no objects stay, to be refused."""
    bare = {name: value for name, value in document.items() if name not in _OF_RECEIPTS}
    lines = bare.get("items")
    if isinstance(lines, list):
        bare["items"] = [_bare(line) for line in lines]
    return bare


def _bare(line: Any) -> Any:
    return {name: value for name, value in line.items() if name not in _OF_LINES} if isinstance(line, dict) else line
