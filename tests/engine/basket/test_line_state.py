"""A line knows the sums of its units, and a bound under the cheapest of them, before they are told apart."""

from hypothesis import given
from hypothesis import strategies as st

from engine.basket.basket import Line
from engine.basket.line_state import LineState, WithEach, WithPortions, WithProration, least_of

lines = st.tuples(st.integers(1, 7), st.integers(1, 400)).flatmap(
    lambda drawn: st.builds(
        Line, st.just(0), st.just(0), st.just(1), st.none(), st.just(()), st.just(drawn[0]), st.just(drawn[1]),
        st.integers(0, drawn[1]),
    )
)  # fmt: skip


def units_of(laid: LineState) -> list[tuple[int, int]]:
    """Price and discounts of each unit."""
    return [(price, off) for start, stop, price, off in laid.segments for _ in range(start, stop)]


def one_more(line: Line, before: LineState, data: st.DataObject) -> LineState:
    """A line with one more award of a drawn kind, as the rewards lay them."""
    amount = data.draw(st.integers(0, before.left))
    kind = data.draw(st.sampled_from(["by price", "by remaining", "each", "on units"]))
    if kind == "each":
        value = data.draw(st.integers(0, max(before.least, 0)))
        return WithEach(before, value, line.units)
    if kind == "on units":
        start, stop, price, off = data.draw(st.sampled_from(list(before.segments)))
        each = data.draw(st.integers(0, price - off))
        return WithPortions(before, [(start, stop, each)], each * (stop - start))
    if kind == "by price" and line.units == 1:
        return WithProration(before, amount, before.left - amount, by_price=True)
    percent = data.draw(st.integers(1, 100))
    exact = line.gross * percent // 100
    if kind == "by price" and exact and line.dearest * percent <= before.least * 100:
        return WithProration(
            before, exact, max(before.least - line.dearest * exact // line.gross - 2, 0), by_price=True
        )
    return WithProration(before, amount, least_of(before, amount, line.units)) if amount else before


@given(lines, st.integers(1, 5), st.data())
def test_sums_and_bound_hold_before_units_are_told_apart(line: Line, awards: int, data: st.DataObject) -> None:
    chain: list[LineState] = [line]
    for _ in range(awards):
        chain.append(one_more(line, chain[-1], data))
    for laid in chain:
        units = units_of(laid)
        assert [price for price, _ in units] == [price for price, _ in units_of(line)]
        assert all(0 <= off <= price for price, off in units)
        assert laid.left == sum(price - off for price, off in units)
        assert laid.least <= min(price - off for price, off in units)
        assert line.dearest >= max(price for price, _ in units)


def test_units_are_told_apart_once_and_what_was_before_stays() -> None:
    line = Line(0, 0, 1, None, (), 3, 100)
    laid = WithProration(line, 10, least_of(line, 10, 3))
    assert laid.segments is laid.segments
    assert laid.segments == [(0, 1, 34, 4), (1, 3, 33, 3)]
    assert line.segments == [(0, 1, 34, 0), (1, 3, 33, 0)]


def test_a_line_with_more_units_knows_them() -> None:
    more = Line(0, 0, 1, None, (), 2, 100, 10).with_more(2, 30)
    assert (more.units, more.gross, more.left, more.least, more.dearest) == (4, 160, 150, 30, 50)
    assert more.segments == [(0, 2, 50, 5), (2, 4, 30, 0)]
