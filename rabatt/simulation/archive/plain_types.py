"""The types of columns, as few of them as receipts need: what is only held in another way is brought to one."""

import pyarrow as pa


def in_plain_types(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows of which texts are strings and lists are lists, whichever variant of these their file has."""
    wanted = pa.schema([plain_field(field) for field in rows.schema])
    return rows if wanted.equals(rows.schema) else rows.cast(wanted)


def plain_field(field: pa.Field) -> pa.Field:
    """Return a field of the plain type that holds the same."""
    return field.with_type(_plain(field.type))


def is_any_list(kind: pa.DataType) -> bool:
    """Say whether a type is a list of any variant."""
    return _is_list(kind) or bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_struct(kind):
        return pa.struct([plain_field(child) for child in kind])
    # Views of lists are left as they are, and read as objects: of the last one, PyArrow's cast loses the members.
    if _is_list(kind):
        return pa.list_(plain_field(kind.value_field))
    if pa.types.is_map(kind):
        key, item = _plain(kind.key_type), _plain(kind.item_type)
        return kind if (key, item) == (kind.key_type, kind.item_type) else pa.map_(key, item)
    if _is_text(kind):
        return pa.string()
    return pa.float32() if pa.types.is_float16(kind) else kind


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
