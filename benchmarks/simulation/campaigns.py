"""What is simulated over the archive: rules that run today, and drafts that concern none, few or all of its receipts.

Items are named by their place in favour, so how many receipts a rule concerns hardly depends on the seed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from benchmarks.simulation.archive import FAMILIES, ITEMS, department_id, family_id
from benchmarks.workload import (
    FREE_PIECE,
    HALF_PRICE_PIECE,
    Document,
    amount,
    hours,
    item_id,
    make_rule,
    new_price,
    percent,
)

Documents = Sequence[Document]

# The goods of the narrow campaign: some of the twenty that are bought most, and so for four weeks only.
_PROMOTED: Final = range(11, 18)
_FOUR_WEEKS: Final = ("2025-05-05T00:00:00+02:00", "2025-06-01T23:59:59+02:00")
_BUSY_FAMILIES: Final = 24
_WORKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")


def current_rules() -> Mapping[str, Documents]:
    """Return the rules of three shops by name: one without any, one with some for slow goods, one with campaigns."""
    return {"none": (), "small": _small(), "busy": (*_small(), *_busy())}


def drafts() -> Mapping[str, Documents]:
    """Return the drafts by name: for goods nobody bought, for few receipts, and for all, with and without history."""
    promoted = _items(_PROMOTED)
    once = {"discount_repeat_usage": 1}
    return {
        "no": [_rule("draft-unsold", FREE_PIECE, items=_items(range(ITEMS + 1, ITEMS + 7)), pieces=3)],
        "few": [_rule("draft-three-for-two", FREE_PIECE, items=promoted, pieces=3, window=_FOUR_WEEKS)],
        "all": [_rule("draft-percent", percent(3))],
        "coupon": [_rule("draft-coupon", percent(10), limitation=once)],
        "stamps": [_rule("draft-stamps", percent(20), stamp=9)],
    }


def _small() -> Documents:
    slow, slower, slowest = (_items((first, first + 40)) for first in (520, 640, 760))
    pair = [{"items": _items([number])} for number in (801, 802)]
    return [
        _rule("slow-percent", percent(10), items=slow),
        _rule("slow-three-for-two", FREE_PIECE, items=slower, pieces=3),
        _rule("slow-half-price", HALF_PRICE_PIECE, items=slowest, pieces=2),
        _rule("slow-new-price", new_price(1990), items=_items([700])),
        _rule("slow-amount", amount(500), items=_items([710])),
        _rule("slow-pair", new_price(4000, "mix"), mixes=pair),
        _rule("slow-card", percent(100), items=_items([615]), stamp=5),
        _rule("slow-club", percent(15), items=_items([815]), customer=_segment("club")),
        _rule("slow-store", percent(5), items=_items([450]), store_ids=["s150", "s151"]),
        _rule("large-purchase", amount(10_000), gross_amount=400_000),
    ]


def _busy() -> Documents:
    step = FAMILIES // _BUSY_FAMILIES
    families = [
        _rule(f"family-{number:02d}", percent(5 + number % 4 * 5), items=[{"group_id": family_id(step * number)}])
        for number in range(_BUSY_FAMILIES)
    ]
    third, eighth = ([{"group_id": department_id(number)}] for number in (3, 8))
    return [
        *families,
        _rule("morning", percent(10), items=third, limitation=hours(_WORKDAYS, "07:00", "09:59")),
        _rule("student-department", amount(100), items=eighth, customer=_segment("student")),
        _rule("popular-three", FREE_PIECE, items=_items(range(1, 6)), pieces=3),
        _rule("thousand", percent(5), gross_amount=100_000),
        _rule("club-bonus", percent(1, effect="bonus", base="net"), gross_amount=5_000),
        _rule("card", percent(100), items=_items([9]), stamp=5),
    ]


def _items(numbers: Iterable[int]) -> Documents:
    return [{"id": item_id(number)} for number in numbers]


def _segment(name: str) -> Document:
    return {"metadata": {"segment": [name]}}


def _rule(rule_id: str, reward: Document, **parts: Any) -> Document:
    """Return a rule that is open from the first day of the archive, and to its end where nothing else is said."""
    rule = make_rule(rule_id, reward, **{"window": ("2025-01-01T00:00:00+01:00", None), **parts})
    return {**rule, "campaign_id": rule_id.partition("-")[0]}
