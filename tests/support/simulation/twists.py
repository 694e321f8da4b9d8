"""Columns of other types than receipts have, with values that fit them: what an archive may have anywhere."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import cycle
from typing import Any, Final, NamedTuple, TypeAlias

import pyarrow as pa
from hypothesis import strategies as st

from tests.support.simulation.purchases import CUSTOMER, LINE, SCHEMA, STORE, Document

Path: TypeAlias = tuple[str, ...]

BIG = 10**15
TEXTS = (pa.string(), pa.large_string(), pa.string_view(), *(pa.dictionary(one, pa.string()) for one in (pa.int8(),)))
NUMBERS = (pa.int8(), pa.int32(), pa.int64(), pa.uint8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64())
ODD = (
    pa.null(),
    pa.bool_(),
    pa.binary(),
    pa.decimal128(20, 2),
    pa.date32(),
    pa.timestamp("ms", "UTC"),
    pa.timestamp("ns"),
    pa.time64("ns"),
    pa.duration("ns"),
)
WORDS: Final = ("", " ", "a", "Æ", "1", "true", "gold", "2024-05-03T10:00:00Z", "x" * 40, "0")
FRACTIONS: Final = (0.0, -0.0, 1.0, 2.5, -1.0, 0.1, 1e15, 1e16, -1e16, 1e300, float("nan"), float("inf"), float("-inf"))


class Twist(NamedTuple):
    """A column of another type, at a path of fields with lists left out; None for a column that is left out."""

    path: Path
    kind: pa.DataType | None
    values: Sequence[Any]


def paths(schema: pa.Schema = SCHEMA) -> tuple[Path, ...]:
    """The paths of all fields, outermost first."""
    return tuple(path for field in schema for path in _paths(field))


def _paths(field: pa.Field) -> Iterator[Path]:
    kind = field.type.value_type if pa.types.is_list(field.type) else field.type
    yield (field.name,)
    if pa.types.is_struct(kind):
        for child in kind:
            yield from ((field.name, *path) for path in _paths(child))


PLAIN: Final = st.sampled_from((*TEXTS, *NUMBERS, *ODD))
# Types of columns, in each other.
KINDS: Final = PLAIN | st.recursive(
    PLAIN | st.sampled_from((STORE, CUSTOMER, LINE)),
    lambda inner: st.one_of(
        inner.map(pa.list_),
        inner.map(pa.large_list),
        inner.map(pa.list_view),
        inner.map(lambda kind: pa.list_(kind, 2)),
        inner.map(lambda kind: pa.struct({"id": kind})),
        inner.map(lambda kind: pa.struct({"level": kind, "amount": pa.int64()})),
        inner.map(lambda kind: pa.map_(pa.string(), kind)),
        inner.map(lambda kind: pa.map_(pa.string_view(), kind)),
        st.just(pa.map_(pa.int32(), pa.string())),
    ),
    max_leaves=3,
)
# What is near to what receipts have comes oftener.
LIKELY: Final = st.none() | KINDS | st.sampled_from((*TEXTS, *NUMBERS)) | st.sampled_from((*TEXTS, *NUMBERS))
PATHS: Final = st.sampled_from(paths())


@cache
def values_of(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """Values that a column of a type can hold, null among them."""
    return st.none() | _there(kind)


def _there(kind: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_struct(kind):
        return st.fixed_dictionaries({child.name: values_of(child.type) for child in kind})
    if pa.types.is_fixed_size_list(kind):
        return st.lists(values_of(kind.value_type), min_size=2, max_size=2)
    if pa.types.is_map(kind):
        keys = st.sampled_from([1, 2] if pa.types.is_integer(kind.key_type) else ["level", "id", "points", ""])
        return st.lists(st.tuples(keys, values_of(kind.item_type)), max_size=3)
    if pa.types.is_nested(kind):
        return st.lists(values_of(kind.value_type), max_size=3)
    return st.sampled_from(_scalars(kind))


def _scalars(kind: pa.DataType) -> Sequence[Any]:
    if pa.types.is_null(kind):
        return [None]
    if pa.types.is_boolean(kind):
        return [True, False]
    if pa.types.is_floating(kind):
        most = {16: 6e4, 32: 3e38, 64: 1e301}[kind.bit_width]
        return [one for one in FRACTIONS if one != one or abs(one) <= most or abs(one) == float("inf")]  # noqa: PLR0124
    if pa.types.is_integer(kind):
        width = kind.bit_width
        low = -(2 ** (width - 1)) if pa.types.is_signed_integer(kind) else 0
        high = 2**width - 1 + low
        candidates = (0, 1, 2, 3, -1, 100, BIG, BIG + 1, -BIG, -BIG - 1, 2**63 + 7, low, high)
        return sorted({one for one in candidates if low <= one <= high}, key=abs)
    if pa.types.is_decimal(kind):
        return [Decimal("1.00"), Decimal("1.25"), Decimal("-3.00"), Decimal(0)]
    if pa.types.is_binary(kind):
        return [b"a", b"", b"\xff"]
    if pa.types.is_date(kind):
        return [0, 19_846]
    if pa.types.is_temporal(kind):
        return [0, 1_714_732_200_123, 1] if pa.types.is_timestamp(kind) else [0, 1, 1_000]
    return WORDS


def twisted(receipts: Sequence[Document], twists: Sequence[Twist]) -> pa.Table:
    """The columns of receipts with some of them twisted, one after the other."""
    schema = SCHEMA
    rows = [dict(receipt) for receipt in receipts]
    for path, kind, values in twists:
        if not _is_there(schema, path):
            continue
        schema = pa.schema(_put(list(schema), path, kind))
        turn = cycle(values)
        rows = [_replaced(row, path, turn, gone=kind is None) for row in rows]
    return pa.Table.from_pylist(rows, schema=schema)


def _is_there(fields: Any, path: Path) -> bool:
    found = [field for field in fields if field.name == path[0]]
    if not found or len(path) == 1:
        return bool(found)
    kind = found[0].type.value_type if pa.types.is_list(found[0].type) else found[0].type
    return pa.types.is_struct(kind) and _is_there(list(kind), path[1:])


def _put(fields: Sequence[pa.Field], path: Path, kind: pa.DataType | None) -> list[pa.Field]:
    name, *below = path
    result = []
    for field in fields:
        if field.name != name:
            result.append(field)
        elif below:
            is_list = pa.types.is_list(field.type)
            inner = _put(list(field.type.value_type if is_list else field.type), tuple(below), kind)
            # A struct of no fields can't be written.
            struct = pa.struct(inner or [pa.field("nothing", pa.int8())])
            result.append(field.with_type(pa.list_(struct) if is_list else struct))
        elif kind is not None:
            result.append(field.with_type(kind))
    return result


def _replaced(value: Any, path: Path, turn: Iterator[Any], *, gone: bool) -> Any:
    if isinstance(value, list):
        return [_replaced(member, path, turn, gone=gone) for member in value]
    if not isinstance(value, dict):
        return value
    name, *below = path
    if below:
        return {**value, name: _replaced(value.get(name), tuple(below), turn, gone=gone)}
    return {key: one for key, one in value.items() if key != name} if gone else {**value, name: next(turn)}


@st.composite
def twists(draw: st.DrawFn) -> Twist:
    """One column that is another."""
    path, kind = draw(PATHS), draw(LIKELY)
    values = [] if kind is None else draw(st.lists(values_of(kind), min_size=1, max_size=4))
    return Twist(path, kind, values or [None])
