"""A seeded shop to measure with: one receipt, and rule sets of any size of which the same few rules qualify.

The knobs are how many rules there are, how many of them qualify, whether two of those are rival bundles, and how many
lines the receipt has. Goods are bought by Zipf's law from one catalogue; the rules that do not qualify want other
goods, or want the same goods in another store, month or segment. How many of the latter there are does not grow with
the set: a shop with many rules has them for many goods, not many for each. The same knobs and seed give the same
documents.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, count, islice
from random import Random
from typing import Any

Document = dict[str, Any]

SEED = 20261016
ITEMS = 50_000
GROUPS = 500
PURCHASE_AT = "2026-10-16T16:40:00+02:00"
STORE_ID = "s017"
SEGMENT = "club"
# Rules that want what is on the receipt, and then fail on something else: so many for each line, at most.
NEAR_PER_LINE = 2
# Receipt rules that are open and only want a larger purchase: so many, at most.
MOST_OPEN_RECEIPT_RULES = 20

_WORDS = ("Grov", "Fersk", "Norsk", "Mild", "Røkt", "Økologisk", "Lett", "Sjokolade", "Havre", "Salt")
_GOODS = ("brød", "melk", "ost", "skinke", "eple", "kjeks", "suppe", "grøt", "saft", "chips", "fisk", "yoghurt")

# Goods of the rules that qualify: id, group, pieces on the receipt, price of a piece.
_BOUGHT = (
    ("i00001", "coffee", 5, 4990),
    ("i00002", "coffee", 2, 5490),
    ("i00003", "pizza", 3, 5990),
    ("i00004", "soda", 4, 2490),
    ("i00005", "dip", 2, 1890),
    ("i00006", "bakery", 3, 1250),
    ("i00007", "fruit", 6, 590),
    ("i00008", "card", 3, 3250),
    ("i00009", "dairy", 2, 2190),
    ("i00010", "dairy", 1, 3333),
)


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a workload is made from."""

    rules: int
    matches: int = 10
    rivals: bool = True
    lines: int = 20
    seed: int = SEED


@dataclass(frozen=True, slots=True)
class Workload:
    """Documents: the rules of a shop and one receipt, which also comes as JSON."""

    knobs: Knobs
    rules: list[Document]
    receipt: Document

    @property
    def receipt_json(self) -> bytes:
        """Return the receipt as a till sends it."""
        return json.dumps(self.receipt, ensure_ascii=False, separators=(",", ":")).encode()


def make_workload(knobs: Knobs) -> Workload:
    """Return the rules, in an order that says nothing, and the receipt."""
    receipt = make_receipt(Random(knobs.seed), knobs.lines)
    matching = matching_rules(receipt, knobs.matches, rivals=knobs.rivals)
    random = Random(knobs.seed + 1)
    rules = [*matching, *islice(_others(random, receipt), knobs.rules - len(matching))]
    random.shuffle(rules)
    return Workload(knobs, rules, receipt)


