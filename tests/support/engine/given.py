"""Documents to test with: lines, receipts, rules and grants with only what a test is about."""

from typing import Any

from engine import Evaluation, RuleSet, Settings, compile_rules, evaluate
from engine.basket.basket import Basket, lay_out
from engine.compiled.rule import CompiledRule
from rules import Receipt, read_grants, read_receipt, read_rules

Document = dict[str, Any]

FRIDAY = "2026-10-16T16:40:00+02:00"


def line(item: str = "a", gross: int = 100, quantity: float = 1, *groups: str, **fields: Any) -> Document:
    """Return a line that can take discounts."""
    document = {"id": item, "gross_amount": gross, "quantity": quantity, "eligible_for_discount": True}
    if groups:
        document["groups"] = [{"id": group} for group in groups]
    return document | fields


def receipt_document(*lines: Document, **fields: Any) -> Document:
    """Return a receipt of these lines, one line where none is given."""
    document = {"receipt_id": "1", "purchase_at": FRIDAY, "store": {"id": "s"}, "items": list(lines or (line(),))}
    return document | fields


def receipt_of(*lines: Document, **fields: Any) -> Receipt:
    """Return a receipt that was read."""
    return read_receipt(receipt_document(*lines, **fields))


def basket_of(*lines: Document, own: tuple[str, ...] = (), **fields: Any) -> Basket:
    """Return a basket, evaluated before by the rules `own`."""
    return lay_out(receipt_of(*lines, **fields), own, Settings())


def rule(
    rule_id: str = "r",
    kind: str = "percent",
    value: float | None = 10,
    *items: str,
    quantity: int | None = None,
    mixes: list[Document] | None = None,
    reward: Document | None = None,
    limitation: Document | None = None,
    fields: Document | None = None,
    **requirement: Any,
) -> Document:
    """Return a rule; `items` are ids, `g:` before one makes it a group; `kind` is the reward's without `discount_`."""
    matchers = [{"group_id": name[2:]} if name.startswith("g:") else {"id": name} for name in items]
    item = {"items": matchers, "quantity": quantity, "mixes": mixes}
    return {
        "id": rule_id,
        "requirement": {"item": item, **requirement},
        "reward": {"type": f"discount_{kind}", "value": value, **(reward or {})},
        "limitation": limitation or {},
        **(fields or {}),
    }


def mix(*items: str, quantity: int = 1, **fields: Any) -> Document:
    """Return a mix of items."""
    return {"quantity": quantity, "items": [{"id": item} for item in items], **fields}


def rule_set(*rules: Document) -> RuleSet:
    """Return rules made ready."""
    return compile_rules(read_rules(list(rules)))


def compiled(document: Document) -> CompiledRule:
    """Return one rule made ready."""
    return rule_set(document).rules[0]


def grant(grant_id: str = "mine", rule_id: str = "r", customer_id: str = "c", **fields: Any) -> Document:
    """Return a grant."""
    return {"id": grant_id, "discount_id": rule_id, "customer_id": customer_id, **fields}


def evaluated(
    rules: list[Document], receipt: Document | None = None, grants: list[Document] | None = None, **settings: Any
) -> Evaluation:
    """Return what comes of documents."""
    read = read_rules(rules)
    held = None if grants is None else read_grants(grants, read)
    return evaluate(compile_rules(read), read_receipt(receipt or receipt_document()), held, Settings(**settings))


def amounts(evaluation: Evaluation) -> dict[str, int]:
    """Return what each used rule gave, as discount or bonus."""
    return {use.rule_id: use.amount + use.bonus for use in evaluation.used}


def amounts_by_line(evaluation: Evaluation) -> list[int]:
    """Return what the used rules took off each line of the result."""
    used = {use.rule_id for use in evaluation.used}
    return [
        sum(entry["amount"] for entry in line.get("discount_lines", ()) if entry.get("discount_id") in used)
        for line in evaluation.receipt["items"]
    ]
