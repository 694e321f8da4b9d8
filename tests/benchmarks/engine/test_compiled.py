"""The plain and the compiled engine are compared by turns, and only where they give the same."""

from dataclasses import replace

import pytest

from benchmarks.compiled import Figure, compared, measure_by_turns, table

PLAIN = Figure("evaluate", "ms", 6.0, "same")


def test_the_median_of_the_ratios_is_told_with_its_spread() -> None:
    rounds = [([PLAIN], [replace(PLAIN, value=value)]) for value in (3.0, 2.0, 4.0)]
    [row] = compared(rounds)
    assert (row.plain, row.compiled, row.times, row.least, row.most) == (6.0, 3.0, 2.0, 1.5, 3.0)
    assert table([row]).splitlines()[-1] == "| evaluate | 6 ms | 3 ms | 2.00 | 1.50–3.00 |"


@pytest.mark.parametrize("other", [replace(PLAIN, digest="other"), replace(PLAIN, name="other")])
def test_different_results_are_not_compared(other: Figure) -> None:
    with pytest.raises(AssertionError):
        compared([([PLAIN], [other])])


def test_who_is_first_changes_from_round_to_round() -> None:
    measured: list[str] = []

    def measure(python: str) -> list[Figure]:
        measured.append(python)
        return [Figure(python, "", 1.0)]

    rounds = list(measure_by_turns("plain", "compiled", 3, measure))
    assert measured == ["plain", "compiled", "compiled", "plain", "plain", "compiled"]
    assert {(one.name, other.name) for [one], [other] in rounds} == {("plain", "compiled")}
