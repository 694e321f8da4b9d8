"""Who used what: the refs of a purchase by grant, and the statistics after it (SPEC 7 and 8)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from engine.basket.basket import Basket
from engine.compiled.rule import CompiledRule
from engine.grants.wallet import everyones_grant_id
from engine.money import MinorUnits
from engine.qualify import Qualified
from engine.result.unit_refs import units_behind
from engine.rewards.award import Award
from engine.rewards.debit import balance_of
from engine.rewards.stamp import live_stamps, stamp_count, units_per_reward
from rules import Grant
from rules.grant import Statistics

# What was used of a grant to everyone is not known.
_UNUSED: Final = Statistics()
_NOTHING: Final[Mapping[int, MinorUnits]] = {}


class Booking(NamedTuple):
    """One rule in the result: its amounts by line, as discount or as bonus, the stamps earned, and its refs."""

    rule: CompiledRule
    on_own_grant: bool
    amount: MinorUnits
    by_line: Mapping[int, MinorUnits]
    stamp: int
    refs: Sequence[Mapping[str, Any]]


def book(qualified: Iterable[Qualified], awards: Iterable[Award], basket: Basket) -> tuple[Booking, ...]:
    """Return the bookings of all used rules, and of stamp rules that only earned stamps, in the order of their ids."""
    bookings = {award.qualified.rule.id: _booking(award.qualified, award, basket) for award in awards}
    for one in qualified:
        if one.rule.stamps and one.rule.id not in bookings:
            bookings[one.rule.id] = _booking(one, None, basket)
    return tuple([bookings[rule_id] for rule_id in sorted(bookings)])


def _booking(one: Qualified, award: Award | None, basket: Basket) -> Booking:
    rule = one.rule
    by_line, amount = (_NOTHING, 0) if award is None else (award.by_line, award.amount)
    stamp = _earned(one, award) if rule.stamps else 0
    refs = _debit_refs(one, by_line, basket) if rule.is_debit else [_ref(one, award, by_line, stamp, basket)]
    return Booking(rule, bool(one.grants), amount, by_line, stamp, refs)


def _earned(one: Qualified, award: Award | None) -> int:
    """Return the stamps earned: units less those rewarded; a receipt rule earns one when it is not rewarded."""
    if one.rule.is_receipt_rule:
        return 0 if award is not None else 1
    rewards = award.stamp_rewards if award is not None else 0
    return one.stamp_units - rewards * units_per_reward(one.rule)


def _items(rule: CompiledRule, by_line: Mapping[int, MinorUnits], basket: Basket) -> list[dict[str, Any]]:
    name = "bonus" if rule.is_bonus else "amount"
    lines = basket.lines
    return [{"line_id": lines[line].line_id, name: by_line[line]} for line in sorted(by_line)]


def _ref(
    one: Qualified, award: Award | None, by_line: Mapping[int, MinorUnits], stamp: int, basket: Basket
) -> dict[str, Any]:
    rule, grants = one.rule, one.grants
    usage, total = (0, 0) if award is None else (1, award.amount)
    amount = 0 if rule.is_bonus else total
    before = grants[0].statistics if grants else _UNUSED
    grant_id = grants[0].id if grants else everyones_grant_id(rule.id, basket.receipt.customer_id)
    ref: dict[str, Any] = {"id": grant_id, "usage": usage, "amount": amount}
    statistics: dict[str, Any] = {"usage": before.usage + usage, "amount": before.amount + amount}
    if rule.is_bonus:
        ref["bonus"] = total
        statistics["bonus"] = before.bonus + total
    if rule.stamps:
        ref["stamp"] = stamp
        spent = (award.stamp_rewards if award is not None else 0) * rule.stamps
        statistics["stamp"] = stamp_count(rule, grants, basket.purchase_at) + stamp - spent
        if grants and grants[0].stamps is not None:
            ref["stamps"] = _stamps_after(rule, grants[0], stamp, spent, basket)
    ref["items"] = _items(rule, by_line, basket)
    units = units_behind(one, award, basket)
    if units:
        ref["units"] = units
    ref["statistics"] = statistics
    return ref


def _stamps_after(rule: CompiledRule, grant: Grant, earned: int, spent: int, basket: Basket) -> list[dict[str, Any]]:
    """Return the stamps that live after the purchase: the oldest are spent first, those just earned come last."""
    written = {id(stamp): entry for stamp, entry in zip(grant.stamps or (), grant.document["stamps"], strict=True)}
    after = []
    for stamp in live_stamps(rule, grant, basket.purchase_at):
        gone = min(spent, stamp.count)
        spent -= gone
        if stamp.count > gone:
            after.append((stamp.at, {"at": written[id(stamp)]["at"], "count": stamp.count - gone}))
    if earned > spent:
        after.append((basket.purchase_at, {"at": basket.receipt.document["purchase_at"], "count": earned - spent}))
    return [entry for _, entry in sorted(after, key=lambda dated: dated[0])]


def _debit_refs(one: Qualified, by_line: Mapping[int, MinorUnits], basket: Basket) -> list[dict[str, Any]]:
    """Return a ref for each grant drawn: in their order, each from the lines in order."""
    rule = one.rule
    left = [[line, by_line[line]] for line in sorted(by_line)]
    refs = []
    for grant in one.grants:
        balance = balance_of(rule, grant)
        drawn: dict[int, MinorUnits] = {}
        while balance and left:
            line, amount = left[0]
            taken = min(balance, amount)
            drawn[line] = taken
            balance -= taken
            left[0][1] -= taken
            if not left[0][1]:
                left.pop(0)
        if not drawn:
            continue
        amount = sum(drawn.values())
        statistics = {
            "usage": grant.statistics.usage + 1,
            "amount": grant.statistics.amount + amount,
            "debit_balance": balance,
        }
        ref = {"id": grant.id, "usage": 1, "amount": amount, "items": _items(rule, drawn, basket)}
        refs.append({**ref, "statistics": statistics})
    return refs
