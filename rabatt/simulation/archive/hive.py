"""Folders named `key=value`, as hive tables have them, and what they say of the receipts below them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

# Keys that fill a field of the receipt, with its path; others are only state.
HIVE_FIELDS: Final = {
    "receipt_id": ("receipt_id",),
    "customer_id": ("customer_id",),
    "currency": ("currency",),
    "purchase_at": ("purchase_at",),
    "store_id": ("store", "id"),
}
_NULL: Final = "__HIVE_DEFAULT_PARTITION__"


def values_of(path: str) -> Mapping[str, str | None]:
    """Return what the folders of a file say, however its path is written."""
    folders = Path(os.path.abspath(path)).parent.parts  # noqa: PTH100 - `resolve` would follow links to other folders
    pairs = (folder.partition("=") for folder in folders if "=" in folder)
    return {key: None if value == _NULL else unquote(value) for key, _, value in pairs if key in HIVE_FIELDS}
