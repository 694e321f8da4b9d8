"""`rabatt evaluate --format open2b`: Open2b receipts with our discounts as amounts off, one line of JSON each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rabatt.cli.batch import answer_all
from rabatt.cli.receipts import UnreadReceipt
from rabatt.cli.screen import json_of
from rabatt.cli.shop import Shop
from rabatt.open2b.bridge import answer, ours, settings_for
from rabatt.open2b.external_receipt import read_external
from rules import exact_json
from rules.parse import parse


def evaluate_open2b(source: str, open_shop: Callable[[], Shop], *, as_json: bool) -> None:
    """Print each receipt of the source with its discounts and totals, its decimals with all their places."""
    answer_all(source, open_shop, answered, lambda text: print(json_of(text)), as_json=as_json)


def answered(shop: Shop, unread: UnreadReceipt) -> str:
    """The JSON of a receipt with its discounts; Refused where it cannot be worked out."""
    read = unread.read(lambda document: read_external(parse(document, exact=True)))
    own_shop = replace(shop, settings=settings_for(read, shop.settings))
    evaluation = own_shop.answer(ours(read))
    answer_document: dict[str, Any] = answer(read, evaluation.receipt)
    return exact_json.write(answer_document)
