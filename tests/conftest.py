"""How many examples a law tries: `default` for every run, `deep` for `make deep` (HYPOTHESIS_PROFILE=deep).

RABATT_ENGINE=compiled says that the engine under test is the compiled one; what replaces a part of it stays away then.

A test that wants more or fewer than the profile scales it: `@settings(max_examples=settings().max_examples * 10)`.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")

# However slow the machine is just now, that is no fault of what is tried.
settings.register_profile("default", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", settings.get_profile("default"), max_examples=10_000)
settings.load_profile(PROFILE)

# What covers the engine: where following each of its steps costs little, and what is tried is always the same.
UNIT = [Path(__file__).parent / name for name in ("engine", "rules", "test_against_reference.py", "test_cases.py")]


def is_unit(item: pytest.Item) -> bool:
    """Return whether a test is of one part of the engine, on few inputs that were not drawn."""
    is_drawn = isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)
    left = {"many", "long"}
    return any(item.path.is_relative_to(place) for place in UNIT) and not is_drawn and left.isdisjoint(item.keywords)


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are processors, since many tests wait for what they started."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if is_unit(item):
            item.add_marker("unit")
    left_out = set()
    if PROFILE != "deep":
        left_out.add("deep")
    if os.environ.get("RABATT_ENGINE") == "compiled":
        left_out.add("plain")
    # What is not to be run is not there at all, so that a test that is skipped always lacks something.
    config.hook.pytest_deselected(items=[item for item in items if left_out & set(item.keywords)])
    items[:] = [item for item in items if not left_out & set(item.keywords)]
