"""One return, from the returned goods to what is paid for them (docs/returns.md)."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Final

from engine.basket.allocate import allocate
from engine.evaluate import DEFAULT_SETTINGS, NOTHING
from engine.grants.wallet import Wallet, open_wallet
from engine.money import MinorUnits
from engine.returns.purchase import Purchase, purchase_of
from engine.returns.re_evaluate import cost_of_what_is_kept
from engine.returns.returned_units import NOTHING_UNDONE, ByGrant, Earlier, earlier_returns, quantities_left, units_back
from engine.returns.settlement import SettledLine, Settlement, TakenBack, entry_of
from engine.returns.undo import cards_of, everything_of, undone_of
from engine.returns.unit_worth import Worth, price_between, worth_between, worth_of
from engine.rewards.unit_value import BOUNDLESS
from engine.rule_set import RuleSet
from engine.settings import RETURN_POLICIES, Settings
from rules import Fault, Grant, Receipt, Refused, ReturnedLine
from rules.limitation import ReturnPolicy
from rules.values import Number

RE_EVALUATE: Final = "re_evaluate"


def settle_return(
    receipt: Receipt,
    returned: Iterable[ReturnedLine],
    rule_set: RuleSet | None = None,
    grants: Iterable[Grant] | None = None,
    policy: ReturnPolicy | None = None,
    settings: Settings = DEFAULT_SETTINGS,
    granted_to_everyone: Container[str] = NOTHING,
    paid_out: Container[str] = NOTHING,
) -> Settlement:
    """Return what is paid for returned goods, in minor units, and what is undone of the discounts on them.

    `receipt` is an evaluated one with the returns it has had; `policy` is that of the settings where none is given, and
    a rule that was booked with a `limitation.return_policy` keeps its own. Rules, and the grants from before the
    purchase, are needed where something is re-evaluated; they are given as to `evaluate`. `paid_out` are the ids of
    gift cards' grants to which nothing is credited: what they paid is refunded in money. Nothing that is given is
    changed. Refused with every fault of what is returned, and where the rules are missing, or the receipt's discounts
    and returns contradict it.
    """

    def opened(known: RuleSet) -> Wallet:
        return open_wallet(grants, known.rules_by_id, receipt.customer_id, granted_to_everyone)

    return _settle(receipt, returned, rule_set, opened, policy, settings, paid_out)


def settle_return_with(
    receipt: Receipt,
    returned: Iterable[ReturnedLine],
    rule_set: RuleSet,
    wallet: Wallet,
    policy: ReturnPolicy | None,
    settings: Settings,
) -> Settlement:
    """Return what `settle_return` does, for those who have a wallet from before the purchase in place of grants."""
    return _settle(receipt, returned, rule_set, lambda _: wallet, policy, settings, NOTHING)


def _settle(
    receipt: Receipt,
    returned: Iterable[ReturnedLine],
    rule_set: RuleSet | None,
    opened: Callable[[RuleSet], Wallet],
    policy: ReturnPolicy | None,
    settings: Settings,
    paid_out: Container[str],
) -> Settlement:
    chosen = _policy(policy, settings)
    purchase = purchase_of(receipt)
    earlier = earlier_returns(purchase)
    back = units_back(purchase, returned, earlier.units)
    kept = [
        sold.line.units - before - back.get(index, 0)
        for index, (sold, before) in enumerate(zip(purchase.lines, earlier.units, strict=True))
    ]
    policies = {booked.rule_id: booked.policy or chosen for booked in purchase.discounts if not booked.is_debit}
    worth = worth_of(purchase, policies, settings)
    left = max(purchase.paid - earlier.amount, 0)
    anew: set[str] = set()
    uses: ByGrant = {}
    if not any(kept):
        amount = left
    elif chosen == RE_EVALUATE or RE_EVALUATE in policies.values():
        if rule_set is None:
            raise _without_rules(chosen, policies)
        anew = {rule_id for rule_id, own in policies.items() if own == RE_EVALUATE and rule_id in rule_set.rules_by_id}
        cost, uses = cost_of_what_is_kept(purchase, worth, kept, anew, rule_set, opened(rule_set), chosen, settings)
        amount = max(left - cost, 0)
    else:
        amount = min(left, sum(_worth_of_units(worth, kept, back)))
    cards = cards_of(purchase, earlier, paid_out)
    credit = min(amount, sum(cards.left))
    undone = _undone(purchase, worth, kept, anew, uses, cards.credited_with(credit))
    lines = _lines(purchase, worth, kept, back, amount)
    taken_back = _taken_back(purchase, undone, earlier, {*anew, *(rule_id for rule_id, _ in uses)})
    entry = entry_of(chosen, lines, amount - credit, credit, taken_back)
    document = {**receipt.document, "returns": [*(receipt.document.get("returns") or ()), entry]}
    return Settlement(chosen, lines, amount, amount - credit, credit, taken_back, not any(kept), document)


def returnable(receipt: Receipt) -> dict[int, Number]:
    """Return what can still be returned of a receipt by line id: pieces, or the whole weight of what was weighed."""
    return quantities_left(purchase_of(receipt))


def _policy(policy: ReturnPolicy | None, settings: Settings) -> ReturnPolicy:
    if policy is not None and policy not in RETURN_POLICIES:
        sentence = f"{policy!r} is unknown; use one of {', '.join(RETURN_POLICIES)}"
        raise Refused((Fault("policy", sentence),))
    return policy or settings.return_policy


def _without_rules(chosen: ReturnPolicy, policies: Mapping[str, ReturnPolicy]) -> Refused:
    rule_id = next((rule_id for rule_id in sorted(policies) if policies[rule_id] == RE_EVALUATE), None)
    who = f"the discount {rule_id!r} is" if chosen != RE_EVALUATE else "what is kept is"
    return Refused((Fault("policy", f"{who} re-evaluated, so the rules and grants of the purchase are needed"),))


def _undone(
    purchase: Purchase,
    worth: Worth,
    kept: Sequence[int],
    anew: Container[str],
    uses: ByGrant,
    credited: ByGrant,
) -> ByGrant:
    """Return all that is undone by now; of discounts that were found `anew`, all they were less what they are."""
    undone = dict(credited)
    for booked in purchase.discounts:
        if booked.is_debit:
            continue
        if booked.rule_id in anew or not any(kept):
            undone |= everything_of(booked, purchase)
        else:
            undone |= undone_of(booked, worth.given[booked.rule_id], purchase, kept)
    for key, use in uses.items():
        undone[key] = undone.get(key, NOTHING_UNDONE).less(use)
    return undone


def _worth_of_units(worth: Worth, kept: Sequence[int], back: Mapping[int, int]) -> list[MinorUnits]:
    """Return what the returned units of each line are worth: the last of those that were left."""
    return [worth_between(worth.lines[index], kept[index], kept[index] + units) for index, units in back.items()]


def _lines(
    purchase: Purchase, worth: Worth, kept: Sequence[int], back: Mapping[int, int], amount: MinorUnits
) -> tuple[SettledLine, ...]:
    """Return the lines with what is paid for each: what its units are worth, or their share of what is paid in all."""
    amounts = _worth_of_units(worth, kept, back)
    if sum(amounts) != amount:
        prices = [price_between(worth.lines[index], kept[index], kept[index] + units) for index, units in back.items()]
        weights = amounts if any(amounts) else prices
        amounts = [each + more for each, more in allocate(amount, [(weight, 1, BOUNDLESS) for weight in weights])]
    lines = []
    for (index, units), paid in zip(back.items(), amounts, strict=True):
        sold = purchase.lines[index]
        lines.append(SettledLine(sold.line.line_id, units if sold.has_pieces else sold.quantity, paid))
    return tuple(lines)


def _taken_back(
    purchase: Purchase, undone: ByGrant, earlier: Earlier, evaluated: Container[str]
) -> tuple[TakenBack, ...]:
    """Return what this return undoes: all that is undone now, less what was before.

    What an evaluation took back before is booked again only where the rule is `evaluated` again.
    """
    order = {
        (booked.rule_id, ref.grant_id): place for booked in purchase.discounts for place, ref in enumerate(booked.refs)
    }
    keys = {**undone, **earlier.undone}
    # Grants that only the goods that stay use come after those of the receipt.
    in_order = sorted(keys, key=lambda key: (key[0], order.get(key, len(order)), key[1]))
    taken = []
    for key in in_order:
        now = undone.get(key, NOTHING_UNDONE).less(earlier.undone.get(key, NOTHING_UNDONE))
        if key[0] not in evaluated:
            now = now._replace(usage=max(now.usage, 0), amount=max(now.amount, 0), bonus=max(now.bonus, 0))
        one = TakenBack(*key, *now)
        if not one.is_nothing:
            taken.append(one)
    return tuple(taken)
