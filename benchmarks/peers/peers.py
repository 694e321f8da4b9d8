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

    `packages` are what to install, `holds` says which rules it can express exactly, `rule_for` and `receipt_for` put
    them into its words. `gives` says whether its answer is the rules that match, or also what each gives.
    """

    name: str
    runs_on: Literal["nothing", "python", "node"]
    packages: tuple[str, ...]
    gives: Literal["matches", "amounts"]
    what: str
    left_out: str
    holds: Callable[[Conditions, Document], bool]
    rule_for: Callable[[Conditions, Document], Any]
    receipt_for: Callable[[Document], Any]


def _all(_: Conditions, __: Document) -> bool:
    return True


_NO_MONEY = "all amounts"

PEERS = (
    Peer(
        name="plain",
        runs_on="nothing",
        packages=(),
        gives="matches",
        what="plain Python, one comparison after the other for every rule",
        left_out=_NO_MONEY,
        holds=_all,
        rule_for=lambda _, rule: rule,
        receipt_for=lambda receipt: receipt,
    ),
    Peer(
        name="zen",
        runs_on="python",
        packages=("zen-engine",),
        gives="matches",
        what="zen-engine (Rust), one decision table that collects",
        left_out=_NO_MONEY,
        holds=_all,
        rule_for=lambda conditions, _: zen_row(conditions),
        receipt_for=facts_of,
    ),
    Peer(
        name="rule-engine",
        runs_on="python",
        packages=("rule-engine",),
        gives="matches",
        what="rule-engine (Python), one parsed rule each",
        left_out=_NO_MONEY,
        holds=_all,
        rule_for=lambda conditions, _: [conditions.rule_id, rule_engine_text(conditions)],
        receipt_for=facts_of,
    ),
    Peer(
        name="panzi-json-logic",
        runs_on="python",
        packages=("panzi-json-logic",),
        gives="matches",
        what="JSON Logic (Python: panzi-json-logic), one tree each",
        left_out=_NO_MONEY,
        holds=_all,
        rule_for=lambda conditions, _: [conditions.rule_id, json_logic(conditions)],
        receipt_for=facts_of,
    ),
    Peer(
        name="json-logic-js",
        runs_on="node",
        packages=("json-logic-js",),
        gives="matches",
        what="JSON Logic (Node: json-logic-js), one tree each",
        left_out=_NO_MONEY,
        holds=_all,
        rule_for=lambda conditions, _: [conditions.rule_id, json_logic(conditions)],
        receipt_for=facts_of,
    ),
    Peer(
        name="json-rules-engine",
        runs_on="node",
        packages=("json-rules-engine",),
        gives="matches",
        what="json-rules-engine (Node), one engine",
        left_out=f"{_NO_MONEY}; rules for several pieces of several items, since its operators add nothing up",
        holds=lambda conditions, _: can_be_json_rules(conditions),
        rule_for=lambda conditions, _: json_rule(conditions),
        receipt_for=facts_of,
    ),
    Peer(
        name="medusa",
        runs_on="node",
        packages=("@medusajs/promotion", "@medusajs/utils"),
        gives="amounts",
        what="Medusa (Node), the functions of `computeActions`",
        left_out=(
            "new prices, rules for several pieces, mixes, bonuses, stamps; reading promotions from its database; "
            "which of them go together, since each is valued alone"
        ),
        holds=is_flat_money,
        rule_for=medusa_promotion,
        receipt_for=medusa_cart,
    ),
    Peer(
        name="django-oscar",
        runs_on="python",
        packages=("django-oscar",),
        gives="amounts",
        what="django-oscar, its offer applicator over SQLite in memory",
        left_out=(
            "new prices, rules for several pieces, mixes, bonuses, stamps; rules for certain stores, chains, segments, "
            "currencies or hours; which offers go together, since no offer excludes another"
        ),
        holds=lambda conditions, rule: conditions.is_plain and is_flat_money(conditions, rule),
        rule_for=oscar_offer,
        receipt_for=oscar_basket,
    ),
)
PEERS_BY_NAME = {peer.name: peer for peer in PEERS}
