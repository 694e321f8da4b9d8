"""One answered receipt as a till prints it: lines, their discounts, totals, cards, and what was almost had."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from engine.explanation.explain import Explanation
from engine.explanation.in_currency import rule_in_money
from rabatt.cli.screen import fitted, printable
from rules.currency import amount_text
from rules.reward import is_balance

WIDTH = 64
AMOUNT_WIDTH = 14
PIECES_WIDTH = 12
RULE = "-" * WIDTH

# Outcomes that the receipt books, so that their cards and balances are printed.
HEARD = {"used", "stamped"}


def till_receipt(receipt: dict[str, Any], explanation: Explanation) -> Iterator[Text]:
    """The lines of the printed receipt, no wider than `WIDTH` except for sentences."""
    currency = receipt.get("currency")
    yield from header(receipt)
    for item in receipt.get("items") or ():
        yield from printed_line(item, currency)
    yield Text(RULE)
    heard = {outcome.rule_id for outcome in explanation.rules if outcome.outcome in HEARD}
    booked = [discount for discount in receipt.get("discounts") or () if discount.get("id") in heard]
    yield from totals(receipt, booked)
    yield from cards(booked, currency)
    for outcome in explanation.till_hints:
        yield Text(f"Almost: {printable(rule_in_money(outcome, currency).sentence)}", style="yellow")


def header(receipt: dict[str, Any]) -> Iterator[Text]:
    store = receipt.get("store") or {}
    yield Text(printable(store.get("name") or store.get("id", "")), style="bold")
    facts = [f"Receipt {receipt.get('receipt_id')}", receipt.get("purchase_at"), receipt.get("currency")]
    yield Text(", ".join(printable(fact) for fact in facts if fact))
    yield Text(RULE)


def printed_line(item: dict[str, Any], currency: str | None) -> Iterator[Text]:
    """The line itself, then each discount and bonus on it, indented."""
    name = item.get("description_alias") or item.get("description") or item.get("id") or "(no description)"
    if item.get("voided"):
        name = f"{name} (voided)"
    price, is_back = item.get("gross_amount"), item.get("is_return_item")
    if price is not None and is_back:
        price = -abs(int(price))
    yield row(name, amount_or_blank(price, currency), pieces=pieces_text(item))
    for discount in item.get("discount_lines") or ():
        amount = int(discount.get("amount") or 0)
        if amount:
            off = abs(amount) if is_back else -amount
            yield row(text_of(discount, "Discount"), amount_text(off, currency), depth=1, style="green")
    for bonus in item.get("bonus_lines") or ():
        amount = int(bonus.get("bonus") or 0)
        if amount:
            earned = f"{text_of(bonus, 'Bonus')}: bonus {amount_text(amount, currency)}"
            yield Text(f"  {printable(earned)}", style="cyan")


def totals(receipt: dict[str, Any], booked: list[dict[str, Any]]) -> Iterator[Text]:
    """What the goods cost, what came off, what gift cards paid, what is left to pay, and the bonus."""
    currency = receipt.get("currency")
    counted = [item for item in receipt.get("items") or () if not item.get("voided")]
    gross = int_or(receipt.get("gross_amount"), sum(price_of(item) for item in counted))
    net = int_or(receipt.get("net_amount"), gross - sum(off_line(item) for item in counted) - hidden(receipt, counted))
    bonus = int_or(
        receipt.get("total_bonus"),
        sum(int(entry.get("bonus") or 0) for entry in list_of(counted, "bonus_lines")),
    )
    yield row("Before discounts", amount_text(gross, currency))
    drawn = sum(int(ref.get("amount") or 0) for ref in list_of(filter(is_debit, booked), "refs"))
    yield row("Discounts", amount_text(net + drawn - gross, currency), style="green" if net + drawn < gross else "")
    if drawn:
        yield row("Paid by gift card", amount_text(-drawn, currency))
    yield row("To pay", amount_text(net, currency), style="bold")
    if bonus:
        yield row("Bonus", amount_text(bonus, currency), style="cyan")


def price_of(item: dict[str, Any]) -> int:
    """What a line adds before discounts; what is returned counts below 0, whatever sign it was sent with."""
    price = int(item.get("gross_amount") or 0)
    return -abs(price) if item.get("is_return_item") else price


def off_line(item: dict[str, Any]) -> int:
    """What the discount lines take off a line; what is returned brings its own back."""
    amounts = [int(entry.get("amount") or 0) for entry in list_of([item], "discount_lines")]
    return -abs(sum(amounts)) if item.get("is_return_item") else sum(max(amount, 0) for amount in amounts)


def hidden(receipt: dict[str, Any], counted: Iterable[dict[str, Any]]) -> int:
    """What the till took off without saying on which line (POLICY 15)."""
    sold = [item for item in counted if not item.get("is_return_item")]
    if receipt.get("total_discount") is not None:
        return max(int(receipt["total_discount"]) - sum(off_line(item) for item in sold), 0)
    entries = [entry for entry in list_of(sold, "discount_lines") if entry.get("discount_id") is None]
    named = sum(max(int(entry.get("amount") or 0), 0) for entry in entries)
    return max(int_or(receipt.get("total_manual_discount_amount"), 0) - named, 0)


def cards(booked: list[dict[str, Any]], currency: str | None) -> Iterator[Text]:
    """One sentence for each stamp card and each gift card that this purchase moved."""
    for discount in booked:
        title = printable(discount.get("receipt_text") or discount.get("name") or discount["id"])
        for ref in discount.get("refs") or ():
            after = ref.get("statistics") or {}
            if "stamp" in ref:
                yield Text(
                    f"{title}: {counted_text(ref['stamp'], 'stamp')} earned, {after.get('stamp', 0)} on the card"
                )
            if is_debit(discount):
                drawn, left = (int(number or 0) for number in (ref.get("amount"), after.get("debit_balance")))
                yield Text(
                    f"{title}: {amount_text(drawn, currency)} drawn, {amount_text(left, currency)} left on the card"
                )


def is_debit(discount: dict[str, Any]) -> bool:
    return is_balance(discount["reward"]["type"])


def row(name: str, amount: str, *, pieces: str = "", depth: int = 0, style: str = "") -> Text:
    indent = "  " * depth
    left = indent + fitted(name, WIDTH - AMOUNT_WIDTH - PIECES_WIDTH - len(indent))
    return Text(f"{left}{fitted(pieces, PIECES_WIDTH)}{amount:>{AMOUNT_WIDTH}}".rstrip(), style=style)


def text_of(entry: dict[str, Any], otherwise: str) -> str:
    text = str(entry.get("description") or entry.get("discount_type") or otherwise)
    percentage = entry.get("percentage")
    return text if percentage is None or "%" in text else f"{text} {percentage} %"


def pieces_text(item: dict[str, Any]) -> str:
    quantity = item.get("quantity")
    if not isinstance(quantity, int | float) or quantity == 1:
        return ""
    return f"{quantity} {item.get('unit') or 'x'}"


def counted_text(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def list_of(objects: Iterable[dict[str, Any]], field: str) -> Iterator[dict[str, Any]]:
    for each in objects:
        yield from each.get(field) or ()


def amount_or_blank(amount: Any, currency: str | None) -> str:
    return "" if amount is None else amount_text(int(amount), currency)


def int_or(amount: Any, otherwise: int) -> int:
    return otherwise if amount is None else int(amount)
