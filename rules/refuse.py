"""Pydantic's errors become Faults: the path as the document has it, one sentence, the nearest known name."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from rules.fault import MOST_FAULTS, Fault, further, nearest_name, path_of, shown, suggestion
from rules.reward import REWARD_KINDS
from rules.values import GIVEN, LARGEST, NULL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic_core import ErrorDetails

    from rules.validate import Faulty

Location = tuple[str | int, ...]

_QUOTED = re.compile(r"'([^']*)'")

WANTED = {
    "string_type": "text is wanted, in quotes",
    "bool_type": "true or false is wanted, without quotes",
    "dict_type": "an object is wanted",
    "model_type": "an object is wanted",
    "model_attributes_type": "an object is wanted",
    "tuple_type": "a list is wanted",
    "list_type": "a list is wanted",
    "too_short": "one at least is wanted",
}


def faults_of(
    faulty: Faulty, model: type[BaseModel] | None = None, prefix: Location = (), most: int = MOST_FAULTS
) -> list[Fault]:
    """The faults of a document, each once; the names that `model` knows are offered for misspelt fields.

    Where there are more than `most`, the last one stands for the others.
    """
    return faults_of_all((faulty,), model, prefix, most)


def faults_of_all(
    readers: Iterable[Faulty], model: type[BaseModel] | None = None, prefix: Location = (), most: int = MOST_FAULTS
) -> list[Fault]:
    """The same of all that readers of different parts of one document found, of which several may find the same.

    What is beyond `most` is counted by its place alone, since names for so much take long to find.
    """
    faults: dict[Fault, None] = {}
    said: set[Location] = set()
    others: set[Location] = set()
    is_whole = True
    for faulty in readers:
        is_whole = is_whole and faulty.first is None
        for error in (faulty.error, faulty.first):
            for details in () if error is None else error.errors(include_url=False):
                if NULL in details["loc"]:
                    continue
                location = tuple(part for part in details["loc"] if part != GIVEN)
                if len(faults) < most:
                    names = known_names(model, location[:-1]) if details["type"] == "extra_forbidden" else ()
                    faults[_fault(details, prefix, location, names)] = None
                    said.add(location)
                elif location not in said:
                    others.add(location)
    if not is_whole:
        return [*faults, further()]
    return [*faults, further(len(others))] if others else list(faults)


def _fault(details: ErrorDetails, prefix: Location, location: Location, names: tuple[str, ...]) -> Fault:
    context: dict[str, Any] = details.get("ctx", {})
    kind, given = details["type"], details["input"]
    path = path_of((*prefix, *without_tag(location)))
    match kind:
        case "missing":
            return Fault(path, "this required field is missing")
        case "extra_forbidden":
            nearest = nearest_name(str(location[-1]), names)
            return Fault(path, f"unknown field{suggestion(nearest) or '; leave it out'}", nearest)
        case "union_tag_not_found":
            return Fault(f"{path}.type", "this required field is missing")
        case "union_tag_invalid":
            return choice(f"{path}.type", given["type"], context["expected_tags"])
        case "literal_error":
            return choice(path, given, context["expected"])
        case "too_long":
            sentence = f"{context['max_length']} at most are taken; here are {context['actual_length']}"
            return Fault(path, sentence)
        case "whole" | "number" if is_too_large(given):
            return Fault(
                path, f"this is an amount beyond what can be counted exactly, {LARGEST}; here is {shown(given)}"
            )
        case _:
            below = path_of(context.get("below", ()))
            path = f"{path}.{below}" if below else path
            sentence = context.get("sentence") or WANTED.get(kind) or details["msg"]
            quoted = "" if "below" in context else f"; here is {shown(given)}"
            nearest = nearest_name(context["name"], context["known"]) if "known" in context else None
            offered = suggestion(nearest) or context.get("otherwise", "")
            return Fault(path, f"{sentence}{offered}{quoted}", nearest)


def choice(path: str, given: object, expected: str) -> Fault:
    """The fault of a value that is none of those that pydantic expected, with the nearest of them."""
    known = tuple(_QUOTED.findall(expected))
    nearest = nearest_name(given, known) if isinstance(given, str) else None
    return Fault(path, f"{shown(given)} is not one of {', '.join(known)}{suggestion(nearest)}", nearest)


def is_too_large(given: object) -> bool:
    """Whether a value is refused as an amount for its size alone."""
    return isinstance(given, int | float | Decimal) and not -LARGEST <= given <= LARGEST


def without_tag(location: Location) -> Location:
    """The path without the reward's type, which pydantic puts between `reward` and its fields."""
    if len(location) > 1 and location[0] == "reward" and location[1] in REWARD_KINDS:
        return (location[0], *location[2:])
    return location


def known_names(model: type[BaseModel] | None, location: Location) -> tuple[str, ...]:
    """The names of the fields of the object at a place of a model's document; none where that is no model."""
    models = [] if model is None else [model]
    for part in location:
        if isinstance(part, int):
            continue
        tagged = [each for each in models if part in _tags(each)]
        models = tagged or [inner for each in models if part in each.model_fields for inner in _models_in(each, part)]
    return tuple(name for each in models for name in each.model_fields)


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("type")
    return get_args(field.annotation) if field is not None else ()


def _models_in(model: type[BaseModel], name: str) -> Iterator[type[BaseModel]]:
    """The models that the value of a field, or a member of it, may be."""
    waiting: list[Any] = [model.model_fields[name].annotation]
    while waiting:
        annotation = waiting.pop(0)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        else:
            waiting.extend(get_args(annotation))
