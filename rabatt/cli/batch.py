"""The loop that sub-commands over receipts share: read, answer, print, go on after a refusal, and the exit code."""

import sys
from collections.abc import Callable
from typing import TypeVar

import typer

from engine import Evaluation
from rabatt.cli.progress import progress
from rabatt.cli.receipts import UnreadReceipt, unread_receipts
from rabatt.cli.refusal import CallRefused, Refusal, report
from rabatt.cli.shop import Shop
from rules import Refused

Answer = TypeVar("Answer")


def answer_each(
    source: str, open_shop: Callable[[], Shop], show: Callable[[Evaluation], None], *, as_json: bool
) -> None:
    """Shows the answer to each receipt of the source; leaves with exit code 1 or 2 where something was refused."""
    answer_all(source, open_shop, lambda shop, unread: shop.answer(unread.receipt()), show, as_json=as_json)


def answer_all(
    source: str,
    open_shop: Callable[[], Shop],
    answer: Callable[[Shop, UnreadReceipt], Answer],
    show: Callable[[Answer], None],
    *,
    as_json: bool,
) -> None:
    """The same with an answer of another kind, which raises Refused for a receipt that it does not take."""
    some_refused = False
    try:
        shop = open_shop()
        with progress(source) as advanced:
            for unread in unread_receipts(source, advanced):
                try:
                    answered = answer(shop, unread)
                except Refused as refused:
                    some_refused = True
                    # What was answered before comes first, also where both streams go to one file.
                    sys.stdout.flush()
                    report(Refusal(unread.location, refused.faults, unread.receipt_id()), as_json=as_json)
                else:
                    show(answered)
    except CallRefused as call:
        report(call.refusal, as_json=as_json)
        raise typer.Exit(2) from None
    if some_refused:
        raise typer.Exit(1)
