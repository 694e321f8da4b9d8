"""Rounding and allocation (SPEC 6)."""

from fractions import Fraction
from math import floor

HALF = Fraction(1, 2)


def rounded(amount: Fraction, mode: str) -> int:
    """Return an amount of at least 0 in whole minor units."""
    whole = floor(amount)
    rest = amount - whole
    if mode == "Down":
        return whole
    if mode == "HalfDown":
        return whole + (rest > HALF)
    if mode == "HalfUp":
        return whole + (rest >= HALF)
    if mode == "HalfEven":
        return whole + (rest > HALF or (rest == HALF and whole % 2 == 1))
    message = f"no such rounding mode: {mode}"
    raise ValueError(message)


def allocated(amount: int, weights: list[Fraction], rooms: list[int | None]) -> list[int]:
    """Return one share for each weight; together they are the amount. A room of None has no end."""
    total = sum(weights, Fraction(0))
    exact = [amount * weight / total if total else Fraction(0) for weight in weights]
    shares = [
        floor(share) if room is None else min(floor(share), room) for share, room in zip(exact, rooms, strict=True)
    ]
    in_turn = sorted(range(len(weights)), key=lambda place: (-(exact[place] % 1), place))
    missing = amount - sum(shares)
    while missing:
        before = missing
        for place in in_turn:
            room = rooms[place]
            if missing and (room is None or shares[place] < room):
                shares[place] += 1
                missing -= 1
        if missing == before:
            message = "there is no room for the amount"
            raise ValueError(message)
    return shares
