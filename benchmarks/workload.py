"""A seeded shop to measure with: many receipts of one shop, and rule sets of any size of which the same rules qualify.

The knobs are how many rules there are, how many of them qualify, how many pairs of those are rival bundles, how many
rules want the same goods at another time or place, how many lines a receipt has, how many pieces a line has, and how
many receipts there are. No two receipts are alike: prices, pieces, customers, the order of the lines and the goods that
no qualifying rule names differ. Every rule that qualifies for one qualifies for all.

Goods are bought by Zipf's law from one catalogue; the rules that do not qualify want other goods, or want the same
goods in another store, month or segment. How many of the latter there are does not grow with the set, unless the knob
`dormant` says so: a shop with many rules has them for many goods, not many for each. The same knobs and seed give the
same documents. The shops of the other benchmarks are made of the same parts: goods, rewards, rules, taxes.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, count, islice
from random import Random
from typing import Any, NamedTuple

Document = dict[str, Any]

SEED = 20261016
ITEMS, GROUPS = 50_000, 500
# From so many goods for a line, not among those that rules name, one is bought.
CHOICE = 3
# Rules that want what is on a receipt, and then fail on something else: so many for each of the goods, at most.
NEAR_PER_LINE = 2
# Receipt rules that are open and only want a larger purchase: so many, at most.
MOST_OPEN_RECEIPT_RULES = 20
# The goods that a rival pair wants: three lines, of which both bundles want the one in the middle.
LINES_OF_A_PAIR = 3

WORDS = ("Grov", "Fersk", "Norsk", "Mild", "Røkt", "Økologisk", "Lett", "Sjokolade", "Havre", "Salt")
GOODS = ("brød", "melk", "ost", "skinke", "eple", "kjeks", "suppe", "grøt", "saft", "chips", "fisk", "yoghurt")
_NAMES = ("Ingrid", "Jonas", "Amina", "Sindre", "Léa", "Bjørn", "Nour", "Kari", "Olav", "Synnøve")


class Goods(NamedTuple):
    """Something on the shelf: what it is, how many pieces are usually bought, and what one costs."""

    item: str
    group: str
    pieces: int
    price: int


# What the rules that qualify want.
_WANTED = (
    Goods("i00001", "coffee", 5, 4990),
    Goods("i00002", "coffee", 2, 5490),
    Goods("i00003", "pizza", 3, 5990),
    Goods("i00004", "soda", 4, 2490),
    Goods("i00005", "dip", 2, 1890),
    Goods("i00006", "bakery", 3, 1250),
    Goods("i00007", "fruit", 6, 590),
    Goods("i00008", "card", 3, 3250),
    Goods("i00009", "dairy", 2, 2190),
    Goods("i00010", "dairy", 1, 3333),
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
    receipts: int = 32
    seed: int = SEED


@dataclass(frozen=True)
class Workload:
    """Documents: the rules of a shop and its receipts, which also come as a till sends them."""

    knobs: Knobs
    rules: list[Document]
    receipts: list[Document]

    @property
    def receipt(self) -> Document:
        """Return the first receipt."""
        return self.receipts[0]

    @property
    def receipt_json(self) -> bytes:
        """Return the first receipt as JSON."""
        return self.receipts_json[0]

    @cached_property
    def receipts_json(self) -> tuple[bytes, ...]:
        """Return the receipts as JSON."""
        return tuple(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() for one in self.receipts)


def make_workload(knobs: Knobs) -> Workload:
    """Return the rules, in an order that says nothing, and the receipts."""
    shelf = _shelf(Random(knobs.seed), len(_WANTED) + CHOICE * (knobs.lines - len(_WANTED)))
    matching = _matching(shelf[: knobs.lines], knobs.matches, rivals=knobs.rivals)
    named = {matcher["id"] for rule in matching for matcher in matchers_of(rule) if "id" in matcher}
    always = [goods for goods in shelf if goods in _WANTED or goods.item in named]
    sometimes = [goods for goods in shelf if goods not in always]
    receipts = [_receipt(knobs, always, sometimes, number) for number in range(knobs.receipts)]
    bought = {line["id"]: line["groups"][0]["id"] for receipt in receipts for line in receipt["items"]}
    random = Random(knobs.seed + 1)
    rules = [*matching, *islice(_dormant(random, sorted(bought.items())), knobs.dormant)]
    rules += islice(_others(random, bought), knobs.rules - len(rules))
    random.shuffle(rules)
    return Workload(knobs, rules, receipts)


def item_id(number: int) -> str:
    """Return the id of the item that is the so-many-th in favour."""
    return f"i{number:05d}"


def group_id(item: int) -> str:
    """Return the group of an item."""
    return f"g{item % GROUPS:03d}"


def price_of(item: object) -> int:
    """Return the price of a piece: one item, one price."""
    return 990 + 10 * Random(item).randrange(900)  # type: ignore[arg-type]


def by_zipf(exponent: float) -> Callable[[Random], int]:
    """Return what draws items by Zipf's law: those of low numbers are the likeliest."""
    numbers = range(1, ITEMS + 1)
    shares = list(accumulate(1 / number**exponent for number in numbers))
    return lambda random: random.choices(numbers, cum_weights=shares)[0]


