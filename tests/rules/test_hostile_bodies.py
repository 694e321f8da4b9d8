"""A body that is wrong all over gives a short answer, and few errors and names are looked at for it."""

from random import Random

import pytest
from pydantic import ValidationError

from rules import Refused
from rules.fault import MOST_FAULTS, nearest_name
from rules.validate import LEAST_READ, Faulty
from tests.support.hostile import BODY
from tests.support.hostile_bodies import BODIES

LONGEST_ANSWER = 200 * MOST_FAULTS
# Of each member that is read two errors may come, and of each two validators.
MOST_ERRORS = 8 * LEAST_READ


@pytest.mark.many
@pytest.mark.plain
@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", BODIES)
def test_what_is_wrong_all_over_is_refused_with_few_faults(
    name: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[int] = []
    faulty = Faulty.__init__

    def noted(self: Faulty, error: ValidationError, first: ValidationError | None = None) -> None:
        errors.append(error.error_count() + (0 if first is None else first.error_count()))
        faulty(self, error, first)

    monkeypatch.setattr(Faulty, "__init__", noted)
    body = BODIES[name](Random(f"{name} {seed}"))
    assert len(body.content) <= BODY
    compared = nearest_name.cache_info()
    with pytest.raises(Refused) as refusal:
        body.read(body.content)
    assert 1 <= len(refusal.value.faults) <= MOST_FAULTS + 1
    assert len(str(refusal.value)) < LONGEST_ANSWER
    # All fields of one object are read, and all rules until there are faults enough.
    assert sum(errors) < (BODY // 10 if name == "unknown names" else MOST_ERRORS)
    now = nearest_name.cache_info()
    assert now.hits + now.misses - compared.hits - compared.misses <= MOST_FAULTS