def make_receipt(random: Random, lines: int) -> Document:
    """Return a receipt of so many lines; the first ten are the goods that the qualifying rules want."""
    items = [_line(number, *bought) for number, bought in enumerate(_BOUGHT[:lines], 1)]
    for number in range(len(items) + 1, lines + 1):
        item = _popular_item(random)
        # One item, one price.
        price = 990 + 10 * Random(item).randrange(900)
        items.append(_line(number, item, _group_of(item), random.choice((1, 1, 1, 2, 3)), price))
    gross = sum(item["gross_amount"] for item in items)
    return {
        "receipt_id": "2026-10-16-0071",
        "purchase_at": PURCHASE_AT,
        "store": {
            "id": STORE_ID,
            "name": "Nordlys Bergen",
            "business_name": "Nordlys Bergen AS",
            "chain": "Nordlys",
            "organization_number": "123456789MVA",
            "address": {"address_line": "Bryggen 1", "postal_code": "5003", "postal_place": "Bergen", "country": "NO"},
            "mcc": "5411",
            "terminal_id": "T0292",
        },
        "customer_id": "ingrid",
        "customer": {
            "first_name": "Ingrid",
            "date_of_birth": "1990-09-20",
            "status": "active",
            "attributes": {"segment": SEGMENT},
        },
        "currency": "NOK",
        "gross_amount": gross,
        "net_amount": gross,
        "total_discount": 0,
        "no_of_items": lines,
        "operator_id": "000210",
        "items": items,
        "tax_lines": [{"amount": gross * 15 // 115, "percentage": 15, "tax_basis": gross - gross * 15 // 115}],
        "payments": [{"line_id": 1, "amount": gross, "type_id": "card", "card_info": {"card_type": "VISA"}}],
    }


def _line(number: int, item: str, group: str, quantity: int, price: int) -> Document:
    gross = quantity * price
    return {
        "line_id": number,
        "id": item,
        "groups": [{"id": group, "name": group.capitalize()}],
        "quantity": quantity,
        "unit": "stk",
        "description": f"{_WORDS[number % len(_WORDS)]} {_GOODS[number % len(_GOODS)]}",
        "gross_amount": gross,
        "net_amount": gross,
        "tax_percent": 15,
        "barcode": f"70{item[1:]}{price:06d}",
        "eligible_for_discount": True,
        "tax_lines": [{"amount": gross * 15 // 115, "percentage": 15, "tax_basis": gross - gross * 15 // 115}],
    }


def matching_rules(receipt: Document, matches: int, *, rivals: bool) -> list[Document]:
    """Return so many rules that qualify for the receipt; the first ten are of ten kinds, the others flat percents."""
    pizza, soda, dip = ({"items": [{"group_id": group}]} for group in ("pizza", "soda", "dip"))
    kinds = [
        _rule("flat-percent", _flat(10), items=[{"id": "i00009"}]),
        _rule(
            "three-for-two", {"type": "discount_item_quantity", "value": 1}, items=[{"group_id": "coffee"}], pieces=3
        ),
        _rule("receipt-percent", _flat(5), gross_amount=50_000),
        _rule("pizza-night", {"type": "discount_mix_new_price", "value": 8000}, mixes=[pizza, soda, dip]),
        # Wants the same pizza and soda as the one before.
        _rule("pizza-and-soda", {"type": "discount_amount", "value": 1500}, mixes=[pizza, {**soda, "quantity": 2}]),
        _rule(
            "happy-hour",
            _flat(20),
            items=[{"group_id": "bakery"}],
            store={"mcc_ranges": [{"start": "5411", "end": "5499"}]},
            limitation={"discount_hours": {"hours": [_hours("fri", "15:00", "18:00")], "timezone": "Europe/Oslo"}},
        ),
        _rule(
            "club-fruit",
            {"type": "discount_amount", "value": 100},
            items=[{"group_id": "fruit"}],
            customer={"attributes": {"segment": [SEGMENT]}},
        ),
        _rule("stamp-card", _flat(100), items=[{"group_id": "card"}], stamp=2),
        _rule("bonus", {**_flat(2), "effect": "bonus", "base": "net"}, currencies=["NOK"]),
        _rule("new-price", {"type": "discount_item_new_price", "value": 2990}, items=[{"id": "i00010"}]),
    ]
    if not rivals:
        kinds = [rule for rule in kinds if rule["id"] != "pizza-and-soda"]
    lines = receipt["items"]
    for number in range(matches - len(kinds)):
        line = lines[-1 - number % len(lines)]
        kinds.append(_rule(f"percent-{number:02d}", _flat(5 + number % 4), items=[{"id": line["id"]}]))
    return kinds[:matches]


def _rule(rule_id: str, reward: Document, **parts: Any) -> Document:
    """Return a rule document; `items`, `pieces` and `mixes` are of its item requirement."""
    names = {"items": "items", "pieces": "quantity", "mixes": "mixes"}
    item = {name: parts.pop(part) for part, name in names.items() if part in parts}
    limitation = parts.pop("limitation", None)
    requirement = {"purchase_from": "2026-09-01T00:00:00Z", "purchase_to": "2026-12-31T23:59:59Z", **parts}
    rule = {
        "id": rule_id,
        "name": rule_id.replace("-", " "),
        "active": True,
        "requirement": {**requirement, "item": item} if item else requirement,
        "reward": reward,
    }
    return {**rule, "limitation": limitation} if limitation else rule


def _flat(percent: float) -> Document:
    return {"type": "discount_percent", "value": percent}


def _hours(day: str, start: str, end: str) -> Document:
    return {"day": day, "start": start, "end": end}


def _others(random: Random, receipt: Document) -> Iterator[Document]:
    """Yield rules that do not qualify, without end, in the mixture of a shop."""
    bought = {line["id"] for line in receipt["items"]}
    groups = {group["id"] for line in receipt["items"] for group in line["groups"]}
    near, open_receipt_rules = NEAR_PER_LINE * len(bought), MOST_OPEN_RECEIPT_RULES
    for number in count():
        rule_id = f"other-{number:06d}"
        if number % 10 == 9:
            is_open = open_receipt_rules > 0 and number % 50 == 49
            open_receipt_rules -= is_open
            wanted = {"gross_amount": 1000 * random.randrange(2_000, 40_000)} if is_open else _elsewhere(random)
            yield _rule(rule_id, random.choice((_flat(5), {"type": "discount_amount", "value": 5000})), **wanted)
        elif number % 20 == 10 and near:
            near -= 1
            line = random.choice(receipt["items"])
            wanted = random.choice((_elsewhere, _too_many))(random)
            yield _rule(rule_id, _flat(random.randrange(5, 40)), items=[{"id": line["id"]}], **wanted)
        else:
            yield _item_rule(random, rule_id, lambda: _matcher(random, bought, groups))


def _item_rule(random: Random, rule_id: str, matcher: Callable[[], Document]) -> Document:
    """Return a rule for goods that are not on the receipt."""
    draw = random.randrange(100)
    wanted = _elsewhere(random) if random.randrange(5) == 0 else {}
    several = [matcher() for _ in range(random.randrange(1, 6))]
    if draw < 12:
        mixes = [{"quantity": random.randrange(1, 3), "items": [matcher()]} for _ in range(random.randrange(2, 4))]
        reward = random.choice(({"type": "discount_mix_new_price", "value": 10_000}, _flat(20)))
        return _rule(rule_id, reward, mixes=mixes, **wanted)
    if draw < 24:
        return _rule(rule_id, {"type": "discount_item_quantity", "value": 1}, items=several, pieces=3, **wanted)
    if draw < 30:
        return _rule(rule_id, {"type": "discount_item_percent", "value": 50}, items=several, pieces=2, **wanted)
    if draw < 36:
        return _rule(rule_id, _flat(100), items=several, stamp=random.randrange(4, 11), **wanted)
    if draw < 42:
        return _rule(rule_id, {**_flat(random.randrange(1, 6)), "effect": "bonus"}, items=several, **wanted)
    kind, value = random.choice(
        (("discount_percent", random.randrange(5, 60)), ("discount_amount", 500), ("discount_item_new_price", 1990))
    )
    return _rule(rule_id, {"type": kind, "value": value}, items=several, **wanted)


def _elsewhere(random: Random) -> Document:
    """Return a requirement that this purchase does not meet: another time, store, chain, segment or currency."""
    month = random.randrange(1, 9)
    return random.choice(
        (
            {"purchase_from": f"2026-{month:02d}-01T00:00:00Z", "purchase_to": f"2026-{month:02d}-28T23:59:59Z"},
            {"purchase_from": f"2027-{month:02d}-01T00:00:00Z", "purchase_to": f"2027-{month:02d}-28T23:59:59Z"},
            {"store_ids": [f"s{number:03d}" for number in random.sample(range(100, 300), 3)]},
            {"store": {"chain": [f"Chain {random.randrange(8)}"]}},
            {"customer": {"attributes": {"segment": [f"segment-{random.randrange(20)}"]}}},
            {"currencies": ["SEK"], "store_ids": ["s900"]},
        )
    )


def _too_many(_: Random) -> Document:
    return {"pieces": 50}


def _matcher(random: Random, bought: set[str], groups: set[str]) -> Document:
    """Return a matcher of goods that are not on the receipt; one in ten is of a whole group."""
    if random.randrange(10) == 0:
        while (group := f"g{random.randrange(GROUPS):03d}") in groups:
            pass
        return {"group_id": group}
    while (item := _popular_item(random)) in bought:
        pass
    return {"id": item}


def _group_of(item: str) -> str:
    return f"g{int(item[1:]) % GROUPS:03d}"


# The likelihood of each item, summed up from the first.
_SHARES = list(accumulate(1 / number**0.8 for number in range(1, ITEMS + 1)))
_NUMBERS = range(1, ITEMS + 1)


def _popular_item(random: Random) -> str:
    """Return an item that no qualifying rule names, drawn by Zipf's law: those of low numbers are the likeliest."""
    while (number := random.choices(_NUMBERS, cum_weights=_SHARES)[0]) <= len(_BOUGHT):
        pass
    return f"i{number:05d}"
