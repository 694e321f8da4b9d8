"""Rules that fail one requirement only, which a shopper can mend: what is missing, what would be saved (POLICY 17)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from engine.basket.basket import Basket, count_units, lines_of
from engine.bits import union
from engine.compiled.rule import CompiledRule
from engine.compiled.rule_lines import RuleLines
from engine.explanation.added import Added, MissingGoods, best_with
from engine.grants.wallet import Wallet
from engine.packing.assignment import most_filled
from engine.qualify import Qualified, failures_on_units, usable_or_rejected
from engine.rejected import Rejected
from engine.rewards.stamp import stamp_count, units_per_reward
from engine.selection.partial_selection import Selection
from engine.trace import Trace

_AMOUNTS = {
    "requirement.gross_amount": "missing_gross_amount",
    "requirement.net_amount": "missing_net_amount",
}
CODE_PATH = "requirement.discount_code"
# The operators that say what a code shall look like.
_NAMING = ("equals-ignore-case", "prefix", "suffix", "wildcard")
_ITEMS = "requirement.item.items"
_QUANTITY = "requirement.item.quantity"
_MIXES = "requirement.item.mixes"
# What fails besides where no line is named.
_WITHOUT_LINES = {_ITEMS, _QUANTITY, "limitation.blacklist"}
# The steps that the hints of one purchase may take: those of so many evaluations, but no more than so great a part of
# what may still be done.
_EVALUATIONS = 4
# One search may take so many times the steps of the purchase's own, within a part of what is left, or a smaller part.
_TIMES = 4
_LARGEST_PART = 8
_PART = 256


class Miss(NamedTuple):
    """What a rule misses, as it is said; what is to be added, None where the receipt does not tell what it costs."""

    said: dict[str, Any]
    added: Added | None


class Savings:
    """What a purchase would save with more: an evaluation for each, made once, within the steps its own has left.

    All of them together take a bounded number of steps, too: beyond it there are no more hints.
    """

    def __init__(self, trace: Trace) -> None:
        """Take the purchase as it was evaluated."""
        self._trace = trace
        choice, most = trace.choice, trace.settings.max_steps
        # A choice that is proven may have taken more than its search was allowed: what no choice can do without.
        self._steps = max(most - choice.steps, int(choice.optimal))
        self._left = _EVALUATIONS * most
        meter = trace.basket.meter
        if meter.most is not None:
            self._left = min(self._left, (meter.most - meter.work) // _EVALUATIONS)
        self._found: dict[Added, Selection | None] = {}

    def hint(self, rule: CompiledRule, miss: Miss) -> dict[str, Any] | None:
        """Return what is missing and what it saves; None where the rule would not be used, or nothing be saved.

        Where the steps do not suffice to evaluate again there is no hint either. What is said without `saves` is of
        goods whose price the receipt does not tell.
        """
        if miss.added is None:
            return miss.said
        best = self._best_with(miss.added)
        if best is None or rule.id not in best.rating.used:
            return None
        now = self._trace.choice.selection
        name, saves = (
            ("saves_bonus", best.bonus - now.bonus) if rule.is_bonus else ("saves", best.discount - now.discount)
        )
        return {**miss.said, name: saves} if saves > 0 else None

    def _best_with(self, added: Added) -> Selection | None:
        if added in self._found:
            return self._found[added]
        if not self._steps or self._left <= 0:
            return None
        # Some that are hard to search leave the others their steps. What is promised then is less than it could be.
        like_now = min(_TIMES * self._trace.choice.steps, self._left // _LARGEST_PART)
        steps = min(self._steps, max(1, like_now, self._left // _PART))
        best, work = best_with(added, self._trace, steps, self._left)
        work = min(work, self._left)
        self._left -= work
        self._trace.basket.meter.work += work
        self._found[added] = best
        return best


def near_miss(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> Miss | None:
    """Return what a rule misses that does not qualify; None if more is amiss, or no part of it is in the basket yet."""
    # A debit pays, so it saves nothing.
    if rule.is_debit or rule.most_rewards == 0:
        return None
    grants = usable_or_rejected(rule, basket, wallet, rules_by_id)
    if isinstance(grants, Rejected):
        return None
    failed = [reason for check in rule.checks if (reason := check(basket)) is not None]
    if len(failed) > 1:
        return None
    lines, failed_on_units = failures_on_units(rule, basket)
    if failed:
        return None if failed_on_units else _missing_fact(rule, failed[0], basket)
    return _missing_units(rule, lines, failed_on_units, basket)


def _missing_fact(rule: CompiledRule, failed: Rejected, basket: Basket) -> Miss | None:
    """Return what is missing of an amount of which half is there, or the code that was not shown."""
    if failed.path in _AMOUNTS:
        missing = failed.wanted - failed.saw
        if missing > failed.saw:
            return None
        return Miss({_AMOUNTS[failed.path]: missing}, Added(goods=(MissingGoods(missing),)))
    code = code_to_show(failed.wanted) if failed.path == CODE_PATH and not rule.rule.private else None
    if code is None:
        return None
    said = {"discount_code": failed.wanted}
    spelt = sorted(shown for shown in basket.receipt.discount_codes if shown.casefold() == code.casefold())
    if spelt:
        said["shown_as"] = spelt[0]
    return Miss(said, Added(code=code))


def code_to_show(wanted: Any) -> str | None:
    """Return the shortest code that the first element of a pattern accepts which names any, or the one that is wanted.

    None where every element only says what is refused.
    """
    for element in wanted if isinstance(wanted, list) else [wanted]:
        if not isinstance(element, dict):
            return str(element)
        for operator in _NAMING:
            if operator in element:
                text = str(element[operator])
                # Any run of characters may be empty; an escaped star is one.
                return re.sub(r"(?<!\\)\*|\\(?=\*)", "", text) if operator == "wildcard" else text
    return None


def _missing_units(
    rule: CompiledRule, lines: RuleLines, failed_on_units: Sequence[Rejected], basket: Basket
) -> Miss | None:
    if not lines.counted | union(lines.parts):
        return None
    failed = {reason.path: reason for reason in failed_on_units}
    document = rule.rule.document.get("requirement", {}).get("item") or {}
    if _ITEMS in failed and failed.keys() <= _WITHOUT_LINES:
        return _units_missing(rule, rule.quantity, document["items"], None)
    if failed.keys() == {_QUANTITY}:
        # Without items or mixes of its own a rule counts every unit.
        mixes = [matcher for mix in (document["mixes"] if rule.mixes else ()) for matcher in mix["items"]]
        wanted = (document["items"] if rule.items is not None else mixes) or [{"id": "*"}]
        missing = failed[_QUANTITY].wanted - failed[_QUANTITY].saw
        return _units_missing(rule, missing, wanted, _goods(basket, {lines.counted: missing}))
    return _missing_to_mixes(rule, lines, basket) if failed.keys() == {_MIXES} else None


def _missing_to_mixes(rule: CompiledRule, lines: RuleLines, basket: Basket) -> Miss | None:
    demands = [part.quantity for part in rule.mixes]
    basket.meter.spend((1 + len(demands)) * len(basket.lines) // 2)
    filled = most_filled(demands, [line.units for line in basket.lines], lines.eligible_parts)
    lacking: list[dict[str, Any]] = []
    more: dict[int, int] = {}
    for part, part_lines, here in zip(rule.mixes, lines.parts, filled, strict=True):
        if here < part.quantity:
            missing = part.quantity - here
            lacking.append({"missing_units": missing, "of": _buyable(rule, part.wanted)})
            more[part_lines] = more.get(part_lines, 0) + missing
    if not all(one["of"] for one in lacking):
        return None
    wanted = [matcher for one in lacking for matcher in one["of"]]
    missing = sum(demands) - sum(filled)
    found = _units_missing(rule, missing, wanted, _goods(basket, more))
    if found is not None and len(lacking) > 1:
        found.said["mixes"] = lacking
    return found


def _units_missing(
    rule: CompiledRule, missing: int, wanted: Iterable[Mapping[str, str]], goods: tuple[MissingGoods, ...] | None
) -> Miss | None:
    buyable = _buyable(rule, wanted)
    if not buyable:
        return None
    return Miss({"missing_units": missing, "of": buyable}, None if goods is None else Added(goods=goods))


def _buyable(rule: CompiledRule, matchers: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the matchers that the rule's blacklist does not name as well."""
    limitation = rule.rule.document.get("limitation") or {}
    listed = [dict(matcher) for matcher in (limitation["blacklist"] if rule.blacklist is not None else ())]
    return [matcher for matcher in matchers if dict(matcher) not in listed]


