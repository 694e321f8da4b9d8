"""A map that never changes behaves as a dict does; a change leaves the old map as it was."""

from random import Random

import pytest

from engine.index.persistent_map import SHARDS, PersistentMap


def test_any_number_of_changes_are_those_of_a_dict() -> None:
    random = Random(7)
    plain = {f"k{number}": number for number in range(3 * SHARDS)}
    found: PersistentMap[str, int] = PersistentMap(plain.items())
    for _ in range(100):
        keys = [f"k{random.randrange(5 * SHARDS)}" for _ in range(random.randrange(4))]
        entries = [(key, random.choice((None, 1, 2))) for key in keys]
        before, kept = found, dict(plain)
        found = found.with_entries(entries)
        for key, value in entries:
            plain.pop(key, None)
            if value is not None:
                plain[key] = value
        assert dict(found.items()) == plain
        assert len(found) == len(plain)
        assert dict(before.items()) == kept


def test_iteration_is_in_the_order_of_the_keys() -> None:
    names = [f"{number:04}" for number in range(2 * SHARDS)]
    assert list(PersistentMap((name, 1) for name in reversed(names))) == names


def test_a_key_is_there_or_not() -> None:
    found = PersistentMap([("a", 1), ("b", 2), ("a", 3)])
    assert ("a" in found, "c" in found, None in found) == (True, False, False)
    assert (found["a"], found.get("c"), found.get("c", 4), len(found)) == (3, None, 4, 2)
    assert list(found.values()) == [3, 2]
    assert found.among(["c", "b"]) == [("b", 2)]
    with pytest.raises(KeyError, match="c"):
        found["c"]


def test_what_is_not_there_may_be_left_out() -> None:
    found = PersistentMap([("a", 1)])
    assert dict(found.with_entries([("b", None)]).items()) == {"a": 1}


def test_a_change_copies_one_shard_and_shares_the_others() -> None:
    found = PersistentMap((number, number) for number in range(4 * SHARDS))
    changed = found.with_entries([(5, None)])
    others = [old is new for old, new in zip(found._shards, changed._shards, strict=True)]
    assert others.count(False) == 1


def test_several_keys_of_one_shard_change_together() -> None:
    found = PersistentMap([(0, "a"), (SHARDS, "b")])
    changed = found.with_entries([(0, None), (SHARDS, "c"), (2 * SHARDS, "d")])
    assert dict(changed.items()) == {SHARDS: "c", 2 * SHARDS: "d"}
    assert dict(found.items()) == {0: "a", SHARDS: "b"}
