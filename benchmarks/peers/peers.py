"""The engines that Rabatt is compared with: what each answers, which rules it holds, and how they are put to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.peers.flat import Conditions, facts_of
from benchmarks.peers.matchers import can_be_json_rules, json_logic, json_rule, rule_engine_text, zen_row
from benchmarks.peers.money import is_flat_money, medusa_cart, medusa_promotion, oscar_basket, oscar_offer
from benchmarks.workload import Document


@dataclass(frozen=True, slots=True)
class Peer:
    """One engine; `name` is its worker's.

    `gives` says whether its answer is the rules that match, or also what each gives. `packages` are what to install.
    `rule_for` and `receipt_for` put rules and receipts into its words, `holds` says which rules it can express exactly.
    """

    name: str
    runs_on: Literal["nothing", "python", "node"]
    packages: tuple[str, ...]
    gives: Literal["matches", "amounts"]
    what: str
    rule_for: Callable[[Conditions, Document], Any]
    receipt_for: Callable[[Document], Any] = facts_of
    holds: Callable[[Conditions, Document], bool] = lambda _, __: True


def _logic(conditions: Conditions, _: Document) -> list[Any]:
    return [conditions.rule_id, json_logic(conditions)]


PEERS = (
    Peer(
        *("plain", "nothing", (), "matches"),
        "plain Python, one comparison after the other for every rule",
        rule_for=lambda _, rule: rule,
        receipt_for=lambda receipt: receipt,
    ),
    Peer(
        *("zen", "python", ("zen-engine",), "matches"),
        "zen-engine (Rust), one decision table that collects",
        lambda conditions, _: zen_row(conditions),
    ),
    Peer(
        *("rule-engine", "python", ("rule-engine",), "matches"),
        "rule-engine (Python), one parsed rule each",
        lambda conditions, _: [conditions.rule_id, rule_engine_text(conditions)],
    ),
    Peer(
        *("panzi-json-logic", "python", ("panzi-json-logic",), "matches"),
        "JSON Logic (Python: panzi-json-logic), one tree each",
        _logic,
    ),
    Peer(
        *("json-logic-js", "node", ("json-logic-js",), "matches"),
        "JSON Logic (Node: json-logic-js), one tree each",
        _logic,
    ),
    Peer(
        *("json-rules-engine", "node", ("json-rules-engine",), "matches"),
        "json-rules-engine (Node), one engine",
        lambda conditions, _: json_rule(conditions),
        holds=lambda conditions, _: can_be_json_rules(conditions),
    ),
    Peer(
        *("medusa", "node", ("@medusajs/promotion", "@medusajs/utils"), "amounts"),
        "Medusa (Node), the functions of `computeActions`",
        medusa_promotion,
        medusa_cart,
        is_flat_money,
    ),
    Peer(
        *("django-oscar", "python", ("django-oscar",), "amounts"),
        "django-oscar, its offer applicator over SQLite in memory",
        oscar_offer,
        oscar_basket,
        lambda conditions, rule: conditions.is_plain and is_flat_money(conditions, rule),
    ),
)
PEERS_BY_NAME = {peer.name: peer for peer in PEERS}