def _goods(basket: Basket, more: Mapping[int, int]) -> tuple[MissingGoods, ...] | None:
    """Return more units of some lines, each like the cheapest unit there; None where there is none."""
    basket.meter.spend(sum([1 + mask.bit_count() for mask in more]) // 2)
    goods = []
    for mask, count in more.items():
        # Goods for nothing take no part.
        like = min(
            ((part[2], line.index) for line in lines_of(basket, mask) for part in line.segments if part[2]),
            default=None,
        )
        if like is None:
            return None
        price, index = like
        line = basket.lines[index]
        goods.append(MissingGoods(price, count, line.id, tuple(line.groups)))
    return tuple(goods)


def missing_stamps(qualified: Qualified, basket: Basket) -> Miss | None:
    """Return how many stamps a card lacks for its next reward; None if none is lacking, or the card has none yet."""
    rule = qualified.rule
    stamps = stamp_count(rule, qualified.grants, basket.purchase_at)
    if not stamps:
        return None
    if rule.is_receipt_rule:
        missing = rule.stamps - stamps
    else:
        each = units_per_reward(rule)
        missing = rule.stamps + each - stamps - qualified.stamp_units
        if not each or count_units(basket, qualified.lines) < each:
            return None
    if missing <= 0 or rule.most_rewards == 0:
        return None
    return Miss({"missing_stamps": missing}, Added(stamps=missing, grant_id=qualified.grants[0].id))
