"""The sample of the source documents is legal, placeholders included."""

import json

import pytest

from rules import read_receipt, read_rules
from tests.support.places import SHARED

SOURCE = SHARED / "seeds" / "dintero-update-receipt.txt"


@pytest.mark.skipif(not SOURCE.exists(), reason="the source documents are not beside the project, in ../shared/seeds")
def test_the_sample_of_the_source_documents_is_legal() -> None:
    text = SOURCE.read_text("utf-8")
    sample, _ = json.JSONDecoder().raw_decode(text[text.index('{\n  "store"') :])
    assert read_receipt(sample).receipt_id
    assert read_rules(sample["discounts"])[0].reward.value
