"""What a reader should know before anything else: why a replay may have found nothing, or too much."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from engine.basket.basket import Basket, lay_out
from engine.compiled.matchers import MatcherSet
from engine.compiled.requirements import Check
from engine.compiled.rule import CompiledRule
from engine.settings import Settings
from rabatt.simulation.answers.figures.number_text import plural
from rabatt.simulation.customer_group import group_warning
from rabatt.simulation.scan.notices import GROUP, ITEM, matchers_of
from rabatt.simulation.scan.what_if import WhatIf
from rabatt.simulation.tally import Figure, Tally
from rules import read_receipt

# So many rules, and names of one, are told; the others are counted.
_MOST_RULES: Final = 3
_MOST_NAMES: Final = 3
_UNKNOWN: Final = "unknown"
# Why rules can give nothing, as it is told.
_REASONS: Final = {
    "grants": "No customer was granted {rules}",
    "window": "No purchase is in the window of {rules}",
    "place": "No receipt has the store and the currency of {rules}",
    "goods": "No line has the goods of {rules}: write ids and groups as the receipts have them",
    _UNKNOWN: "No receipt is given anything by {rules}: rabatt explain says why, receipt by receipt",
}
_ANY_TIME: Final = "2000-01-01T00:00:00Z"


def warnings_of(what_if: WhatIf, tally: Tally) -> list[str]:
    """Return the warnings, the widest first."""
    groups = {group for by, _, group in tally.archive if by == "group"}
    group = group_warning(groups, what_if.options.customer_group)
    receipts = sum(values[0] for (by, _, _), values in tally.archive.items() if by == "total")
    found = [] if receipts else [_nothing_found(what_if)]
    found += _of_reading(what_if, tally)
    if receipts:
        found += [*_of_lines(what_if, tally), *_of_rules(what_if, tally)] or _of_all_rules(what_if, tally, receipts)
    return [*found, *([] if group is None else [group])]


def _nothing_found(what_if: WhatIf) -> str:
    since, until = what_if.options.since, what_if.options.until
    if since is None and until is None:
        return "No receipt was replayed: there is none in the archive, or all were refused"
    ends = " ".join(f"{word} {day}" for word, day in (("from", since), ("to", until)) if day is not None)
    return f"No receipt was replayed: the archive has none {ends}, or all were refused"


def _of_reading(what_if: WhatIf, tally: Tally) -> Iterator[str]:
    without_zone = tally.count_of("without_zone")
    if without_zone:
        yield (
            f"The time of {plural(without_zone, 'refused receipt')} names no zone: say which it is, such as"
            " --timezone Europe/Oslo"
        )
    fractions = tally.count_of("fractions")
    if fractions and what_if.options.amounts == "minor":
        yield (
            f"{plural(fractions, 'receipt has', 'receipts have')} amounts written as fractions, such as 49.0, which"
            " count in the smallest unit, as 49 øre do: if they are whole kroner, ask with --amounts major"
        )
    duplicates = tally.count_of("duplicates")
    if duplicates:
        yield (
            f"{plural(duplicates, 'receipt is', 'receipts are')} in the archive again, the same in store, id, time,"
            " customer, lines and amounts, and left out: each counts once (--duplicates keep counts every one)"
        )


def _of_lines(what_if: WhatIf, tally: Tally) -> Iterator[str]:
    lines = tally.count_of("lines")
    if tally.count_of("takers"):
        return
    if not lines:
        yield "No receipt has a line, so no rule can give anything"
    elif what_if.options.eligible == "all":
        yield f"None of {plural(lines, 'line')} can take a discount: they are voided, returned, or cost nothing"
    else:
        yield (
            f"None of {plural(lines, 'line')} can take a discount, so no rule can give anything: no line that is sold"
            " says eligible_for_discount; --eligible all lets all of them"
        )


def _of_rules(what_if: WhatIf, tally: Tally) -> Iterator[str]:
    worlds = what_if.worlds
    drafted = {rule.id for rule in worlds.drafted}
    places = [_basket_in(store_id, currency) for by, currency, store_id in tally.archive if by == "store"]
    by_reason: dict[str, list[str]] = {reason: [] for reason in _REASONS}
    for rule_id in sorted(worlds.status, key=lambda one: (one not in drafted, one)):
        world = worlds.baseline if worlds.status[rule_id] == "removed" else worlds.scenario
        rule = world.rules_by_id[rule_id]
        if not rule.rule.active or rule.rule.deleted_at is not None:
            continue
        found = _why_nothing(rule, what_if, tally, places)
        if found is not None:
            reason, details = found
            by_reason[reason].append(f'"{rule_id}" ({details})' if details else f'"{rule_id}"')
        elif rule_id in drafted and tally.count_of("takers") and not _gave_anything(rule_id, tally):
            by_reason[_UNKNOWN].append(f'"{rule_id}"')
    yield from (_REASONS[reason].format(rules=_rules(rules)) for reason, rules in by_reason.items() if rules)


def _of_all_rules(what_if: WhatIf, tally: Tally, receipts: int) -> Iterator[str]:
    """Tell that a whole replay found nothing, where nothing else says why: of a code or a customer it is not known."""
    status = what_if.worlds.status
    of_rules = (figures for (by, _, _), figures in tally.figures.items() if by == "rule")
    if status and not any(map(any, of_rules)):
        asked = plural(len(status), "rule")
        yield (
            f"None of {plural(receipts, 'receipt')} is given anything by {asked}: rabatt explain says why, receipt by"
            " receipt; a rule that is switched off gives nothing"
        )


def _why_nothing(
    rule: CompiledRule, what_if: WhatIf, tally: Tally, places: Sequence[Basket]
) -> tuple[str, str | None] | None:
    """Return why a rule can give nothing on any receipt of the archive, and what it asks for; None where it can."""
    grants = what_if.shared_grants
    # Without any grants, nobody has the gift cards of the rules as they are: that is how it was asked.
    if not grants.can_have(rule) and (grants.since is not None or what_if.worlds.status[rule.id] != "unchanged"):
        return "grants", None
    if _is_outside(rule, tally):
        return "window", _window(rule)
    if checks := _unmet_everywhere(rule, places):
        return "place", _wanted(checks)
    missing = [goods for goods in matchers_of(rule) if not _is_on_a_line(goods, tally)]
    return ("goods", _names(missing)) if missing else None


def _basket_in(store_id: str | None, currency: str | None) -> Basket:
    """Return an empty basket of a store: checks of store and currency ask for nothing else."""
    receipt = {"receipt_id": "-", "purchase_at": _ANY_TIME, "store": {"id": store_id}, "currency": currency}
    return lay_out(read_receipt(receipt), (), Settings())


def _unmet_everywhere(rule: CompiledRule, places: Sequence[Basket]) -> Sequence[Check]:
    """Return what a rule asks of store and currency where no receipt has all of it; none where any has.

    Of the store only its id is known here.
    """
    asked = [check for check in rule.static if check.store_path in {None, ("id",)}]
    if any(all(check.holds(place) for check in asked) for place in places):
        return ()
    # Those that hold nowhere, if it is not only together that they do not.
    return [check for check in asked if not any(map(check.holds, places))] or asked


def _wanted(checks: Sequence[Check]) -> str:
    return ", ".join(f"{check.path.removeprefix('requirement.')} {_elements(check.wanted)}" for check in checks)


def _elements(wanted: Any) -> str:
    elements = wanted if isinstance(wanted, list | tuple) else [wanted]
    return _few([one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in elements], _MOST_NAMES)


def _gave_anything(rule_id: str, tally: Tally) -> bool:
    """Say whether a rule was used in the scenario."""
    of_rule = (figures for (by, _, name), figures in tally.figures.items() if by == "rule" and name == rule_id)
    return any(any(figures[len(Figure) :]) for figures in of_rule)


def _is_on_a_line(goods: MatcherSet, tally: Tally) -> bool:
    def seen(kind: str, name: str) -> bool:
        return tally.count_of((kind, name)) > 0

    return (
        any(seen(ITEM, name) for name in goods.ids)
        or any(seen(GROUP, name) for name in goods.groups)
        or any(seen(ITEM, item) and seen(GROUP, group) for item, group in goods.pairs)
    )


def _is_outside(rule: CompiledRule, tally: Tally) -> bool:
    first, last = tally.first_instant, tally.last_instant
    return first is not None and last is not None and (rule.closes < first or rule.opens > last)


def _window(rule: CompiledRule) -> str:
    requirement = rule.rule.requirement
    ends = (("from", requirement.purchase_from), ("to", requirement.purchase_to))
    return " ".join(f"{word} {at.isoformat()}" for word, at in ends if at is not None)


def _names(missing: Sequence[MatcherSet]) -> str:
    names = sorted(
        {
            *(f"id {name}" for goods in missing for name in goods.ids),
            *(f"group {name}" for goods in missing for name in goods.groups),
            *(f"id {item} in group {group}" for goods in missing for item, group in goods.pairs),
        }
    )
    return _few(names, _MOST_NAMES)


def _rules(rules: Sequence[str]) -> str:
    return ("rule " if len(rules) == 1 else "the rules ") + _few(rules, _MOST_RULES)


def _few(names: Sequence[str], most: int) -> str:
    more = [f"{len(names) - most} more"] if len(names) > most else []
    shown = [*names[:most], *more]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
