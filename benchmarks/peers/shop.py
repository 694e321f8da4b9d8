"""The shop that all peers are given: seeded receipts of the size of a till's, and rule sets of any size.

Goods are bought by Zipf's law. One item or group has one running rule at most, and there are at most so many running
receipt rules, however large the set; the other rules are of other weeks, stores, chains or segments. So the number of
rules that match a receipt stays that of a shop. The frame of a receipt (store, customer, taxes, payments and the fields
of a line) is that of `make bench`.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, count, islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.workload import Knobs, make_workload

Document = dict[str, Any]

SEED = 20261016
RECEIPTS = 30
ITEMS = 50_000
GROUPS = 500
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
SEGMENTS = ("club", "staff", None)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SHARES = list(accumulate(1 / number for number in range(1, ITEMS + 1)))
_NUMBERS = range(1, ITEMS + 1)


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
        message = f"the shop has goods for {MOST_RULES} rules, not for {rules}"
        raise ValueError(message)
    frame = make_workload(Knobs(10)).receipt
    random = Random(seed)
    bought = [_receipt(random, frame, number) for number in range(1, receipts + 1)]
    random = Random(seed + 1)
    offered = list(islice(_rules(random), rules))
    random.shuffle(offered)
    return Shop(offered, bought)


def _receipt(random: Random, frame: Document, number: int) -> Document:
    receipt = deepcopy(frame)
    template = receipt["items"][0]
    numbers: dict[int, None] = {}
    lines = random.randrange(8, 36)
    while len(numbers) < lines:
        numbers[_popular(random)] = None
    receipt["items"] = [_line(random, template, place, item) for place, item in enumerate(numbers, 1)]
    gross = sum(line["gross_amount"] for line in receipt["items"])
    purchase_at = FIRST_DAY + timedelta(minutes=random.randrange(7 * 24 * 60))
    store_id, chain, mcc = random.choice(STORES)
    segment = random.choice(SEGMENTS)
    receipt["receipt_id"] = f"peers-{number:04d}"
    receipt["purchase_at"] = purchase_at.isoformat()
    receipt["store"] |= {"id": store_id, "chain": chain, "mcc": mcc}
    receipt["customer"]["attributes"] = {"segment": segment} if segment else {}
    receipt["gross_amount"] = receipt["net_amount"] = gross
    receipt["no_of_items"] = lines
    receipt["tax_lines"] = [_tax(gross)]
    receipt["payments"][0]["amount"] = gross
    return receipt


def _line(random: Random, template: Document, place: int, item: int) -> Document:
    """Return a line; one in twenty is sold by weight."""
    price = _price(item)
    is_weighed = item % 20 == 13
    quantity = 1 if is_weighed else random.choice((1, 1, 1, 2, 2, 3, 4))
    gross = quantity * price
    return {
        **template,
        "line_id": place,
        "id": _item(item),
        "groups": [{"id": _group(item % GROUPS), "name": f"Group {item % GROUPS}"}],
        "quantity": 0.742 if is_weighed else quantity,
        "scale_item": is_weighed,
        "barcode": f"70{item:05d}{price:06d}",
        "gross_amount": gross,
        "net_amount": gross,
        "tax_lines": [_tax(gross)],
    }


def _tax(gross: int) -> Document:
    tax = gross * 15 // 115
    return {"amount": tax, "percentage": 15, "tax_basis": gross - tax}


def _price(item: int) -> int:
    return 990 + 10 * Random(item).randrange(900)


def _item(number: int) -> str:
    return f"i{number:05d}"


def _group(number: int) -> str:
    return f"g{number:03d}"


def _popular(random: Random) -> int:
    return random.choices(_NUMBERS, cum_weights=_SHARES)[0]


class _Shelf:
    """Items and groups by whether a rule may still be made for them; running ones and those of elsewhere apart."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._running: set[int] = set()
        self._elsewhere: dict[int, int] = {}
        self._groups = list(GROUPS_ON_OFFER)
        random.shuffle(self._groups)

    def items(self, wanted: int, *, running: bool) -> list[int]:
        """Return so many items, popular ones first to go."""
        taken: list[int] = []
        while len(taken) < wanted:
            item = _popular(self._random)
            # A popular item that is taken gives way to its neighbour.
            while item in taken or not self._is_free(item, running=running):
                item = item % ITEMS + 1 if self._random.randrange(4) else _popular(self._random)
            taken.append(item)
            if running:
                self._running.add(item)
            else:
                self._elsewhere[item] = self._elsewhere.get(item, 0) + 1
        return taken

    def _is_free(self, item: int, *, running: bool) -> bool:
        if running:
            return item % ONE_ON_OFFER_OF == 1 and item not in self._running
        return self._elsewhere.get(item, 0) < MOST_ELSEWHERE

    def group(self, *, running: bool) -> int | None:
        """Return a group; a running rule finds none where all are taken."""
        if running:
            return self._groups.pop() if self._groups else None
        return self._random.choice(GROUPS_ON_OFFER)


