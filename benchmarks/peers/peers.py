"""The engines that Rabatt is compared with: what each answers, which rules it holds, and how they are put to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.peers.flat import Conditions, facts_of
from benchmarks.peers.matchers import can_be_json_rules, json_logic, json_rule, rule_engine_text, zen_row
from benchmarks.peers.money import is_flat_money, medusa_cart, medusa_promotion, oscar_basket, oscar_offer

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """One engine; `name` is its worker's.

    `gives` says whether its answer is the rules that match, or also what each gives. `rule_for` and `receipt_for` put
    rules and receipts into its words, `holds` says which rules it can express exactly. `packages` are what to install,
    where that is not the name.
    """

    name: str
    runs_on: Literal["nothing", "python", "node"]
    gives: Literal["matches", "amounts"]
    what: str
    rule_for: Callable[[Conditions, Document], Any]
    receipt_for: Callable[[Document], Any] = facts_of
    holds: Callable[[Conditions, Document], bool] = lambda _, __: True
    packages: tuple[str, ...] | None = None

    @property
    def installs(self) -> tuple[str, ...]:
        """Return the packages to install."""
        return (self.name,) if self.packages is None else self.packages


def _text(conditions: Conditions, _: Document) -> list[str]:
    return [conditions.rule_id, rule_engine_text(conditions)]


def _logic(conditions: Conditions, _: Document) -> list[Any]:
    return [conditions.rule_id, json_logic(conditions)]


def _as_it_is(document: Document) -> Document:
    return document


PEERS = (
    Peer(
        "plain",
        "nothing",
        "matches",
        "plain Python, one comparison after the other for every rule",
        lambda _, rule: rule,
        _as_it_is,
        packages=(),
    ),
    Peer(
        "zen",
        "python",
        "matches",
        "zen-engine (Rust), one decision table that collects",
        lambda conditions, _: zen_row(conditions),
        packages=("zen-engine",),
    ),
    Peer("rule-engine", "python", "matches", "rule-engine (Python), one parsed rule each", _text),
    Peer("panzi-json-logic", "python", "matches", "JSON Logic (Python: panzi-json-logic), one tree each", _logic),
    Peer("json-logic-js", "node", "matches", "JSON Logic (Node: json-logic-js), one tree each", _logic),
    Peer(
        "json-rules-engine",
        "node",
        "matches",
        "json-rules-engine (Node), one engine",
        lambda conditions, _: json_rule(conditions),
        holds=lambda conditions, _: can_be_json_rules(conditions),
    ),
    Peer(
        "medusa",
        "node",
        "amounts",
        "Medusa (Node), the functions of `computeActions`",
        medusa_promotion,
        medusa_cart,
        is_flat_money,
        packages=("@medusajs/promotion", "@medusajs/utils"),
    ),
    Peer(
        "django-oscar",
        "python",
        "amounts",
        "django-oscar, its offer applicator over SQLite in memory",
        oscar_offer,
        oscar_basket,
        lambda conditions, rule: conditions.is_plain and is_flat_money(conditions, rule),
    ),
)
PEERS_BY_NAME = {peer.name: peer for peer in PEERS}
