"""Shops with as many lines, rules and pieces as a service lets in: work that grows with lines × rules shows here.

The same seed gives the same shop. `SHOPS` are the worst kinds by name, each at its full size; every one takes a number
of lines and of rules, so that growth can be told too.
"""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from tests.support.adversarial import HardShop

Document = dict[str, Any]


class Kind(NamedTuple):
    """How a kind of shop is made, and its full size."""

    make: Callable[[Random, int, int], HardShop]
    lines: int
    rules: int

    def shop(self, seed: int = 0, lines: int | None = None, rules: int | None = None) -> HardShop:
        """Return a shop of this kind, at its full size unless another is asked for."""
        return self.make(Random(seed), lines or self.lines, rules or self.rules)


def n_for_m(random: Random, lines: int, rules: int) -> HardShop:
    """N for the price of M over all goods, each rule in its own proportion, and every line at a price of its own."""
    documents = []
    for number in range(rules):
        size = random.randint(2, 7)
        documents.append(_rule(number, "discount_item_quantity", random.randint(1, size - 1), {"quantity": size}))
    return HardShop(documents, _receipt(random, lines, most=5))


def n_for_m_of_some(random: Random, lines: int, rules: int) -> HardShop:
    """N for the price of M, each over half of the groups."""
    documents = []
    for number in range(rules):
        size = random.randint(2, 7)
        item = {"items": _groups(random, _GROUPS // 2), "quantity": size}
        documents.append(_rule(number, "discount_item_quantity", random.randint(1, size - 1), item))
    return HardShop(documents, _receipt(random, lines, most=5))


def set_rules(random: Random, lines: int, rules: int) -> HardShop:
    """Set rules of all kinds over some of the groups."""
    documents = [_set_rule(random, number) for number in range(rules)]
    return HardShop(documents, _receipt(random, lines, most=3))


def single_pieces(random: Random, lines: int, rules: int) -> HardShop:
    """Set rules of all kinds over lines of one piece each."""
    documents = [_set_rule(random, number) for number in range(rules)]
    return HardShop(documents, _receipt(random, lines, most=1))


def any_rules(random: Random, lines: int, rules: int) -> HardShop:
    """Rules of all kinds, with limits of all kinds."""
    documents = [_any_rule(random, number) for number in range(rules)]
    return HardShop(documents, _receipt(random, lines, most=3))


def shared_mixes(random: Random, lines: int, rules: int) -> HardShop:
    """Bundles of several mixes that accept some of the same goods."""
    documents = []
    for number in range(rules):
        mixes = [
            {"quantity": random.randint(1, 3), "items": _groups(random, _GROUPS // 2), "reward_eligible": place < 2}
            for place in range(random.randint(3, 6))
        ]
        kind, value = random.choice(
            (("discount_mix_new_price", random.randint(2000, 9000)), ("discount_item_percent", 50))
        )
        documents.append(_rule(number, kind, value, {"mixes": mixes}))
    return HardShop(documents, _receipt(random, lines, most=3))


def capped(random: Random, lines: int, rules: int) -> HardShop:
    """An amount for each set of some goods, which some sets do not cost."""
    documents = []
    for number in range(rules):
        size = random.randint(2, 4)
        item = {"items": _groups(random, _GROUPS // 2), "quantity": size}
        documents.append(_rule(number, "discount_amount", size * random.randint(600, 2400), item))
    return HardShop(documents, _receipt(random, lines, most=3))


def limited_flat(random: Random, lines: int, rules: int) -> HardShop:
    """Flat rules for all goods, each of which rewards a few units, and may be used with a few others."""
    documents = []
    for number in range(rules):
        kind, value = _flat(random)
        limitation = {"discount_reward_usage": random.randint(1, 60), "discount_combination": random.randint(2, 9)}
        documents.append(_rule(number, kind, value, {"items": _groups(random, _GROUPS // 2)}, **limitation))
    return HardShop(documents, _receipt(random, lines, most=40))


def nearly_exclusive(random: Random, lines: int, rules: int) -> HardShop:
    """Rules of all kinds, each of which may be used with one to three others."""
    documents = []
    for number in range(rules):
        document = _any_rule(random, number)
        document["limitation"] = {"discount_combination": random.randint(1, 3)}
        documents.append(document)
    return HardShop(documents, _receipt(random, lines, most=3))


def plain_flat(random: Random, lines: int, rules: int) -> HardShop:
    """Flat rules for some groups, all of which go together."""
    documents = []
    for number in range(rules):
        kind, value = _flat(random)
        documents.append(_rule(number, kind, value, {"items": _groups(random, _GROUPS // 2)}))
    return HardShop(documents, _receipt(random, lines, most=9))


def undiscounted(random: Random, lines: int, rules: int) -> HardShop:
    """Flat rules and sets for goods that carry no discount yet, which ask again at their turn."""
    documents = []
    for number in range(rules):
        document = _any_rule(random, number)
        document["limitation"] = {"discount_eligible": "item_eligible_for_discount_no_discount"}
        documents.append(document)
    return HardShop(documents, _receipt(random, lines, most=3))


def stamps(random: Random, lines: int, rules: int) -> HardShop:
    """Stamp cards for the same goods."""
    documents = []
    for number in range(rules):
        document = _rule(number, "discount_percent", random.randint(10, 60), {"items": _groups(random, _GROUPS // 2)})
        document["requirement"]["stamp"] = random.randint(2, 6)
        documents.append(document)
    return HardShop(documents, _receipt(random, lines, most=9))


def bonuses(random: Random, lines: int, rules: int) -> HardShop:
    """Bonus rules of all kinds, beside a few discounts."""
    documents = []
    for number in range(rules):
        document = _any_rule(random, number)
        if number % 4:
            document["reward"] |= {"effect": "bonus", "base": random.choice(("net", "gross"))}
        documents.append(document)
    return HardShop(documents, _receipt(random, lines, most=3))


def near_misses(random: Random, lines: int, rules: int) -> HardShop:
    """Bundles that lack one unit each."""
    documents = []
    for number in range(rules):
        mixes = [{"quantity": 2, "items": _groups(random, _GROUPS // 2)} for _ in range(5)]
        mixes.append({"quantity": lines, "items": [{"id": "g0"}]})
        documents.append(_rule(number, "discount_mix_new_price", 1000, {"mixes": mixes}))
    return HardShop(documents, _receipt(random, lines, most=3))


SHOPS: dict[str, Kind] = {
    "n for m": Kind(n_for_m, 100, 30),
    "n for m of some": Kind(n_for_m_of_some, 1000, 15),
    "set rules": Kind(set_rules, 1000, 14),
    "single pieces": Kind(single_pieces, 1000, 30),
    "many n for m": Kind(n_for_m, 1000, 200),
    "many set rules": Kind(set_rules, 1000, 200),
    "rules of all kinds": Kind(any_rules, 1000, 200),
    "mixes that share goods": Kind(shared_mixes, 1000, 30),
    "capped amounts": Kind(capped, 1000, 30),
    "limited flat rules": Kind(limited_flat, 1000, 200),
    "nearly exclusive rules": Kind(nearly_exclusive, 1000, 200),
    "plain flat rules": Kind(plain_flat, 1000, 200),
    "rules for what has no discount": Kind(undiscounted, 1000, 200),
    "stamp cards": Kind(stamps, 1000, 200),
    "bonus rules": Kind(bonuses, 1000, 200),
    "near misses": Kind(near_misses, 1000, 200),
}

_GROUPS = 8


def _groups(random: Random, some: int) -> list[Document]:
    return [{"group_id": f"g{number}"} for number in sorted(random.sample(range(_GROUPS), some))]


def _flat(random: Random) -> tuple[str, int]:
    return random.choice(
        (
            ("discount_percent", random.randint(5, 40)),
            ("discount_amount", random.randint(50, 900)),
            ("discount_item_new_price", random.randint(500, 3000)),
        )
    )


def _set_rule(random: Random, number: int) -> Document:
    size = random.randint(2, 5)
    some = _groups(random, random.randint(2, _GROUPS))
    match random.choice(("cheapest", "percent", "bundle", "price", "amount")):
        case "cheapest":
            item: Document = {"items": some, "quantity": size}
            return _rule(number, "discount_item_quantity", random.randint(1, size - 1), item)
        case "percent":
            return _rule(
                number, "discount_item_percent", random.choice((30, 50, 70)), {"items": some, "quantity": size}
            )
        case "amount":
            return _rule(number, "discount_amount", size * random.randint(100, 400), {"items": some, "quantity": size})
        case kind:
            cut = random.randint(1, len(some) - 1)
            quantities = random.randint(1, 2), random.randint(1, 2)
            parts = zip(quantities, (some[:cut], some[cut:]), strict=True)
            mixes = [{"quantity": quantity, "items": part} for quantity, part in parts]
            pieces = sum(quantities)
            value = pieces * (random.randint(200, 500) if kind == "bundle" else random.randint(700, 1600))
            return _rule(
                number, "discount_amount" if kind == "bundle" else "discount_mix_new_price", value, {"mixes": mixes}
            )


def _any_rule(random: Random, number: int) -> Document:
    match random.choice(("sets", "flat", "flat", "limited", "receipt", "stamp")):
        case "sets":
            return _set_rule(random, number)
        case "flat":
            kind, value = _flat(random)
            return _rule(number, kind, value, {"items": _groups(random, _GROUPS // 2)})
        case "limited":
            kind, value = _flat(random)
            item = {"items": _groups(random, _GROUPS // 2)}
            return _rule(number, kind, value, item, discount_reward_usage=random.randint(1, 9))
        case "receipt":
            return _rule(number, "discount_percent", random.randint(3, 12), {})
        case _:
            document = _rule(number, "discount_percent", 30, {"items": _groups(random, _GROUPS // 2)})
            document["requirement"]["stamp"] = random.randint(2, 6)
            return document


def _rule(number: int, kind: str, value: int, item: Document, **limitation: Any) -> Document:
    if "quantity" in item and "items" not in item:
        item = {**item, "items": [{"id": "*"}]}
    rule: Document = {
        "id": f"r{number:03d}",
        "requirement": {"item": item},
        "reward": {"type": kind, "value": value},
    }
    if limitation:
        rule["limitation"] = limitation
    return rule


def _receipt(random: Random, lines: int, most: int) -> Document:
    """Return a receipt whose lines have up to so many pieces, each line its own price, and one of the groups."""
    items = []
    for number in range(lines):
        quantity = random.randint(1, most)
        items.append(
            {
                "line_id": number + 1,
                "id": f"i{number}",
                "groups": [{"id": f"g{random.randrange(_GROUPS)}"}],
                "quantity": quantity,
                "gross_amount": quantity * random.randint(300, 9000) + random.randrange(quantity),
                "eligible_for_discount": True,
            }
        )
    return {"receipt_id": "large", "purchase_at": "2026-10-16T16:40:00+02:00", "store": {"id": "s"}, "items": items}
