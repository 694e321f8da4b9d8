"""What a replay shall find where goods come back, slow and plain: each return settled and given back by hand.

It shares nothing with `simulation`. What is paid is asked of `settle_return`, with the grants from before the purchase;
stamps are moved on cards as the engine moves them, one card for each grant.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from engine import RuleSet, Settings, Settlement, TakenBack, evaluate, settle_return
from engine.grants.stamp_card import CardUse, Stamp, StampCard, after_purchase, after_return, lives
from engine.grants.wallet import everyones_grant_id
from rules import Grant, Receipt, Refused, read_grants, read_receipt, read_returned
from tests.support.simulation.plain_replay import (
    EVERYONE,
    Customer,
    Document,
    Question,
    Replay,
    Replayed,
    World,
    read_receipts,
    was_made,
    worlds_of,
)

REASONS = ("no_receipt_named", "receipt_not_found", "not_returnable")
PAID = ("amount", "refund", "credit")
UNDONE = ("uses", "discount", "bonus", "stamps", "debit")


@dataclass
class Returns:
    """Lines by currency and what became of them; by world, what was paid by currency, and undone by rule as well."""

    lines: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    paid: tuple[Counter[Any], Counter[Any]] = field(default_factory=lambda: (Counter(), Counter()))
    undone: tuple[Counter[Any], Counter[Any]] = field(default_factory=lambda: (Counter(), Counter()))
    rules: set[tuple[str | None, str]] = field(default_factory=set)


class Event(NamedTuple):
    """A purchase, or what it says came back of the receipt `named`."""

    receipt: Receipt
    named: str | None
    lines: Sequence[Document]


class Bought(NamedTuple):
    """A purchase in one world: what it was evaluated with, and what it did to stamp cards."""

    rule_set: RuleSet
    grants: list[Grant] | None
    everyones: frozenset[str]
    uses: dict[str, CardUse]


@dataclass
class Purchase:
    """A purchase in both worlds; `results` are its receipts, with what came back of it so far."""

    receipt: Receipt
    results: list[Document]
    bought: list[Bought]


class Keeper(Customer):
    """A customer whose stamps are kept on cards, by the id of the grant."""

    def __init__(self, world: World, own: Sequence[Document], everyones: Sequence[Document] | None) -> None:
        super().__init__(world, own, everyones)
        self.cards: dict[str, StampCard] = {}
        self.uses: dict[str, CardUse] = {}

    def bring(self, receipt: Receipt, settings: Settings) -> tuple[Any, Document, Bought]:
        """Return what `buy` does, the result, and what to settle it with."""
        self.uses = {}
        grants, everyones = self.wallet(receipt.purchase_at)
        bare = {name: part for name, part in receipt.document.items() if name not in {"discounts", "returns"}}
        result = evaluate(self.world.rule_set, read_receipt(bare), grants, settings, everyones).receipt
        answer = self.buy(receipt, settings)
        return answer, result, Bought(self.world.rule_set, grants, everyones, self.uses)

    def wallet(self, at: datetime) -> tuple[list[Grant] | None, frozenset[str]]:
        held = [grant for grant in self.grants if was_made(grant, at)]
        if self.everyones is None:
            return (list(read_grants(held)), self.world.ids) if held else (None, frozenset())
        return list(read_grants([*held, *(one for one in self.everyones if was_made(one, at))])), frozenset()

    def days(self, rule_id: str) -> int:
        return self.world.rule_set.rules_by_id[rule_id].rule.limitation.stamp_expire_days

    def book(self, rule_id: str, ref: Document, receipt: Receipt) -> None:
        before = next((grant for grant in self.grants if grant["id"] == ref["id"]), {})
        super().book(rule_id, ref, receipt)
        of_world = self.world.rule_set.rules_by_id[rule_id]
        if receipt.customer_id is None or not of_world.stamps:
            return
        at, days = receipt.purchase_at, self.days(rule_id)
        card = self.cards.get(ref["id"]) or card_of(before, at)
        live = sum(stamp.count for stamp in card.stamps if lives(stamp.at, at, days))
        spent = live + ref["stamp"] - ref["statistics"]["stamp"]
        done = after_purchase(card, at, days, earned=ref["stamp"], spent=spent)
        self.cards[ref["id"]] = done.card
        self.uses[ref["id"]] = CardUse(ref["stamp"], done.stamps)
        self.put_card(ref["id"], days, at)

    def put_card(self, grant_id: str, days: int, at: datetime) -> None:
        grant = next(grant for grant in self.grants if grant["id"] == grant_id)
        live = [stamp for stamp in self.cards[grant_id].stamps if lives(stamp.at, at, days)]
        grant["stamps"] = [{"at": stamp.at.isoformat(), "count": stamp.count} for stamp in live]
        grant["statistics"]["stamp"] = sum(stamp.count for stamp in live)

    def give_back(self, one: TakenBack, purchase: Receipt, at: str, uses: dict[str, CardUse]) -> None:
        """Take what is undone off the grant, or book what is used more."""
        if purchase.customer_id is None:
            return
        place = next((place for place, grant in enumerate(self.grants) if grant["id"] == one.grant_id), None)
        if place is None:
            is_everyones = one.grant_id == everyones_grant_id(one.rule_id, purchase.customer_id)
            if not is_everyones or not min(one.usage, one.amount, one.bonus) < 0:
                return
            place = len(self.grants)
            document = {"id": one.grant_id, "discount_id": one.rule_id, "customer_id": purchase.customer_id}
            self.grants.append({**document, "created_at": at})
        grant = self.grants[place]
        statistics = dict(grant.get("statistics") or {})
        for name, back in (("usage", one.usage), ("amount", one.amount), ("bonus", one.bonus)):
            statistics[name] = statistics.get(name, 0) - back
        if one.debit_balance:
            statistics["debit_balance"] += one.debit_balance
        self.grants[place] = {**grant, "statistics": statistics}
        if one.stamp and self.world.rule_set.rules_by_id[one.rule_id].stamps:
            days, now = self.days(one.rule_id), datetime.fromisoformat(at)
            card = self.cards.get(one.grant_id) or card_of(grant, purchase.purchase_at)
            use = uses.get(one.grant_id, CardUse())
            after = after_return(card, use, one.stamp, purchase.purchase_at, days, now)
            uses[one.grant_id], self.cards[one.grant_id] = after
            self.put_card(one.grant_id, days, now)


def card_of(grant: Document, at: datetime) -> StampCard:
    """Return what a grant says of its stamps; those of no known time are of the purchase."""
    if grant.get("stamps") is not None:
        counts: Counter[datetime] = Counter()
        for stamp in grant["stamps"]:
            counts[datetime.fromisoformat(stamp["at"])] += stamp["count"]
        return StampCard(tuple(Stamp(when, counts[when]) for when in sorted(counts) if counts[when]))
    count = (grant.get("statistics") or {}).get("stamp", 0)
    return StampCard((Stamp(at, count),) if count else ())


def plain_returns(receipts: Iterable[Document], question: Question) -> tuple[Replay, Returns]:
    """Return what every receipt gets in both worlds, and what became of all that came back."""
    baseline, scenario = worlds_of(question)
    replay, returns = Replay(baseline.ids), Returns()
    owned: dict[str, list[Document]] = defaultdict(list)
    for grant in question.grants or ():
        owned[grant["customer_id"]].append(grant)
    everyones = None if question.grants is None else owned.pop(EVERYONE, [])
    by_key: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
    for receipt in read_receipts(receipts, question, replay.refused):
        for event in events_of(receipt):
            by_key[receipt.customer_id or None, receipt.customer_id or event.named or receipt.receipt_id].append(event)
    for (customer_id, _), events in by_key.items():
        sides = [Keeper(world, owned.get(customer_id, []), everyones) for world in (baseline, scenario)]
        follow(sorted(events, key=in_order), sides, question, replay, returns)
        if customer_id is not None:
            replay.baseline_grants[customer_id] = sides[0].grants
            replay.scenario_grants[customer_id] = sides[1].grants
    return replay, returns


def events_of(receipt: Receipt) -> list[Event]:
    """Return the purchase, and what it says came back."""
    back: dict[str, list[Document]] = defaultdict(list)
    for line in receipt.document.get("items") or ():
        named = line.get("returned_receipt_id")
        if line.get("is_return_item") and not line.get("voided") and named:
            back[named].append(line)
    return [Event(receipt, None, []), *(Event(receipt, named, lines) for named, lines in back.items())]


def in_order(event: Event) -> tuple[Any, ...]:
    receipt = event.receipt
    return receipt.purchase_at, event.named is not None, receipt.receipt_id, receipt.document["store"]["id"]


def follow(events: Iterable[Event], sides: list[Keeper], question: Question, replay: Replay, returns: Returns) -> None:
    """Replay one customer."""
    purchases: list[Purchase] = []
    refused: list[Receipt] = []
    for receipt, named, lines in events:
        if named is not None:
            if not any(one is receipt for one in refused):
                what = came_back(receipt, named, lines, purchases, sides, question.settings, returns)
                returns.lines[receipt.currency, what] += len(lines)
            continue
        try:
            found = [side.bring(receipt, question.settings) for side in sides]
        except Refused:
            replay.refused.append(receipt.document)
            refused.append(receipt)
            continue
        (before, before_lines, first), (after, after_lines, second) = (answer for answer, _, _ in found)
        replay.receipts.append(Replayed(receipt, before, after, before_lines, after_lines, first and second))
        purchases.append(Purchase(receipt, [result for _, result, _ in found], [bought for _, _, bought in found]))
        unnamed = [
            line
            for line in receipt.document.get("items") or ()
            if line.get("is_return_item") and not line.get("voided") and not line.get("returned_receipt_id")
        ]
        if unnamed:
            returns.lines[receipt.currency, "no_receipt_named"] += len(unnamed)


def came_back(
    receipt: Receipt,
    named: str,
    lines: Sequence[Document],
    purchases: Sequence[Purchase],
    sides: Sequence[Keeper],
    settings: Settings,
    returns: Returns,
) -> str:
    """Settle what came back in both worlds, and return what became of it."""
    found = [one for one in purchases if one.receipt.receipt_id == named]
    store_id = receipt.document["store"]["id"]
    here = [one for one in found if one.receipt.document["store"]["id"] == store_id]
    if not found:
        return "receipt_not_found"
    purchase = (here or found)[-1]
    if purchase.receipt.currency != receipt.currency:
        return "not_returnable"
    try:
        settlements = [
            settled(result, lines, bought, settings)
            for result, bought in zip(purchase.results, purchase.bought, strict=True)
        ]
    except (Refused, LookupError):
        return "not_returnable"
    currency, at = receipt.currency, receipt.document["purchase_at"]
    for world, (side, settlement) in enumerate(zip(sides, settlements, strict=True)):
        for name in PAID:
            returns.paid[world][currency, name] += getattr(settlement, name)
        standing = uses_of(purchase.results[world])
        purchase.results[world] = settlement.receipt
        for rule_id in {one.rule_id for one in settlement.taken_back}:
            returns.rules.add((currency, rule_id))
            still = uses_of(settlement.receipt)
            returns.undone[world][currency, rule_id, "uses"] += (rule_id in standing) - (rule_id in still)
        for one in settlement.taken_back:
            discount = "debit" if one.rule_id in side.world.debits else "discount"
            for name, value in ((discount, one.amount), ("bonus", one.bonus), ("stamps", one.stamp)):
                returns.undone[world][currency, one.rule_id, name] += value
            side.give_back(one, purchase.receipt, at, purchase.bought[world].uses)
    return "settled"


def uses_of(result: Document) -> set[str]:
    """Return the rules of which any grant is still used."""
    usage: Counter[tuple[str, str]] = Counter()
    for sign, part in ((1, result), *((-1, entry) for entry in result.get("returns") or ())):
        for rule in part.get("discounts") or ():
            for ref in rule.get("refs") or ():
                usage[rule["id"], ref["id"]] += sign * ref["usage"]
    return {rule_id for (rule_id, _), count in usage.items() if count > 0}


def settled(result: Document, lines: Sequence[Document], bought: Bought, settings: Settings) -> Settlement:
    """Return the settlement of return lines; Refused, or a LookupError where there are not so many of an item."""
    read = read_receipt(result)
    gone: Counter[int] = Counter()
    for entry in result.get("returns") or ():
        for item in entry["items"]:
            gone[item["line_id"]] += item["quantity"]
    back: Counter[int] = Counter()
    for line in lines:
        if line.get("returned_line_id") is not None:
            back[line["returned_line_id"]] += quantity_of(line)
    for line in lines:
        if line.get("returned_line_id") is None:
            left = quantity_of(line)
            for one in reversed(read.items):
                if one.id is None or one.id != line["id"] or one.voided or one.is_return_item or one.quantity <= 0:
                    continue
                there = one.quantity - gone[one.line_id] - back[one.line_id]
                if one.scale_item or not isinstance(one.quantity, int):
                    there = there if there == left else 0
                taken = min(left, max(there, 0))
                if taken and (one.gross_amount or 0) >= 0:
                    back[one.line_id] += taken
                    left -= taken
            if left or not quantity_of(line):
                raise LookupError
    returned = read_returned([{"line_id": line_id, "quantity": some} for line_id, some in sorted(back.items())])
    return settle_return(read, returned, bought.rule_set, bought.grants, None, settings, bought.everyones)


def quantity_of(line: Document) -> Any:
    quantity = line.get("quantity")
    return 1 if quantity is None else abs(quantity)
