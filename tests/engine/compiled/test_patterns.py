"""Patterns accept what the specification's table says, element by element, whether they are tried or looked up."""

import re
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiled.patterns import LONGEST_TRIED, MOST_TRIED, FieldTest
from engine.fields.columns import Columns
from engine.fields.members import Members, as_date, as_number
from engine.fields.prepared import PreparedFields
from engine.fields.wildcards import LEAST_SPENT, LONGEST_TOGETHER, MOST_BITS, MOST_MOVES, CompiledWildcard, WildcardPool
from engine.meter import Meter
from rules import read_rules
from rules.pattern import PatternElement
from tests.reference.patterns import field_matches, wildcard_matches
from tests.support.engine.given import rule

TODAY = date(2026, 10, 16)


def pattern(*elements: Any) -> tuple[PatternElement, ...]:
    """Elements as a rule writes them."""
    customer = {"attributes": {"x": list(elements)}}
    requirement = read_rules([rule(customer=customer)])[0].requirement
    assert requirement.customer is not None
    [(_, found)] = requirement.customer.patterns()
    return found


def accepts(elements: list[Any], value: Any) -> bool:
    return FieldTest(pattern(*elements)).holds(value, TODAY, PreparedFields(Meter(None, ())))


def accepts_by_looking_up(elements: list[Any], value: Any) -> bool:
    """The same, as of a long list."""
    return FieldTest(pattern(*elements))._looked_up(Members(value), TODAY)


@pytest.mark.parametrize(
    ("elements", "matching", "others"),
    [
        (["gold"], ["gold", ["red", "gold"]], ["Gold", "", None, [], ["red"]]),
        ([True], [True, "true"], [False, "True", 1]),
        ([20], [20, 20.0, "20", ["20"]], ["20.0", 200, True]),
        (["a", "b"], ["a", "b"], ["c"]),
        ([{"anything-but": "a"}], ["b", 1, ["b", "c"]], ["a", None, [], ["a", "b"]]),
        ([{"anything-but": ["a", 1]}], ["b", "2"], ["a", "1", 1, 1.0]),
        ([{"anything-but": "a"}, "a"], ["a", "b"], [None]),
        ([{"prefix": "ab"}], ["ab", "abc", ["x", "abc"]], ["a", "xab", None]),
        ([{"suffix": "bc"}], ["bc", "abc"], ["b", "bcx", None]),
        ([{"equals-ignore-case": "STRASSE"}], ["straße", "Strasse"], ["stras", None]),
        ([{"numeric": ["=", 20]}], [20, 20.0, "20", "2e1", "20.00"], [21, "twenty", None, True, ""]),
        ([{"numeric": [">", 0, "<=", 5]}], [0.1, 5, "5"], [0, 5.1, -1]),
        ([{"numeric": [">=", 2]}], [2, 3], [1.9]),
        ([{"numeric": ["<", 2]}], [1.9, -3], [2]),
        ([{"exists": True}], ["x", 0, False, ["x"]], [None, [], [None]]),
        ([{"exists": False}], [None, [], [None]], ["x", 0, False]),
        ([{"exists": False}, "x"], [None, "x"], ["y"]),
        (["a", {"prefix": ""}, {"exists": False}], ["a", [{"a": 1}, "a"]], [{"a": "a"}, [{"a": "a"}], [["a"]]]),
        ([{"exists": True}], [{"a": 1}, [["a"]]], []),
        ([{"anything-but": "a"}], [{"a": 1}], [["a", {"a": 1}]]),
        ([{"age": [">=", 18]}], ["2008-10-16", "1950-01-01"], ["2008-10-17", "soon", None, 18, "2008-13-01"]),
        ([{"age": [">=", 18, "<", 30]}], ["2008-10-16", "1996-10-17"], ["1996-10-16"]),
        (
            [{"birthday": {"days_before": 1, "days_after": 2}}],
            ["1990-10-17", "1990-10-14"],
            ["1990-10-18", "1990-10-13", "x"],
        ),
        ([{"wildcard": "a*b"}], ["ab", "a--b", "aabb"], ["a", "abc", "xab", None]),
        ([{"wildcard": r"a\*b"}], ["a*b"], ["ab", "axb"]),
        ([{"wildcard": r"a\\*b"}], ["a\\b", "a\\xb"], ["ab", "a*b"]),
        ([{"wildcard": "*a*a*"}], ["aa", "xaxax"], ["a", "xax"]),
        ([{"wildcard": "ab*ba"}], ["abba", "abxba"], ["aba"]),
        ([{"wildcard": "abc"}], ["abc"], ["abcd"]),
    ],
)
def test_a_pattern_accepts(elements: list[Any], matching: list[Any], others: list[Any]) -> None:
    assert [value for value in matching if not accepts(elements, value)] == []
    assert [value for value in others if accepts(elements, value)] == []
    assert [value for value in matching if not accepts_by_looking_up(elements, value)] == []
    assert [value for value in others if accepts_by_looking_up(elements, value)] == []


