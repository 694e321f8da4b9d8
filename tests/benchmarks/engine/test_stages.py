"""The stages of an evaluation are clocked by name, add up, and leave the engine as it was."""

from importlib import import_module

import pytest

from benchmarks.engine.road import make
from benchmarks.engine.stages import REST, STAGES, stages_of
from benchmarks.workload import Knobs


@pytest.mark.parametrize("matches", [0, 10])
def test_shares_of_stages_add_up_to_all(matches: int) -> None:
    shares = stages_of(make(Knobs(100, matches=matches, rivals=0, receipts=2)), rounds=5)
    assert list(shares) == [*STAGES, REST]
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0


def test_the_clocks_are_taken_off_again() -> None:
    module = import_module("engine.evaluate")
    before = dict(vars(module))
    stages_of(make(Knobs(20, receipts=1)), rounds=1)
    assert vars(module) == before
