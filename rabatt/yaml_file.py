"""YAML as plain data: fractions as exact decimals, `NO` as text, and each key once."""

import re
from decimal import Decimal
from typing import Any

import yaml

from rules import Fault, Refused


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads what JSON could say as well."""


def fraction(_loader: Any, node: Any) -> Any:
    """The number as it is written, unless it is one of YAML's own (`.inf`, `1:30`): that stays text, and is refused."""
    try:
        return Decimal(node.value)
    except ArithmeticError:
        return node.value


def mapping(loader: Any, node: Any) -> dict[Any, Any]:
    """An object; a YAMLError where a key is there twice."""
    names = [loader.construct_object(name, deep=True) for name, _ in node.value]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise yaml.constructor.ConstructorError(None, None, f"{twice} is there twice", node.start_mark)
    return {name: loader.construct_object(value, deep=True) for name, (_, value) in zip(names, node.value, strict=True)}


Loader.add_constructor("tag:yaml.org,2002:float", fraction)
Loader.add_constructor("tag:yaml.org,2002:map", mapping)
# Norway is no refusal, a time of day no number in base 60, and a date no datetime.
Loader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in {"bool", "timestamp", "merge"}]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for sign, word in (("t", "true"), ("f", "false")):
    Loader.yaml_implicit_resolvers.setdefault(sign, []).append(("tag:yaml.org,2002:bool", re.compile(f"^{word}$")))


def read_yaml(data: bytes) -> Any:
    """The plain data of a YAML document; Refused where it is none."""
    try:
        return yaml.load(data, Loader)  # noqa: S506 - the loader is the safe one, and knows less
    except yaml.YAMLError as problem:
        raise Refused([Fault("", f"not YAML: {' '.join(str(problem).split())}")]) from None
