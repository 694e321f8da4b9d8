"""Writes autumn.jsonl: the receipts of Nordlys Landhandel, a shop that does not exist, in September and October 2026.

    python examples/make_autumn.py

The same receipts each time. Nobody and nothing in them is real.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

OUT = Path(__file__).parent / "autumn.jsonl"
OSLO = ZoneInfo("Europe/Oslo")
FIRST_DAY = datetime(2026, 9, 1, tzinfo=OSLO)
DAYS = 61
MOST_RECEIPTS_A_DAY = 8

# Id, what it is, groups, price and what a piece cost the shop, both in øre; how often it is bought, how many at a time.
GOODS = [
    ("7001", "Spaghetti", ("pasta",), 2490, 1150, 9, (1, 1, 2, 2, 3)),
    ("7002", "Pappardelle, fersk", ("pasta",), 3990, 2300, 4, (1, 1, 2)),
    ("7101", "Tomatsaus", ("sauce",), 3490, 1900, 7, (1, 1, 2)),
    ("7102", "Pesto", ("sauce",), 4290, 2500, 3, (1,)),
    ("7301", "Kanelbolle", ("bakery", "bun"), 2900, 900, 9, (1, 1, 2, 2, 4)),
    ("7302", "Grovbrød", ("bakery",), 4490, 1700, 8, (1, 1, 1, 2)),
    ("7401", "Kaffe", ("coffee",), 3900, 700, 10, (1, 1, 1, 2)),
    ("7501", "Epler", ("fruit",), 2490, 1400, 5, (1,)),
    ("7601", "Laksefilet", ("fish",), 14900, 9900, 3, (1, 1, 2)),
    ("7701", "Brunost", ("dairy",), 8990, 5600, 4, (1,)),
]
# How often they come, and what they are to the shop; None comes without saying who it is.
CUSTOMERS = [
    ("ingrid", "member", 8),
    ("ola", None, 5),
    ("sunniva", "founder", 6),
    ("aslak", "member", 4),
    ("mari", None, 3),
    ("jonas", "member", 2),
    (None, None, 14),
]
STORES = ["nordlys-bergen", "nordlys-bergen", "nordlys-voss"]
OPENING_HOURS = (8, 8, 9, 11, 12, 15, 16, 16, 17, 18, 19)


def receipts() -> Iterator[dict[str, object]]:
    """Yield the receipts in the order of their time."""
    random = Random(20260901)
    for day in range(DAYS):
        midnight = FIRST_DAY + timedelta(day)
        hours = sorted(random.choices(OPENING_HOURS, k=random.randrange(2, MOST_RECEIPTS_A_DAY + 1)))
        for number, hour in enumerate(hours, 1):
            at = midnight.replace(hour=hour, minute=random.randrange(60))
            yield receipt(random, f"{at:%Y-%m-%d}-{number:04d}", at)


def receipt(random: Random, receipt_id: str, at: datetime) -> dict[str, object]:
    """Return one purchase."""
    customer_id, club, _ = random.choices(CUSTOMERS, [often for _, _, often in CUSTOMERS])[0]
    chosen = random.choices(GOODS, [often for *_, often, _ in GOODS], k=random.choice((1, 2, 3, 3, 4, 5)))
    lines = [line(random, place, goods) for place, goods in enumerate(dict.fromkeys(chosen), 1)]
    about: dict[str, object] = {
        "receipt_id": receipt_id,
        "purchase_at": at.isoformat(),
        "store": {"id": random.choice(STORES)},
        "currency": "NOK",
    }
    if customer_id is not None:
        about["customer_id"] = customer_id
        if club is not None:
            about["customer"] = {"metadata": {"club": club}}
    return {**about, "gross_amount": sum(int(str(one["gross_amount"])) for one in lines), "items": lines}


def line(
    random: Random, place: int, goods: tuple[str, str, tuple[str, ...], int, int, int, tuple[int, ...]]
) -> dict[str, object]:
    """Return one line of a receipt."""
    item, description, groups, price, cost, _, pieces = goods
    quantity = random.choice(pieces)
    return {
        "line_id": place,
        "id": item,
        "description": description,
        "groups": [{"id": group} for group in groups],
        "quantity": quantity,
        "gross_amount": price * quantity,
        "tax_percent": 15,
        "cost_price": cost,
        "eligible_for_discount": True,
    }


def main() -> None:
    """Write the file."""
    with OUT.open("w", encoding="utf-8") as lines:
        for one in receipts():
            lines.write(json.dumps(one, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
