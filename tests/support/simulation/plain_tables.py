"""The tables that follow from a plain replay, added up receipt by receipt."""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from rules import Receipt
from tests.reference.basket import lay_out, own_taken_off
from tests.reference.rule import Rule
from tests.support.simulation.plain_replay import Document, Given, Replay, Replayed, day_of

# By currency and what the table is by: receipts, customers, uses, discount, bonus, stamps and debit of both worlds.
Figures: TypeAlias = dict[tuple[Any, ...], list[int]]

WORLDS = ("baseline", "scenario")
FIGURES = ("receipts", "customers", "uses", "discount", "bonus", "stamps", "debit")
NOTHING = Given()


def gross_of(receipt: Receipt) -> int:
    """Return the gross amount of a receipt, else that of its lines that are not voided, returned ones below 0."""
    document = receipt.document
    if document.get("gross_amount") is not None:
        return int(document["gross_amount"])
    lines = document.get("items") or ()
    amounts = [
        -abs(line.get("gross_amount") or 0) if line.get("is_return_item") else line.get("gross_amount") or 0
        for line in lines
        if not line.get("voided")
    ]
    return int(sum(amounts))


def hidden_on(receipt: Receipt, ids: Container[str]) -> list[int]:
    """Return what each line bears of what the till took off without saying where, in the order of the document."""
    document = receipt.document
    named = {entry.get("discount_id") for line in document.get("items") or () for entry in discounts_of(line)}
    ours = [Rule({"id": one, "reward": {"type": "discount_amount"}}) for one in named if one in ids]
    shares = {line.line_id: line.hidden for line in lay_out(own_taken_off(document, ours)).lines}
    return [shares[line.line_id] for line in receipt.items]


def discounts_of(line: Document) -> Iterable[Document]:
    """Return the discount lines of a line."""
    entries: Iterable[Document] = line.get("discount_lines") or ()
    return entries


def group_of(receipt: Receipt) -> str:
    """Return the group of a customer where no field tells them apart."""
    return "no customer" if receipt.customer_id is None else "customer"


def store_of(receipt: Receipt) -> str:
    """Return the store's id."""
    store_id: str = receipt.document["store"]["id"]
    return store_id


def archive_by(replay: Replay, name: Callable[[Receipt], Any]) -> Figures:
    """Return the receipts and gross of all receipts, by currency and what the function names."""
    found: Figures = defaultdict(lambda: [0, 0])
    for one in replay.receipts:
        counted = found[one.receipt.currency, name(one.receipt)]
        counted[0] += 1
        counted[1] += gross_of(one.receipt)
    return dict(found)


def figures_by(replay: Replay, name: Callable[[Receipt], Any]) -> Figures:
    """Return the figures of whole receipts, by currency and what the function names."""
    return figures(replay, lambda one, _rule_id, _world: name(one.receipt))


def figures_by_rule(replay: Replay) -> Figures:
    """Return the figures of each rule, by currency."""
    return figures(replay, lambda _one, rule_id, _world: rule_id)


def figures_by_campaign(replay: Replay, campaigns: Sequence[Mapping[str, str | None]]) -> Figures:
    """Return the figures of each campaign, by currency; each world has campaigns of its own."""
    return figures(replay, lambda _one, rule_id, world: campaigns[world][rule_id])


def figures(replay: Replay, name: Callable[[Replayed, str, int], Any]) -> Figures:
    """Return figures by currency and what the function names; a receipt and a customer count once for each."""
    found: Figures = defaultdict(lambda: [0] * (2 * len(FIGURES)))
    customers: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for one in replay.receipts:
        for world, gifts in enumerate((one.baseline, one.scenario)):
            reached = set()
            for rule_id, given in gifts.items():
                key = (one.receipt.currency, name(one, rule_id, world))
                reached.add(key)
                first = world * len(FIGURES)
                for place, amount in enumerate(given, first + 2):
                    found[key][place] += amount
            for key in reached:
                found[key][world * len(FIGURES)] += 1
                if one.receipt.customer_id is not None:
                    customers[*key, world].add(one.receipt.customer_id)
    for (currency, name_, world), who in customers.items():
        found[currency, name_][world * len(FIGURES) + 1] = len(who)
    return dict(found)


def lost_by_rule(replay: Replay) -> dict[tuple[Any, ...], list[int]]:
    """Return the uses, the discount and the bonus that each rule gives less in the scenario, receipt by receipt."""
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in replay.receipts:
        for rule_id, before in one.baseline.items():
            after = one.scenario.get(rule_id, NOTHING)
            lost = [max(was - now, 0) for was, now in zip(before[:3], after[:3], strict=True)]
            if any(lost):
                sums = found[one.receipt.currency, rule_id]
                sums[:] = [sum(pair) for pair in zip(sums, lost, strict=True)]
    return dict(found)