def tax_of(gross: int) -> Document:
    """Return what is tax of an amount."""
    return {"amount": gross * 15 // 115, "percentage": 15, "tax_basis": gross - gross * 15 // 115}


def percent(value: float, **more: str) -> Document:
    """Return the reward of so many percent off."""
    return {"type": "discount_percent", "value": value, **more}


def amount(value: int) -> Document:
    """Return the reward of so much money off."""
    return {"type": "discount_amount", "value": value}


FREE_PIECE: Document = {"type": "discount_item_quantity", "value": 1}
HALF_PRICE_PIECE: Document = {"type": "discount_item_percent", "value": 50}


def new_price(value: int, of: str = "item") -> Document:
    """Return the reward of another price for a piece, or for a mix."""
    return {"type": f"discount_{of}_new_price", "value": value}


def make_rule(rule_id: str, reward: Document, **parts: Any) -> Document:
    """Return a rule document; `items`, `pieces` and `mixes` are of its item requirement, `window` of the purchase."""
    names = {"items": "items", "pieces": "quantity", "mixes": "mixes"}
    item = {name: parts.pop(part) for part, name in names.items() if part in parts}
    limitation = parts.pop("limitation", None)
    start, end = parts.pop("window", ("2026-09-01T00:00:00Z", "2026-12-31T23:59:59Z"))
    window = {"purchase_from": start, "purchase_to": end} if end else {"purchase_from": start}
    requirement = {**window, **parts, **({"item": item} if item else {})}
    name = rule_id.replace("-", " ")
    rule = {"id": rule_id, "name": name, "active": True, "requirement": requirement, "reward": reward}
    return {**rule, "limitation": limitation} if limitation else rule


def hours(days: Sequence[str], start: str, end: str) -> Document:
    """Return the limitation to some hours of some days."""
    periods = [{"day": day, "start": start, "end": end} for day in days]
    return {"discount_hours": {"hours": periods, "timezone": "Europe/Oslo"}}


def matchers_of(rule: Mapping[str, Any]) -> list[Document]:
    """Return the matchers of a rule's items and mixes."""
    item = rule["requirement"].get("item", {})
    return [*item.get("items", ()), *(matcher for mix in item.get("mixes", ()) for matcher in mix["items"])]


def month(year: int, number: int) -> tuple[str, str]:
    """Return the window of four weeks of a month."""
    return f"{year}-{number:02d}-01T00:00:00Z", f"{year}-{number:02d}-28T23:59:59Z"


def other_places(random: Random) -> list[Document]:
    """Return requirements that no purchase meets: of other stores, of another chain, of another segment."""
    return [
        {"store_ids": [f"s{number:03d}" for number in random.sample(range(100, 300), 3)]},
        {"store": {"chain": [f"Chain {random.randrange(8)}"]}},
        {"customer": {"attributes": {"segment": [f"segment-{random.randrange(20)}"]}}},
    ]


_draw = by_zipf(0.8)


def _popular_item(random: Random) -> str:
    """Return an item that no qualifying rule names."""
    while (number := _draw(random)) <= len(_WANTED):
        pass
    return item_id(number)


def _shelf(random: Random, size: int) -> list[Goods]:
    """Return what the receipts are of; the first ten are what the qualifying rules want."""
    shelf = {goods.item: goods for goods in _WANTED}
    while len(shelf) < size:
        item = _popular_item(random)
        if item not in shelf:
            shelf[item] = Goods(item, group_id(int(item[1:])), random.choice((1, 1, 1, 2, 3)), price_of(item))
    return list(shelf.values())


def _receipt(knobs: Knobs, always: Sequence[Goods], sometimes: Sequence[Goods], number: int) -> Document:
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
        "purchase_at": "2026-10-16T16:40:00+02:00",
        "store": {
            "id": "s017",
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
            "attributes": {"segment": "club"},
        },
        "currency": "NOK",
        "gross_amount": gross,
        "net_amount": gross,
        "total_discount": 0,
        "no_of_items": len(items),
        "operator_id": f"{random.randrange(1000):06d}",
        "items": items,
        "tax_lines": [tax_of(gross)],
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
        "description": f"{WORDS[kind % len(WORDS)]} {GOODS[kind % len(GOODS)]}",
        "gross_amount": gross,
        "net_amount": gross,
        "tax_percent": 15,
        "barcode": f"70{goods.item[1:]}{price:06d}",
        "eligible_for_discount": True,
        "tax_lines": [tax_of(gross)],
    }


