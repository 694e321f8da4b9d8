"""What comes back is a list of lines; every fault of it is named."""

import json
from typing import Any

import pytest

from rules import Refused, read_receipt, read_returned
from rules.returned import MOST_RETURNED


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("is_text", [False, True])
def test_lines_are_read_from_text_and_data(wrapped: bool, is_text: bool) -> None:
    lines: Any = [{"line_id": 1, "quantity": 2.0}, {"line_id": 2}, {"line_id": 3, "quantity": 0.5}]
    data: Any = {"items": lines} if wrapped else lines
    read = read_returned(json.dumps(data) if is_text else data)
    assert [(line.line_id, line.quantity) for line in read] == [(1, 2), (2, None), (3, 0.5)]


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        ({"line_id": 1}, "", "what comes back is a list"),
        ("1", "", "what comes back is a list"),
        ([{"line_id": 1}] * (MOST_RETURNED + 1), "", "return them in parts"),
        ([1], "returned[0]", "an object is wanted"),
        ([{"line_id": 1}, {"quantity": 1}], "returned[1].line_id", "missing"),
        ([{"line_id": "1"}], "returned[0].line_id", "whole number"),
        ([{"line_id": 1, "quantity": "2"}], "returned[0].quantity", "a number is wanted"),
        ([{"line_id": 1, "quantty": 2}], "returned[0].quantty", 'did you mean "quantity"?'),
    ],
)
def test_what_is_no_line_is_named(data: Any, path: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        read_returned(data)
    [fault] = refused.value.faults
    assert fault.path == path
    assert says in fault.sentence


def test_returns_of_a_receipt_are_typed() -> None:
    receipt = {"receipt_id": "1", "purchase_at": "2024-05-01T12:00:00Z", "store": {"id": "s"}}
    with pytest.raises(Refused) as refused:
        read_receipt({**receipt, "returns": [{"items": [{"line_id": "1"}], "amount": 1.5, "ref": "r"}]})
    assert {fault.path for fault in refused.value.faults} == {"returns[0].items[0].line_id", "returns[0].amount"}
