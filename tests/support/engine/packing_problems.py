"""Packing problems small enough to try every packing."""

from hypothesis import strategies as st

from engine.packing.problem import Form, Offer, Part

FEW_UNITS = 6


@st.composite
def offers(draw: st.DrawFn, classes: int) -> Offer:
    """An offer of any form over so many classes."""
    masks = st.integers(1, (1 << classes) - 1)
    parts = draw(st.lists(st.builds(Part, st.integers(1, 3), st.booleans(), masks), min_size=1, max_size=2))
    unit_values = tuple(draw(st.lists(st.integers(0, 5), min_size=classes, max_size=classes)))
    most = draw(st.none() | st.integers(0, 2))
    rewarded = sum(part.quantity for part in parts if part.rewarded)
    form = draw(st.sampled_from(Form))
    if form is Form.CAPPED and rewarded:
        return Offer(form, tuple(parts), unit_values, most=most, cap=draw(st.integers(1, 9)))
    if form is Form.CHEAPEST and rewarded > 1:
        same = st.just(unit_values) | st.lists(st.integers(0, 5), min_size=classes, max_size=classes).map(tuple)
        cheapest = draw(st.integers(1, rewarded - 1))
        return Offer(form, tuple(parts), unit_values, most=most, bases=draw(same), cheapest=cheapest)
    return Offer(Form.ADDITIVE, tuple(parts), unit_values, draw(st.integers(-6, 6)), most)


@st.composite
def problems(draw: st.DrawFn, most_offers: int) -> tuple[list[Offer], list[int]]:
    """A few offers on a few units."""
    classes = draw(st.integers(1, 4))
    counts = draw(
        st.lists(st.integers(0, 3), min_size=classes, max_size=classes).filter(lambda found: sum(found) <= FEW_UNITS)
    )
    return draw(st.lists(offers(classes), min_size=1, max_size=most_offers)), counts
