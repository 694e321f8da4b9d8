"""Makes a shop that shows a mismatch as small as it gets, while the mismatch persists."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.support.shops import Shop

Path = tuple[str | int, ...]


def shrunk(shop: Shop, fails: Callable[[Shop], bool]) -> Shop:
    """Return the smallest shop found that still fails; `fails` is false for shops that are refused."""
    data: dict[str, Any] = deepcopy(shop._asdict())
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for smaller in smaller_ones(data):
            candidate = Shop(**smaller)
            if fails(candidate):
                data = smaller
                is_smaller = True
                break
    return Shop(**data)


def smaller_ones(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the data with one part left out, or one number smaller: large parts first."""
    paths = sorted(paths_in(data), key=lambda path: (len(path), str(path)))
    if data["grants"] is not None:
        yield {**data, "grants": None}
    for path in paths:
        if len(path) > 1:
            yield without(data, path)
    for path in paths:
        number = at(data, path)
        if isinstance(number, int) and not isinstance(number, bool):
            for smaller in sorted({0, 1, 10, 100, number // 2, number - 1}):
                if 0 <= smaller < number:
                    yield changed(data, path, smaller)


def paths_in(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every part of a value."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, field in value.items():
            yield from paths_in(field, (*path, name))
    if isinstance(value, list):
        for position, element in enumerate(value):
            yield from paths_in(element, (*path, position))


def at(data: Any, path: Path) -> Any:
    """Return the part at a path."""
    for step in path:
        data = data[step]
    return data


def without(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a copy without the part at a path."""
    copy = deepcopy(data)
    del at(copy, path[:-1])[path[-1]]
    return copy


def changed(data: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Return a copy with another value at a path."""
    copy = deepcopy(data)
    at(copy, path[:-1])[path[-1]] = value
    return copy
