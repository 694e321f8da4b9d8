"""What answers say is wrong."""

from typing import Any


def paths(answer: Any, status: int = 422) -> list[str]:
    """The paths of the faults that are named."""
    assert answer.status_code == status, answer.text
    return [fault["path"] for fault in answer.json()["error"]["errors"]]


def refusal(answer: Any) -> tuple[int, str]:
    """The status of an answer and the code of its error."""
    return answer.status_code, answer.json()["error"]["code"]
