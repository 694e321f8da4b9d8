"""How many examples a law tries: `default` for every run, `deep` for `make deep` (HYPOTHESIS_PROFILE=deep).

A test that wants more or fewer than the profile scales it: `@settings(max_examples=settings().max_examples * 10)`.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")

settings.register_profile("default", max_examples=100, deadline=None)
settings.register_profile("deep", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(PROFILE)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if PROFILE == "deep":
        return
    # What only `make deep` runs is not there otherwise, so that a test that is skipped always lacks something.
    config.hook.pytest_deselected(items=[item for item in items if "deep" in item.keywords])
    items[:] = [item for item in items if "deep" not in item.keywords]
