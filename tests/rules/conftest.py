"""A receipt with every field filled in, and a rule with every field on it."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def sample_receipt() -> dict[str, Any]:
    """A receipt in the shape of the Dintero API that leaves no field out."""
    text = (Path(__file__).parent / "every_field.json").read_text("utf-8")
    receipt: dict[str, Any] = json.loads(text)
    return receipt


@pytest.fixture
def sample_rule(sample_receipt: dict[str, Any]) -> dict[str, Any]:
    """The rule in its discounts."""
    rule: dict[str, Any] = sample_receipt["discounts"][0]
    return rule
