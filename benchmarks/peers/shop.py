"""The shop that all peers are given: seeded receipts of the size of a till's, and rule sets of any size.

Goods are bought by Zipf's law. One item or group has one running rule at most, and there are at most so many running
receipt rules, however large the set; the other rules are of other weeks, stores, chains or segments. So the number of
rules that match a receipt stays that of a shop. The frame of a receipt (store, customer, taxes, payments and the fields
of a line) and the parts of rules are those of `benchmarks.workload`.
"""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.workload import (
    FREE_PIECE,
    GROUPS,
    HALF_PRICE_PIECE,
    ITEMS,
    SEED,
    Document,
    Knobs,
    amount,
    by_zipf,
    group_id,
    hours,
    item_id,
    make_rule,
    make_workload,
    month,
    new_price,
    other_places,
    percent,
    price_of,
    tax_of,
)

RECEIPTS = 30
# Groups that rules name, and of how many items one has a running rule; the others have none.
GROUPS_ON_OFFER = range(0, GROUPS, 10)
ONE_ON_OFFER_OF = 3
MOST_RUNNING_RECEIPT_RULES = 5
# Rules of other weeks, stores and segments that want one item.
MOST_ELSEWHERE = 3
# Beyond this the goods run out.
MOST_RULES = 10_000

FIRST_DAY = datetime(2026, 10, 12, 8, tzinfo=ZoneInfo("Europe/Oslo"))
STORES = (
    ("s017", "Nordlys", "5411"),
    ("s018", "Nordlys", "5411"),
    ("s019", "Nordlys", "5499"),
    ("s040", "Fjell", "5812"),
)

_popular = by_zipf(1)


@dataclass(frozen=True, slots=True)
class Shop:
    """Documents: the rules of a shop, and purchases of one week."""

    rules: list[Document]
    receipts: list[Document]


def make_shop(rules: int, receipts: int = RECEIPTS, seed: int = SEED) -> Shop:
    """Return so many rules, in an order that says nothing, and so many receipts, the same for any number of rules.

    A ValueError says that the shop has not goods for so many rules.
    """
    if rules > MOST_RULES:
        raise ValueError(f"the shop has goods for {MOST_RULES} rules, not for {rules}")
    frame = make_workload(Knobs(10)).receipt
    random = Random(seed)
    bought = [_receipt(random, frame, number) for number in range(1, receipts + 1)]
    random = Random(seed + 1)
    offered = list(islice(_rules(random), rules))
    random.shuffle(offered)
    return Shop(offered, bought)


def _receipt(random: Random, frame: Document, number: int) -> Document:
    receipt = deepcopy(frame)
    items: dict[int, None] = {}
    lines = random.randrange(8, 36)
    while len(items) < lines:
        items[_popular(random)] = None
    receipt["items"] = [_line(random, frame["items"][0], place, item) for place, item in enumerate(items, 1)]
    gross = sum(line["gross_amount"] for line in receipt["items"])
    purchase_at = FIRST_DAY + timedelta(minutes=random.randrange(7 * 24 * 60))
    store_id, chain, mcc = random.choice(STORES)
    segment = random.choice(("club", "staff", None))
    receipt["store"] |= {"id": store_id, "chain": chain, "mcc": mcc}
    receipt["customer"]["attributes"] = {"segment": segment} if segment else {}
    receipt["payments"][0]["amount"] = gross
    return receipt | {
        "receipt_id": f"peers-{number:04d}",
        "purchase_at": purchase_at.isoformat(),
        "gross_amount": gross,
        "net_amount": gross,
        "no_of_items": lines,
        "tax_lines": [tax_of(gross)],
    }


def _line(random: Random, template: Document, place: int, item: int) -> Document:
    """Return a line; one in twenty is sold by weight."""
    price = price_of(item)
    is_weighed = item % 20 == 13
    quantity = 1 if is_weighed else random.choice((1, 1, 1, 2, 2, 3, 4))
    gross = quantity * price
    return template | {
        "line_id": place,
        "id": item_id(item),
        "groups": [{"id": group_id(item), "name": f"Group {item % GROUPS}"}],
        "quantity": 0.742 if is_weighed else quantity,
        "scale_item": is_weighed,
        "barcode": f"70{item:05d}{price:06d}",
        "gross_amount": gross,
        "net_amount": gross,
        "tax_lines": [tax_of(gross)],
    }


