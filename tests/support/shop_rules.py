"""Small rules drawn from a random source; every one of them is legal (SPEC 10)."""

from random import Random

from tests.support.themes import Document, Theme, likely

ITEM_IDS = ["a", "b", "c", "d"]
GROUP_IDS = ["g", "h"]
FLAT_TYPES = ["discount_percent", "discount_amount", "discount_item_new_price"]
SET_TYPES = [*FLAT_TYPES, "discount_item_quantity", "discount_item_percent", "discount_mix_new_price"]
STAMP_TYPES = [*FLAT_TYPES, "discount_item_quantity", "discount_item_percent"]
LEVELS: list[str | Document] = [
    "gold",
    "20",
    {"numeric": [">", 3, "<=", 20]},
    {"anything-but": "red"},
    {"equals-ignore-case": "GOLD"},
    {"wildcard": "g*d"},
    {"suffix": "d"},
]
CODE_PATTERNS: list[list[str | Document]] = [
    ["KAKE", "b"],
    [{"equals-ignore-case": "Taco"}],
    [{"prefix": "v\u00c5R-"}, {"prefix": "V\u00c5"}],
    [{"suffix": "CO"}],
    [{"wildcard": "*-*"}],
    [{"wildcard": "K*KE"}, {"numeric": [">", 1]}],
    [{"anything-but": ["TACO"]}],
    [{"exists": True}],
    ["TACO ", {"exists": False}],
]
ELIGIBLE = ["item_eligible_for_discount", "item_eligible_for_discount_no_discount", "receipt_no_discount"]


def a_rule(
    random: Random, theme: Theme, rule_id: str, rule_ids: list[str], *, may_form_sets: bool
) -> tuple[Document, bool]:
    """Return a rule, and whether it forms sets."""
    kind = random.choice(theme.kinds)
    if kind in ("quantity", "mix") and not may_form_sets:
        kind = "flat"
    item, reward = PARTS[kind](random, theme)
    if "quantity" not in item and kind in ("flat", "any item", "receipt", "debit") and likely(random, theme.quantity):
        item["quantity"] = 1 if kind != "receipt" and reward["type"] == "discount_amount" else random.choice([2, 2, 3])
    requirement: Document = {"item": item} if item else {}
    if kind == "stamp" or (kind == "receipt" and likely(random, theme.stamped_receipts)):
        requirement["stamp"] = random.randint(1, 4)
    if reward["type"] != "discount_debit":
        if likely(random, 30):
            reward["base"] = random.choice(["net", "gross"])
        if likely(random, theme.bonus):
            reward["effect"] = "bonus"
    rule: Document = {"id": rule_id, "reward": reward}
    if likely(random, theme.asked):
        add_requirement(random, requirement)
    limitation = some_limitations(random, theme, rule_id, rule_ids) if likely(random, theme.limited) else {}
    if "stamp" in requirement and likely(random, 40):
        limitation["stamp_expire_days"] = random.choice([-1, 0, 3, 100])
    if requirement:
        rule["requirement"] = requirement
    if limitation:
        rule["limitation"] = limitation
    if likely(random, theme.odd):
        oddities: list[Document] = [
            {"active": False},
            {"active": True, "name": "Spar"},
            {"name": "Spar", "receipt_text": "Mai Salg"},
            {"deleted_at": "2024-01-01T00:00:00Z"},
            {"metadata": {}, "refs": [], "type": "item"},
        ]
        rule.update(random.choice(oddities))
    return rule, kind in ("quantity", "mix")


def matchers(random: Random) -> list[Document]:
    """Return one or two matchers."""
    choices: list[Document] = [
        *({"id": item_id} for item_id in ITEM_IDS[:3]),
        *({"group_id": group_id} for group_id in GROUP_IDS),
        {"id": "a", "group_id": "g"},
    ]
    return random.sample(choices, random.choice([1, 2, 2]))


def items(random: Random) -> list[Document]:
    """Return the matchers of `item.items`, now and then every line."""
    return [{"id": "*"}] if likely(random, 35) else matchers(random)


def value_for(random: Random, theme: Theme, reward_type: str) -> int | float:
    """Return a value of the kind that the type asks for, counts aside."""
    return random.choice(theme.percents if "percent" in reward_type else theme.money)


