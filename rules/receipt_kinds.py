"""The kinds of objects of a receipt, made from the models, so that nothing is said of a field twice."""

from __future__ import annotations

from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Required, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Strict
from typing_extensions import is_typeddict

from rules.one_walk import Doubt, ObjectKind
from rules.receipt import Line, Receipt
from rules.receipt_rest import LineRest, OneOrMany, ReceiptRest
from rules.values import LARGEST, NullMeans, Quantity, Read, Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCALARS = (str, int, float, bool, NoneType)
# Discounts that a receipt or a line brought, and returns: the models read them where the receipt is made.
READ_LATER = frozenset({"discounts", "returns", "discount_lines", "bonus_lines"})


def never_right(_value: object) -> None:
    """A Doubt, whatever the value is."""
    raise Doubt


class Field(NamedTuple):
    """A field: of which types a value is plainly right, and what raises where any other is not.

    `kind` is that of the object in it, or of the objects in its list.
    """

    plain: frozenset[type]
    check: Callable[[Any], Any] = never_right
    kind: ObjectKind | None = None
    is_list: bool = False


@lru_cache(maxsize=1)
def kind_of_receipt() -> ObjectKind:
    """The kind of a whole receipt, both halves of its models in one; that of its lines is below `items`."""
    line = _kind_of(_fields_of_model(Line) | _fields_of(LineRest), frozenset())
    fields = _fields_of_model(Receipt) | _fields_of(ReceiptRest)
    fields["items"] = Field(frozenset({NoneType}), kind=line, is_list=True)
    # The time is read where the receipt is made.
    fields["purchase_at"] = Field(frozenset({str}))
    required = {name for name, field in Receipt.model_fields.items() if field.is_required()}
    return _kind_of(fields, frozenset(required | ReceiptRest.__required_keys__))


def _fields_of_model(model: type[BaseModel]) -> dict[str, Field]:
    """The fields of a model under the names that documents have; that of the lines is left out."""
    hints = get_type_hints(model, include_extras=True)
    return {
        str(field.validation_alias or name): Field(frozenset({NoneType}), is_list)
        if name in READ_LATER
        else field_of(hints[name])
        for name, field in model.model_fields.items()
        if name != "items"
    }


def _fields_of(typed: Any) -> dict[str, Field]:
    hints = get_type_hints(typed, include_extras=True)
    return {name: field_of(hint) for name, hint in hints.items() if name != "items"}


def _kind_of(fields: Mapping[str, Field], required: frozenset[str]) -> ObjectKind:
    return ObjectKind(
        required,
        {of: frozenset([name for name, field in fields.items() if of not in field.plain]) for of in SCALARS},
        {name: field.kind for name, field in fields.items() if field.kind is not None and not field.is_list},
        {name: field.kind for name, field in fields.items() if field.kind is not None and field.is_list},
        {name: field.check for name, field in fields.items()},
    )


@cache
def _kind_of_typed(typed: Any) -> ObjectKind:
    return _kind_of(_fields_of(typed), frozenset(typed.__required_keys__))


def field_of(hint: Any) -> Field:
    """The field of a type of ours; a TypeError names one of which nothing is known."""
    if get_origin(hint) is Required:
        (hint,) = get_args(hint)
    if get_origin(hint) in {Union, UnionType}:
        (inner,) = [one for one in get_args(hint) if one is not NoneType]
        return _or_null(field_of(inner))
    if get_origin(hint) is not Annotated:
        return _field_of_container(hint)
    inner, *marks = get_args(hint)
    match marks:
        case [NullMeans()]:
            return _or_null(field_of(inner))
        case [mark, NullMeans()]:
            return _or_null(field_of(Annotated[inner, mark]))
        case [Whole(low=low, high=high)] if (low, high) == (-LARGEST, LARGEST):
            return Field(frozenset({int}))
        case [Quantity()]:
            return Field(frozenset({int, float}))
        case [OneOrMany(numbers=numbers)]:
            return Field(frozenset({str, NoneType, int, float} if numbers else {str, NoneType}), are_texts)
        case [Read(function=function)]:
            return Field(frozenset(), function)
        case [Strict()] if inner in {str, bool}:
            return Field(frozenset({inner}))
        case _:
            message = f"nothing is known of a field of the type {hint}"
            raise TypeError(message)


def _field_of_container(hint: Any) -> Field:
    arguments = get_args(hint)
    if get_origin(hint) in {list, tuple} and is_typeddict(arguments[0]):
        return Field(frozenset(), kind=_kind_of_typed(arguments[0]), is_list=True)
    if is_typeddict(hint):
        return Field(frozenset(), kind=_kind_of_typed(hint))
    if hint == dict[str, Any]:
        return Field(frozenset(), is_object)
    message = f"nothing is known of a field of the type {hint}"
    raise TypeError(message)


def _or_null(field: Field) -> Field:
    return field._replace(plain=field.plain | {NoneType})


def is_list(value: object) -> None:
    """A Doubt where a value is no list."""
    if type(value) is not list:
        raise Doubt


def is_object(value: object) -> None:
    """A Doubt where a value is no object."""
    if type(value) is not dict:
        raise Doubt


def are_texts(value: object) -> None:
    """A Doubt where a value is no list of texts."""
    if type(value) is not list:
        raise Doubt
    for text in value:
        if type(text) is not str:
            raise Doubt
