"""All returns of a purchase as one, so that the next costs no more than the first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from engine.returns.returned_units import PAID, Undone

_OF_LINE = ("quantity", "amount")


def as_one_return(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Return a settled receipt whose `returns` are summed up in one, which settles the next return as they would.

    A settlement asks of earlier returns for sums alone: units and amounts by line, and what was undone by grant.
    """
    entries = receipt["returns"]
    lines: dict[int, Counter[str]] = {}
    undone: dict[str, dict[str, Counter[str]]] = {}
    paid: Counter[str] = Counter()
    for entry in entries:
        _add(paid, entry, PAID)
        for item in entry["items"]:
            _add(lines.setdefault(item["line_id"], Counter()), item, _OF_LINE)
        for discount in entry["discounts"]:
            of_rule = undone.setdefault(discount["id"], {})
            for ref in discount["refs"]:
                _add(of_rule.setdefault(ref["id"], Counter()), ref, Undone._fields)
    one = {
        "policy": entries[-1]["policy"],
        "items": [{"line_id": line_id, **sums} for line_id, sums in lines.items()],
        **paid,
        "discounts": [
            {"id": rule_id, "refs": [{"id": grant_id, **sums} for grant_id, sums in of_rule.items()]}
            for rule_id, of_rule in undone.items()
        ],
    }
    return {**receipt, "returns": [one]}


def _add(sums: Counter[str], part: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        sums[name] += part.get(name, 0)
