"""A rich simulation, made up: currencies, 400 days, 12 rules, and text that tries to become markup."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from rabatt.simulation.answers.break_even import ChangedMargin, break_even
from rabatt.simulation.replay.discount_bins import bounds_of

HOSTILE = "</script><b>\"Fish & 'Chips'</b>\u2028<img src=x onerror=alert(1)>"
BACKWARDS = "2 for 1 \u202eevil"
FIGURES: Sequence[str] = ("receipts", "customers", "uses", "discount", "bonus", "stamps", "debit")
WORLDS: Sequence[str] = ("baseline", "scenario")
FIRST_DAY = date(2023, 11, 27)
DAYS = 400
RULES: Sequence[tuple[str, str | None, str | None, str]] = (
    ("weekend-coffee", "Weekend coffee 20 %", "autumn", "unchanged"),
    ("3-for-2-pasta", "Pasta: 3 for 2", "autumn", "unchanged"),
    ("members-5", "Members: 5 % on all groceries", None, "unchanged"),
    ("happy-hour", "Happy hour at the bakery", "autumn", "removed"),
    ("dairy-10", "10 % on dairy", None, "unchanged"),
    ("stamp-card", "Coffee card: the tenth is free", None, "unchanged"),
    ("over-500", "50 off over 500", "spring", "replaced"),
    ("fish-friday", HOSTILE, "spring", "unchanged"),
    ("turned", BACKWARDS, "spring", "unchanged"),
    ("nameless", None, None, "unchanged"),
    ("bonus-club", "Club: 2 % bonus", None, "unchanged"),
    ("spring-veg", "Spring: 25 % on vegetables", "spring", "added"),
)
LIMITS = [
    "A replay cannot know what customers would have done: behaviour does not change in it.",
    "Receipts are those of the archive, with its prices: what was bought because of campaigns that ran then is in it.",
]


def example(*currencies: str) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """The summary and the tables, in NOK and JPY unless others are asked for."""
    chance = random.Random(5)
    parts = [
        _currency(chance, currency, 40 - 20 * place) for place, currency in enumerate(currencies or ("NOK", "JPY"))
    ]
    summary: dict[str, Any] = {
        "format": 1,
        "question": {
            "rules": 11,
            "draft": [
                {"rule_id": rule_id, "name": name, "status": status}
                for rule_id, name, _, status in RULES
                if status in {"added", "replaced"}
            ],
            "without": ["happy-hour"],
            "since": "2023-11-27",
            "until": None,
            "brought": "keep",
            "rounding_mode": "HalfUp",
            "rounding_rule": "PerLine",
            "customer_group": None,
            "eligible": "marked",
            "amounts": "minor",
            "timezone": None,
            "duplicates": "once",
        },
        "archive": {
            "receipts": sum(part["totals"]["receipts"] for part in parts),
            "refused": 17,
            "duplicates": 0,
            "first_day": FIRST_DAY.isoformat(),
            "last_day": (FIRST_DAY + timedelta(DAYS - 1)).isoformat(),
            "evaluated": 41_233,
            "evaluated_twice": 12_010,
            "not_optimal": 3,
        },
        "warnings": [],
        "totals": [part["totals"] for part in parts],
        "refused": {"receipts": 17, "file": "refused.jsonl"},
        "limits": LIMITS,
    }
    for name in (
        "rules",
        "campaigns",
        "groups",
        "stores",
        "overlap",
        "margin",
        "changed",
        "break_even",
        "distribution",
    ):
        summary[name] = [row for part in parts for row in part[name]]
    for name in ("near_misses", "most_gained", "most_lost"):
        summary[name] = [row for part in parts for row in part[name]]
    return summary, {"by_day": pa.Table.from_pylist([row for part in parts for row in part["days"]])}


def without_draft() -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """The same where nothing is compared."""
    summary, tables = example("NOK")
    summary["question"] |= {"draft": [], "without": []}
    return summary, tables


def nothing() -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """The same of an archive of receipts on which no rule gives anything, in a shop without cost prices."""
    summary, tables = example("NOK")
    zeros = dict.fromkeys((*FIGURES, "share_of_gross"), 0)
    summary["totals"] = [{**summary["totals"][0], **dict.fromkeys((*WORLDS, "difference"), zeros)}]
    for name in ("rules", "campaigns", "groups", "stores", "overlap", "margin", "changed", "break_even", "near_misses"):
        summary[name] = []
    summary |= {"most_gained": [], "most_lost": [], "distribution": summary["distribution"][:1]}
    summary["refused"] = {"receipts": 0, "file": "refused.jsonl"}
    summary["archive"] |= {"refused": 0, "not_optimal": 0}
    return summary, {"by_day": tables["by_day"].slice(0, 0)}


def _figures(chance: random.Random, uses: int, amount: int, *, is_bonus: bool = False) -> dict[str, Any]:
    receipts = uses * 4 // 5
    discount = 0 if is_bonus else uses * amount + chance.randrange(100)
    return {
        "receipts": receipts,
        "customers": receipts // 3,
        "uses": uses,
        "discount": discount if uses else 0,
        "bonus": uses * amount if is_bonus else 0,
        "stamps": 0,
        "debit": 0,
    }


def _both(worlds: Sequence[dict[str, Any]], gross: int) -> dict[str, Any]:
    baseline, scenario = worlds
    difference = {name: scenario[name] - baseline[name] for name in FIGURES}
    found = {}
    for name, figures in (("baseline", baseline), ("scenario", scenario), ("difference", difference)):
        found[name] = {**figures, "share_of_gross": round(figures["discount"] * 100 / gross, 4) if gross else None}
    return found


def _summed(rows: Sequence[dict[str, Any]], world: str) -> dict[str, Any]:
    return {name: sum(row[world][name] for row in rows) for name in FIGURES}


def _currency(chance: random.Random, currency: str, scale: int) -> dict[str, Any]:
    receipts, gross = scale * 1800, scale * 1800 * 31_250
    rules = []
    for place, (rule_id, name, campaign_id, status) in enumerate(RULES):
        before = 0 if status == "added" else scale * (130 - 9 * place)
        after = {"removed": 0, "added": scale * 95, "replaced": before * 2}.get(status, before * 9 // 10)
        amount = 900 + 150 * place
        figures = [_figures(chance, uses, amount, is_bonus=rule_id == "bonus-club") for uses in (before, after)]
        keys = {"currency": currency, "rule_id": rule_id, "name": name, "campaign_id": campaign_id, "status": status}
        rules.append({**keys, **_both(figures, gross)})
    total = _both([_summed(rules, world) for world in WORLDS], gross)
    changed = ChangedMargin(
        scale * 300, scale * 300 * 5210, scale * 300 * 4630, scale * 900, scale * 1_500_000, scale * 1_310_000
    )
    has_costs = currency != "JPY"
    margins = (scale * 3_600_000, scale * 3_420_000)
    margin = {"currency": currency, "receipts": scale * 700, **dict(zip(WORLDS, margins, strict=True))}
    return {
        "totals": {"currency": currency, "receipts": receipts, "gross": gross, **total},
        "rules": rules,
        "days": _days(chance, currency, scale),
        "campaigns": [_campaign(currency, rules, campaign, gross) for campaign in (None, "autumn", "spring")],
        "groups": [_place(chance, currency, "customer_group", name, scale * 9) for name in ("customer", "no customer")],
        "stores": [_place(chance, currency, "store_id", f"store-{number:02}", scale) for number in range(26)],
        "overlap": _overlap(chance, currency, scale),
        "margin": [{**margin, "difference": margins[1] - margins[0]}] if has_costs else [],
        "changed": [
            {
                "currency": currency,
                "receipts": scale * 420,
                "with_costs": scale * 300 * has_costs,
                "without_costs": {
                    "receipts": scale * (120 if has_costs else 420),
                    "discount": scale * 250_000,
                    "bonus": -scale * 4_000,
                },
            }
        ],
        "break_even": [{"currency": currency, **break_even(changed, (0, 5, 10))}] if has_costs else [],
        "distribution": _distribution(currency, scale),
        "near_misses": _near_misses(currency, scale),
        "most_gained": [_top(chance, currency, place, gains=True) for place in range(5)],
        "most_lost": [_top(chance, currency, place, gains=False) for place in range(3)],
    }


def _campaign(currency: str, rules: Sequence[dict[str, Any]], campaign: str | None, gross: int) -> dict[str, Any]:
    own = [rule for rule in rules if rule["campaign_id"] == campaign]
    return {"currency": currency, "campaign_id": campaign, **_both([_summed(own, world) for world in WORLDS], gross)}


def _days(chance: random.Random, currency: str, scale: int) -> list[dict[str, Any]]:
    rows = []
    for place in range(DAYS):
        day = FIRST_DAY + timedelta(place)
        if day.month == 12 and day.day == 25:
            continue
        busy = scale * (9_000 + 2_500 * (day.weekday() >= 4) + 1_500 * (day.month in {11, 12}))
        row: dict[str, Any] = {"currency": currency, "day": day, "receipts": scale * 5, "gross": scale * 150_000}
        added = busy // 3 if date(2024, 3, 1) <= day < date(2024, 6, 1) else -busy // 25
        baseline = busy + chance.randrange(busy // 5)
        for world, discount in zip(WORLDS, (baseline, baseline + added), strict=True):
            row |= {f"{world}_{name}": 0 for name in FIGURES}
            row |= {f"{world}_discount": discount, f"{world}_bonus": discount // 9 if currency != "JPY" else 0}
        rows.append(row)
    return rows


def _place(chance: random.Random, currency: str, key: str, name: str, scale: int) -> dict[str, Any]:
    figures = [_figures(chance, scale * (30 + chance.randrange(20)), 1100) for _ in WORLDS]
    gross = scale * 2_000_000
    return {"currency": currency, key: name, "receipts": scale * 70, "gross": gross, **_both(figures, gross)}


def _overlap(chance: random.Random, currency: str, scale: int) -> list[dict[str, Any]]:
    gainers = ("spring-veg", "over-500", None)
    losers = [rule_id for rule_id, _, _, status in RULES if status in {"unchanged", "removed"}]
    pairs = [(loser, gainer) for loser in losers for gainer in gainers if chance.random() < 0.7]
    return [
        {
            "currency": currency,
            "lost_by": loser,
            "gained_by": gainer,
            "receipts": scale * 2,
            "uses": scale * 3,
            "discount": scale * chance.randrange(20, 6_000),
            "bonus": 0,
        }
        for loser, gainer in pairs
    ]


def _distribution(currency: str, scale: int) -> list[dict[str, Any]]:
    counts = [1500, 0, 0, 0, 0, 1, 2, 9, 14, 22, 61, 83, 40, 12, 3]
    rows = []
    for place, baseline in enumerate(counts):
        above, up_to = bounds_of(place)
        scenario = baseline if place < 8 else baseline + (place - 10) * 3 + 8
        bounds = {"currency": currency, "above": above, "up_to": up_to}
        rows.append({**bounds, "baseline": scale * baseline, "scenario": scale * scenario})
    return rows


def _near_misses(currency: str, scale: int) -> list[dict[str, Any]]:
    misses = (
        ("over-500", "gross_amount", 0, 2_500, 61),
        ("over-500", "gross_amount", 2_500, 5_000, 88),
        ("over-500", "gross_amount", 5_000, 12_500, 203),
        ("spring-veg", "units", 0, 1, 310),
        ("spring-veg", "units", 1, 2, 122),
        ("spring-veg", "units", 3, None, 17),
    )
    names = ("rule_id", "missing", "short_above", "short_up_to", "receipts")
    return [
        {
            "currency": currency,
            **dict(zip(names, miss, strict=True)),
            "receipts": miss[4] * scale,
            "saves": miss[4] * scale * 2_100,
        }
        for miss in misses
    ]


def _top(chance: random.Random, currency: str, place: int, *, gains: bool) -> dict[str, Any]:
    before, change = 2_000 + chance.randrange(4_000), 9_000 - 700 * place
    pair = (before, before + change) if gains else (before + change, before)
    return {
        "receipt_id": f"R-{chance.randrange(10**7):07}" if place else HOSTILE,
        "purchase_at": f"2024-04-0{place + 1}T1{place}:30:00+02:00",
        "store_id": f"store-0{place}",
        "customer_id": f"customer-{place}" if place % 2 else None,
        "currency": currency,
        "gross": 61_230 + 100 * place,
        "baseline_discount": pair[0],
        "scenario_discount": pair[1],
        "baseline": [
            "Pasta: 3 for 2: gives 20.00 on line 1, 2.",
            "Members: 5 % on all groceries: another selection gives 12.40 more discount (3-for-2-pasta).",
        ],
        "scenario": [
            f"{HOSTILE}: gives 90.00 on line 4.",
            "50 off over 500: requirement.gross_amount wanted 500.00, saw 432.10.",
        ],
    }
