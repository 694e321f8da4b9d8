"""Near misses: what one purchase lacks of a rule, and what it would save with that (SPEC 9, POLICY 17)."""

from copy import deepcopy
from itertools import product
from typing import NamedTuple

from tests.reference import Choice, choice_of
from tests.reference.award import Settings
from tests.reference.basket import Unit, gross_of, net_of, number, own_taken_off
from tests.reference.patterns import field_matches, text_of
from tests.reference.qualify import (
    Shop,
    can_be_filled,
    customer_matches,
    has_code,
    is_active,
    is_deactivated,
    is_granted,
    is_in_purchase_window,
    is_open_at,
    leaves_room_for_what_was_brought,
    local_date,
    qualifies,
    qualifying_units,
    store_matches,
    units_left,
    usable_grants,
)
from tests.reference.rule import Document, Rule, objects_at
from tests.reference.stamps import live_stamps


class Hint(NamedTuple):
    """What is missing, the receipt and the grants with it; no receipt where a price is not known."""

    missing: Document
    receipt: Document | None = None
    grants: list[Document] | None = None


def reference_hints(
    rules: list[Document],
    receipt: Document,
    grants: list[Document] | None,
    mode: str = "HalfUp",
    rule: str = "PerLine",
) -> dict[str, Document]:
    """Return what is missing of each rule that is nearly had, and what that would save, by rule id."""
    every_rule = sorted((Rule(document) for document in rules), key=lambda rule: rule.id)
    settings = Settings(mode, rule)
    now = choice_of(every_rule, own_taken_off(receipt, every_rule), grants, settings)
    found = {}
    for rule_id, hint in hints_of(every_rule, now).items():
        if hint.receipt is None:
            found[rule_id] = hint.missing
            continue
        then = choice_of(every_rule, hint.receipt, hint.grants, settings)
        discount, bonus = then.discounts.total - now.discounts.total, then.bonuses.total - now.bonuses.total
        is_bonus = rule_id in then.bonuses.amounts
        saves = bonus if is_bonus else discount
        if saves > 0 and (is_bonus or rule_id in then.discounts.amounts):
            found[rule_id] = {**hint.missing, "saves_bonus" if is_bonus else "saves": saves}
    return found


def reference_purchases(
    rules: list[Document],
    receipt: Document,
    grants: list[Document] | None,
    mode: str = "HalfUp",
    rule: str = "PerLine",
) -> dict[str, tuple[Document, list[Document] | None]]:
    """Return the receipt and the grants of a purchase with what is missing of each rule, by rule id."""
    every_rule = sorted((Rule(document) for document in rules), key=lambda rule: rule.id)
    now = choice_of(every_rule, own_taken_off(receipt, every_rule), grants, Settings(mode, rule))
    return {
        rule_id: (hint.receipt, hint.grants)
        for rule_id, hint in hints_of(every_rule, now).items()
        if hint.receipt is not None
    }


def hints_of(rules: list[Rule], now: Choice) -> dict[str, Hint]:
    """Return what is missing of each rule that a shopper could mend, by rule id."""
    found = ((rule.id, hint_of(rule, now.till.shop, now)) for rule in rules)
    return {rule_id: hint for rule_id, hint in found if hint is not None}


def hint_of(rule: Rule, shop: Shop, now: Choice) -> Hint | None:
    """Return what is missing of one rule, None where more is amiss than a shopper can mend."""
    if rule.is_debit or rule.limit("discount_reward_usage") == 0:
        return None
    if qualifies(rule, shop):
        return missing_stamps(rule, shop, now) if rule.stamps else None
    wanted, receipt = rule.requirement, shop.receipt
    others_hold = (
        is_active(rule)
        and is_granted(rule, shop)
        and is_open_at(rule, shop.purchase_at)
        and leaves_room_for_what_was_brought(rule, shop)
        and not is_deactivated(rule, shop)
        and is_in_purchase_window(rule, shop.purchase_at)
        and customer_matches(rule, shop)
        and store_matches(rule, shop)
        and (
            "currencies" not in wanted
            or field_matches(wanted["currencies"], receipt.get("currency"), local_date(rule, shop.purchase_at))
        )
    )
    if not others_hold:
        return None
    amounts = {"gross_amount": gross_of(receipt), "net_amount": net_of(receipt)}
    short = {name: wanted[name] - amount for name, amount in amounts.items() if amount < wanted.get(name, amount)}
    shows_code = "discount_code" not in wanted or has_code(
        wanted["discount_code"], receipt, local_date(rule, shop.purchase_at)
    )
    units = missing_units(rule, shop)
    if isinstance(units, str):
        if units == "amiss" or len(short) + (not shows_code) != 1:
            return None
        if not shows_code:
            return missing_code(rule, shop)
        ((name, missing),) = short.items()
        if 2 * amounts[name] < wanted[name]:
            return None
        return Hint({f"missing_{name}": missing}, with_lines(receipt, [{"gross_amount": missing}]), shop.grants)
    return units if not short and shows_code else None


