"""The worst that an account can ask for within the limits of the service: its rules, and what one request sends.

Each shape is what somebody with a token may write: a megabyte of body, a thousand lines, rules that no linter refuses.
`WORST` has them by name; the sizes are those at which they were slowest for their length.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Document = dict[str, Any]
MEGABYTE = 1024 * 1024
AT = "2026-11-21T12:00:00+01:00"


class WorstRequest(NamedTuple):
    """Rules that everyone is granted, and a body, which may be no receipt at all; `explain` asks why."""

    rules: list[Document]
    body: bytes
    explain: bool = False


def _rule(name: str, reward: Document, requirement: Document | None = None, **limitation: Any) -> Document:
    return {"id": name, "requirement": requirement or {}, "reward": reward, "limitation": limitation}


def _percent(name: str, requirement: Document) -> Document:
    return _rule(name, {"type": "discount_percent", "value": 10}, requirement)


def _receipt(lines: list[Document], **fields: Any) -> bytes:
    document = {"receipt_id": "r1", "purchase_at": AT, "store": {"id": "s1"}, "items": lines, **fields}
    return json.dumps(document, separators=(",", ":")).encode()


def _line(number: int, **fields: Any) -> Document:
    return {"line_id": number, "gross_amount": 1000 + number, "eligible_for_discount": True, **fields}


def _of_texts(pattern: list[list[Any]], texts: list[str]) -> WorstRequest:
    """One line, and a list of texts that every rule has a pattern for."""
    rules = [_percent(f"r{place}", {"customer": {"attributes": {"tags": each}}}) for place, each in enumerate(pattern)]
    return WorstRequest(rules, _receipt([_line(1)], customer={"attributes": {"tags": texts}}))


def texts_against_one_rule_of_wildcards() -> WorstRequest:
    """A rule of 3 000 wildcards, none of which any of 5 000 texts matches."""
    wildcards = [{"wildcard": f"*a{number}*b*"} for number in range(3_000)]
    return _of_texts([wildcards], [f"{number}aaaaabaaaa{number}" for number in range(5_000)])


def texts_against_many_rules_of_wildcards() -> WorstRequest:
    """The same, a rule each."""
    texts = [f"{number}aaaaabaaaa{number}" for number in range(5_000)]
    return _of_texts([[{"wildcard": f"*a{number}*b*"}] for number in range(3_000)], texts)


def texts_with_a_piece_everywhere() -> WorstRequest:
    """Wildcards whose pieces are in every text, though not in their order."""
    texts = ["ba" * 40 + str(number) for number in range(9_000)]
    return _of_texts([[{"wildcard": f"*a*b*c{number}*"}] for number in range(1_000)], texts)


def very_many_texts() -> WorstRequest:
    """80 000 short texts against thirty rules of four patterns."""
    pattern = [
        [
            {"prefix": f"x{number}"},
            {"suffix": f"y{number}"},
            {"equals-ignore-case": f"Z{number}"},
            {"numeric": [">", 10**9]},
        ]
        for number in range(30)
    ]
    return _of_texts(pattern, [f"t{number:06}" for number in range(80_000)])


def many_addresses() -> WorstRequest:
    """A customer of very many addresses, and rules that want one that none is."""
    rules = [
        _percent(
            f"r{number}", {"customer": {"addresses": [{"postal_place": [{"prefix": f"x{number}"}], "country": ["NO"]}]}}
        )
        for number in range(300)
    ]
    addresses = [{"postal_place": f"c{number}", "country": "NO"} for number in range(20_000)]
    return WorstRequest(rules, _receipt([_line(1)], customer={"addresses": addresses}))


def many_groups() -> WorstRequest:
    """Lines that are each in very many groups."""
    rules = [_percent(f"r{number}", {"item": {"items": [{"group_id": f"g{number}"}]}}) for number in range(500)]
    groups = [{"id": f"g{number}"} for number in range(80)]
    return WorstRequest(rules, _receipt([_line(number, id="a", groups=groups) for number in range(1, 800)]))


def many_codes() -> WorstRequest:
    """A receipt that shows a code for every text that fits."""
    rules = [_percent(f"r{number}", {"discount_code": f"c{number}x"}) for number in range(3_000)]
    return WorstRequest(rules, _receipt([_line(1)], discount_code=[f"c{number}" for number in range(80_000)]))


def _n_for_m(rules: int, lines: int, *, explain: bool = False, quantity: int = 3) -> WorstRequest:
    documents = [
        _rule(
            f"r{number:03}",
            {"type": "discount_item_quantity", "value": 1},
            {"item": {"items": [{"group_id": "all"}], "quantity": 2 + number % 7}},
        )
        for number in range(rules)
    ]
    items = [
        _line(number, id=f"a{number % 17}", groups=[{"id": "all"}], quantity=quantity) for number in range(1, lines + 1)
    ]
    return WorstRequest(documents, _receipt(items), explain)


def rivals_over_a_hundred_lines() -> WorstRequest:
    """Thirty "n for m" over the same hundred lines."""
    return _n_for_m(30, 100)


def rivals_over_a_thousand_lines() -> WorstRequest:
    """Fifteen of them over a thousand lines."""
    return _n_for_m(15, 1_000)


def rivals_explained() -> WorstRequest:
    """The same, and why each was not taken."""
    return _n_for_m(15, 1_000, explain=True)


def rivals_over_many_pieces() -> WorstRequest:
    """The same over lines of very many pieces."""
    return _n_for_m(20, 500, quantity=1_999)


def bundles_over_a_thousand_lines() -> WorstRequest:
    """Bundles of mixes that share their goods, over a thousand lines."""
    rules = [
        _rule(
            f"r{number:03}",
            {"type": "discount_mix_new_price", "value": 900 + 37 * number},
            {
                "item": {
                    "mixes": [
                        {
                            "items": [{"group_id": f"g{(number + place) % 9}"}, {"group_id": "all"}],
                            "quantity": 1 + place % 2,
                        }
                        for place in range(4)
                    ]
                }
            },
        )
        for number in range(30)
    ]
    lines = [
        _line(number, id=f"a{number}", groups=[{"id": "all"}, {"id": f"g{number % 9}"}]) for number in range(1, 1_001)
    ]
    return WorstRequest(rules, _receipt(lines))


def exclusive_rules_by_the_hundred() -> WorstRequest:
    """Rules of which no two go together, on a thousand lines."""
    rules = [
        _rule(
            f"r{number:03}",
            {"type": "discount_percent", "value": 1 + number % 50},
            {"item": {"items": [{"group_id": f"g{number % 10}"}]}},
            discount_combination=number % 3,
        )
        for number in range(300)
    ]
    lines = [_line(number, id=f"a{number}", groups=[{"id": f"g{number % 10}"}]) for number in range(1, 1_001)]
    return WorstRequest(rules, _receipt(lines))


def rules_that_all_apply(rules: int = 5_000, lines: int = 1_000, *, explain: bool = False) -> WorstRequest:
    """As many rules as one likes, all of which give something on every line."""
    documents = [
        _percent(f"r{number:05}", {"item": {"items": [{"id": "*"}]}})
        | {"reward": {"type": "discount_amount", "value": 1}}
        for number in range(rules)
    ]
    return WorstRequest(documents, _receipt([_line(number) for number in range(1, lines + 1)]), explain)


def rules_that_all_apply_explained() -> WorstRequest:
    """A thousand of them, and why."""
    return rules_that_all_apply(1_000, 1_000, explain=True)


def near_misses_explained() -> WorstRequest:
    """A thousand rules that are missed by one piece each, on a thousand lines."""
    rules = [
        _percent(f"r{number:05}", {"item": {"items": [{"group_id": "all"}], "quantity": 1_001 + number}})
        for number in range(1_000)
    ]
    lines = [_line(number, id=f"a{number}", groups=[{"id": "all"}]) for number in range(1, 1_001)]
    return WorstRequest(rules, _receipt(lines), explain=True)


def wrong_lines() -> WorstRequest:
    """A megabyte of lines that are nothing of what a line is."""
    return WorstRequest([], b'{"items":[' + b",".join([b"0"] * (MEGABYTE // 2 - 10)) + b"]}")


def wrong_fields() -> WorstRequest:
    """A megabyte of lines of which every field is of the wrong type."""
    line = b'{"line_id":"x","gross_amount":"y","quantity":[],"id":7,"groups":1}'
    return WorstRequest([], b'{"items":[' + b",".join([line] * (MEGABYTE // (len(line) + 1) - 10)) + b"]}")


def one_deep_value() -> WorstRequest:
    """A megabyte of values nested as deeply as may be."""
    deep = b"[" * 190 + b"0" + b"]" * 190
    many = b",".join([deep] * (MEGABYTE // 400))
    return WorstRequest(
        [], b'{"receipt_id":"r1","purchase_at":"' + AT.encode() + b'","store":{"id":"s1"},"x":[' + many + b"]}"
    )


def a_long_receipt() -> WorstRequest:
    """A thousand lines of a kilobyte each, with nothing wrong, and one rule."""
    lines = [_line(number, id="a", description="d" * 900) for number in range(1, 1_001)]
    return WorstRequest([_percent("r", {"item": {"items": [{"id": "a"}]}})], _receipt(lines))


WORST: Mapping[str, Callable[[], WorstRequest]] = {
    made.__name__: made
    for made in (
        texts_against_one_rule_of_wildcards,
        texts_against_many_rules_of_wildcards,
        texts_with_a_piece_everywhere,
        very_many_texts,
        many_addresses,
        many_groups,
        many_codes,
        rivals_over_a_hundred_lines,
        rivals_over_a_thousand_lines,
        rivals_explained,
        rivals_over_many_pieces,
        bundles_over_a_thousand_lines,
        exclusive_rules_by_the_hundred,
        rules_that_all_apply,
        rules_that_all_apply_explained,
        near_misses_explained,
        wrong_lines,
        wrong_fields,
        one_deep_value,
        a_long_receipt,
    )
}
