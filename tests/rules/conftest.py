"""The sample receipt of the Dintero API, and the rule on it."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def sample_receipt() -> dict[str, Any]:
    """The receipt as the API's documentation shows it, with every field filled in."""
    text = (Path(__file__).parent / "dintero_receipt.json").read_text("utf-8")
    receipt: dict[str, Any] = json.loads(text)
    return receipt


@pytest.fixture
def sample_rule(sample_receipt: dict[str, Any]) -> dict[str, Any]:
    """The rule in its discounts."""
    rule: dict[str, Any] = sample_receipt["discounts"][0]
    return rule