def missing_code(rule: Rule, shop: Shop) -> Hint | None:
    """Return the code to show; a private rule's is told to nobody."""
    if rule.document.get("private") is True:
        return None
    wanted = rule.requirement["discount_code"]
    code = code_that_serves(wanted)
    if code is None:
        return None
    codes = shop.receipt.get("discount_code")
    shown = codes if isinstance(codes, list) else [codes] if codes is not None else []
    receipt = deepcopy(shop.receipt)
    receipt["discount_code"] = [*shown, code]
    missing = {"discount_code": wanted}
    spelt = sorted(other for other in shown if other.casefold() == code.casefold())
    return Hint({**missing, "shown_as": spelt[0]} if spelt else missing, receipt, shop.grants)


def code_that_serves(wanted: object) -> str | None:
    """Return a code that the first element accepts which says what a code looks like."""
    for element in wanted if isinstance(wanted, list) else [wanted]:
        if not isinstance(element, dict):
            return text_of(element)
        [(operator, operand)] = element.items()
        if operator in ("equals-ignore-case", "prefix", "suffix", "wildcard"):
            return (
                str(operand).replace("\\*", "\0").replace("*", "").replace("\0", "*")
                if operator == "wildcard"
                else str(operand)
            )
    return None


def missing_units(rule: Rule, shop: Shop) -> Hint | str:
    """Return the units that are missing; "nothing" where none are, "amiss" where buying does not mend it."""
    basket = shop.basket
    left = units_left(rule, basket, basket.carrying)
    listed = set(basket.matching(basket.units, objects_at(rule.limitation, "blacklist")))
    kept = [unit for unit in basket.units if unit not in listed]
    of_rule, is_there = qualifying_units(rule, basket, kept), qualifying_units(rule, basket, left)
    of_mixes = basket.matching(kept, [matcher for mix in rule.mixes for matcher in mix["items"]])
    has_set = not rule.mixes or can_be_filled(rule.mixes, basket, left)
    if len(is_there) >= rule.quantity and has_set:
        return "nothing"
    if not of_rule and not of_mixes:
        return "amiss"
    if not of_rule:
        # The goods themselves are missing, beside units of the mixes; on the blacklist they are not missing.
        if basket.matching(basket.units, rule.items) or not has_set:
            return "amiss"
        return units_hint(rule, shop, rule.quantity, rule.items, None)
    if not is_there:
        return "amiss"
    if len(is_there) < rule.quantity:
        if not has_set:
            return "amiss"
        mixes = [matcher for mix in rule.mixes for matcher in mix["items"]]
        wanted = rule.items or mixes or [{"id": "*"}]
        missing = rule.quantity - len(is_there)
        return units_hint(rule, shop, missing, wanted, [(cheapest(of_rule), missing)])
    return missing_to_mixes(rule, shop, kept, left)


def missing_to_mixes(rule: Rule, shop: Shop, kept: list[Unit], left: list[Unit]) -> Hint | str:
    """Return the units that are missing to a set: as few as can be, of the later mixes where several could lack."""
    basket = shop.basket
    demands = [int(mix.get("quantity", 1)) for mix in rule.mixes]
    fills = [
        filled
        for filled in product(*(range(demand + 1) for demand in demands))
        if can_be_filled(
            [{**mix, "quantity": count} for mix, count in zip(rule.mixes, filled, strict=True) if count], basket, left
        )
    ]
    filled = max(fills, key=lambda filled: (sum(filled), filled))
    wanted: list[Document] = []
    more: list[tuple[Unit | None, int]] = []
    lacking = []
    for mix, demand, count in zip(rule.mixes, demands, filled, strict=True):
        if count < demand:
            of = buyable(rule, mix["items"])
            if not of:
                return "amiss"
            wanted += of
            lacking.append({"missing_units": demand - count, "of": of})
            more.append((cheapest(basket.matching(kept, mix["items"])), demand - count))
    hint = units_hint(rule, shop, sum(demands) - sum(filled), wanted, more)
    if isinstance(hint, Hint) and len(lacking) > 1:
        hint.missing["mixes"] = lacking
    return hint


