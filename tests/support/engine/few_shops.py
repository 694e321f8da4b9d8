"""Small selections of rules for the laws of the search: they meet on the same two items and the whole receipt."""

from typing import TypeAlias

from hypothesis import strategies as st

from tests.support.engine.given import Document, line, mix, receipt_document, rule

# Kind, value, what else the rule says, and the items it wants.
Drawn: TypeAlias = tuple[str, float, Document, tuple[str, ...]]

BONUS = {"effect": "bonus"}
NET = {"reward": {"base": "net"}}
RECEIPT = receipt_document(line("a", 99, 2), line("b", 50, 3), line("c", 7))

_kinds: st.SearchStrategy[tuple[str, float, Document]] = st.sampled_from(
    [
        ("percent", 10, {}),
        ("percent", 33.3, NET),
        ("percent", 100, {}),
        ("amount", 7, {}),
        ("item_new_price", 20, {}),
        ("amount", 30, {"quantity": 2}),
        ("item_quantity", 1, {"quantity": 2}),
        ("item_percent", 50, {"quantity": 3}),
        ("percent", 50, {"stamp": 1}),
        ("percent", 5, {"reward": BONUS}),
    ]
)
_wholes: st.SearchStrategy[tuple[str, float, Document]] = st.sampled_from(
    [("percent", 5, {}), ("percent", 12.5, NET), ("amount", 11, {}), ("percent", 2, {"reward": BONUS})]
)
_mixes = st.sampled_from([("mix_new_price", 60), ("percent", 20), ("amount", 25)])

_plain: st.SearchStrategy[Drawn] = st.one_of(
    st.tuples(_kinds, st.sampled_from(["a", "b", "*"])).map(lambda drawn: (*drawn[0], (drawn[1],))),
    _wholes.map(lambda drawn: (*drawn, ())),
    _mixes.map(lambda drawn: (*drawn, {"mixes": [mix("a"), mix("b", "c")]}, ())),
)
_no_limit: Document = {}
_limits: st.SearchStrategy[Document] = st.sampled_from(
    [
        *[{}] * 4,
        {"discount_combination": 0},
        {"discount_combination": 1},
        {"discount_reward_usage": 1},
        {"discount_eligible": "item_eligible_for_discount_no_discount"},
    ]
)


def _rules(drawn: list[tuple[Drawn, Document]]) -> list[Document]:
    return [
        rule(str(number), kind, value, *items, limitation=limitation, **more)
        for number, ((kind, value, more, items), limitation) in enumerate(drawn)
    ]


plain_rules = st.lists(st.tuples(_plain, st.just(_no_limit)), min_size=1, max_size=5).map(_rules)
rules_of_any_kind = st.lists(st.tuples(_plain, _limits), min_size=1, max_size=4).map(_rules)