@given(st.text("ab*", min_size=1, max_size=6).filter(lambda text: "**" not in text), st.text("ab", max_size=8))
def test_a_star_stands_for_any_run_of_characters(wildcard: str, text: str) -> None:
    expression = ".*".join(re.escape(piece) for piece in wildcard.split("*"))
    assert accepts([{"wildcard": wildcard}], text) is bool(re.fullmatch(expression, text))


def test_many_stars_take_linear_time() -> None:
    assert not accepts([{"wildcard": "a*" * 200 + "b"}], "a" * 20_000)


# Texts that begin, end and repeat alike, read as numbers or dates, fold alike, or hold what parts texts.
TEXTS = (
    "", "a", "b", "ab", "ba", "aab", "abab", "bab", "A", "aB", "ß", "SS", "ss", "İ", "\n", "a\nb", "*", "a*b",
    "0", "1", "1.0", "+1", ".5", "5.", "1e2", "-3", "true", "false", "\u0661", "1e99999", "\\", "\\*", "\U0001f600",
    "2008-10-16", "2008-10-17", "2008-02-29", "2000-02-29", "1996-10-17", "2026-10-16", "2026-10-17", "2030-01-01",
    "2008-13-01", "0001-01-01", "2026-01-01", "2025-12-31",
)  # fmt: skip
SCALARS = (True, False, 0, 1, 20, 1.0, 0.5, 1e16, -3, 10**30, Decimal("0.10"), Decimal("1E+2"))
OTHERS: tuple[Any, ...] = (None, {}, {"a": "a"}, [], ["a"])
NUMBERS = (-3, 0, 0.5, 1, 18, 20, 100)
SIGNS = ("<", "<=", "=", ">=", ">")


def drawn_element(random: Random) -> Any:
    text = random.choice(TEXTS)
    match random.randrange(10):
        case 0:
            return random.choice((text, *SCALARS[:8]))
        case 1:
            return {"anything-but": random.sample(TEXTS, random.randint(1, 3))}
        case 2:
            return {random.choice(("prefix", "suffix", "equals-ignore-case")): text}
        case 3:
            return {"exists": random.random() < 0.5}
        case 4 | 5:
            name = random.choice(("numeric", "age"))
            pairs = [(random.choice(SIGNS), random.choice(NUMBERS)) for _ in range(random.choice((1, 2)))]
            return {name: [part for pair in pairs for part in pair]}
        case 6:
            return {"birthday": {"days_before": random.randint(0, 366), "days_after": random.choice((0, 1, 366))}}
        case _:
            pieces = [
                random.choice(("a", "b", "ab", "*", "*", "\n", "\\*", "\\\\", "ß")) for _ in range(random.randint(1, 6))
            ]
            return {"wildcard": "".join(pieces)}


def drawn_value(random: Random) -> Any:
    members = [random.choice(random.choice((TEXTS, TEXTS, SCALARS, OTHERS))) for _ in range(random.choice((1, 3, 20)))]
    return random.choice((members[0], members))


