"""Rules in the words of shops that compute money: Medusa's promotions and django-oscar's offers, as plain data."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import chain

from benchmarks.peers.flat import Conditions, facts_of, keys_of
from benchmarks.workload import Document

# Medusa gives one unit of a line where no more is asked for.
ANY_QUANTITY = 1_000_000_000


def is_flat_money(conditions: Conditions, rule: Document) -> bool:
    """Say whether a rule is a percent or an amount off each unit of some goods, or off the receipt, and no more."""
    return (
        rule["reward"]["type"] in {"discount_percent", "discount_amount"}
        and rule["reward"].get("effect", "discount") == "discount"
        and "stamp" not in rule["requirement"]
        and "mixes" not in rule["requirement"].get("item", {})
        and all(part.least == 1 for part in conditions.parts)
    )


def medusa_promotion(conditions: Conditions, rule: Document) -> Document:
    """Return a promotion as `computeActions` gets it from its database; its campaign's dates are two rules of it."""
    reward = rule["reward"]
    rules = conditions.translated(
        between=lambda fact, low, high: [_rule(fact, "gte", [low]), _rule(fact, "lte", [high])],
        one_of=lambda fact, accepted: [_rule(fact, "in", accepted)],
        at_least=lambda fact, least: [_rule(fact, "gte", [least])],
    )
    method = {
        "type": "percentage" if reward["type"] == "discount_percent" else "fixed",
        "value": reward["value"],
        "target_type": "items" if conditions.parts else "order",
        "allocation": "each" if conditions.parts else "across",
        "max_quantity": ANY_QUANTITY if conditions.parts else None,
        "target_rules": [_rule("items.keys", "in", part.keys) for part in conditions.parts],
    }
    return {
        "code": conditions.rule_id,
        "type": "standard",
        "is_tax_inclusive": False,
        "rules": list(chain.from_iterable(rules)),
        "application_method": method,
    }


def _rule(attribute: str, operator: str, values: Sequence[object]) -> Document:
    return {"attribute": attribute, "operator": operator, "values": [{"value": str(value)} for value in values]}


def medusa_cart(receipt: Document) -> Document:
    """Return a receipt as the context of `computeActions`."""
    order = {name: fact for name, fact in facts_of(receipt).items() if name not in {"keys", "units"}}
    items = [
        {
            "id": str(line["line_id"]),
            "keys": keys_of(line),
            "quantity": line["quantity"],
            "subtotal": line["gross_amount"],
            "original_total": line["gross_amount"],
            "is_discountable": True,
        }
        for line in receipt["items"]
    ]
    return {**order, "items": items}


def oscar_offer(conditions: Conditions, rule: Document) -> Document:
    """Return what the rows of an offer are made of; money in kroner, as text."""
    reward = rule["reward"]
    keys = [key for part in conditions.parts for key in part.keys]
    if reward["type"] == "discount_percent":
        benefit = ("PERCENTAGE", str(reward["value"]))
    else:
        benefit = ("FIXED_UNIT" if keys else "FIXED", _kroner(reward["value"]))
    return {
        "id": conditions.rule_id,
        "opens_at": conditions.opens_at,
        "closes_at": conditions.closes_at,
        "products": [key for key in keys if not key.startswith("g:")],
        "categories": [key for key in keys if key.startswith("g:")],
        "condition": ("COUNT", "1") if keys else ("VALUE", _kroner(conditions.least_gross)),
        "benefit": benefit,
    }


def oscar_basket(receipt: Document) -> Document:
    """Return what the rows of a basket are made of; prices of a piece in kroner, as text."""
    lines = []
    for line in receipt["items"]:
        product, *categories = keys_of(line)
        price = _kroner(line["gross_amount"] // line["quantity"])
        lines.append({"product": product, "categories": categories, "price": price, "quantity": line["quantity"]})
    return {"at": facts_of(receipt)["at"], "lines": lines}


def _kroner(amount: int) -> str:
    return str(Decimal(amount) / 100)
