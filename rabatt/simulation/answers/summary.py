"""The answers of a simulation as plain data: what would have been given, and what that cannot know."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa

from rabatt.simulation.answers.break_even import ChangedMargin, break_even
from rabatt.simulation.answers.results import Results
from rabatt.simulation.answers.returns_summary import returns_by_currency
from rabatt.simulation.answers.tables import currencies_of
from rabatt.simulation.answers.warnings import warnings_of
from rabatt.simulation.replay.discount_bins import bounds_of
from rabatt.simulation.replay.top_receipts import explained, most_changed
from rabatt.simulation.scan.what_if import WhatIf
from rabatt.simulation.tally import BASELINE, FIGURES, SCENARIO, WORLDS, Figure, Tally

FORMAT: Final = 1
REFUSED_FILE: Final = "refused.jsonl"
_PERCENT_DECIMALS: Final = 4
_EPOCH: Final = date(1970, 1, 1)
_NOTHING: Final = (0,) * (2 * len(Figure))

LIMITS: Final = (
    (
        "A replay cannot know what customers would have done: behaviour does not change in it. Nobody buys more for "
        "the draft, comes back for it, or stocks up; nobody stays away for what is taken out."
    ),
    (
        "Receipts are those of the archive, with its prices: what was bought because of campaigns that ran then is in "
        "it, and what was not bought is not."
    ),
    "A discount code counts where the archive's receipt shows it; nobody had the code of a draft that was not there.",
    (
        "Uses, stamps and balances begin with the grants that were given, else with nothing, at the first receipt; a "
        "receipt without a customer has no history."
    ),
)


def summary_of(what_if: WhatIf, results: Results, tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Return the summary of a simulation; it holds nothing that two runs of the same could differ in."""
    tally = results.tally
    # Only where there are any: most archives have none that could be reported.
    returns = returns_by_currency(tally, what_if.options.settings.return_policy)
    return {
        "format": FORMAT,
        "question": _question(what_if),
        "archive": _archive(tally),
        "warnings": warnings_of(what_if, tally),
        "totals": _totals(tally),
        "rules": _compared(tally, tables["by_rule"], ("currency", "rule_id", "name", "campaign_id", "status")),
        "campaigns": _compared(tally, tables["by_campaign"], ("currency", "campaign_id")),
        "groups": _compared(tally, tables["by_group"], ("currency", "customer_group", "receipts", "gross")),
        "stores": _compared(tally, tables["by_store"], ("currency", "store_id", "receipts", "gross")),
        "overlap": tables["overlap"].to_pylist(),
        "margin": [
            {
                "currency": currency,
                "receipts": values[0],
                BASELINE: values[1],
                SCENARIO: values[2],
                "difference": values[2] - values[1],
            }
            for currency, values in _sorted(tally.margin)
        ],
        "changed": [
            {
                "currency": currency,
                "receipts": values[0],
                "with_costs": values[1],
                "without_costs": {"receipts": values[0] - values[1], "discount": values[2], "bonus": values[3]},
            }
            for currency, values in _sorted(tally.changed)
        ],
        "break_even": [
            {"currency": currency, **break_even(ChangedMargin(*values), what_if.options.uplifts)}
            for currency, values in _sorted(tally.changed_margin)
        ],
        "distribution": _distribution(tally),
        "near_misses": _near_misses(tally),
        **({"returns": returns} if returns else {}),
        "most_gained": [explained(top, what_if) for top in most_changed(results.top_receipts, gained=True)],
        "most_lost": [explained(top, what_if) for top in most_changed(results.top_receipts, gained=False)],
        "refused": {"receipts": tally.refused, "file": REFUSED_FILE},
        "limits": list(LIMITS),
    }


def _sorted(sums: Mapping[Any, Sequence[int]]) -> Sequence[tuple[Any, Sequence[int]]]:
    return sorted(sums.items(), key=lambda one: (one[0] is not None, one[0]))


