"""The result: refs, statistics, discount lines and totals (SPEC 7 and 8)."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from uuid import NAMESPACE_OID, uuid5

from tests.reference.award import Amounts, qualifying_stamp_units
from tests.reference.basket import Basket, Line, Unit, move_bonus, move_net_of_line, move_totals
from tests.reference.qualify import Shop, statistic
from tests.reference.rule import Document, Rule, object_at, objects_at
from tests.reference.sets import units_at_a_time
from tests.reference.stamps import carries_stamps, live_stamps, stamps_after, used_grant


@dataclass(frozen=True)
class Use:
    """What became of one rule in the purchase: amounts by line and refs."""

    rule: Rule
    lines: dict[int, int]
    refs: list[Document]
    is_own: bool


def by_line(amounts: Amounts) -> dict[int, int]:
    """Return amounts summed by line, in the order of the lines, lines with 0 left out."""
    lines: dict[int, int] = {}
    for unit in sorted(amounts):
        lines[unit.line_id] = lines.get(unit.line_id, 0) + amounts[unit]
    return {line_id: amount for line_id, amount in lines.items() if amount}


def ref_of(rule: Rule, shop: Shop, grant: Document | None, lines: dict[int, int]) -> Document:
    """Return the ref of one grant that gave these amounts: what all kinds of rules have."""
    name = "bonus" if rule.is_bonus else "amount"
    total = sum(lines.values())
    usage = 1 if lines else 0
    statistics = {"usage": usage, "amount": 0}
    ref: Document = {"usage": usage, "amount": 0}
    statistics[name] = ref[name] = total
    if grant is None:
        key = f"{rule.id}/{'*' if shop.customer_id is None else shop.customer_id}"
        ref["id"] = str(uuid5(NAMESPACE_OID, key))
    else:
        ref["id"] = grant["id"]
        for each in statistics:
            statistics[each] += statistic(grant, each)
    ref["items"] = [{"line_id": line_id, name: amount} for line_id, amount in lines.items()]
    ref["statistics"] = statistics
    return ref


def units_behind(rule: Rule, shop: Shop, amounts: Amounts, used: list[Unit]) -> list[Document]:
    """Return the runs of equal units that the lines of a ref don't tell: those of sets, of limits, of stamp cards."""
    stamped: set[Unit] = set()
    if rule.is_item_stamp_rule:
        stamped = set(qualifying_stamp_units(rule, shop)) - set(used)
    elif rule.forms_sets or (rule.is_flat and rule.limit("discount_reward_usage") is not None):
        used = used if rule.forms_sets else sorted(amounts)
        lines = {unit.line_id for unit in used}
        if lines == set(by_line(amounts)) and all(len(line.units) == 1 for line in lines_of(shop.basket, lines)):
            return []
    else:
        return []
    name = "bonus" if rule.is_bonus else "amount"
    runs: list[tuple[Document, Document]] = []
    for unit in sorted({*used, *stamped}) if amounts or stamped else []:
        about: Document = {"line_id": unit.line_id}
        if amounts.get(unit):
            about[name] = amounts[unit]
        if unit in stamped:
            about["stamp"] = 1
        if runs and runs[-1][0] == about and runs[-1][1]["to"] == unit.number - 1:
            runs[-1][1]["to"] = unit.number
        else:
            runs.append((about, {"from": unit.number, "to": unit.number}))
    return [{**about, **ends} for about, ends in runs]


def lines_of(basket: Basket, line_ids: set[int]) -> list[Line]:
    """Return the lines with these ids."""
    return [line for line in basket.lines if line.line_id in line_ids]


