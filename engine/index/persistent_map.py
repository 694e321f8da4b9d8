"""A map that never changes: a change is a new map, which shares all but one small part with the old one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

# With so many shards, the change of one key in a hundred thousand copies a dict of two hundred and a tuple of these.
# The number is fixed, so no change ever has to build the whole map anew.
SHARDS: Final = 512
_MASK: Final = SHARDS - 1
_EMPTY: Final[dict[Any, Any]] = {}


class PersistentMap(Mapping[Key, Value]):
    """Keys and values; iterated over in the order of the keys, which are of a kind that sorts."""

    __slots__ = ("_count", "_shards")

    _shards: tuple[dict[Key, Value], ...]
    _count: int

    def __init__(self, entries: Iterable[tuple[Key, Value]] = ()) -> None:
        """Put the entries in their places; the last one of a key is kept."""
        filled: dict[int, dict[Key, Value]] = {}
        for key, value in entries:
            filled.setdefault(hash(key) & _MASK, {})[key] = value
        self._shards = tuple([filled.get(number, _EMPTY) for number in range(SHARDS)])
        self._count = sum(map(len, filled.values()))

    def get(self, key: Key, default: Any = None) -> Any:
        """Return the value of a key, or the default."""
        return self._shards[hash(key) & _MASK].get(key, default)

    def among(self, keys: Iterable[Key]) -> list[tuple[Key, Value]]:
        """Return those of the keys that there are, with their values: many are looked up in half the time."""
        shards = self._shards
        return [(key, value) for key in keys if (value := shards[hash(key) & _MASK].get(key)) is not None]

    def __getitem__(self, key: Key) -> Value:
        """Return the value of a key."""
        return self._shards[hash(key) & _MASK][key]

    def __contains__(self, key: object) -> bool:
        """Say whether there is such a key."""
        return key in self._shards[hash(key) & _MASK]

    def __len__(self) -> int:
        """Return the number of keys."""
        return self._count

    def __iter__(self) -> Iterator[Key]:
        """Return the keys in their order, which does not depend on when they were put in."""
        keys: list[Any] = [key for shard in self._shards for key in shard]
        keys.sort()
        return iter(keys)

    def with_entries(self, entries: Iterable[tuple[Key, Value | None]]) -> "PersistentMap[Key, Value]":
        """Return a map with other values for some keys; a key whose value is None is left out."""
        changed: dict[int, dict[Key, Value]] = {}
        count = self._count
        for key, value in entries:
            number = hash(key) & _MASK
            shard = changed.get(number)
            if shard is None:
                shard = changed[number] = dict(self._shards[number])
            count -= len(shard)
            if value is None:
                shard.pop(key, None)
            else:
                shard[key] = value
            count += len(shard)
        shards = list(self._shards)
        for number, shard in changed.items():
            shards[number] = shard
        new: PersistentMap[Key, Value] = PersistentMap.__new__(PersistentMap)
        new._shards = tuple(shards)
        new._count = count
        return new
