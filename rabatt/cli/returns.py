"""`rabatt return`: goods of one receipt that are returned, and what is paid for them."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from engine import Settings, Settlement, settle_return
from rabatt.cli.options import AsJson, GrantsSource, ReturnPolicy, RoundingMode, RoundingRule
from rabatt.cli.receipts import UnreadReceipt, unread_receipts
from rabatt.cli.refusal import CallRefused, Location, Refusal, report
from rabatt.cli.screen import console_on_stdout, json_line, printable
from rabatt.cli.shop import Shop, open_shop
from rabatt.cli.source import refused_source
from rabatt.cli.till import RULE, counted_text, header, row
from rules import Fault, Receipt, Refused, ReturnedLine, read_returned
from rules.currency import amount_text

LINE = "--line"
PAY_OUT = "--pay-out"


def return_goods(  # noqa: PLR0917 - typer passes options by name
    receipt: Annotated[
        str,
        typer.Argument(
            metavar="RECEIPT",
            help="A file with one receipt, as `rabatt evaluate --json` or this command gave it; - is standard input.",
            show_default=False,
        ),
    ],
    line: Annotated[
        list[str],
        typer.Option(
            LINE,
            metavar="ID[=QUANTITY]",
            help="A line that is returned, by its line_id, and how much of it; all that is left without a quantity.",
            show_default=False,
        ),
    ],
    policy: Annotated[
        ReturnPolicy | None,
        typer.Option(
            "--policy",
            help="What becomes of the discounts; a rule with a return_policy keeps its own. Without it: as_paid.",
            show_default=False,
        ),
    ] = None,
    pay_out: Annotated[
        list[str] | None,
        typer.Option(
            PAY_OUT,
            metavar="GRANT",
            help="The grant of a gift card that nobody can use any more, by its id: what it paid is paid out, not put "
            "back on it.",
            show_default=False,
        ),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option(
            "--rules",
            metavar="RULES",
            help="The file with the rules of the purchase; needed where something is re-evaluated.",
            show_default=False,
        ),
    ] = None,
    grants: GrantsSource = None,
    rounding_mode: RoundingMode = "HalfUp",
    rounding_rule: RoundingRule = "PerLine",
    as_json: AsJson = False,
) -> None:
    """Say what is paid for returned goods, and what their discounts take with them.

    With --json the receipt is printed with the return in it, so that more of it can be returned later.
    """
    settings = Settings(mode=rounding_mode, rule=rounding_rule)
    try:
        returned = returned_lines(line)
        shop = shop_of(receipt, rules, grants, settings)
        unread = only_receipt(receipt)
        try:
            read = unread.receipt()
            cards = paid_out_cards(read, pay_out or ())
            settlement = settled(read, returned, line, shop, policy, settings, cards)
        except Refused as refused:
            report(Refusal(unread.location, refused.faults, unread.receipt_id()), as_json=as_json)
            raise typer.Exit(1) from None
    except CallRefused as call:
        report(call.refusal, as_json=as_json)
        raise typer.Exit(2) from None
    if as_json:
        print(json_line(settlement.receipt))
        return
    console = console_on_stdout()
    for text in settlement_text(settlement):
        console.print(text)


def returned_lines(options: list[str]) -> tuple[ReturnedLine, ...]:
    """The lines that the options name; CallRefused with every one that names none."""
    documents: list[dict[str, Any]] = []
    faults = []
    for option in options:
        line_id, equals, quantity = option.partition("=")
        try:
            documents.append({"line_id": int(line_id), **({"quantity": number(quantity)} if equals else {})})
        except ValueError:
            sentence = f"{printable(option)!r} is no line; write the line_id and how much is returned, such as 1=2"
            faults.append(Fault(LINE, sentence))
    if faults:
        raise CallRefused(Refusal(Location("return"), tuple(faults)))
    try:
        return read_returned(documents)
    except Refused as refused:
        raise of_options(refused, options) from None


def number(text: str) -> int | float:
    """A number as JSON would have it; ValueError for any other text."""
    return int(text) if text.strip().isdigit() else float(text)


def of_options(refused: Refused, options: list[str]) -> CallRefused:
    """The refusal with the options in the place of the lines that they became."""
    faults = []
    for fault in refused.faults:
        path = LINE
        for position, option in enumerate(options):
            if fault.path.startswith(f"returned[{position}]"):
                path = f"{LINE} {printable(option)}"
        faults.append(fault.at("--policy" if fault.path == "policy" else path))
    return CallRefused(Refusal(Location("return"), tuple(faults)))


def shop_of(receipt: str, rules: str | None, grants: str | None, settings: Settings) -> Shop | None:
    """The rules and grants, where rules are named; CallRefused for grants without rules, and for every fault."""
    if rules is not None:
        return open_shop(receipt, rules, grants, settings)
    if grants is not None:
        raise refused_source(grants, "grants say nothing without the rules; name them with --rules")
    return None


def only_receipt(source: str) -> UnreadReceipt:
    """The receipt of the source; CallRefused where there is none, or more than one."""
    receipts = list(zip(range(2), unread_receipts(source, lambda _: None), strict=False))
    if len(receipts) != 1:
        found = "more than one receipt" if receipts else "no receipt"
        raise refused_source(source, f"there is {found} in it; goods are returned of one receipt at a time")
    return receipts[0][1]


def paid_out_cards(receipt: Receipt, grant_ids: Sequence[str]) -> frozenset[str]:
    """The grants whose part is paid out; CallRefused with every one of which the receipt used nothing."""
    used = {ref.get("id") for discount in receipt.discounts or () for ref in discount.get("refs") or ()}
    faults = [
        Fault(PAY_OUT, f"the receipt used no grant {printable(grant_id)!r}")
        for grant_id in grant_ids
        if grant_id not in used
    ]
    if faults:
        raise CallRefused(Refusal(Location("return"), tuple(faults)))
    return frozenset(grant_ids)


def settled(
    receipt: Receipt,
    returned: tuple[ReturnedLine, ...],
    options: list[str],
    shop: Shop | None,
    policy: ReturnPolicy | None,
    settings: Settings,
    paid_out: frozenset[str],
) -> Settlement:
    """The return settled; CallRefused where the options ask for what cannot be, Refused where it is the receipt."""
    rule_set, grants = (shop.rule_set, shop.grants) if shop is not None else (None, None)
    try:
        return settle_return(receipt, returned, rule_set, grants, policy, settings, paid_out=paid_out)
    except Refused as refused:
        if any(fault.path.startswith("returned") or fault.path == "policy" for fault in refused.faults):
            raise of_options(refused, options) from None
        raise


def settlement_text(settlement: Settlement) -> Iterator[Text]:
    """The return as a till prints it: the goods, what is paid for them, and what is undone of each discount."""
    receipt = settlement.receipt
    currency = receipt.get("currency")
    yield from header(receipt)
    goods = {}
    for position, item in enumerate(receipt["items"], 1):
        line_id = item.get("line_id")
        goods[position if line_id is None else line_id] = item
    for line in settlement.lines:
        item = goods[line.line_id]
        name = item.get("description_alias") or item.get("description") or item.get("id") or f"Line {line.line_id}"
        yield row(name, amount_text(line.amount, currency), pieces=f"{line.quantity} {item.get('unit') or 'x'}")
    yield Text(RULE)
    if settlement.credit:
        yield row("Back on gift cards", amount_text(settlement.credit, currency))
    yield row("To pay back", amount_text(settlement.refund, currency), style="bold")
    names = {
        discount.get("id"): discount.get("receipt_text") or discount.get("name")
        for discount in receipt.get("discounts") or ()
    }
    for one in settlement.taken_back:
        title = printable(names.get(one.rule_id) or one.rule_id)
        if one.debit_balance:
            yield Text(f"{title}: {amount_text(one.debit_balance, currency)} put back on the card")
            continue
        parts = [
            amount_part(one.amount, "of discount", currency),
            amount_part(one.bonus, "of bonus", currency),
            count_part(one.stamp, "stamp"),
            count_part(one.usage, "use"),
        ]
        yield Text(f"{title}: {', '.join(part for part in parts if part)}")


def amount_part(amount: int, what: str, currency: str | None) -> str:
    return f"{amount_text(abs(amount), currency)} {what} {undone_or_added(amount)}" if amount else ""


def count_part(count: int, thing: str) -> str:
    return f"{counted_text(abs(count), thing)} {undone_or_added(count)}" if count else ""


def undone_or_added(number: int) -> str:
    """What is returned on a stamp card is added, and what kept goods use more than before."""
    return "undone" if number > 0 else "added"