def _rules(random: Random) -> Iterator[Document]:
    shelf = _Shelf(random)
    receipt_rules = MOST_RUNNING_RECEIPT_RULES
    for number in count():
        # Of the first hundred rules most are running; of thousands most are not, as goods with a rule run out.
        running = random.random() < (0.7 if number < 200 else 0.35)
        if number % 10 == 4:
            running = running and receipt_rules > 0
            receipt_rules -= running
            yield _rule(
                random, number, _receipt_reward(random), running, gross_amount=100 * random.randrange(300, 1500)
            )
        else:
            yield _item_rule(random, number, shelf, running=running)


def _receipt_reward(random: Random) -> Document:
    return random.choice(({"type": "discount_percent", "value": 5}, {"type": "discount_amount", "value": 2500}))


# Of a hundred item rules, by the upper end of their share.
_KINDS = (
    (40, "percent"),
    (52, "amount"),
    (62, "new price"),
    (74, "three for two"),
    (80, "second at half price"),
    (90, "mix"),
    (96, "bonus"),
    (100, "stamp"),
)


def _item_rule(random: Random, number: int, shelf: _Shelf, *, running: bool) -> Document:
    draw = random.randrange(100)
    kind = next(name for end, name in _KINDS if draw < end)
    if kind == "mix":
        return _mix_rule(random, number, shelf, running=running)
    group = shelf.group(running=running) if random.randrange(10) == 0 else None
    if group is None:
        matchers = [{"id": _item(item)} for item in shelf.items(random.randrange(1, 6), running=running)]
    else:
        matchers = [{"group_id": _group(group)}]
    percent = random.randrange(5, 55, 5) + random.choice((0, 0, 2.5))
    quantities = {"three for two": 3, "second at half price": 2}
    rewards: dict[str, Document] = {
        "percent": {"type": "discount_percent", "value": percent},
        "amount": {"type": "discount_amount", "value": 100 * random.randrange(1, 9)},
        "new price": {"type": "discount_item_new_price", "value": 890},
        "three for two": {"type": "discount_item_quantity", "value": 1},
        "second at half price": {"type": "discount_item_percent", "value": 50},
        "bonus": {"type": "discount_percent", "value": 3, "effect": "bonus"},
        "stamp": {"type": "discount_percent", "value": 100},
    }
    item = {"items": matchers, "quantity": quantities[kind]} if kind in quantities else {"items": matchers}
    more = {"stamp": 8} if kind == "stamp" else {}
    return _rule(random, number, rewards[kind], running, item=item, **more)


def _mix_rule(random: Random, number: int, shelf: _Shelf, *, running: bool) -> Document:
    """Return a rule for two or three parts; no item is of two parts."""
    mixes: list[Document] = []
    for _ in range(random.randrange(2, 4)):
        items = shelf.items(random.randrange(1, 4), running=running)
        mixes.append({"quantity": random.randrange(1, 3), "items": [{"id": _item(item)} for item in items]})
    if not running:
        # Elsewhere an item may be drawn for two parts; the later part then goes without it.
        seen: set[str] = set()
        for mix in mixes:
            mix["items"] = [matcher for matcher in mix["items"] if matcher["id"] not in seen]
            seen.update(matcher["id"] for matcher in mix["items"])
        mixes = [mix for mix in mixes if mix["items"]]
    return _rule(random, number, {"type": "discount_mix_new_price", "value": 3000}, running, item={"mixes": mixes})


def _rule(random: Random, number: int, reward: Document, running: bool, **requirement: Any) -> Document:
    wanted: Document = {"purchase_from": "2026-10-01T00:00:00Z", "purchase_to": "2026-10-31T22:59:59Z", **requirement}
    limitation: Document = {}
    if not running:
        wanted |= _elsewhere(random)
    elif random.randrange(5) == 0:
        more = _filter(random)
        limitation = more.pop("limitation", {})
        wanted |= more
    rule = {
        "id": f"rule-{number:06d}",
        "name": f"Rule {number}",
        "active": True,
        "requirement": wanted,
        "reward": reward,
    }
    return {**rule, "limitation": limitation} if limitation else rule


def _elsewhere(random: Random) -> Document:
    """Return a requirement that no purchase of the week meets."""
    month = random.randrange(1, 9)
    year = random.choice((2026, 2027))
    weeks = {"purchase_from": f"{year}-{month:02d}-01T00:00:00Z", "purchase_to": f"{year}-{month:02d}-28T23:59:59Z"}
    return random.choice(
        (
            weeks,
            weeks,
            weeks,
            {"store_ids": [f"s{number:03d}" for number in random.sample(range(100, 300), 3)]},
            {"store": {"chain": [f"Chain {random.randrange(8)}"]}},
            {"customer": {"attributes": {"segment": [f"segment-{random.randrange(20)}"]}}},
        )
    )


def _filter(random: Random) -> Document:
    """Return a requirement that some purchases of the week meet."""
    day = random.choice(DAYS)
    hours = {"hours": [{"day": day, "start": "09:00", "end": "20:00"}], "timezone": "Europe/Oslo"}
    return random.choice(
        (
            {"store_ids": [store_id for store_id, _, _ in random.sample(STORES, 2)]},
            {"store": {"chain": ["Nordlys"]}},
            {"store": {"mcc_ranges": [{"start": "5411", "end": "5499"}]}},
            {"customer": {"attributes": {"segment": ["club"]}}},
            {"currencies": ["NOK"]},
            {"limitation": {"discount_hours": hours}},
        )
    )
