"""What is simulated over the archive: rules that run today, and drafts that concern none, few or all of its receipts.

Items are named by their place in favour, so how many receipts a rule concerns hardly depends on the seed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.simulation.archive import FAMILIES, ITEMS, department_id, family_id, item_id

Document = dict[str, Any]
Documents = Sequence[Document]

# The goods of the narrow campaign: some of the twenty that are bought most, and so for four weeks only.
_PROMOTED: Final = range(11, 18)
_FOUR_WEEKS: Final = {"purchase_from": "2025-05-05T00:00:00+02:00", "purchase_to": "2025-06-01T23:59:59+02:00"}
_BUSY_FAMILIES: Final = 24


def current_rules() -> Mapping[str, Documents]:
    """Return the rules of three shops by name: one without any, one with some for slow goods, one with campaigns."""
    return {"none": (), "small": _small(), "busy": (*_small(), *_busy())}


def drafts() -> Mapping[str, Documents]:
    """Return the drafts by name: for goods nobody bought, for few receipts, and for all, with and without history."""
    unknown = [{"id": item_id(number)} for number in range(ITEMS + 1, ITEMS + 7)]
    promoted = [{"id": item_id(number)} for number in _PROMOTED]
    free_third: Document = {"type": "discount_item_quantity", "value": 1}
    coupon = _rule("draft-coupon", _percent(10), limitation={"discount_repeat_usage": 1})
    return {
        "no": [_rule("draft-unsold", free_third, items=unknown, pieces=3)],
        "few": [_rule("draft-three-for-two", free_third, items=promoted, pieces=3, **_FOUR_WEEKS)],
        "all": [_rule("draft-percent", _percent(3))],
        "coupon": [coupon],
        "stamps": [_rule("draft-stamps", _percent(20), stamp=9)],
    }


def _small() -> Documents:
    slow, slower, slowest = ([{"id": item_id(first + 40 * step)} for step in range(2)] for first in (520, 640, 760))
    return [
        _rule("slow-percent", _percent(10), items=slow),
        _rule("slow-three-for-two", {"type": "discount_item_quantity", "value": 1}, items=slower, pieces=3),
        _rule("slow-half-price", {"type": "discount_item_percent", "value": 50}, items=slowest, pieces=2),
        _rule("slow-new-price", {"type": "discount_item_new_price", "value": 1990}, items=[{"id": item_id(700)}]),
        _rule("slow-amount", {"type": "discount_amount", "value": 500}, items=[{"id": item_id(710)}]),
        _rule(
            "slow-pair",
            {"type": "discount_mix_new_price", "value": 4000},
            mixes=[{"items": [{"id": item_id(801)}]}, {"items": [{"id": item_id(802)}]}],
        ),
        _rule("slow-card", _percent(100), items=[{"id": item_id(615)}], stamp=5),
        _rule(
            "slow-club",
            _percent(15),
            items=[{"id": item_id(815)}],
            customer={"metadata": {"segment": ["club"]}},
        ),
        _rule("slow-store", _percent(5), items=[{"id": item_id(450)}], store_ids=["s150", "s151"]),
        _rule("large-purchase", {"type": "discount_amount", "value": 10_000}, gross_amount=400_000),
    ]


def _busy() -> Documents:
    morning = {"hours": [_hours(day) for day in ("mon", "tue", "wed", "thu", "fri")], "timezone": "Europe/Oslo"}
    step = FAMILIES // _BUSY_FAMILIES
    families = [
        _rule(f"family-{number:02d}", _percent(5 + number % 4 * 5), items=[{"group_id": family_id(step * number)}])
        for number in range(_BUSY_FAMILIES)
    ]
    return [
        *families,
        _rule("morning", _percent(10), items=[{"group_id": department_id(3)}], limitation={"discount_hours": morning}),
        _rule(
            "student-department",
            {"type": "discount_amount", "value": 100},
            items=[{"group_id": department_id(8)}],
            customer={"metadata": {"segment": ["student"]}},
        ),
        _rule(
            "popular-three",
            {"type": "discount_item_quantity", "value": 1},
            items=[{"id": item_id(number)} for number in range(1, 6)],
            pieces=3,
        ),
        _rule("thousand", _percent(5), gross_amount=100_000),
        _rule("club-bonus", {**_percent(1), "effect": "bonus", "base": "net"}, gross_amount=5_000),
        _rule("card", _percent(100), items=[{"id": item_id(9)}], stamp=5),
    ]


def _rule(rule_id: str, reward: Document, **parts: Any) -> Document:
    """Return a rule document; `items`, `pieces` and `mixes` are of its item requirement."""
    names = {"items": "items", "pieces": "quantity", "mixes": "mixes"}
    item = {name: parts.pop(part) for part, name in names.items() if part in parts}
    limitation = parts.pop("limitation", {})
    requirement = {"purchase_from": "2025-01-01T00:00:00+01:00", **parts, "item": item}
    return {
        "id": rule_id,
        "name": rule_id.replace("-", " "),
        "campaign_id": rule_id.partition("-")[0],
        "requirement": requirement,
        "reward": reward,
        "limitation": limitation,
    }


def _percent(percent: int) -> Document:
    return {"type": "discount_percent", "value": percent}


def _hours(day: str) -> Document:
    return {"day": day, "start": "07:00", "end": "09:59"}