def differing(random: Random) -> tuple[Any, ...] | None:
    """A pattern and a value, of a list of either length, on which two ways of asking differ."""
    elements = [drawn_element(random) for _ in range(random.choice((1, 1, 2, 3, MOST_TRIED + 4)))]
    value = drawn_value(random)
    today = random.choice((TODAY, date(2024, 2, 29), date(2023, 2, 28), date(2025, 3, 1)))
    wanted = field_matches(elements, value, today)
    test = FieldTest(pattern(*elements))
    asked = test.holds(value, today, PreparedFields(Meter(None, ())))
    looked_up = test._looked_up(Members(value), today)
    return None if wanted == asked == looked_up else (elements, value, today, wanted, asked, looked_up)


@pytest.mark.parametrize("seed", range(4))
def test_patterns_answer_as_the_specification_reads(seed: int) -> None:
    random = Random(f"patterns {seed}")
    assert [found for _ in range(200) if (found := differing(random))] == []


@given(st.randoms(use_true_random=False))
@settings(max_examples=settings().max_examples * 10)
def test_patterns_of_any_kind_answer_as_the_specification_reads(random: Random) -> None:
    assert differing(random) is None


@given(
    st.lists(st.text("ab*\\\n", min_size=1, max_size=8), min_size=1, max_size=12),
    st.lists(st.text("ab*\\\n", max_size=10), min_size=1, max_size=12),
)
@settings(max_examples=settings().max_examples * 10)
def test_wildcards_name_the_same_texts_by_themselves_and_together(wildcards: list[str], texts: list[str]) -> None:
    wanted = [any(wildcard_matches(wildcard, text) for text in texts) for wildcard in wildcards]
    pool = WildcardPool()
    compiled = [pool.add(wildcard) for wildcard in wildcards]
    assert [one.names_one_of(Members(texts)) for one in compiled] == wanted
    members = Members(texts)
    pool._ask_together(members)
    assert [members.wildcards[one.written] for one in compiled] == wanted


def differing_rows(random: Random) -> tuple[Any, ...] | None:
    """A pattern and the values of a column, of which two ways of asking accept different rows."""
    elements = [drawn_element(random) for _ in range(random.choice((1, 1, 2, MOST_TRIED + 4)))]
    texts = [text for text in TEXTS if random.random() < 0.4]
    values = [random.choice((None, random.choice(TEXTS), random.sample(TEXTS, 2), *texts)) for _ in range(25)]
    columns = Columns([{} if value is None else {"x": value} for value in values])
    wanted = [row for row, value in enumerate(values) if field_matches(elements, value, TODAY)]
    bits = FieldTest(pattern(*elements)).rows("x", columns, TODAY, PreparedFields(Meter(None, ())))
    return None if bits == sum(1 << row for row in wanted) else (elements, values, wanted)


@pytest.mark.parametrize("seed", range(2))
def test_of_many_objects_a_pattern_accepts_those_that_it_accepts_by_themselves(seed: int) -> None:
    random = Random(f"rows {seed}")
    assert [found for _ in range(200) if (found := differing_rows(random))] == []


@given(st.randoms(use_true_random=False))
@settings(max_examples=settings().max_examples)
def test_of_any_objects_a_pattern_accepts_those_that_it_accepts_by_themselves(random: Random) -> None:
    assert differing_rows(random) is None


def test_wildcards_of_characters_that_no_text_has_need_not_be_followed() -> None:
    pool = WildcardPool()
    wildcard = pool.add("*a*b*")
    members = Members(["ax", "xa"])
    pool._ask_together(members)
    assert members.wildcards == {wildcard.written: False}


