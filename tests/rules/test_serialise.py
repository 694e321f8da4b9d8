"""A document is written as compact JSON that reads as the same document."""

import json
from typing import Any

from rules.parse import parse
from rules.serialise import serialise


def test_the_sample_receipt_is_read_back_as_it_was(sample_receipt: dict[str, Any]) -> None:
    written = serialise(sample_receipt)
    assert json.dumps(parse(written)) == json.dumps(sample_receipt)


def test_text_is_written_as_utf_8_and_nothing_is_between_the_parts() -> None:
    assert serialise({"å": [1, 2.0, None], "b": {"c": "🍞"}}) == '{"å":[1,2.0,null],"b":{"c":"🍞"}}'.encode()
