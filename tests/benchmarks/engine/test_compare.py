"""A comparison tells noise from change, and leaves nothing out that two commits both have."""

from typing import Any

import pytest

from benchmarks.compare import report, verdict


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        pytest.param([100, 104, 98, 101], [103, 99, 101, 100], "noise", id="within the spread"),
        pytest.param([100, 104, 98, 101], [80, 83, 79, 81], "faster", id="a fifth less in every round"),
        pytest.param([100, 104, 98, 101], [120, 125, 118, 121], "slower", id="a fifth more in every round"),
        pytest.param([100, 180, 100, 180], [85, 150, 90, 155], "noise", id="a tenth less on a machine of two speeds"),
    ],
)
def test_a_change_is_told_from_noise(old: list[float], new: list[float], word: str) -> None:
    assert verdict(old, new)[2] == word


def figures(evaluate: float, whole: float | None, digest: str = "a") -> dict[str, Any]:
    row = {"rules": 10, "matches": 3, "pydantic": 50.0, "median": evaluate, "read": 2.0, "write": 0.5, "whole": whole}
    counts = {"candidates": 3, "steps": 25, "optimal": True, "digest": digest}
    return {"pydantic": 50.0, "import_milliseconds": 100.0, "rows": [row | counts]}


def test_what_one_commit_cannot_do_is_left_out() -> None:
    lines = list(report([figures(400.0, None)] * 4, [figures(200.0, 6.0)] * 4))
    assert any(line.startswith("faster") and "evaluate 10 rules, 3 qualify" in line for line in lines)
    assert any(line.startswith("noise") and "read 10 rules" in line for line in lines)
    assert not any("whole" in line for line in lines)
    assert not any(line.startswith("counts") for line in lines)


def test_other_results_are_shown() -> None:
    lines = list(report([figures(200.0, 6.0)] * 4, [figures(200.0, 6.0, "b")] * 4))
    assert lines[-1] == "counts  10 rules, 3 qualify: digest was a, is b"
    assert any("whole 10 rules" in line for line in lines)
