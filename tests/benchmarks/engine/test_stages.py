"""The stages of an evaluation are clocked by name, add up, and leave the engine as it was."""

from importlib import import_module

import pytest

from benchmarks.engine.stages import REST, STAGES, stages_of
from benchmarks.workload import Knobs, make_workload
from engine import compile_rules
from rules import read_rules


@pytest.mark.parametrize("matches", [0, 10])
def test_shares_of_stages_add_up_to_all(matches: int) -> None:
    workload = make_workload(Knobs(100, matches=matches, rivals=0, receipts=2))
    shares = stages_of(compile_rules(read_rules(workload.rules)), workload.receipts_json, rounds=5)
    assert list(shares) == [*STAGES, REST]
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0


def test_the_clocks_are_taken_off_again() -> None:
    module = import_module("engine.evaluate")
    before = dict(vars(module))
    workload = make_workload(Knobs(20, receipts=1))
    stages_of(compile_rules(read_rules(workload.rules)), workload.receipts_json, rounds=1)
    assert vars(module) == before


def test_every_stage_is_found_in_the_engine() -> None:
    module = import_module("engine.evaluate")
    for names in STAGES.values():
        found = [name for name in names if callable(getattr(module, name.partition(".")[0], None))]
        assert found
