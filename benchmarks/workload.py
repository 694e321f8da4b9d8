"""A seeded shop to measure with: many receipts of one shop, and rule sets of any size of which the same rules qualify.

The knobs are how many rules there are, how many of them qualify, how many pairs of those are rival bundles, how many
rules want the same goods at another time or place, how many lines a receipt has, how many pieces a line has, and how
many receipts there are. No two receipts are alike: prices, pieces, customers, the order of the lines and the goods that
no qualifying rule names differ. Every rule that qualifies for one qualifies for all.

Goods are bought by Zipf's law from one catalogue; the rules that do not qualify want other goods, or want the same
goods in another store, month or segment. How many of the latter there are does not grow with the set, unless the knob
`dormant` says so: a shop with many rules has them for many goods, not many for each. The same knobs and seed give the
same documents.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, count, islice
from random import Random
from typing import Any

Document = dict[str, Any]

SEED = 20261016
ITEMS = 50_000
GROUPS = 500
RECEIPTS = 32
# From so many goods for a line, not among those that rules name, one is bought.
CHOICE = 3
PURCHASE_AT = "2026-10-16T16:40:00+02:00"
STORE_ID = "s017"
SEGMENT = "club"
# Rules that want what is on a receipt, and then fail on something else: so many for each of the goods, at most.
NEAR_PER_LINE = 2
# Receipt rules that are open and only want a larger purchase: so many, at most.
MOST_OPEN_RECEIPT_RULES = 20
# The goods that a rival pair wants: three lines, of which both bundles want the one in the middle.
LINES_OF_A_PAIR = 3

_WORDS = ("Grov", "Fersk", "Norsk", "Mild", "Røkt", "Økologisk", "Lett", "Sjokolade", "Havre", "Salt")
_GOODS = ("brød", "melk", "ost", "skinke", "eple", "kjeks", "suppe", "grøt", "saft", "chips", "fisk", "yoghurt")
_NAMES = ("Ingrid", "Jonas", "Amina", "Sindre", "Léa", "Bjørn", "Nour", "Kari", "Olav", "Synnøve")

# Goods of the rules that qualify: id, group, pieces on a receipt, price of a piece.
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
    """What a workload is made from; `rules` counts all of them, those that qualify and the dormant ones included."""

    rules: int
    matches: int = 10
    rivals: int = 1
    lines: int = 20
    pieces: int = 1
    dormant: int = 0
    receipts: int = RECEIPTS
    seed: int = SEED


@dataclass(frozen=True)
class Workload:
    """Documents: the rules of a shop and its receipts, which also come as JSON."""

    knobs: Knobs
    rules: list[Document]
    receipts: list[Document]

    @property
    def receipt(self) -> Document:
        """Return the first receipt."""
        return self.receipts[0]

    @property
    def receipt_json(self) -> bytes:
        """Return the first receipt as a till sends it."""
        return self.receipts_json[0]

    @cached_property
    def receipts_json(self) -> tuple[bytes, ...]:
        """Return the receipts as a till sends them."""
        return tuple(
            json.dumps(receipt, ensure_ascii=False, separators=(",", ":")).encode() for receipt in self.receipts
        )


def make_workload(knobs: Knobs) -> Workload:
    """Return the rules, in an order that says nothing, and the receipts."""
    shelf = _shelf(Random(knobs.seed), len(_BOUGHT) + CHOICE * (knobs.lines - len(_BOUGHT)))
    matching = matching_rules(shelf[: knobs.lines], knobs.matches, rivals=knobs.rivals)
    named = {matcher["id"] for rule in matching for matcher in matchers_of(rule) if "id" in matcher}
    always = [goods for place, goods in enumerate(shelf) if place < len(_BOUGHT) or goods.item in named]
    sometimes = [goods for goods in shelf if goods not in always]
    receipts = [make_receipt(knobs, always, sometimes, number) for number in range(knobs.receipts)]
    random = Random(knobs.seed + 1)
    dormant = islice(_dormant(random, receipts), knobs.dormant)
    rules = [*matching, *dormant]
    rules += islice(_others(random, receipts), knobs.rules - len(rules))
    random.shuffle(rules)
    return Workload(knobs, rules, receipts)


@dataclass(frozen=True, slots=True)
class Goods:
    """Something on the shelf: what it is, how many pieces are usually bought, and what one costs."""

    item: str
    group: str
    pieces: int
    price: int


def _shelf(random: Random, size: int) -> list[Goods]:
    """Return what the receipts are of; the first ten are what the qualifying rules want."""
    shelf = [Goods(*bought) for bought in _BOUGHT]
    taken = {goods.item for goods in shelf}
    while len(shelf) < size:
        item = _popular_item(random)
        if item not in taken:
            taken.add(item)
            # One item, one price.
            price = 990 + 10 * Random(item).randrange(900)
            shelf.append(Goods(item, _group_of(item), random.choice((1, 1, 1, 2, 3)), price))
    return shelf


def make_receipt(knobs: Knobs, always: Sequence[Goods], sometimes: Sequence[Goods], number: int) -> Document:
    """Return one receipt: all of what rules name, and now this, now that of everything else."""
    random = Random(f"{knobs.seed} receipt {number}")
    bought = []
    for goods in (*always, *random.sample(sometimes, knobs.lines - len(always))):
        # Never fewer than usual, so that what qualifies on one receipt does on every other.
        pieces = (goods.pieces + random.choice((0, 0, 0, 1, 2))) * knobs.pieces
        bought.append((goods, pieces, goods.price * random.randrange(85, 116) // 100))
    random.shuffle(bought)
    items = [_line(line_id, *line) for line_id, line in enumerate(bought, 1)]
    gross = sum(item["gross_amount"] for item in items)
    name = random.choice(_NAMES)
    return {
        "receipt_id": f"2026-10-16-{random.randrange(10_000):04d}-{number:03d}",
        "purchase_at": PURCHASE_AT,
        "store": {
            "id": STORE_ID,
            "name": "Nordlys Bergen",
            "business_name": "Nordlys Bergen AS",
            "chain": "Nordlys",
            "organization_number": "123456789MVA",
            "address": {"address_line": "Bryggen 1", "postal_code": "5003", "postal_place": "Bergen", "country": "NO"},
            "mcc": "5411",
            "terminal_id": f"T{random.randrange(300):04d}",
        },
        "customer_id": f"{name.lower()}-{random.randrange(100_000):05d}",
        "customer": {
            "first_name": name,
            "date_of_birth": f"{random.randrange(1940, 2008)}-{random.randrange(1, 13):02d}-20",
            "status": "active",
            "attributes": {"segment": SEGMENT},
        },
        "currency": "NOK",
        "gross_amount": gross,
        "net_amount": gross,
        "total_discount": 0,
        "no_of_items": len(items),
        "operator_id": f"{random.randrange(1000):06d}",
        "items": items,
        "tax_lines": [{"amount": gross * 15 // 115, "percentage": 15, "tax_basis": gross - gross * 15 // 115}],
        "payments": [{"line_id": 1, "amount": gross, "type_id": "card", "card_info": {"card_type": "VISA"}}],
    }


def _line(number: int, goods: Goods, pieces: int, price: int) -> Document:
    gross = pieces * price
    kind = int(goods.item[1:])
    return {
        "line_id": number,
        "id": goods.item,
        "groups": [{"id": goods.group, "name": goods.group.capitalize()}],
        "quantity": pieces,
        "unit": "stk",
        "description": f"{_WORDS[kind % len(_WORDS)]} {_GOODS[kind % len(_GOODS)]}",
        "gross_amount": gross,
        "net_amount": gross,
        "tax_percent": 15,
        "barcode": f"70{goods.item[1:]}{price:06d}",
        "eligible_for_discount": True,
        "tax_lines": [{"amount": gross * 15 // 115, "percentage": 15, "tax_basis": gross - gross * 15 // 115}],
    }


def matching_rules(shelf: Sequence[Goods], matches: int, *, rivals: int) -> list[Document]:
    """Return so many rules that qualify: ten of ten kinds, then the other rival pairs, then flat percents."""
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
    for number in range(rivals - 1):
        kinds += _rival_pair(shelf, number)
    for number in range(matches - len(kinds)):
        goods = shelf[-1 - number % len(shelf)]
        kinds.append(_rule(f"percent-{number:02d}", _flat(5 + number % 4), items=[{"id": goods.item}]))
    return kinds[:matches]


def _rival_pair(shelf: Sequence[Goods], number: int) -> list[Document]:
    """Return two bundles that want the same line, each beside one of its own; pairs share no lines while these last."""
    free = shelf[len(_BOUGHT) :]
    first = LINES_OF_A_PAIR * number
    left, middle, right = ({"items": [{"id": free[(first + place) % len(free)].item}]} for place in range(3))
    return [
        _rule(f"pair-{number:02d}-price", {"type": "discount_mix_new_price", "value": 1000}, mixes=[left, middle]),
        _rule(f"pair-{number:02d}-amount", {"type": "discount_amount", "value": 900}, mixes=[middle, right]),
    ]


def matchers_of(rule: Document) -> list[Document]:
    """Return the matchers of a rule's items and mixes."""
    item = rule["requirement"].get("item", {})
    return [*item.get("items", ()), *(matcher for mix in item.get("mixes", ()) for matcher in mix["items"])]


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