def use_of(rule: Rule, shop: Shop, amounts: Amounts, rewards: int, used: list[Unit]) -> Use:
    """Return the use of a rule that is no debit: its amounts, its stamp rewards and the units in its sets."""
    grant = used_grant(rule, shop)
    lines = by_line(amounts)
    ref = ref_of(rule, shop, grant, lines)
    if rule.stamps:
        spent = rewards * rule.stamps
        if rule.is_receipt_rule:
            earned = 0 if rewards else 1
        else:
            earned = len(qualifying_stamp_units(rule, shop)) - rewards * units_at_a_time(rule)
        ref["stamp"] = earned
        ref["statistics"]["stamp"] = live_stamps(rule, shop) + earned - spent
        if grant is not None and carries_stamps(grant):
            ref["stamps"] = stamps_after(rule, shop, grant, earned, spent)
    if units := units_behind(rule, shop, amounts, used):
        ref["units"] = units
    return Use(rule, lines, [ref], grant is not None)


def balance_of(rule: Rule, grant: Document) -> int:
    """Return the balance of a debit's grant."""
    balance = object_at(grant, "statistics").get("debit_balance")
    return int(rule.value or 0) - statistic(grant, "amount") if balance is None else int(balance)


def use_of_debit(rule: Rule, shop: Shop, amounts: Amounts, grants: Iterable[Document]) -> Use:
    """Return the use of a debit: the grants take its amount in order, each from the lines in order."""
    lines = by_line(amounts)
    left = dict(lines)
    refs = []
    for grant in grants:
        balance = max(0, balance_of(rule, grant))
        taken: dict[int, int] = {}
        for line_id, open_amount in left.items():
            amount = min(balance - sum(taken.values()), open_amount)
            if amount:
                taken[line_id] = amount
                left[line_id] -= amount
        if taken:
            ref = ref_of(rule, shop, grant, taken)
            ref["statistics"]["debit_balance"] = balance - sum(taken.values())
            refs.append(ref)
    return Use(rule, lines, refs, is_own=True)


def booked(use: Use) -> Document:
    """Return the rule as it is booked on the receipt."""
    document: Document = deepcopy(use.rule.document)
    document["type"] = "receipt" if use.rule.is_receipt_rule else "item"
    document["refs"] = use.refs
    return document


def entry_of(use: Use, line: Document, line_id: int) -> Document:
    """Return the discount line, or bonus line, that a rule adds to a line."""
    rule = use.rule
    entry: Document = {"bonus" if rule.is_bonus else "amount": use.lines[line_id]}
    if rule.is_percent:
        entry["percentage"] = number_of(rule.value_on(line))
    entry["discount_id"] = rule.id
    if rule.stamps or rule.is_debit:
        entry["discount_type"] = "loyalty"
    else:
        entry["discount_type"] = "customer" if use.is_own else "periodic"
    description = rule.clean.get("receipt_text", rule.clean.get("name"))
    if description is not None:
        entry["description"] = description
    entry["line_id"] = line_id
    return entry


def number_of(value: Fraction | None) -> int | float:
    """Return a percent as a JSON number."""
    value = value or Fraction(0)
    return int(value) if value.denominator == 1 else float(value)


def written(basket: Basket, uses: list[Use]) -> Document:
    """Return the receipt as it came in with the uses, by rule id, laid onto it."""
    receipt = basket.receipt
    given = gained = 0
    for line in basket.lines:
        of_line = [use for use in uses if line.line_id in use.lines]
        for name, is_bonus in (("discount_lines", False), ("bonus_lines", True)):
            new = [use for use in of_line if use.rule.is_bonus is is_bonus]
            if new:
                entries = [entry_of(use, line.document, line.line_id) for use in new]
                line.document[name] = [*objects_at(line.document, name), *entries]
            amount = sum(use.lines[line.line_id] for use in new)
            if is_bonus:
                gained += amount
            elif new:
                given += amount
                move_net_of_line(line.document, -amount)
                line.document["is_changed"] = True
    if uses:
        receipt["discounts"] = [*objects_at(receipt, "discounts"), *(booked(use) for use in uses)]
    if given:
        move_totals(receipt, -given)
        receipt["is_changed"] = True
    if gained:
        move_bonus(receipt, gained)
    return receipt
