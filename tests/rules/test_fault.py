"""A fault can be shown to a person whatever the document held."""

from itertools import count

import pytest

from rules import Fault, Refused
from rules.fault import counted, first_of, further, nearest_name, path_of, shown


def test_a_refusal_lists_every_fault_on_a_line_of_its_own() -> None:
    refusal = Refused([Fault("a.b", "is wrong"), Fault("", "the whole is wrong")])
    assert str(refusal) == "a.b: is wrong\nthe whole is wrong"


def test_of_many_faults_the_first_are_said_and_the_others_counted() -> None:
    many = [Fault(str(number), "is wrong") for number in range(150)]
    refusal = Refused([*many, *many])
    assert [str(fault) for fault in refusal.faults[99:]] == ["99: is wrong", "… and 50 more"]
    assert counted(refusal.faults) == "150 faults"
    # Said again elsewhere, the last one still stands for the others.
    again = Refused([*(fault.at(f"x.{fault.path}") for fault in refusal.faults), Fault("y", "is wrong")])
    assert [str(fault) for fault in again.faults[99:]] == ["x.99: is wrong", "… and 51 more"]
    assert [fault.path for fault in Refused(many, 149).faults[148:]] == ["148", ""]


def test_faults_that_nobody_counted_are_more() -> None:
    uncounted = Refused([Fault("a", "is wrong"), further(), Fault("b", "is wrong")])
    assert [fault.path for fault in uncounted.faults] == ["a", "b", ""]
    assert counted(uncounted.faults) == "more than 2 faults"
    assert counted(Refused([*uncounted.faults, further(3)]).faults) == "more than 2 faults"
    assert [counted([Fault("", "x")] * number) for number in range(3)] == ["0 faults", "a fault", "2 faults"]


def test_no_more_faults_are_looked_for_than_are_said() -> None:
    faults = (Fault(str(number), "is wrong") for number in count())
    assert [fault.path for fault in first_of(faults, 2)] == ["0", "1", ""]
    assert next(faults).path == "3"
    assert len(first_of(iter([Fault("", "is wrong")]), 1)) == 1


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
