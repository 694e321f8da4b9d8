"""Shops of rules that form sets of the same goods, whose amounts are whole. The same seed gives the same shop.

Lines are units of one price, without other discounts. Either every percent is one that leaves whole amounts, or prices
have odd cents and there are no percents.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.support.adversarial import HardShop

Document = dict[str, Any]

_GROUPS = "ABCDEFGH"
_ODD = (50, 99, 120, 166, 199, 250, 299, 333, 383, 400, 499)
_ROUND = (40, 100, 120, 160, 200, 240, 300, 340, 380, 400, 500)
_WITHOUT_PERCENT = ("free", "free", "cheapest", "amount", "price", "bundle", "free of mixes", "new price")


def small_shop(seed: int) -> HardShop:
    """Three to six rules over 10 to 12 units."""
    return _shop(Random(f"small {seed}"), (3, 6), (10, 12), (2, 4))


def middle_shop(seed: int) -> HardShop:
    """Six to twelve rules over up to 60 units."""
    return _shop(Random(f"middle {seed}"), (6, 12), (30, 60), (3, 6))


def large_shop(seed: int) -> HardShop:
    """Ten to twenty rules over up to 200 units."""
    return _shop(Random(f"large {seed}"), (10, 20), (120, 200), (4, 8))


def wide_mixes(seed: int) -> HardShop:
    """Two to eight rules of mixes over 30 to 60 lines; each mix accepts four or five goods of ten."""
    random = Random(f"wide {seed}")
    lines = random.randint(30, 60)
    goods = [(f"g{number}", random.choice(_ODD) * random.randint(1, 6)) for number in range(lines)]
    names = [name for name, _ in goods]
    rules = []
    for number in range(random.randint(2, 8)):
        mixes = []
        for place in range(random.randint(2, 3)):
            some = random.sample(names, max(1, round(len(names) * random.uniform(0.4, 0.5))))
            mix: Document = {"items": [{"group_id": name} for name in some], "quantity": random.randint(1, 2)}
            if place and random.random() < 0.25:
                mix["reward_eligible"] = False
            mixes.append(mix)
        value = random.choice((300, 500, 900, 1200))
        kind = random.choice(("discount_mix_new_price", "discount_item_quantity", "discount_item_percent"))
        value = {"discount_item_quantity": 1, "discount_item_percent": 100}.get(kind, value)
        rules.append(_rule(number, kind, value, {"mixes": mixes}))
    items = [_line(number, [name], price, 1) for number, (name, price) in enumerate(goods)]
    return HardShop(rules, _receipt(items))


def _shop(random: Random, rules: tuple[int, int], units: tuple[int, int], groups: tuple[int, int]) -> HardShop:
    names = _GROUPS[: random.randint(*groups)]
    has_percents = random.random() < 0.5
    prices = random.choices(_ROUND if has_percents else _ODD, k=random.choice((2, 3, 5, 8)))
    items: list[Document] = []
    left = random.randint(*units)
    while left:
        quantity = min(left, random.randint(1, 4))
        left -= quantity
        of_line = random.sample(names, random.choice((1, 1, min(2, len(names)))))
        items.append(_line(len(items), of_line, random.choice(prices), quantity))
    documents = [_any_rule(random, number, names, has_percents) for number in range(random.randint(*rules))]
    return HardShop(documents, _receipt(items))


def _any_rule(random: Random, number: int, names: str, has_percents: bool) -> Document:
    percents = ("percent", "percent of the cheapest") if has_percents else ()
    kind = random.choice((*_WITHOUT_PERCENT, *percents))
    pieces = random.randint(2, 4)
    item: Document = {"items": _matchers(random, names), "quantity": pieces}
    if kind not in {"free", "cheapest", "amount"}:
        mixes: list[Document] = [
            {"items": _matchers(random, names), "quantity": random.choice((1, 1, 2, 3))}
            for _ in range(random.choice((1, 2, 2, 3)))
        ]
        for mix in mixes[1:]:
            if random.random() < 0.25:
                mix["reward_eligible"] = False
        item = {"mixes": mixes}
        pieces = sum(mix["quantity"] for mix in mixes if mix.get("reward_eligible", True))
    match kind:
        case "free":
            reward = "discount_item_quantity", random.randint(1, max(1, pieces - 1))
        case "free of mixes":
            reward = "discount_item_quantity", random.randint(1, min(2, pieces))
        case "cheapest":
            reward = "discount_item_percent", 100
        case "percent of the cheapest":
            reward = "discount_item_percent", random.choice((25, 50, 75))
        case "percent":
            reward = "discount_percent", random.choice((10, 25, 50))
        case "amount" | "bundle":
            reward = "discount_amount", random.choice((50, 100, 200, 500))
        case "price":
            reward = "discount_mix_new_price", random.choice((100, 200, 300, 400, 500))
        case _:
            reward = "discount_item_new_price", random.choice((50, 100, 150))
    rule = _rule(number, *reward, item)
    if random.random() < 0.15:
        rule["limitation"] = {"discount_reward_usage": random.randint(1, 3)}
    return rule


def _matchers(random: Random, names: str) -> list[Document]:
    return [{"group_id": name} for name in random.sample(names, min(random.choice((1, 1, 2, 3)), len(names)))]


def _rule(number: int, kind: str, value: int, item: Document) -> Document:
    return {"id": f"r{number:02}", "reward": {"type": kind, "value": value}, "requirement": {"item": item}}


def _line(number: int, groups: Sequence[str], price: int, quantity: int) -> Document:
    return {
        "id": f"i{number}",
        "groups": [{"id": group} for group in groups],
        "gross_amount": price * quantity,
        "quantity": quantity,
        "eligible_for_discount": True,
    }


def _receipt(items: list[Document]) -> Document:
    return {
        "receipt_id": "r1",
        "purchase_at": "2026-11-12T12:00:00+01:00",
        "store": {"id": "s1"},
        "currency": "NOK",
        "items": items,
    }
