"""Lists of percents as they are typed."""

import pytest

from rabatt.cli.refusal import CallRefused
from rabatt.cli.simulate import uplifts_of


@pytest.mark.parametrize(
    ("text", "percents"), [("0,5,10", (0, 5, 10)), ("7", (7,)), (" 7, 12 ", (7, 12)), ("000,1000", (0, 1000))]
)
def test_percents_are_read(text: str, percents: tuple[int, ...]) -> None:
    assert uplifts_of(text) == percents


@pytest.mark.parametrize(
    "text",
    ["1_0", "\N{ARABIC-INDIC DIGIT THREE}", "-0", "-5", "+5", "", " ", "5,,10", "5,", "1 0", "2.5", "5\n", "5" * 10],
    ids=ascii,
)
def test_what_is_no_list_of_percents_is_refused(text: str) -> None:
    with pytest.raises(CallRefused) as refused:
        uplifts_of(text)
    assert refused.value.refusal.location.file == "--uplift"
    [fault] = refused.value.refusal.faults
    assert fault.sentence.endswith("is no list of whole percents; write it as 0,5,10")