def test_wildcards_that_cost_too_much_one_by_one_are_asked_together() -> None:
    pool = WildcardPool()
    # Each holds what all of the texts hold, in the other order.
    wildcards = [pool.add(f"*{y}*{x}*") for x in "abcdefgh" for y in "ijklmnop"]
    long = pool.add("*" + "*".join("ab" * LONGEST_TOGETHER) + "*")
    members = Members([f"abcdefgh{number}ijklmnop" for number in range(1000)])
    assert [pool.names_one_of(one, members) for one in [*wildcards, long]] == [False] * 65
    assert members.looked_at < 30 * members.size
    named = [pool.add(f"*{number}i*p") for number in range(900, 1100)]
    members.spent = LEAST_SPENT + members.size
    assert [pool.names_one_of(one, members) for one in named] == [number < 1000 for number in range(900, 1100)]


def test_so_many_wildcards_are_asked_in_groups() -> None:
    pool = WildcardPool()
    wildcards = [pool.add(f"*{number}-*{'x' * 900}{number % 2}") for number in range(80)]
    assert sum(one.length for one in wildcards) > 2 * MOST_BITS
    members = Members([f"{number}-{'x' * 900}1" for number in range(80)])
    pool._ask_together(members)
    assert [members.wildcards[one.written] for one in wildcards] == [number % 2 == 1 for number in range(80)]


def test_moves_that_are_not_remembered_are_worked_out() -> None:
    random = Random("moves")
    pool = WildcardPool()
    wildcards = [pool.add("*" + "*".join(random.sample("abcdefghijklmnop", 4)) + "*q*") for _ in range(60)]
    texts = ["q" + "".join(random.choices("abcdefghijklmnop", k=300)) + "r" * (number % 2) for number in range(100)]
    members = Members(texts)
    pool._ask_together(members)
    assert not any(members.wildcards.values())
    assert members.looked_at > MOST_MOVES * 4
    assert members.looked_at < 10 * members.size
    members = Members([*texts, "-" + texts[0] + "q"])
    pool._ask_together(members)
    assert [members.wildcards[one.written] for one in wildcards] == [
        wildcard_matches(one.written, texts[0] + "q") for one in wildcards
    ]


@pytest.mark.parametrize("value", ["x" * LONGEST_TRIED, ["x" * LONGEST_TRIED], 5, [5], ["a"] * MOST_TRIED])
def test_short_values_are_not_made_ready(value: Any) -> None:
    prepared = PreparedFields(Meter(None, ()))
    assert not FieldTest(pattern({"prefix": "y"}, {"numeric": [">", 5]})).holds(value, TODAY, prepared)
    assert prepared.looked_at == 0


@pytest.mark.parametrize("value", ["x" * (LONGEST_TRIED + 1), ["x" * (LONGEST_TRIED + 1)], ["a"] * (MOST_TRIED + 1)])
def test_long_values_are_made_ready_once_for_all_rules(value: Any) -> None:
    prepared = PreparedFields(Meter(None, ()))
    tests = [FieldTest(pattern({"prefix": letter})) for letter in "xay"]
    first = [test.holds(value, TODAY, prepared) for test in tests]
    cost = prepared.looked_at
    assert 0 < cost < 100
    assert [test.holds(value, TODAY, prepared) for test in tests] == first
    assert prepared.looked_at == cost


def test_a_wildcard_of_a_megabyte_is_read_at_once() -> None:
    assert CompiledWildcard("\\*" * 500_000).matches("*" * 500_000)


def test_an_element_without_a_predicate_is_an_error_of_the_program() -> None:
    with pytest.raises(AssertionError, match="unreachable"):
        FieldTest((object(),))  # type: ignore[arg-type]


@pytest.mark.parametrize("member", [True, {}, [], "", "1,5", "0x10", "1e99999", "nan", "\u0661"])
def test_what_reads_as_no_number_is_none(member: Any) -> None:
    assert as_number(member) is None


@pytest.mark.parametrize("member", [19900920, "1990-9-20", "19900920", "1990-02-30", "1990-09-20T00:00"])
def test_what_is_no_date_is_none(member: Any) -> None:
    assert as_date(member) is None
