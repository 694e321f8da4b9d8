"""A fault can be shown to a person whatever the document held."""

import pytest

from rules import Fault, Refused
from rules.fault import nearest_name, path_of, shown


def test_a_refusal_lists_every_fault_on_a_line_of_its_own() -> None:
    refusal = Refused([Fault("a.b", "is wrong"), Fault("", "the whole is wrong")])
    assert str(refusal) == "a.b: is wrong\nthe whole is wrong"


def test_a_fault_is_plain_data() -> None:
    assert Fault("a", "b", "c").as_data() == {"path": "a", "sentence": "b", "nearest": "c"}


@pytest.mark.parametrize(
    ("parts", "path"),
    [((), ""), (("rules", 3, "reward", "value"), "rules[3].reward.value"), (("a\ud800",), "a\\ud800")],
)
def test_a_path_reads_as_a_person_writes_it(parts: tuple[str | int, ...], path: str) -> None:
    assert path_of(parts) == path


def test_a_long_name_is_cut_in_the_path() -> None:
    assert len(path_of(["x" * 10_000])) < 100


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (12.5, "12.5"),
        ("a", '"a"'),
        ("x" * 100, '"' + "x" * 60 + '…"'),
        ([1], "a list"),
        ([], "an empty list"),
        ({"a": 1}, "an object"),
        ({}, "an empty object"),
        pytest.param(10**5000, "a very large number", id="5000 digits"),
        ({1}, "a Python set"),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_a_value_is_quoted_in_few_words(value: object, text: str) -> None:
    assert shown(value) == text


def test_the_nearest_name_is_offered_only_where_there_is_one() -> None:
    assert nearest_name("requirment", ("requirement", "reward")) == "requirement"
    assert nearest_name("zzz", ("requirement", "reward")) is None