def _matching(shelf: Sequence[Goods], matches: int, *, rivals: int) -> list[Document]:
    """Return so many rules that qualify: ten of ten kinds, then the other rival pairs, then flat percents."""
    pizza, soda, dip = ({"items": [{"group_id": group}]} for group in ("pizza", "soda", "dip"))
    grocers = {"mcc_ranges": [{"start": "5411", "end": "5499"}]}
    kinds = [
        make_rule("flat-percent", percent(10), items=[{"id": "i00009"}]),
        make_rule("three-for-two", FREE_PIECE, items=[{"group_id": "coffee"}], pieces=3),
        make_rule("receipt-percent", percent(5), gross_amount=50_000),
        make_rule("pizza-night", new_price(8000, "mix"), mixes=[pizza, soda, dip]),
        # Wants the same pizza and soda as the one before.
        make_rule("pizza-and-soda", amount(1500), mixes=[pizza, {**soda, "quantity": 2}]),
        make_rule(
            "happy-hour",
            percent(20),
            items=[{"group_id": "bakery"}],
            store=grocers,
            limitation=hours(["fri"], "15:00", "18:00"),
        ),
        make_rule(
            "club-fruit", amount(100), items=[{"group_id": "fruit"}], customer={"attributes": {"segment": ["club"]}}
        ),
        make_rule("stamp-card", percent(100), items=[{"group_id": "card"}], stamp=2),
        make_rule("bonus", percent(2, effect="bonus", base="net"), currencies=["NOK"]),
        make_rule("new-price", new_price(2990), items=[{"id": "i00010"}]),
    ]
    if not rivals:
        kinds = [rule for rule in kinds if rule["id"] != "pizza-and-soda"]
    free = shelf[len(_WANTED) :]
    for number in range(rivals - 1):
        # Two bundles that want the same line, each beside one of its own; pairs share no lines while these last.
        places = range(LINES_OF_A_PAIR * number, LINES_OF_A_PAIR * (number + 1))
        left, middle, right = ({"items": [{"id": free[place % len(free)].item}]} for place in places)
        kinds += [
            make_rule(f"pair-{number:02d}-price", new_price(1000, "mix"), mixes=[left, middle]),
            make_rule(f"pair-{number:02d}-amount", amount(900), mixes=[middle, right]),
        ]
    for number in range(matches - len(kinds)):
        goods = shelf[-1 - number % len(shelf)]
        kinds.append(make_rule(f"percent-{number:02d}", percent(5 + number % 4), items=[{"id": goods.item}]))
    return kinds[:matches]