def buyable(rule: Rule, wanted: list[Document]) -> list[Document]:
    """Return the matchers that the blacklist does not name as well."""
    listed = objects_at(rule.limitation, "blacklist")
    return [matcher for matcher in wanted if matcher not in listed]


def units_hint(
    rule: Rule, shop: Shop, missing: int, wanted: list[Document], more: list[tuple[Unit | None, int]] | None
) -> Hint | str:
    """Return so many missing units, on lines of their own: each like a unit that is there."""
    of = buyable(rule, wanted)
    if not of:
        return "amiss"
    told: Document = {"missing_units": missing, "of": of}
    if more is None or any(unit is None for unit, _ in more):
        return Hint(told)
    lines = []
    for unit, count in more:
        assert unit is not None
        like = shop.basket.line_of(unit)
        names: Document = {name: like[name] for name in ("id", "groups") if name in like}
        lines.append({**names, "quantity": count, "gross_amount": count * unit.price})
    return Hint(told, with_lines(shop.receipt, lines), shop.grants)


def cheapest(units: list[Unit]) -> Unit | None:
    """Return the cheapest of some units that cost anything, the earlier of two."""
    return min((unit for unit in units if unit.price), key=lambda unit: unit.price, default=None)


def with_lines(receipt: Document, lines: list[Document]) -> Document:
    """Return the receipt with more lines, which its totals count."""
    more = deepcopy(receipt)
    items = objects_at(more, "items")
    last = max(
        number(line, "line_id") if line.get("line_id") is not None else place
        for place, line in enumerate(items, start=1)
    )
    for place, line in enumerate(items, start=1):
        line.setdefault("line_id", place)
    added = [
        {"line_id": last + place, "eligible_for_discount": True, **line} for place, line in enumerate(lines, start=1)
    ]
    more["items"] = [*items, *added]
    for name in ("gross_amount", "net_amount"):
        if more.get(name) is not None:
            more[name] += sum(line["gross_amount"] for line in lines)
    return more


def missing_stamps(rule: Rule, shop: Shop, now: Choice) -> Hint | None:
    """Return the stamps that a card lacks, which has some and was not used."""
    used = {*now.discounts.amounts, *now.bonuses.amounts}
    stamps = live_stamps(rule, shop)
    if rule.id in used or not stamps:
        return None
    missing = rule.stamps - stamps
    if not rule.is_receipt_rule:
        units = stamp_units(rule, shop)
        each = int(rule.value or 0) if rule.kind.rewarded == "as many as the value" else 1
        missing += each - len(units)
        if not each or len(units) < each:
            return None
    if missing <= 0:
        return None
    card = usable_grants(rule, shop)[0]
    grants = [with_stamps(grant, missing) if grant["id"] == card["id"] else grant for grant in shop.grants or []]
    return Hint({"missing_stamps": missing}, shop.receipt, grants)


def stamp_units(rule: Rule, shop: Shop) -> list[Unit]:
    """Return the units that earn stamps: with mixes, those of the rewarded ones."""
    left = units_left(rule, shop.basket, shop.basket.carrying)
    if not rule.mixes:
        return qualifying_units(rule, shop.basket, left)
    rewarded = [mix for mix in rule.mixes if mix.get("reward_eligible") is not False]
    return shop.basket.matching(left, [matcher for mix in rewarded for matcher in mix["items"]])


def with_stamps(grant: Document, count: int) -> Document:
    """Return a card with more stamps, of the time of its newest."""
    if not isinstance(grant.get("stamps"), list):
        statistics = grant.get("statistics") or {}
        return {**grant, "statistics": {**statistics, "stamp": int(statistics.get("stamp") or 0) + count}}
    newest = max(grant["stamps"], key=lambda stamp: stamp["at"])
    return {**grant, "stamps": [*grant["stamps"], {**newest, "count": count}]}