class _Shelf:
    """Items and groups by whether a rule may still be made for them; running ones and those of elsewhere apart."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._running: Counter[int] = Counter()
        self._elsewhere: Counter[int] = Counter()
        self._groups = list(GROUPS_ON_OFFER)
        random.shuffle(self._groups)

    def items(self, wanted: int, *, running: bool) -> list[Document]:
        """Return matchers of so many items, popular ones first to go."""
        taken: list[int] = []
        while len(taken) < wanted:
            item = _popular(self._random)
            # A popular item that is taken gives way to its neighbour.
            while item in taken or not self._is_free(item, running=running):
                item = item % ITEMS + 1 if self._random.randrange(4) else _popular(self._random)
            taken.append(item)
            (self._running if running else self._elsewhere)[item] += 1
        return [{"id": item_id(item)} for item in taken]

    def _is_free(self, item: int, *, running: bool) -> bool:
        if running:
            return item % ONE_ON_OFFER_OF == 1 and item not in self._running
        return self._elsewhere[item] < MOST_ELSEWHERE

    def group(self, *, running: bool) -> list[Document]:
        """Return the matcher of a group; a running rule finds none where all are taken."""
        if not running:
            return [{"group_id": group_id(self._random.choice(GROUPS_ON_OFFER))}]
        return [{"group_id": group_id(self._groups.pop())}] if self._groups else []


def _rules(random: Random) -> Iterator[Document]:
    shelf = _Shelf(random)
    receipt_rules = MOST_RUNNING_RECEIPT_RULES
    for number in count():
        # Of the first hundred rules most are running; of thousands most are not, as goods with a rule run out.
        running = random.random() < (0.7 if number < 200 else 0.35)
        if number % 10 == 4:
            running = running and receipt_rules > 0
            receipt_rules -= running
            reward = random.choice((percent(5), amount(2500)))
            wanted: Document = {"gross_amount": 100 * random.randrange(300, 1500)}
        else:
            reward, wanted = _goods_rule(random, shelf, running=running)
        if not running:
            wanted |= _elsewhere(random)
        elif random.randrange(5) == 0:
            wanted |= _filter(random)
        window = ("2026-10-01T00:00:00Z", "2026-10-31T22:59:59Z")
        yield make_rule(f"rule-{number:06d}", reward, **{"window": window, **wanted})


def _goods_rule(random: Random, shelf: _Shelf, *, running: bool) -> tuple[Document, Document]:
    """Return the reward of a rule for some goods, and what it wants."""
    draw = random.randrange(100)
    if 80 <= draw < 90:
        return new_price(3000, "mix"), {"mixes": _mixes(random, shelf, running=running)}
    items = shelf.group(running=running) if random.randrange(10) == 0 else []
    items = items or shelf.items(random.randrange(1, 6), running=running)
    off = percent(random.randrange(5, 55, 5) + random.choice((0, 0, 2.5)))
    money = amount(100 * random.randrange(1, 9))
    # Of a hundred rules, by the upper end of their share.
    kinds: tuple[tuple[int, Document, Document], ...] = (
        (40, off, {}),
        (52, money, {}),
        (62, new_price(890), {}),
        (74, FREE_PIECE, {"pieces": 3}),
        (80, HALF_PRICE_PIECE, {"pieces": 2}),
        (96, percent(3, effect="bonus"), {}),
        (100, percent(100), {"stamp": 8}),
    )
    reward, more = next((reward, more) for end, reward, more in kinds if draw < end)
    return reward, {"items": items, **more}


def _mixes(random: Random, shelf: _Shelf, *, running: bool) -> list[Document]:
    """Return two or three parts of a mix, as far as any items are left for them; no item is of two parts."""
    mixes: list[Document] = []
    seen: set[str] = set()
    for _ in range(random.randrange(2, 4)):
        items = shelf.items(random.randrange(1, 4), running=running)
        # Elsewhere an item may be drawn for two parts; the later part then goes without it.
        left = [matcher for matcher in items if matcher["id"] not in seen]
        seen.update(matcher["id"] for matcher in left)
        mixes.append({"quantity": random.randrange(1, 3), "items": left})
    return [mix for mix in mixes if mix["items"]]


def _elsewhere(random: Random) -> Document:
    """Return a requirement that no purchase of the week meets."""
    number = random.randrange(1, 9)
    weeks = {"window": month(random.choice((2026, 2027)), number)}
    return random.choice([weeks, weeks, weeks, *other_places(random)])


def _filter(random: Random) -> Document:
    """Return a requirement that some purchases of the week meet."""
    day = random.choice(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    parts: tuple[dict[str, Any], ...] = (
        {"store_ids": [store_id for store_id, _, _ in random.sample(STORES, 2)]},
        {"store": {"chain": ["Nordlys"]}},
        {"store": {"mcc_ranges": [{"start": "5411", "end": "5499"}]}},
        {"customer": {"attributes": {"segment": ["club"]}}},
        {"currencies": ["NOK"]},
        {"limitation": hours([day], "09:00", "20:00")},
    )
    return random.choice(parts)