def _others(random: Random, bought: Mapping[str, str]) -> Iterator[Document]:
    """Yield rules that do not qualify, without end, in the mixture of a shop."""
    groups = set(bought.values())
    near, open_receipt_rules = NEAR_PER_LINE * sorted(bought), MOST_OPEN_RECEIPT_RULES
    for number in count():
        rule_id = f"other-{number:06d}"
        if number % 10 == 9:
            is_open = open_receipt_rules > 0 and number % 50 == 49
            open_receipt_rules -= is_open
            wanted = {"gross_amount": 1_000_000_000 + random.randrange(10**6)} if is_open else _elsewhere(random)
            yield make_rule(rule_id, random.choice((percent(5), amount(5000))), **wanted)
        elif number % 10 == 4 and near:
            wanted = random.choice((_elsewhere, lambda _: {"pieces": 900_000}))(random)
            yield make_rule(rule_id, percent(random.randrange(5, 40)), items=[{"id": near.pop()}], **wanted)
        else:
            yield _item_rule(random, rule_id, lambda: _not_bought(random, bought, groups))


def _dormant(random: Random, bought: Sequence[tuple[str, str]]) -> Iterator[Document]:
    """Yield rules for the goods of the receipts, without end, none of which is for this time, place and customer."""

    def matcher() -> Document:
        item, group = random.choice(bought)
        return {"group_id": group} if random.randrange(10) == 0 else {"id": item}

    for number in count():
        yield _item_rule(random, f"dormant-{number:06d}", matcher, elsewhere=1)


def _not_bought(random: Random, bought: Mapping[str, str], groups: set[str]) -> Document:
    """Return a matcher of goods that are on none of the receipts; one in ten is of a whole group."""
    if random.randrange(10) == 0 and len(groups) < GROUPS // 2:
        while (group := group_id(random.randrange(GROUPS))) in groups:
            pass
        return {"group_id": group}
    while (item := _popular_item(random)) in bought:
        pass
    return {"id": item}


def _item_rule(random: Random, rule_id: str, matcher: Callable[[], Document], *, elsewhere: int = 5) -> Document:
    """Return a rule for some goods; one in `elsewhere` is for another time, place or customer."""
    draw = random.randrange(100)
    wanted = _elsewhere(random) if random.randrange(elsewhere) == 0 else {}
    wanted["items"] = [matcher() for _ in range(random.randrange(1, 6))]
    if draw < 12:
        del wanted["items"]
        mixes = [{"quantity": random.randrange(1, 3), "items": [matcher()]} for _ in range(random.randrange(2, 4))]
        return make_rule(rule_id, random.choice((new_price(10_000, "mix"), percent(20))), mixes=mixes, **wanted)
    if draw < 24:
        return make_rule(rule_id, FREE_PIECE, pieces=3, **wanted)
    if draw < 30:
        return make_rule(rule_id, HALF_PRICE_PIECE, pieces=2, **wanted)
    if draw < 36:
        return make_rule(rule_id, percent(100), stamp=random.randrange(4, 11), **wanted)
    if draw < 42:
        return make_rule(rule_id, percent(random.randrange(1, 6), effect="bonus"), **wanted)
    reward = random.choice((percent(random.randrange(5, 60)), amount(500), new_price(1990)))
    return make_rule(rule_id, reward, **wanted)


def _elsewhere(random: Random) -> Document:
    """Return a requirement that this purchase does not meet: another time, store, chain, segment or currency."""
    number = random.randrange(1, 9)
    times = [{"window": month(year, number)} for year in (2026, 2027)]
    return random.choice([*times, *other_places(random), {"currencies": ["SEK"], "store_ids": ["s900"]}])
