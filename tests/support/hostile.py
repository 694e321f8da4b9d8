"""The worst that a body may hold for patterns: rules and receipts within the limits of the service.

Each case is drawn at random from a family whose members cost the most that is known of: texts that share beginnings,
ends and pieces with what is asked of them, and that no element accepts, so that all of them are asked. The same seed
gives the same case.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from rabatt.service.settings import ServiceSettings

Document = dict[str, Any]

BODY = ServiceSettings.model_fields["max_body_bytes"].default
LINES = ServiceSettings.model_fields["max_lines"].default


class Case(NamedTuple):
    """The rules, all granted to everyone, and the receipt."""

    rules: list[Document]
    receipt: Document


def _rules(patterns: list[list[Any]], *, together: bool) -> list[Document]:
    """Return a rule for each pattern, or one with all elements."""
    if together:
        patterns = [[element for pattern in patterns for element in pattern]]
    return [_rule(number, {"attributes": {"x": pattern}}) for number, pattern in enumerate(patterns)]


def _rule(number: int, customer: Document) -> Document:
    return {
        "id": f"r{number:05}",
        "requirement": {"customer": customer},
        "reward": {"type": "discount_percent", "value": 1},
    }


def receipt_of(customer: Document, items: int = 1, **fields: Any) -> Document:
    """Return a receipt of this customer."""
    lines = [
        {"line_id": number + 1, "id": f"i{number}", "gross_amount": 100, "eligible_for_discount": True}
        for number in range(items)
    ]
    head = {"receipt_id": "r", "purchase_at": "2026-10-16T16:40:00+02:00", "store": {"id": "s"}}
    return {**head, "items": lines, "customer": customer, **fields}


def _filled(make: Callable[[], str]) -> list[str]:
    """Return as many texts as a body takes."""
    left = BODY - 2_000
    texts = []
    while left > 0:
        texts.append(make())
        left -= len(json.dumps(texts[-1])) + 1
    return texts[:-1]


def _word(random: Random, letters: str, length: int) -> str:
    return "".join(random.choices(letters, k=length))


def pieces_in_the_other_order(random: Random, count: int) -> Case:
    """Every text holds the pieces of nearly every wildcard, in the order that none asks for."""
    length = random.choice((6, 12, 50))
    texts = _filled(lambda: _word(random, "abcdefgh", length) + _word(random, "ijklmnop", length))
    wildcards = [
        [{"wildcard": f"*{_word(random, 'ijklmnop', 2)}*{_word(random, 'abcdefgh', 2)}*"}] for _ in range(count)
    ]
    return Case(_rules(wildcards, together=random.random() < 0.5), receipt_of({"attributes": {"x": texts}}))


def many_stars(random: Random, count: int) -> Case:
    """Wildcards of many short pieces, the last of which stands at the beginning of the texts alone."""
    texts = _filled(lambda: "q" + _word(random, "abc", 40))
    wildcards = [
        [{"wildcard": "*" + "*".join(_word(random, "abc", 1) for _ in range(6)) + "*q*"}] for _ in range(count)
    ]
    return Case(_rules(wildcards, together=random.random() < 0.5), receipt_of({"attributes": {"x": texts}}))


def one_letter(random: Random, count: int) -> Case:
    """One text of a single letter, or all lengths of it, and wildcards that ask for one more than there is."""
    texts: Any = (
        "b" + "a" * (BODY - 2_000) if random.random() < 0.5 else ["b" + "a" * length for length in range(1_400)]
    )
    wildcards = [
        [{"wildcard": f"*{'a' * random.randint(1, 60)}*{'a' * random.randint(1, 60)}*b*"}] for _ in range(count)
    ]
    return Case(_rules(wildcards, together=random.random() < 0.5), receipt_of({"attributes": {"x": texts}}))


def beginnings_and_ends(random: Random, count: int) -> Case:
    """Half of the texts begin as asked, the other half ends so."""
    texts = _filled(lambda: random.choice(("a" * 50 + _word(random, "xy", 50), _word(random, "xy", 50) + "b" * 50)))
    elements = [
        [
            {"wildcard": f"{'a' * random.randint(1, 50)}*{'b' * random.randint(1, 50)}"},
            {"prefix": "a" * 50 + _word(random, "xy", 60)},
            {"suffix": _word(random, "xy", 60) + "b" * 50},
        ]
        for _ in range(count)
    ]
    return Case(_rules(elements, together=random.random() < 0.5), receipt_of({"attributes": {"x": texts}}))


def every_operator(random: Random, count: int) -> Case:
    """Words, numbers and dates, and elements that all miss them."""
    texts: list[Any] = _filled(lambda: _word(random, "abcdef", 8) if random.random() < 0.8 else "1990-10-18")
    texts[:20_000] = [number for number in range(20_000) if number % 7]
    elements = [
        [
            {"prefix": _word(random, "abcdef", 8) + "!"},
            {"suffix": "!" + _word(random, "abcdef", 8)},
            {"equals-ignore-case": _word(random, "ABCDEF", 9)},
            {"anything-but": [7 * (number % 2_800) + 1, 8]},
            {"numeric": ["=", 7 * number]},
            {"age": [">", 200 + number % 300]},
            {"birthday": {"days_before": 1, "days_after": 1 + number % 300}},
            f"{_word(random, 'abcdef', 9)}",
        ]
        for number in range(count)
    ]
    return Case(_rules(elements, together=random.random() < 0.5), receipt_of({"attributes": {"x": texts}}))


def many_addresses(random: Random, count: int) -> Case:
    """For each field of an element some address agrees, and none in all fields."""
    addresses = [{"country": f"c{number}", "postal_code": f"p{number}p"} for number in range(BODY // 45)]
    elements = [
        {
            "country": [random.choice((f"c{number}", {"prefix": f"c{number}"}, {"wildcard": f"*c{number}*"}))],
            "postal_code": [random.choice((f"p{number + 1}p", {"suffix": f"p{number + 1}p"}))],
        }
        for number in range(count // 10)
    ]
    return Case([_rule(0, {"addresses": elements})], receipt_of({"addresses": addresses}))


def many_postings(random: Random, count: int) -> Case:
    """As many lines as are taken, each of which a rule is for, if the customer had another text."""
    texts = _filled(lambda: _word(random, "abcdef", 8))[: BODY // 16]
    rules = [{**_rule(number, {"attributes": {"x": [f"no{number % 3}"]}})} for number in range(min(count, LINES))]
    for number, rule in enumerate(rules):
        rule["requirement"]["item"] = {"items": [{"id": f"i{number}"}]}
    return Case(rules, receipt_of({"attributes": {"x": texts}}, items=LINES))


def many_fields(random: Random, count: int) -> Case:
    """A rule for each of many attributes, all of which the customer has."""
    attributes: Document = {f"x{number}": _word(random, "ab", 8) for number in range(count)}
    attributes["x0"] = _filled(lambda: _word(random, "abcdef", 8))[: BODY // 20]
    rules = [_rule(number, {"attributes": {f"x{number}": ["no"]}}) for number in range(count)]
    return Case(rules, receipt_of({"attributes": attributes}))


def a_list_of_codes(random: Random, count: int) -> Case:
    """Rules for ranges of merchant category codes, and a store that has a list of them."""
    rules = [_rule(number, {}) for number in range(count)]
    for number, rule in enumerate(rules):
        rule["requirement"] = {"store": {"mcc_ranges": [{"start": number, "end": number}]}}
    codes = [f"{random.randrange(10_000):04}" for _ in range(BODY // 8)]
    return Case(rules, receipt_of({}, store={"id": "s", "mcc": codes}))


CASES: dict[str, Callable[[Random, int], Case]] = {
    case.__name__.replace("_", " "): case
    for case in (
        pieces_in_the_other_order,
        many_stars,
        one_letter,
        beginnings_and_ends,
        every_operator,
        many_addresses,
        many_postings,
        many_fields,
        a_list_of_codes,
    )
}
