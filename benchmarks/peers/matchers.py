"""Conditions in the words of engines that match: expressions, tables and trees, as text and plain data."""

from collections.abc import Iterable
from itertools import chain
from json import dumps

from benchmarks.peers.flat import Conditions, Part
from benchmarks.workload import Document

# zen-engine: columns of the decision table; the last has no field, so its cells are expressions of their own.
ZEN_COLUMNS = ("at", "minute", "mcc", "store", "chain", "segment", "currency", "gross", "goods")


def zen_row(conditions: Conditions) -> Document:
    """Return a rule as a row of the decision table; an empty cell accepts everything."""
    cells = conditions.translated(
        between=lambda fact, low, high: (fact, f"[{low}..{high}]"),
        one_of=lambda fact, accepted: (fact, ", ".join(map(dumps, accepted))),
        at_least=lambda fact, least: (fact, f">= {least}"),
    )
    goods = " and ".join(_zen_part(part) for part in conditions.parts)
    row = dict.fromkeys(ZEN_COLUMNS, "") | dict(cells)
    return {"_id": conditions.rule_id, **row, "goods": goods, "rule": dumps(conditions.rule_id)}


def _zen_part(part: Part) -> str:
    if part.least > 1:
        return f"{' + '.join(f'(units[{dumps(key)}] ?? 0)' for key in part.keys)} >= {part.least}"
    if len(part.keys) == 1:
        return f"{dumps(part.keys[0])} in keys"
    return f"some({dumps(part.keys)}, # in keys)"


def zen_table(rows: Iterable[Document]) -> Document:
    """Return the decision graph of one table that collects the ids of all rows that match."""
    inputs = [
        {"id": name, "name": name, **({} if name == "goods" else {"field": name}), "type": "expression"}
        for name in ZEN_COLUMNS
    ]
    outputs = [{"id": "rule", "name": "rule", "field": "rule", "type": "expression"}]
    table = {"hitPolicy": "collect", "inputs": inputs, "outputs": outputs, "rules": list(rows)}
    nodes = [
        {"id": name, "name": name, "type": f"{name}Node", "position": {"x": 0, "y": 0}, "content": content}
        for name, content in (("input", {}), ("decisionTable", table), ("output", {}))
    ]
    edges = [
        {"id": source, "type": "edge", "sourceId": source, "targetId": target}
        for source, target in (("input", "decisionTable"), ("decisionTable", "output"))
    ]
    return {"nodes": nodes, "edges": edges}


def rule_engine_text(conditions: Conditions) -> str:
    """Return a rule as the text of one `rule_engine.Rule`; `keys` shall be a set."""
    tests = conditions.translated(
        between=lambda fact, low, high: f"{fact} >= {low} and {fact} <= {high}",
        one_of=lambda fact, accepted: f"{fact} in {dumps(accepted)}",
        at_least=lambda fact, least: f"{fact} >= {least}",
    )
    return " and ".join([*tests, *map(_rule_engine_part, conditions.parts)])


def _rule_engine_part(part: Part) -> str:
    if part.least > 1:
        return f"$sum([units[key] for key in {dumps(part.keys)} if key in keys]) >= {part.least}"
    return f"({' or '.join(f'{dumps(key)} in keys' for key in part.keys)})"


def json_logic(conditions: Conditions) -> Document:
    """Return a rule as JSON Logic."""
    tests: list[Document] = conditions.translated(
        between=lambda fact, low, high: {"<=": [low, {"var": fact}, high]},
        one_of=lambda fact, accepted: {"in": [{"var": fact}, list(accepted)]},
        at_least=lambda fact, least: {">=": [{"var": fact}, least]},
    )
    return {"and": [*tests, *map(_json_logic_part, conditions.parts)]}


def _json_logic_part(part: Part) -> Document:
    if part.least > 1:
        return {">=": [{"+": [{"var": [f"units.{key}", 0]} for key in part.keys]}, part.least]}
    return {"or": [{"in": [key, {"var": "keys"}]} for key in part.keys]}


def can_be_json_rules(conditions: Conditions) -> bool:
    """Say whether operators that come with json-rules-engine suffice: they compare one number, and add none up."""
    return all(part.least == 1 or len(part.keys) == 1 for part in conditions.parts)


def json_rule(conditions: Conditions) -> Document:
    """Return a rule of json-rules-engine, whose event bears the rule's id."""
    tests = conditions.translated(
        between=lambda fact, low, high: [
            _test(fact, "greaterThanInclusive", low),
            _test(fact, "lessThanInclusive", high),
        ],
        one_of=lambda fact, accepted: [_test(fact, "in", list(accepted))],
        at_least=lambda fact, least: [_test(fact, "greaterThanInclusive", least)],
    )
    goods = [_json_rule_part(part) for part in conditions.parts]
    return {"conditions": {"all": [*chain.from_iterable(tests), *goods]}, "event": {"type": conditions.rule_id}}


def _json_rule_part(part: Part) -> Document:
    if part.least > 1:
        (key,) = part.keys
        return _test("units", "greaterThanInclusive", part.least, path=f"$['{key}']")
    return {"any": [_test("keys", "contains", key) for key in part.keys]}


def _test(fact: str, operator: str, value: object, **more: str) -> Document:
    return {"fact": fact, "operator": operator, "value": value, **more}
