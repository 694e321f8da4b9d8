"""Matchers are AND inside, OR outside (SPEC 1)."""

import pytest

from engine.compiled.matchers import MatcherSet
from rules.requirement import Matcher
from tests.support.engine.given import basket_of, line

BASKET = basket_of(line("a", 100, 1, "g"), line("a", 100, 1, "h"), line("b", 100, 1, "g", "h"), line(id=None))


@pytest.mark.parametrize(
    ("matchers", "lines"),
    [
        ([{"id": "a"}], 0b0011),
        ([{"group_id": "g"}], 0b0101),
        ([{"id": "a", "group_id": "g"}], 0b0001),
        ([{"id": "a", "group_id": "g"}, {"id": "b"}], 0b0101),
        ([{"id": "A"}, {"group_id": "G"}], 0),
        ([{"id": "*"}], 0b1111),
        ([{"id": "ANY_ITEM"}], 0b1111),
        ([{"id": "*", "group_id": "h"}], 0b0110),
    ],
)
def test_matchers_pick_lines(matchers: list[dict[str, str]], lines: int) -> None:
    assert MatcherSet([Matcher(**matcher) for matcher in matchers]).lines(BASKET) == lines
