"""JSON whose numbers keep their digits."""

from decimal import Decimal
from typing import Any

import pytest

from rules import exact_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            {"a": [Decimal("0.10"), Decimal("12345678901234567890.5")], "b": {}},
            '{"a":[0.10,12345678901234567890.5],"b":{}}',
        ),
        (["å", "\0", None, True, 7], '["å","\\u0000",null,true,7]'),
        ([], "[]"),
    ],
)
def test_what_is_written_is_read_again_to_the_last_digit(value: Any, text: str) -> None:
    assert exact_json.write(value) == text
    assert repr(exact_json.read(text)) == repr(value)