def total(gifts: Iterable[Given]) -> Given:
    """Return what rules give together."""
    return Given(*(sum(amounts) for amounts in zip(*gifts, strict=True))) if gifts else NOTHING


def by_receipt(replay: Replay) -> Counter[tuple[Any, ...]]:
    """Return the rows of the table of receipts: those on which either world gave something."""
    rows: Counter[tuple[Any, ...]] = Counter()
    for one in replay.receipts:
        if one.baseline or one.scenario:
            before, after = total(one.baseline.values()), total(one.scenario.values())
            amounts = [amount for pair in zip(before[1:], after[1:], strict=True) for amount in pair]
            margins = [margin_of(one.receipt, off, replay.ids) for off in (one.baseline_lines, one.scenario_lines)]
            used = [
                tuple(sorted(rule_id for rule_id, given in gifts.items() if given.uses))
                for gifts in (one.baseline, one.scenario)
            ]
            rows[(*facts_of(one.receipt), *amounts, *margins, *used, one.optimal)] += 1
    return rows


def changed_by_currency(replay: Replay) -> dict[str | None, list[int]]:
    """Return the receipts that are given something else, by currency, and what is known of what that costs.

    First all of them, those with known costs, and what the others get more: discount and bonus. Then what is earned
    less on those with known costs, more bonus included.
    """
    found: dict[str | None, list[int]] = defaultdict(lambda: [0] * 5)
    for one in replay.receipts:
        if one.baseline == one.scenario:
            continue
        before, after = total(one.baseline.values()), total(one.scenario.values())
        discount, bonus = after.discount - before.discount, after.bonus - before.bonus
        if margin_of(one.receipt, {}, replay.ids) is None:
            counted = [1, 0, discount, bonus, 0]
        else:
            counted = [
                1,
                1,
                0,
                0,
                price_of(one, one.baseline_lines, replay) - price_of(one, one.scenario_lines, replay),
            ]
            counted[4] += bonus
        sums = found[one.receipt.currency]
        sums[:] = [sum(pair) for pair in zip(sums, counted, strict=True)]
    return dict(found)


def price_of(one: Replayed, off_lines: Mapping[int, int], replay: Replay) -> int:
    """Return what the discounted lines of a receipt bring in, after tax."""
    lines, hidden = one.receipt.document["items"], hidden_on(one.receipt, replay.ids)
    places = {*one.baseline_lines, *one.scenario_lines}
    return sum(
        earned({**lines[place], "cost_price": 0}, off_lines.get(place, 0), hidden[place], replay.ids)
        for place in places
    )


def facts_of(receipt: Receipt) -> tuple[Any, ...]:
    """Return what a row of the table says of the receipt itself."""
    return (
        receipt.receipt_id,
        receipt.purchase_at,
        day_of(receipt),
        store_of(receipt),
        receipt.customer_id,
        group_of(receipt),
        receipt.currency,
        gross_of(receipt),
    )


def margin_of(receipt: Receipt, off_lines: Mapping[int, int], ids: Container[str]) -> int | None:
    """Return what is earned on the lines whose cost is known, after tax; None where there is no such line."""
    hidden = hidden_on(receipt, ids)
    margins = [
        earned(line, off_lines.get(place, 0), hidden[place], ids)
        for place, line in enumerate(receipt.document.get("items") or ())
        if line.get("cost_price") is not None and not line.get("voided")
    ]
    return sum(margins) if margins else None


def earned(line: Document, off: int, hidden: int, ids: Container[str]) -> int:
    """Return what is earned on a line: its price less what was brought, what is given and tax, less its cost."""
    brought = discounts_of(line)
    net = line["gross_amount"] - sum(
        max(entry["amount"], 0) for entry in brought if entry.get("discount_id") not in ids
    )
    if line.get("net_amount") is None:
        net -= hidden
    else:
        came_in = line["net_amount"] + sum(entry["amount"] for entry in brought if entry.get("discount_id") in ids)
        told = max(net - came_in, 0)
        net = came_in - (hidden - told if hidden > told else 0)
    without_tax = Fraction(int(net) - off) * 100 / (100 + Fraction(str(line.get("tax_percent") or 0)))
    return whole(without_tax) - whole(line["cost_price"] * quantity_of(line))


def quantity_of(line: Document) -> Fraction:
    """Return how many pieces a line has; absent counts as one (SPEC 2)."""
    quantity = line.get("quantity")
    return Fraction(1 if quantity is None else str(quantity))


def whole(amount: Fraction) -> int:
    """Return the nearest whole number, halves away from 0."""
    size = int(abs(amount) + Fraction(1, 2))
    return size if amount >= 0 else -size
