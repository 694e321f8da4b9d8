"""Shops that are hard to search: every rule is in the way of the others. The same seed gives the same shop.

`SHOPS` are the worst cases by name; `a_dozen_set_rules` are random set rules over the same goods, some of every kind.
"""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

Document = dict[str, Any]

_ITEMS = tuple("abcdefghij")


class HardShop(NamedTuple):
    """The rules, all granted to everyone, and the receipt."""

    rules: list[Document]
    receipt: Document


def rival_bundles(seed: int, rules: int = 20, units: int = 200) -> HardShop:
    """Bundles for a fixed price or an amount, of two or three goods each out of ten, over the same units."""
    random = Random(f"bundles {seed}")
    prices = _prices(random, len(_ITEMS))
    documents = []
    for number in range(rules):
        goods = random.sample(range(len(_ITEMS)), random.choice((2, 2, 3)))
        mixes = [_mix([_ITEMS[good]], random.choice((1, 1, 1, 2))) for good in goods]
        together = sum(prices[good] * mix["quantity"] for good, mix in zip(goods, mixes, strict=True))
        reward = (
            ("discount_mix_new_price", together * random.randint(60, 90) // 100)
            if random.random() < 0.5
            else ("discount_amount", together * random.randint(10, 40) // 100)
        )
        documents.append(_rule(number, *reward, mixes=mixes))
    return HardShop(documents, _receipt(prices, units))


def exclusive_rules(seed: int, rules: int = 60) -> HardShop:
    """Rules of all kinds, none of which may be used with any other."""
    return _limited(Random(f"exclusive {seed}"), rules, (0,))


def nearly_exclusive_rules(seed: int, rules: int = 60) -> HardShop:
    """Rules of all kinds, each of which may be used with one, two or three others."""
    return _limited(Random(f"nearly {seed}"), rules, (1, 2, 3))


def _limited(random: Random, rules: int, limits: tuple[int, ...]) -> HardShop:
    prices = _prices(random, len(_ITEMS))
    documents = []
    for number in range(rules):
        goods = random.sample(_ITEMS, random.randint(1, 5))
        kind = random.choice(("percent", "percent", "amount", "new_price", "receipt", "cheapest", "bundle"))
        limitation = {"discount_combination": random.choice(limits)}
        match kind:
            case "percent":
                parts = _rule(number, "discount_percent", random.randint(5, 30), items=goods)
            case "amount":
                parts = _rule(number, "discount_amount", random.randint(50, 900), items=goods)
            case "new_price":
                parts = _rule(number, "discount_item_new_price", random.randint(500, 3000), items=goods)
            case "receipt":
                parts = _rule(number, "discount_percent", random.randint(3, 12))
            case "cheapest":
                parts = _rule(number, "discount_item_quantity", 1, items=goods, pieces=random.randint(2, 5))
            case _:
                mixes = [_mix([good], 1) for good in goods]
                parts = _rule(number, "discount_amount", random.randint(100, 2000), mixes=mixes)
        documents.append({**parts, "limitation": limitation})
    return HardShop(documents, _receipt(prices, 60))


def overlapping_mixes(seed: int, rules: int = 8, units: int = 120) -> HardShop:
    """Bundles of several mixes, all of which accept all goods, some of them without reward."""
    random = Random(f"mixes {seed}")
    prices = _prices(random, 6)
    documents = []
    for number in range(rules):
        mixes = [
            _mix(_ITEMS[:6], random.randint(1, 3), reward_eligible=place == 0 or random.random() < 0.6)
            for place in range(random.randint(2, 4))
        ]
        size = sum(mix["quantity"] for mix in mixes)
        if random.random() < 0.5:
            documents.append(_rule(number, "discount_mix_new_price", size * random.randint(500, 1500), mixes=mixes))
        else:
            documents.append(_rule(number, "discount_item_percent", random.randint(20, 100), mixes=mixes))
    return HardShop(documents, _receipt(prices, units))


def rival_cheapest_free(seed: int, rules: int = 12, units: int = 200) -> HardShop:
    """N for the price of M, over the same goods, each rule in its own proportion."""
    random = Random(f"cheapest {seed}")
    prices = _prices(random, len(_ITEMS))
    documents = []
    for number in range(rules):
        size = random.randint(2, 7)
        if random.random() < 0.3:
            reward: tuple[str, int] = ("discount_item_percent", random.choice((25, 50, 75)))
        else:
            reward = ("discount_item_quantity", random.randint(1, size - 1))
        documents.append(_rule(number, *reward, items=list(_ITEMS), pieces=size))
    return HardShop(documents, _receipt(prices, units))


def capped_amounts(seed: int, rules: int = 8, units: int = 100) -> HardShop:
    """An amount for each set of goods of uneven prices: some sets cost less than the amount, and most do not."""
    random = Random(f"capped {seed}")
    prices = [random.choice((300, 700, 1100, 2900, 5100)) + random.randrange(90) for _ in range(8)]
    documents = []
    for number in range(rules):
        goods = random.sample(_ITEMS[:8], random.randint(4, 8))
        size = random.randint(2, 4)
        amount = size * random.randint(600, 1400)
        documents.append(_rule(number, "discount_amount", amount, items=goods, pieces=size))
    return HardShop(documents, _receipt(prices, units))


def interacting_rules(seed: int, rules: int = 18, units: int = 80) -> HardShop:
    """Sets, stamp cards and rules for goods without discount yet, which take the ground from each other."""
    random = Random(f"interacting {seed}")
    prices = _prices(random, len(_ITEMS))
    documents = []
    for number in range(rules):
        goods = random.sample(_ITEMS, random.randint(2, 6))
        match number % 3:
            case 0:
                documents.append(
                    _rule(number, "discount_item_quantity", 1, items=goods, pieces=random.randint(2, 5))
                    if random.random() < 0.5
                    else _rule(
                        number,
                        "discount_amount",
                        random.randint(200, 2000),
                        mixes=[_mix([good], 1) for good in goods[:3]],
                    )
                )
            case 1:
                parts = _rule(number, "discount_percent", random.randint(10, 60), items=goods)
                parts["requirement"]["stamp"] = random.randint(2, 6)
                documents.append(parts)
            case _:
                parts = _rule(number, "discount_percent", random.randint(10, 50), items=goods)
                limitation = {"discount_eligible": "item_eligible_for_discount_no_discount"}
                documents.append({**parts, "limitation": limitation})
    return HardShop(documents, _receipt(prices, units))


def limited_rewards(seed: int, rules: int = 40, units: int = 60) -> HardShop:
    """Flat rules over the same lines, each of which rewards a few units."""
    random = Random(f"rewards {seed}")
    prices = _prices(random, len(_ITEMS))
    documents = []
    for number in range(rules):
        goods = random.sample(_ITEMS, random.randint(3, 10))
        kind, value = random.choice(
            (
                ("discount_percent", random.randint(5, 40)),
                ("discount_amount", random.randint(50, 900)),
                ("discount_item_new_price", random.randint(500, 3000)),
            )
        )
        limitation = {"discount_reward_usage": random.randint(1, 6)}
        documents.append({**_rule(number, kind, value, items=goods), "limitation": limitation})
    return HardShop(documents, _receipt(prices, units))


def a_dozen_set_rules(seed: int, rules: int = 12, units: int = 200) -> HardShop:
    """Set rules of all kinds over some of the same goods."""
    random = Random(f"dozen {seed}")
    goods = random.randint(5, len(_ITEMS))
    prices = _prices(random, goods)
    documents = []
    for number in range(rules):
        some = random.sample(range(goods), random.randint(2, goods))
        size = random.randint(2, 5)
        names = [_ITEMS[good] for good in some]
        match random.choice(("cheapest", "percent", "bundle", "bundle", "price", "amount")):
            case "cheapest":
                document = _rule(
                    number, "discount_item_quantity", random.randint(1, size - 1), items=names, pieces=size
                )
            case "percent":
                document = _rule(number, "discount_item_percent", random.choice((30, 50, 70)), items=names, pieces=size)
            case "amount":
                document = _rule(number, "discount_amount", size * random.randint(100, 400), items=names, pieces=size)
            case kind:
                cut = random.randint(1, len(names) - 1)
                mixes = [_mix(names[:cut], random.randint(1, 2)), _mix(names[cut:], random.randint(1, 2))]
                pieces = sum(mix["quantity"] for mix in mixes)
                value = pieces * (random.randint(200, 500) if kind == "bundle" else random.randint(700, 1600))
                document = _rule(
                    number, "discount_amount" if kind == "bundle" else "discount_mix_new_price", value, mixes=mixes
                )
        if random.random() < 0.2:
            document["limitation"] = {"discount_reward_usage": random.randint(1, 8)}
        documents.append(document)
    return HardShop(documents, _receipt(prices, units))


SHOPS: dict[str, Callable[[int], HardShop]] = {
    "rival bundles": rival_bundles,
    "exclusive rules": exclusive_rules,
    "nearly exclusive rules": nearly_exclusive_rules,
    "overlapping mixes": overlapping_mixes,
    "rival cheapest free": rival_cheapest_free,
    "capped amounts": capped_amounts,
    "interacting rules": interacting_rules,
    "limited rewards": limited_rewards,
    "a dozen set rules": a_dozen_set_rules,
}


def _prices(random: Random, goods: int) -> list[int]:
    return [random.randint(40, 400) * 10 - random.choice((0, 1, 10)) for _ in range(goods)]


def _mix(goods: Any, quantity: int, **fields: Any) -> Document:
    return {"quantity": quantity, "items": [{"id": good} for good in goods], **fields}


def _rule(
    number: int,
    kind: str,
    value: float,
    *,
    items: list[str] | None = None,
    pieces: int | None = None,
    mixes: list[Document] | None = None,
) -> Document:
    item: Document = {}
    if items is not None:
        item["items"] = [{"id": good} for good in items]
    if pieces is not None:
        item["quantity"] = pieces
    if mixes is not None:
        item["mixes"] = mixes
    return {"id": f"r{number:02d}", "requirement": {"item": item}, "reward": {"type": kind, "value": value}}


def _receipt(prices: list[int], units: int) -> Document:
    """Return a receipt of so many units, evenly over the goods."""
    lines = []
    for number, price in enumerate(prices):
        quantity = units * (number + 1) // len(prices) - units * number // len(prices)
        lines.append(
            {
                "line_id": number + 1,
                "id": _ITEMS[number],
                "quantity": quantity,
                "gross_amount": quantity * price,
                "eligible_for_discount": True,
            }
        )
    return {"receipt_id": "hard", "purchase_at": "2026-10-16T16:40:00+02:00", "store": {"id": "s"}, "items": lines}
