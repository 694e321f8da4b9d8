"""The worst that a body may hold to be refused: as long as the service takes, and wrong wherever it can be.

Each body is drawn at random from a family; the same seed gives the same one.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from rules import read_grants, read_receipt, read_rules
from tests.support.hostile import BODY, Document

HEAD: Document = {"receipt_id": "r", "purchase_at": "2026-10-16T14:40:00Z", "store": {"id": "s"}}
RULE: Document = {"id": "r", "reward": {"type": "discount_percent", "value": 10}}
WRONG: tuple[Any, ...] = (5, "", "x", None, True, 0.5, [], {}, {"id": 5}, {"line_id": "x", "id": 5, "unit": 5})


class Body(NamedTuple):
    """What reads it, and the body."""

    read: Callable[[bytes], object]
    content: bytes


def _written(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _filled(members: list[Any], room: int = BODY - 1_000) -> list[Any]:
    """Return as many of these, over and over, as a body has room for."""
    times = room // sum(len(_written(member)) + 1 for member in members)
    return members * times


def _numbered(make: Callable[[int], Any], room: int = BODY - 1_000) -> list[Any]:
    """Return as many members, each with its own number, as a body has room for."""
    return [make(number) for number in range(room // (len(_written(make(10**6))) + 1))]


def _after_right_ones(random: Random, right: Any, wrong: Any) -> list[Any]:
    """Return members that are right up to some place, and wrong from there on."""
    room = int((BODY - 1_000) * random.choice((0.0, 0.01, 0.5)))
    return [*_filled([right], room), *_filled([wrong], BODY - 1_000 - room)]


def wrong_lines(random: Random) -> Body:
    """Lines that are none, or have nothing but wrong fields."""
    return Body(
        read_receipt,
        _written({**HEAD, "items": _after_right_ones(random, {}, random.choice([one for one in WRONG if one != {}]))}),
    )


def wrong_lists_in_a_line(random: Random) -> Body:
    """One line with long lists of what does not belong there."""
    names = random.sample(("groups", "discount_lines", "bonus_lines", "tax_lines", "infocode_lines"), 2)
    line = {name: _filled(random.sample(WRONG, 4), BODY // 3) for name in names}
    return Body(read_receipt, _written({**HEAD, "items": [line]}))


def lines_with_one_id(random: Random) -> Body:
    """Lines that all say to be the same."""
    own = random.randint(1, 9)
    return Body(read_receipt, _written({**HEAD, "items": _filled([{"line_id": own}])}))


def wrong_rules(random: Random) -> Body:
    """Rules that are none, or have a field that nobody knows, near to one that is known."""
    wrong = random.choice(
        (5, {}, {**RULE, "requirment": 1}, {**RULE, "limitation": {"discount_hours": {"timezone": "Oslo"}}})
    )
    return Body(read_rules, _written(_after_right_ones(random, RULE, wrong)))


def unknown_names(random: Random) -> Body:
    """One rule with unknown fields, each as long as names are compared, and near to one that is known."""
    name = "requirement" * random.randint(1, 7)
    return Body(
        read_rules, _written([{**RULE, **{f"{name}{number}": 1 for number in range(BODY // (len(name) + 10))}}])
    )


def unknown_operators(random: Random) -> Body:
    """One pattern of operators that nobody knows, or of one that is known with what it does not take."""
    if random.random() < 0.5:
        elements = _numbered(lambda number: {f"wildcar{number}": "a"})
    else:
        elements = _filled([{"numeric": 5}, {"prefix": {}}, {"birthday": {"days": 1}}])
    return Body(read_rules, _written([{**RULE, "requirement": {"customer": {"attributes": {"x": elements}}}}]))


def faults_between_fields(random: Random) -> Body:
    """One rule whose fields are right each, and wrong together."""
    item = random.choice((
        {"items": _filled([{}])},
        {"mixes": [{"items": _filled([{"id": "*"}])}]},
    ))  # fmt: skip
    return Body(read_rules, _written([{**RULE, "requirement": {"item": item}}]))


def one_fault_in_a_long_rule(random: Random) -> Body:
    """One rule that is right but for one matcher."""
    matchers: list[Any] = _filled([{"id": "a"}])
    matchers[random.randrange(len(matchers))] = {"id": 5}
    return Body(read_rules, _written([{**RULE, "requirement": {"item": {"items": matchers}}}]))


def wrong_grants(random: Random) -> Body:
    """Grants that are none, or all have the same id."""
    same = {"id": "g", "discount_id": "r", "customer_id": "c"}
    return Body(read_grants, _written(_filled(random.choice(([5], [same], [5, same])))))


def deep_or_huge(random: Random) -> Body:
    """A document that is nothing but depth, one number or one text."""
    name, read = random.choice(((b'{"receipt_id":', read_receipt), (b'[{"id":', read_rules)))
    close = b"}]" if name.startswith(b"[") else b"}"
    room = BODY - 100
    inner = random.choice((
        b"[" * (room // 2) + b"]" * (room // 2),
        b'{"a":' * (room // 6) + b"1" + b"}" * (room // 6),
        b"9" * room,
        b"0." + b"9" * (room - 2),
        b"1e" + b"9" * (room - 2),
        b'{"' + b"x" * (room - 10) + b'":1}',
    ))  # fmt: skip
    return Body(read, name + inner + close)


BODIES: dict[str, Callable[[Random], Body]] = {
    family.__name__.replace("_", " "): family
    for family in (
        wrong_lines,
        wrong_lists_in_a_line,
        lines_with_one_id,
        wrong_rules,
        unknown_names,
        unknown_operators,
        faults_between_fields,
        one_fault_in_a_long_rule,
        wrong_grants,
        deep_or_huge,
    )
}