def add_values(random: Random, theme: Theme, reward: Document) -> None:
    """Give a reward values of its own for some items."""
    reward["values"] = [
        {"items": matchers(random), "value": value_for(random, theme, reward["type"])}
        for _ in range(random.randint(1, 2))
    ]
    if likely(random, 40):
        del reward["value"]


def flat_parts(random: Random, theme: Theme) -> tuple[Document, Document]:
    """Return requirement and reward of a flat item rule."""
    item: Document = {"items": items(random)}
    reward: Document = {"type": random.choice(FLAT_TYPES)}
    reward["value"] = value_for(random, theme, reward["type"])
    if likely(random, 25):
        item["quantity"] = random.randint(0, 1) if reward["type"] == "discount_amount" else random.randint(0, 3)
    if likely(random, 20):
        add_values(random, theme, reward)
    return item, reward


def any_item_parts(random: Random, theme: Theme) -> tuple[Document, Document]:
    """Return requirement and reward of a rule for any line that nothing else was given on."""
    item, reward = flat_parts(random, theme)
    item["items"] = [{"id": "ANY_ITEM"}]
    return item, reward


def quantity_parts(random: Random, theme: Theme) -> tuple[Document, Document]:
    """Return requirement and reward of a rule that forms sets of so many units."""
    item: Document = {"items": items(random), "quantity": random.choice([2, 2, 3, 3, 4])}
    reward: Document = {"type": random.choice(["discount_item_quantity", "discount_item_percent", "discount_amount"])}
    if reward["type"] == "discount_item_quantity":
        reward["value"] = random.choice([1, 1, 2, item["quantity"], 0])
        return item, reward
    reward["value"] = value_for(random, theme, reward["type"])
    if reward["type"] == "discount_item_percent":
        if likely(random, 25):
            del item["quantity"]
        if likely(random, 20):
            add_values(random, theme, reward)
    return item, reward


def mix_parts(random: Random, theme: Theme) -> tuple[Document, Document]:
    """Return requirement and reward of a rule whose sets are mixes."""
    item = some_mixes(random)
    mixes = item["mixes"]
    reward: Document = {"type": random.choice([*SET_TYPES, "discount_mix_new_price", "discount_mix_new_price"])}
    reward["value"] = value_for(random, theme, reward["type"])
    if reward["type"] == "discount_item_quantity":
        rewarded = sum(mix.get("quantity", 1) for mix in mixes if mix.get("reward_eligible", True))
        reward["value"] = random.randint(min(1, rewarded), rewarded)
    if reward["type"] == "discount_item_percent" and likely(random, 20):
        add_values(random, theme, reward)
    return item, reward


def some_mixes(random: Random) -> Document:
    """Return a requirement of mixes."""
    mixes: list[Document] = []
    for _ in range(random.choice([1, 2, 2, 3])):
        mix: Document = {"items": matchers(random)}
        if likely(random, 40):
            mix["quantity"] = random.choice([1, 2] if len(mixes) < 2 else [1])
        if likely(random, 25):
            mix["reward_eligible"] = random.choice([False, True])
        mixes.append(mix)
    item: Document = {"mixes": mixes}
    if likely(random, 15):
        item["items"] = items(random)
    if likely(random, 15):
        item["quantity"] = random.randint(0, 3)
    return item


def receipt_parts(random: Random, theme: Theme) -> tuple[Document, Document]:
    """Return requirement and reward of a receipt rule."""
    reward: Document = {"type": random.choice(["discount_percent", "discount_amount"])}
    reward["value"] = value_for(random, theme, reward["type"])
    if reward["type"] == "discount_percent" and likely(random, 25):
        add_values(random, theme, reward)
    return ({"quantity": random.randint(1, 4)} if likely(random, 15) else {}), reward


def stamp_parts(random: Random, theme: Theme) -> tuple[Document, Document]:
    """Return requirement and reward of a stamp rule for items."""
    item: Document = some_mixes(random) if likely(random, 20) else {"items": items(random)}
    if likely(random, 20):
        item["quantity"] = random.randint(1, 3)
    reward: Document = {"type": random.choice(STAMP_TYPES)}
    if reward["type"] == "discount_item_quantity":
        reward["value"] = random.choice([1, 1, 2, 0])
        return item, reward
    reward["value"] = value_for(random, theme, reward["type"])
    if likely(random, 20):
        add_values(random, theme, reward)
    return item, reward


