"""YAML as plain data: numbers as JSON writes them, fractions as exact decimals, `NO` as text, and each key once."""

import re
from decimal import Decimal
from typing import Any, ClassVar

import yaml

from rules import Fault, Refused
from rules.parse import has_too_many_values

YAML = "tag:yaml.org,2002:"
# Less than YAML 1.1 takes for more than text: Norway is no refusal, 010 no 8, 1:30 no 90, and a date no datetime.
WORDS = {
    "null": (re.compile(r"~|null|"), ("~", "n", "")),
    "bool": (re.compile(r"true|false"), ("t", "f")),
    "int": (re.compile(r"[-+]?(0|[1-9][0-9]*)"), tuple("-+0123456789")),
    "float": (re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?"), tuple("-+0123456789")),
}


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads what JSON could say as well."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}
    yaml_constructors: ClassVar[dict[str | None, Any]] = {}


def scalar(loader: Any, node: Any) -> Any:
    """Text, or what the words and numbers of JSON stand for; a YAMLError where a tag says something else of them."""
    kind, text = node.tag.removeprefix(YAML), loader.construct_scalar(node)
    if kind == "str":
        return text
    if WORDS[kind][0].fullmatch(text) is None:
        raise refusal(node, f'"{text}" is not what its tag says')
    match kind:
        case "null":
            return None
        case "bool":
            return text == "true"
        case _:
            return number(node, text, is_whole=kind == "int")


def number(node: Any, text: str, *, is_whole: bool) -> int | Decimal:
    """The number that is written, to its last digit."""
    try:
        return int(text) if is_whole else Decimal(text)
    except (ValueError, ArithmeticError):
        raise refusal(node, "a number has too many digits to be counted") from None


def sequence(loader: Any, node: Any) -> list[Any]:
    """A list."""
    check(node, yaml.SequenceNode)
    return [loader.construct_object(value, deep=True) for value in node.value]


def mapping(loader: Any, node: Any) -> dict[str, Any]:
    """An object; a YAMLError where a key is no text, or there twice."""
    check(node, yaml.MappingNode)
    members: dict[str, Any] = {}
    for key, value in node.value:
        # `NO: 1` and `7: 1` have the names that stand there, whatever the words mean.
        if not isinstance(key, yaml.ScalarNode):
            raise refusal(key, "the name of a field is text")
        if key.value in members:
            raise refusal(key, f"{key.value} is there twice")
        members[key.value] = loader.construct_object(value, deep=True)
    return members


def check(node: Any, kind: type) -> None:
    """A YAMLError where a tag says of a node what it is not."""
    if not isinstance(node, kind):
        raise refusal(node, "this is not what its tag says")


def refusal(node: Any, sentence: str) -> yaml.YAMLError:
    """The error that names the place of a node."""
    return yaml.constructor.ConstructorError(None, None, sentence, node.start_mark)


for name in ("str", *WORDS):
    Loader.add_constructor(YAML + name, scalar)
Loader.add_constructor(f"{YAML}seq", sequence)
Loader.add_constructor(f"{YAML}map", mapping)
Loader.add_constructor(None, yaml.SafeLoader.construct_undefined)
for name, (pattern, starts) in WORDS.items():
    Loader.add_implicit_resolver(YAML + name, re.compile(f"(?:{pattern.pattern})$"), list(starts))


def read_yaml(data: bytes) -> Any:
    """The plain data of a YAML document; Refused where it is none, or stands for more than anyone would read."""
    try:
        document = yaml.load(data, Loader)  # noqa: S506 - the loader is the safe one, and knows less
    except yaml.YAMLError as problem:
        raise Refused([Fault("", f"not YAML: {' '.join(str(problem).split())}")]) from None
    except RecursionError:
        raise Refused([Fault("", "the document is nested too deeply; make it flatter")]) from None
    # What is written once and referred to (`*name`) is as large as all places that it stands in.
    if has_too_many_values(document):
        raise Refused([Fault("", "the document holds too many values; write out what is referred to, or leave it out")])
    return document
