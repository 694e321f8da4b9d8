"""A comparison tells noise from change, and shows other results."""

import pytest

from benchmarks.engine.compare import PARTS, Figure, compared, figures, verdict


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
    return [{"old": {"evaluate": Figure(unit, old)}, "new": {"evaluate": Figure(unit, new)}} for old, new in sides]


def test_the_median_of_the_ratios_is_told_with_its_spread() -> None:
    assert compared(rounds((6, 3), (6, 2), (6, 4))) == [
        "| what | old | new | old ÷ new | least–most | so |",
        "| --- | --- | --- | --- | --- | --- |",
        "| evaluate | 6 ms | 3 ms | 2.00 | 1.50–3.00 | noise (± 50.0%) |",
    ]


def test_other_results_are_shown() -> None:
    all_rounds = rounds((6, 3), (6, 2), (6, 4))
    all_rounds[0]["new"]["evaluate"] = Figure("ms", 3, "other")
    assert compared(all_rounds)[-1] == "counts  evaluate: was , is other"


@pytest.mark.long
def test_both_sides_measure_every_part_of_the_road(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.engine.compare.SECONDS_OF_A_SET", 0.1)
    monkeypatch.setattr("benchmarks.engine.compare.SECONDS_OF_A_SHOP", 0)
    found = dict(figures(10))
    parts = [name.partition(":")[0] for name in found if not name.startswith("worst case")]
    assert parts == ["import engine", "memory", *(part for part, _ in PARTS.values())]
    assert [name for name, one in found.items() if one.counts and not name.startswith(("evaluate", "worst case"))] == []
    assert all(one.counts for name, one in found.items() if name.startswith(("evaluate", "worst case")))