def debit_parts(random: Random, theme: Theme) -> tuple[Document, Document]:
    """Return requirement and reward of a debit."""
    item: Document = {"items": items(random)} if likely(random, 50) else {}
    if likely(random, 20):
        item["quantity"] = random.randint(1, 3)
    return item, {"type": "discount_debit", "value": 5 * random.choice(theme.money)}


PARTS = {
    "flat": flat_parts,
    "any item": any_item_parts,
    "quantity": quantity_parts,
    "mix": mix_parts,
    "receipt": receipt_parts,
    "stamp": stamp_parts,
    "debit": debit_parts,
}


def some_limitations(random: Random, theme: Theme, rule_id: str, rule_ids: list[str]) -> Document:
    """Return one or two limitations."""
    others = [other for other in [*rule_ids, "nobody"] if other != rule_id]
    week: list[Document] = [
        {"day": "fri", "start": "22:00", "end": "02:00"},
        {"day": "sun", "start": "02:00", "end": "03:00"},
        {"day": random.choice(["fri", "sat", "thu", "tue"]), "start": "00:00", "end": "12:00"},
    ]
    hours: Document = {"hours": random.sample(week, random.randint(0, 3))}
    if likely(random, 80):
        hours["timezone"] = random.choice(["Europe/Oslo", "Europe/Oslo", "America/New_York", "UTC"])
    activation = {"type": "deactivate_if_discount_active", "value": random.choice(others)}
    choices: Document = {
        "discount_reward_usage": random.choice([1, 1, 2, 2, 3, 0, -1]),
        "discount_combination": random.choice([1, 1, 0, 0, 2, -1]),
        "discount_eligible": random.choice([*ELIGIBLE, *ELIGIBLE[1:]]),
        "discount_repeat_usage": random.choice([2, 1, 1, 0, -1]),
        "blacklist": random.choice([matchers(random), []]),
        "discount_hours": hours,
        "dynamic_purchase_to_days": random.choice([0, 2, 100, -1]),
        "discount_activation": [activation],
    }
    return {
        name: choices[name] for name in random.sample(theme.limits, min(len(theme.limits), random.choice([1, 1, 2])))
    }


def add_requirement(random: Random, requirement: Document) -> None:
    """Ask something of the receipt, its store, its customer or its time."""
    choices: list[Document] = [
        {"gross_amount": random.choice([0, 100, 300])},
        {"net_amount": random.choice([0, 100, 300])},
        {"purchase_from": "2024-03-31T01:00:00Z"},
        {"purchase_to": "2024-05-03T12:00:00.000+02:00", "purchase_from": None},
        {"store_ids": random.choice([["s1"], ["*"], ["s2", "s3"]])},
        {"store": {"mcc": [5411], "mcc_ranges": [{"start": 700, "end": "0800"}]}},
        {"currencies": [random.choice(["NOK", {"anything-but": ["NOK"]}, {"exists": False}, {"prefix": "S"}])]},
        {"discount_code": random.choice(["TACO", "a", "c", *CODE_PATTERNS])},
        {"customer": a_wanted_customer(random)},
    ]
    requirement.update(random.choice(choices))


def a_wanted_customer(random: Random) -> Document:
    """Return patterns on the customer."""
    choices: list[Document] = [
        {"gender": ["female", {"exists": False}]},
        {"date_of_birth": [{"age": [random.choice([">=", "<", "="]), random.choice([18, 24, 34])]}]},
        {"date_of_birth": [{"birthday": {"days_before": random.randint(0, 2), "days_after": random.randint(0, 1)}}]},
        {
            "attributes": {
                "level": [random.choice(["gold", "20", {"numeric": [">", 3, "<=", 20]}, {"anything-but": "red"}])]
            }
        },
        {
            "attributes": {
                "level": [random.choice([{"equals-ignore-case": "GOLD"}, {"wildcard": "g*d"}, {"suffix": "d"}])]
            }
        },
        {"addresses": [{"country": ["SE", "NO"], "postal_code": [{"exists": random.choice([True, False])}]}]},
        {"marketing_consent": {"email": {"consent": ["true"]}}},
    ]
    return random.choice(choices)
