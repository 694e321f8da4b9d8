"""Conditions in the words of engines that match: expressions, tables and trees, as text and plain data."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks.peers.flat import Conditions, Part

Document = dict[str, Any]


def _quoted(value: object) -> str:
    return json.dumps(value)


def _one_of(conditions: Conditions) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each fact that shall be one of several texts, with these."""
    named = (
        ("store", conditions.stores),
        ("chain", conditions.chains),
        ("segment", conditions.segments),
        ("currency", conditions.currencies),
    )
    yield from ((fact, accepted) for fact, accepted in named if accepted)


def _between(conditions: Conditions) -> Iterator[tuple[str, int, int]]:
    """Yield each fact that shall be between two numbers, with these; the window first, as it fails the most rules."""
    yield "at", conditions.opens_at, conditions.closes_at
    if conditions.minutes is not None:
        yield "minute", *conditions.minutes
    if conditions.mcc is not None:
        yield "mcc", *conditions.mcc


# zen-engine -----------------------------------------------------------------------------------------------------------


def _zen_part(part: Part) -> str:
    if part.least > 1:
        return f"{' + '.join(f'(units[{_quoted(key)}] ?? 0)' for key in part.keys)} >= {part.least}"
    if len(part.keys) == 1:
        return f"{_quoted(part.keys[0])} in keys"
    return f"some({_quoted(list(part.keys))}, # in keys)"


# Columns of the decision table; the last has no field, so its cells are expressions of their own.
ZEN_COLUMNS = ("at", "minute", "mcc", "store", "chain", "segment", "currency", "gross", "goods")


def zen_row(conditions: Conditions) -> Document:
    """Return a rule as a row of the decision table; an empty cell accepts everything."""
    row = dict.fromkeys(ZEN_COLUMNS, "")
    row |= {fact: f"[{low}..{high}]" for fact, low, high in _between(conditions)}
    row |= {fact: ", ".join(_quoted(text) for text in accepted) for fact, accepted in _one_of(conditions)}
    if conditions.least_gross is not None:
        row["gross"] = f">= {conditions.least_gross}"
    row["goods"] = " and ".join(_zen_part(part) for part in conditions.parts)
    return {"_id": conditions.rule_id, **row, "rule": _quoted(conditions.rule_id)}


def zen_table(rows: Iterable[Document]) -> Document:
    """Return the decision graph of one table that collects the ids of all rows that match."""
    inputs = [
        {"id": name, "name": name, **({} if name == "goods" else {"field": name}), "type": "expression"}
        for name in ZEN_COLUMNS
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": inputs,
        "outputs": [{"id": "rule", "name": "rule", "field": "rule", "type": "expression"}],
        "rules": list(rows),
    }
    kinds = (("in", "inputNode"), ("table", "decisionTableNode"), ("out", "outputNode"))
    nodes = [
        {
            "id": name,
            "name": name,
            "type": kind,
            "position": {"x": 0, "y": 0},
            "content": table if name == "table" else {},
        }
        for name, kind in kinds
    ]
    edges = [
        {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
        for source, target in (("in", "table"), ("table", "out"))
    ]
    return {"nodes": nodes, "edges": edges}


# rule-engine ----------------------------------------------------------------------------------------------------------


def rule_engine_text(conditions: Conditions) -> str:
    """Return a rule as the text of one `rule_engine.Rule`; `keys` shall be a set."""
    tests = [f"{fact} >= {low} and {fact} <= {high}" for fact, low, high in _between(conditions)]
    tests += [f"{fact} in {_quoted(list(accepted))}" for fact, accepted in _one_of(conditions)]
    if conditions.least_gross is not None:
        tests.append(f"gross >= {conditions.least_gross}")
    tests += [_rule_engine_part(part) for part in conditions.parts]
    return " and ".join(tests)


def _rule_engine_part(part: Part) -> str:
    if part.least > 1:
        return f"$sum([units[key] for key in {_quoted(list(part.keys))} if key in keys]) >= {part.least}"
    return f"({' or '.join(f'{_quoted(key)} in keys' for key in part.keys)})"


# JSON Logic -----------------------------------------------------------------------------------------------------------


def json_logic(conditions: Conditions) -> Document:
    """Return a rule as JSON Logic."""
    tests: list[Document] = [{"<=": [low, {"var": fact}, high]} for fact, low, high in _between(conditions)]
    tests += [{"in": [{"var": fact}, list(accepted)]} for fact, accepted in _one_of(conditions)]
    if conditions.least_gross is not None:
        tests.append({">=": [{"var": "gross"}, conditions.least_gross]})
    tests += [_json_logic_part(part) for part in conditions.parts]
    return {"and": tests}


def _json_logic_part(part: Part) -> Document:
    if part.least > 1:
        return {">=": [{"+": [{"var": [f"units.{key}", 0]} for key in part.keys]}, part.least]}
    return {"or": [{"in": [key, {"var": "keys"}]} for key in part.keys]}


# json-rules-engine ----------------------------------------------------------------------------------------------------


def can_be_json_rules(conditions: Conditions) -> bool:
    """Say whether operators that come with json-rules-engine suffice: they compare one number, and add none up."""
    return all(part.least == 1 or len(part.keys) == 1 for part in conditions.parts)


def json_rule(conditions: Conditions) -> Document:
    """Return a rule of json-rules-engine, whose event bears the rule's id."""
    tests: list[Document] = []
    for fact, low, high in _between(conditions):
        tests += [_test(fact, "greaterThanInclusive", low), _test(fact, "lessThanInclusive", high)]
    tests += [_test(fact, "in", list(accepted)) for fact, accepted in _one_of(conditions)]
    if conditions.least_gross is not None:
        tests.append(_test("gross", "greaterThanInclusive", conditions.least_gross))
    for part in conditions.parts:
        if part.least > 1:
            (key,) = part.keys
            tests.append(_test("units", "greaterThanInclusive", part.least, path=f"$['{key}']"))
        else:
            tests.append({"any": [_test("keys", "contains", key) for key in part.keys]})
    return {"conditions": {"all": tests}, "event": {"type": conditions.rule_id}}


def _test(fact: str, operator: str, value: object, **more: str) -> Document:
    return {"fact": fact, "operator": operator, "value": value, **more}
