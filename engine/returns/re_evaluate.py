"""What the kept goods cost under the same rules and grants: the receipt without the returned ones, evaluated anew."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from engine.basket.allocate import allocate
from engine.basket.basket import lay_out
from engine.basket.existing import existing_on
from engine.compiled.rule import CompiledRule
from engine.evaluate import work_out_with
from engine.grants.wallet import Wallet
from engine.money import MinorUnits
from engine.returns.booked import Booked
from engine.returns.purchase import Purchase, Sold
from engine.returns.returned_units import ByGrant, Undone
from engine.returns.unit_worth import Worth, given_on, price_between, worth_between
from engine.rule_set import RuleSet
from engine.settings import Settings
from engine.trace import Trace
from rules import Receipt, read_receipt
from rules.limitation import ReturnPolicy

Document = dict[str, Any]

_NOT_OF_WHAT_IS_KEPT: Final = frozenset(
    {"discounts", "returns", "total_discount", "total_bonus", "total_manual_discount_amount"}
)


class Kept(NamedTuple):
    """What the goods that stay cost, before balances, and what each grant gives and earns on them."""

    cost: MinorUnits
    uses: ByGrant


def cost_of_what_is_kept(
    purchase: Purchase,
    worth: Worth,
    kept: Sequence[int],
    again: Container[str],
    rule_set: RuleSet,
    wallet: Wallet,
    policy: ReturnPolicy,
    settings: Settings,
) -> Kept:
    """Return what the first units of each line cost when the discounts `again` are taken off and found anew.

    All other discounts stay on their units. Of the rules that were not used those take part whose own policy, or else
    `policy`, is re-evaluation.
    """
    ours = {booked.rule_id for booked in purchase.discounts}
    rule_set = _as_booked(rule_set, purchase.discounts, again)
    fixed_net = sum(worth_between(segments, 0, stay) for segments, stay in zip(worth.lines, kept, strict=True))
    fixed: dict[int, list[Document]] = {}
    for booked in purchase.discounts:
        if booked.takes_off and not booked.is_debit:
            for index, portions in worth.given[booked.rule_id].items():
                amount = given_on(portions, 0, kept[index])
                if booked.rule_id in again:
                    fixed_net += amount
                elif amount:
                    fixed.setdefault(index, []).append({"discount_id": booked.rule_id, "amount": amount})
    receipt = _receipt_of(purchase, worth, kept, fixed, fixed_net + purchase.others_net)
    basket = lay_out(receipt, (), settings)
    candidates = [
        rule
        for rule in rule_set.candidates(basket)
        if rule.id in again or (rule.id not in ours and _is_re_evaluated(rule, policy))
    ]
    trace = work_out_with(candidates, rule_set, basket, wallet, settings)
    given = sum(award.amount for award in trace.awards if not award.qualified.rule.is_bonus)
    return Kept(max(fixed_net - given, 0), _uses(trace))


def _as_booked(rule_set: RuleSet, discounts: Iterable[Booked], again: Container[str]) -> RuleSet:
    """Return the rules, those that were used as they were booked: a rule that changes changes nothing that was sold."""
    for booked in discounts:
        rule = booked.rule
        if booked.rule_id in again and rule is not None and rule.rule != rule_set.rules_by_id[booked.rule_id].rule:
            rule_set = rule_set.with_rule(rule.rule)
    return rule_set


def _is_re_evaluated(rule: CompiledRule, policy: ReturnPolicy) -> bool:
    """Say whether a rule that was not used may be used now; balances pay, and what they paid goes back on them."""
    return not rule.is_debit and (rule.rule.limitation.return_policy or policy) == "re_evaluate"


def _uses(trace: Trace) -> ByGrant:
    """Return what each grant gives and earns."""
    spent = {award.qualified.rule.id: award.stamp_rewards for award in trace.awards}
    uses: ByGrant = {}
    for booking in trace.bookings:
        rule = booking.rule
        ref = booking.refs[0]
        uses[rule.id, ref["id"]] = Undone(
            ref["usage"],
            ref["amount"],
            ref.get("bonus", 0),
            ref.get("stamp", 0) - spent.get(rule.id, 0) * rule.stamps,
        )
    return uses


def _receipt_of(
    purchase: Purchase, worth: Worth, kept: Sequence[int], fixed: Mapping[int, Sequence[Document]], net: MinorUnits
) -> Receipt:
    """Return the receipt of what is kept, as it would have come in: of our discounts it has those that are `fixed`."""
    receipt = purchase.receipt
    ours = {booked.rule_id for booked in purchase.discounts}
    lines: dict[int, Document] = {}
    back = 0
    hidden = purchase.hidden_elsewhere
    for sold, segments in zip(purchase.lines, worth.lines, strict=True):
        units, stay = sold.line.units, kept[sold.line.index]
        back += price_between(segments, stay, units)
        hidden += worth_between(sold.line.segments, 0, stay) - worth_between(sold.segments, 0, stay)
        if stay:
            lines[sold.line.position] = _line_of(receipt, sold, stay, ours, fixed.get(sold.line.index, ()))
    written: Sequence[Document] = receipt.document["items"]
    sold_at = {sold.line.position for sold in purchase.lines}
    document: Document = {name: part for name, part in receipt.document.items() if name not in _NOT_OF_WHAT_IS_KEPT}
    document["items"] = [
        # A line without an id keeps the one that its place in the whole receipt gives it.
        {**lines.get(position, line), "line_id": receipt.items[position].line_id}
        for position, line in enumerate(written)
        if position in lines or position not in sold_at
    ]
    document["net_amount"] = net
    if receipt.gross_amount is not None:
        document["gross_amount"] = receipt.gross_amount - back
    kept_receipt = read_receipt(document)
    if not hidden:
        return kept_receipt
    return read_receipt({**document, "total_discount": existing_on(kept_receipt, ()).amount + hidden})


def _line_of(receipt: Receipt, sold: Sold, stay: int, ours: Container[str], fixed: Sequence[Document]) -> Document:
    """Return a line with the units that are kept, and what is kept of the discounts that are not found anew."""
    line = receipt.items[sold.line.position]
    written: Document = receipt.document["items"][sold.line.position]
    entries = [entry for entry in line.discount_lines if entry.discount_id not in ours and entry.amount > 0]
    off = sum(max(min(stop, stay) - start, 0) * taken for start, stop, _price, taken in sold.line.segments)
    shares = allocate(off, [(entry.amount, 1, off) for entry in entries]) if entries else []
    discounts = [
        {"discount_id": entry.discount_id, "discount_type": entry.discount_type, "amount": each + more}
        for entry, (each, more) in zip(entries, shares, strict=True)
    ]
    return {
        **{name: part for name, part in written.items() if name not in {"net_amount", "bonus_lines"}},
        "quantity": stay if sold.has_pieces else sold.quantity,
        "gross_amount": price_between(sold.line.segments, 0, stay),
        "discount_lines": [*discounts, *fixed],
    }
