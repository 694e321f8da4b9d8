"""A comparison tells noise from change, leaves out what one side cannot do, and shows other results."""

import pytest

from benchmarks.engine.compare import Figure, compared, differences, figures, verdict


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
    assert verdict(old, new).startswith(f"{word} (± ")


def rounds(*sides: tuple[float, float], unit: str = "ms") -> list[dict[str, dict[str, Figure]]]:
    return [
        {"plain": {"evaluate": Figure(unit, old)}, "compiled": {"evaluate": Figure(unit, new)}} for old, new in sides
    ]


def test_the_median_of_the_ratios_is_told_with_its_spread() -> None:
    assert compared(rounds((6, 3), (6, 2), (6, 4))) == [
        "| what | plain | compiled | plain ÷ compiled | least–most | so |",
        "| --- | --- | --- | --- | --- | --- |",
        "| evaluate | 6 ms | 3 ms | 2.00 | 1.50–3.00 | noise (± 50.0%) |",
    ]


def test_what_one_side_cannot_do_is_left_out() -> None:
    all_rounds = rounds((6, 3), (6, 2), (6, 4))
    for one in all_rounds:
        one["compiled"]["JSON to JSON"] = Figure("ms", 1)
    assert not any("JSON" in line for line in compared(all_rounds))
    assert differences(all_rounds) == []


def test_other_results_are_shown() -> None:
    [one] = rounds((6, 3))
    one["compiled"]["evaluate"] = Figure("ms", 3, "other")
    assert differences([one]) == ["counts  evaluate: was , is other"]


@pytest.mark.long
def test_both_sides_measure_every_part_of_the_road(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.engine.compare.SECONDS_OF_A_SET", 0.1)
    found = dict(figures(10, whole=False))
    assert [name.partition(":")[0] for name in found] == [
        *("import engine", "validate with pydantic", "read", "evaluate", "write", "JSON to JSON")
    ]
    assert [bool(one.counts) for one in found.values()] == [name.startswith("evaluate") for name in found]