def _question(what_if: WhatIf) -> dict[str, Any]:
    worlds, options = what_if.worlds, what_if.options
    drafted = [rule_id for rule_id, status in worlds.status.items() if status in {"added", "replaced"}]
    return {
        "rules": len(what_if.rules),
        "draft": [
            {"rule_id": rule_id, "name": worlds.rules[rule_id].name, "status": worlds.status[rule_id]}
            for rule_id in drafted
        ],
        "without": sorted(what_if.without),
        "since": options.since,
        "until": options.until,
        "brought": options.brought,
        "rounding_mode": options.settings.mode,
        "rounding_rule": options.settings.rule,
        "customer_group": options.customer_group,
        "eligible": options.eligible,
        "amounts": options.amounts,
        "timezone": options.timezone,
        "duplicates": options.duplicates,
    }


def _archive(tally: Tally) -> dict[str, Any]:
    evaluated, twice, not_optimal = tally.work.get("receipts", (0, 0, 0))
    receipts = sum(values[0] for (by, _, _), values in tally.archive.items() if by == "total")
    return {
        "receipts": receipts,
        "refused": tally.refused,
        "duplicates": tally.count_of("duplicates"),
        "first_day": _day(tally.first_day),
        "last_day": _day(tally.last_day),
        "evaluated": evaluated,
        "evaluated_twice": twice,
        "not_optimal": not_optimal,
    }


def _day(number: int | None) -> str | None:
    return None if number is None else (_EPOCH + timedelta(number)).isoformat()


def _totals(tally: Tally) -> list[dict[str, Any]]:
    found = []
    for currency in currencies_of(tally):
        receipts, gross = tally.archive["total", currency, None]
        values = tally.figures.get(("total", currency, None), _NOTHING)
        found.append({"currency": currency, "receipts": receipts, "gross": gross, **_both(values, gross)})
    return found


def _both(values: Sequence[int], gross: int) -> dict[str, Any]:
    """Return the figures of both worlds, and by how much the scenario's differ."""
    count = len(Figure)
    baseline, scenario = values[:count], values[count:]
    shares = [_share(world[Figure.DISCOUNT], gross) for world in (baseline, scenario)]
    difference: dict[str, Any] = {
        name: after - before for name, before, after in zip(FIGURES, baseline, scenario, strict=True)
    }
    difference["share_of_gross"] = _share(scenario[Figure.DISCOUNT] - baseline[Figure.DISCOUNT], gross)
    return {
        BASELINE: {**dict(zip(FIGURES, baseline, strict=True)), "share_of_gross": shares[0]},
        SCENARIO: {**dict(zip(FIGURES, scenario, strict=True)), "share_of_gross": shares[1]},
        "difference": difference,
    }


def _share(discount: int, gross: int) -> float | None:
    """Return a discount as percent of what was sold; None where nothing was, or more was returned."""
    if gross <= 0:
        return None
    # Of whole numbers, so that every machine writes the same digits.
    scale = 10**_PERCENT_DECIMALS
    return (2 * discount * 100 * scale + gross) // (2 * gross) / scale


def _compared(tally: Tally, table: pa.Table, names: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for row in table.to_pylist():
        gross = row.get("gross")
        if gross is None:
            gross = tally.archive["total", row["currency"], None][1]
        values = [row[f"{world}_{figure}"] for world in WORLDS for figure in FIGURES]
        found.append({**{name: row[name] for name in names}, **_both(values, gross)})
    return found


def _distribution(tally: Tally) -> list[dict[str, Any]]:
    found = []
    for currency in currencies_of(tally):
        receipts = tally.archive["total", currency, None][0]
        given = {number: values for (one, number), values in tally.distribution.items() if one == currency}
        with_discount = [sum(values[world] for values in given.values()) for world in (0, 1)]
        bins = {0: [receipts - count for count in with_discount], **given}
        for number in range(max(bins) + 1 if given else 1):
            above, up_to = bounds_of(number)
            baseline, scenario = bins.get(number, (0, 0))
            found.append({"currency": currency, "above": above, "up_to": up_to, BASELINE: baseline, SCENARIO: scenario})
    return found


def _near_misses(tally: Tally) -> list[dict[str, Any]]:
    names = ("currency", "rule_id", "missing", "short_above", "short_up_to")
    keys = sorted(tally.near, key=lambda key: (key[0] or "", *key[1:4]))
    found = []
    for key in keys:
        receipts, known, saves = tally.near[key]
        about = dict(zip(names, key, strict=True))
        found.append({**about, "receipts": receipts, "saves_known": known, "saves": saves if known else None})
    return found
