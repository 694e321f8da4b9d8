"""JSON by orjson, where that is installed (the extra `orjson`): the same values, and the same bytes (decision 36).

Whatever orjson does in another way goes the other way: integers of more than 64 bits, decimals, half characters.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable


def module_of(name: str) -> Any:
    """The module of that name; None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


def reader(orjson: Any) -> Callable[[bytes | str], Any]:
    """What reads JSON text, by orjson or without; a ValueError or TypeError where it may not be JSON.

    An integer of more than 64 bits may come as a float, and a number beyond all floats as infinity: the caller looks at
    numbers of such a size, and reads the text in another way then.
    """
    if orjson is not None:
        return orjson.loads  # type: ignore[no-any-return]
    return _read


def writer(orjson: Any) -> Callable[[Any], bytes]:
    """What writes plain data as compact JSON in UTF-8, by orjson or without; NaN and infinity are in no plain data."""
    return to_json if orjson is None else _Writer(orjson).write


def _read(data: bytes | str) -> Any:
    return from_json(data, allow_inf_nan=False)


class _Writer:
    def __init__(self, orjson: Any) -> None:
        self.dumps = orjson.dumps
        # Of what is no plain data pydantic-core may write more, and otherwise.
        self.options = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS
        self.options |= orjson.OPT_PASSTHROUGH_DATETIME

    def write(self, document: Any) -> bytes:
        """The document as pydantic-core writes it."""
        try:
            written: bytes = self.dumps(document, None, self.options)
        except TypeError:
            return to_json(document)
        return written


ORJSON = module_of("orjson")
read_text = reader(ORJSON)
write_text = writer(ORJSON)
