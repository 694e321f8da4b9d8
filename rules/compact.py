"""A rule in as little memory as its content needs: equal parts of many rules are one object.

A model that pydantic has made carries a dict for its fields and a set of those that were given, each sized for growth:
the models of a hundred thousand rules took several times the memory of the documents that they were read from.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from rules.pattern import Equals
from rules.requirement import Requirement
from rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Hashable

    # Parts by what they are made of; it holds these parts, so an `id` in a key stays the id of one object.
    Parts = dict[Hashable, Any]

_Model = TypeVar("_Model", bound=BaseModel)

_AS_THEY_ARE = frozenset({bool, int, type(None)})
# What stands for a part that is left out is one object already.
_DEFAULTS = frozenset(
    id(field.default)
    for model in (Rule, Requirement)
    for field in model.model_fields.values()
    if isinstance(field.default, BaseModel)
)
# Parts that are rare are soon forgotten, so that the memory of them does not grow with the rules.
MOST_PARTS = 20_000


def compacted(rule: Rule, parts: Parts) -> Rule:
    """An equal rule, whose parts are shared with those of rules before it."""
    if len(parts) > MOST_PARTS:
        parts.clear()
    return _made(rule, _fields(rule, parts), parts)


def _fields(model: BaseModel, parts: Parts) -> dict[str, Any]:
    return {
        name: value if value.__class__ in _AS_THEY_ARE else _shared(value, parts)
        for name, value in model.__dict__.items()
    }


def _shared(value: Any, parts: Parts) -> Any:
    """An equal value: the one that was met before, if there was one made of the same parts."""
    kind = value.__class__
    key: Hashable
    if kind is str:
        return parts.setdefault(value, value)
    if kind is tuple:
        if not value:
            return value
        members = tuple([_shared(member, parts) for member in value])
        return parts.setdefault((tuple, *map(id, members)), members)
    if kind is Decimal:
        # 5 and 5.0 are equal, and not the same.
        return parts.setdefault((Decimal, str(value)), value)
    if kind is Equals:
        return parts.setdefault((Equals, value.value), value)
    if not isinstance(value, BaseModel):
        return value
    if id(value) in _DEFAULTS:
        return value
    fields = _fields(value, parts)
    key = (kind, *map(id, fields.values()), frozenset(value.__pydantic_fields_set__))
    known = parts.get(key)
    if known is None:
        known = parts[key] = _made(value, fields, parts)
    return known


def _made(model: _Model, fields: dict[str, Any], parts: Parts) -> _Model:
    """A model of the same kind with these fields.

    Set one by one, they share the table of their names with all models of the kind; a dict set as a whole does not.
    """
    made = model.__class__.__new__(model.__class__)
    given = model.__pydantic_fields_set__
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    object.__setattr__(made, "__pydantic_fields_set__", parts.setdefault(frozenset(given), given))
    object.__setattr__(made, "__pydantic_extra__", model.__pydantic_extra__)
    object.__setattr__(made, "__pydantic_private__", model.__pydantic_private__)
    return made
