"""Packing problems small enough to try every packing, and rivals that are a little larger."""

from random import Random

from hypothesis import strategies as st

from engine.packing.problem import Form, Offer, Packed, Part

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


def three_for_two(*unit_values: int, classes: int | None = None, most: int | None = None) -> Offer:
    """The cheapest of three is free; units that gain more cost more."""
    wanted = (1 << len(unit_values)) - 1 if classes is None else classes
    return Offer(Form.CHEAPEST, (Part(3, True, wanted),), unit_values, most=most, bases=unit_values, cheapest=1)


def bundle(constant: int, *masks: int, unit_values: tuple[int, ...], most: int | None = None) -> Offer:
    """One unit of each mask, worth a constant and its gains."""
    return Offer(Form.ADDITIVE, tuple(Part(1, True, mask) for mask in masks), unit_values, constant, most)


def nothing(offers: list[Offer], counts: list[int]) -> tuple[Packed, ...]:
    """No sets at all."""
    none = (0,) * len(counts)
    return tuple(Packed(0, none, none, 0) for _ in offers)


def small_rivals(chance: Random) -> tuple[list[Offer], list[int]]:
    """Two or three offers on a dozen units or two; prices are few, so that ties are many."""
    classes = chance.randint(2, 6)
    prices = tuple(chance.choice((10, 20, 30)) for _ in range(classes))
    offers = []
    for _ in range(chance.randint(2, 3)):
        masks = [chance.randrange(1, 1 << classes) for _ in range(chance.choice((1, 1, 2, 2, 3)))]
        if chance.random() < 0.3:
            part = Part(chance.randint(2, 4), True, masks[0])
            offers.append(Offer(Form.CHEAPEST, (part,), prices, bases=prices, cheapest=1))
            continue
        parts = tuple(Part(chance.choice((1, 1, 2)), chance.random() < 0.8, mask) for mask in masks)
        most = chance.choice((None, None, 1, 2))
        offers.append(Offer(Form.ADDITIVE, parts, prices, chance.choice((-30, -10, 0, 5)), most))
    return offers, [chance.randint(0, 4) for _ in range(classes)]


def rivals_of_any_form(seed: int) -> tuple[list[Offer], list[int]]:
    """Return a few rivals, one of them often of a form that no closed form covers."""
    chance = Random(seed)
    offers, counts = small_rivals(chance)
    number = chance.randrange(len(offers))
    one = offers[number]
    rewarded = sum(part.quantity for part in one.parts if part.rewarded)
    if rewarded and chance.random() < 0.5:
        cap = chance.choice((15, 25, 45))
        offers[number] = Offer(Form.CAPPED, one.parts, one.unit_values, most=one.most, cap=cap)
    elif rewarded > 1:
        bases = tuple(chance.choice((10, 20, 30)) for _ in counts)
        cheapest = chance.randint(1, rewarded - 1)
        offers[number] = Offer(Form.CHEAPEST, one.parts, one.unit_values, most=one.most, bases=bases, cheapest=cheapest)
    return offers, counts


def rival_bundles(chance: Random) -> tuple[list[Offer], list[int]]:
    """Return five bundles of two parts each that want eight goods."""
    goods = 8
    counts = [chance.randint(1, 6) for _ in range(goods)]
    unit_values = tuple(chance.randint(20, 90) for _ in range(goods))
    offers = []
    for _ in range(5):
        some = chance.sample(range(goods), 4)
        first, second = (1 << some[0] | 1 << some[1]), (1 << some[2] | 1 << some[3])
        parts = (Part(chance.randint(1, 2), True, first), Part(1, True, second))
        offers.append(Offer(Form.ADDITIVE, parts, unit_values, -chance.randint(10, 70)))
    return offers, counts