def _others(random: Random, receipts: Sequence[Document]) -> Iterator[Document]:
    """Yield rules that do not qualify, without end, in the mixture of a shop."""
    bought = _bought(receipts)
    groups = set(bought.values())
    near, open_receipt_rules = NEAR_PER_LINE * sorted(bought), MOST_OPEN_RECEIPT_RULES
    for number in count():
        rule_id = f"other-{number:06d}"
        if number % 10 == 9:
            is_open = open_receipt_rules > 0 and number % 50 == 49
            open_receipt_rules -= is_open
            wanted = {"gross_amount": 1_000_000_000 + random.randrange(10**6)} if is_open else _elsewhere(random)
            yield _rule(rule_id, random.choice((_flat(5), {"type": "discount_amount", "value": 5000})), **wanted)
        elif number % 10 == 4 and near:
            wanted = random.choice((_elsewhere, _too_many))(random)
            yield _rule(rule_id, _flat(random.randrange(5, 40)), items=[{"id": near.pop()}], **wanted)
        else:
            yield _item_rule(random, rule_id, lambda: _matcher(random, bought, groups))


def _dormant(random: Random, receipts: Sequence[Document]) -> Iterator[Document]:
    """Yield rules for the goods of the receipts, without end, none of which is for this time, place and customer."""
    bought = sorted(_bought(receipts).items())

    def matcher() -> Document:
        item, group = random.choice(bought)
        return {"group_id": group} if random.randrange(10) == 0 else {"id": item}

    for number in count():
        yield _item_rule(random, f"dormant-{number:06d}", matcher, elsewhere=1)


def _bought(receipts: Sequence[Document]) -> dict[str, str]:
    """Return what is on any of the receipts, with its group."""
    return {line["id"]: line["groups"][0]["id"] for receipt in receipts for line in receipt["items"]}


def _item_rule(random: Random, rule_id: str, matcher: Callable[[], Document], *, elsewhere: int = 5) -> Document:
    """Return a rule for some goods; one in `elsewhere` is for another time, place or customer."""
    draw = random.randrange(100)
    wanted = _elsewhere(random) if random.randrange(elsewhere) == 0 else {}
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
    return {"pieces": 900_000}


def _matcher(random: Random, bought: Collection[str], groups: Collection[str]) -> Document:
    """Return a matcher of goods that are on none of the receipts; one in ten is of a whole group."""
    if random.randrange(10) == 0 and len(groups) < GROUPS // 2:
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
