"""The arithmetic of docs/open2b.md once more, with `decimal` and line by line; it shares no code with the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

MODES = {"Down": ROUND_DOWN, "HalfDown": ROUND_HALF_DOWN, "HalfEven": ROUND_HALF_EVEN, "HalfUp": ROUND_HALF_UP}
CENT = Decimal("0.01")
CONTEXT = Context(prec=80)


@dataclass(frozen=True)
class Piece:
    """A line: how many, at what price, with what tax of what class."""

    quantity: Decimal
    price: Decimal
    tax_class: str
    rate: Decimal


def rounded(value: Decimal | Fraction, mode: str) -> Decimal:
    """A value in cents."""
    if isinstance(value, Fraction):
        # Enough digits to tell a half from what is beside it.
        value = CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return value.quantize(CENT, MODES[mode], CONTEXT)


def share_out(amount: Decimal, weights: Sequence[Decimal], rooms: Sequence[Decimal]) -> list[Decimal]:
    """The largest-remainder method, cent by cent."""
    whole = sum(weights, Decimal(0))
    exact = [
        Fraction(amount) * Fraction(weight) / Fraction(whole) * 100 if whole else Fraction(0) for weight in weights
    ]
    shares = [min(int(share), int(room * 100)) for share, room in zip(exact, rooms, strict=True)]
    order = sorted(range(len(weights)), key=lambda place: (-(exact[place] % 1), place))
    missing = int(amount * 100) - sum(shares)
    while missing > 0:
        for place in order:
            if missing and shares[place] < int(rooms[place] * 100):
                shares[place] += 1
                missing -= 1
    return [CENT * share for share in shares]


def in_sum(exact: Sequence[Decimal], mode: str) -> list[Decimal]:
    """Charges rounded as one sum, credits as another; both shared out."""
    result = [Decimal(0)] * len(exact)
    for sign in (1, -1):
        places = [place for place, value in enumerate(exact) if value * sign > 0]
        amount = rounded(sum((abs(exact[place]) for place in places), Decimal(0)), mode)
        parts = share_out(amount, [abs(exact[place]) for place in places], [amount] * len(places))
        for place, part in zip(places, parts, strict=True):
            result[place] = sign * part
    return result


def totals_before(pieces: Sequence[Piece], mode: str, rule: str) -> list[Decimal]:
    """Step 1: what each line comes to."""
    if rule == "PerItem":
        return [rounded(piece.quantity * rounded(piece.price, mode), mode) for piece in pieces]
    if rule == "PerLine":
        return [rounded(piece.quantity * piece.price, mode) for piece in pieces]
    return in_sum([piece.quantity * piece.price for piece in pieces], mode)


def tax_on(pieces: Sequence[Piece], bases: Sequence[Decimal], mode: str, rule: str) -> list[Decimal]:
    """Steps 2 and 5: the tax of each line."""
    pairs = list(zip(pieces, bases, strict=True))
    if rule == "PerItem":
        return [
            rounded(
                piece.quantity * rounded(Fraction(base) * Fraction(piece.rate) / 100 / Fraction(piece.quantity), mode),
                mode,
            )
            if piece.quantity
            else Decimal(0)
            for piece, base in pairs
        ]
    if rule == "PerLine":
        return [rounded(base * piece.rate / 100, mode) for piece, base in pairs]
    result = [Decimal(0)] * len(pieces)
    for tax_class in {(piece.tax_class, piece.rate) for piece in pieces}:
        places = [place for place, piece in enumerate(pieces) if (piece.tax_class, piece.rate) == tax_class]
        taxes = in_sum([bases[place] * pieces[place].rate / 100 for place in places], mode)
        for place, tax in zip(places, taxes, strict=True):
            result[place] = tax
    return result


def taken_off(
    amounts: Sequence[Decimal], discounts: Sequence[tuple[str, Decimal]], mode: str
) -> tuple[list[Decimal], list[Decimal]]:
    """Steps 3 and 4: what each discount takes off, and what each line loses."""
    left = list(amounts)
    off = []
    for kind, value in discounts:
        subtotal = sum(left, Decimal(0))
        if kind == "PercentOff":
            taken = rounded(max(subtotal, Decimal(0)) * value / 100, mode)
        else:
            taken = min(rounded(value, mode), subtotal)
        off.append(taken)
        weights = [max(amount, Decimal(0)) for amount in left]
        parts = share_out(taken, weights, weights)
        left = [amount - part for amount, part in zip(left, parts, strict=True)]
    return off, [before - after for before, after in zip(amounts, left, strict=True)]


def reckoned(
    pieces: Sequence[Piece], discounts: Sequence[tuple[str, Decimal]], mode: str, rule: str, *, with_taxes: bool
) -> dict[str, Decimal]:
    """The totals of the goods."""
    bases = totals_before(pieces, mode, rule)
    taxes = tax_on(pieces, bases, mode, rule)
    before, before_tax = sum(bases, Decimal(0)), sum(taxes, Decimal(0))
    if not with_taxes:
        _, shares = taken_off(bases, discounts, mode)
        left = [base - share for base, share in zip(bases, shares, strict=True)]
        subtotal, tax = sum(left, Decimal(0)), sum(tax_on(pieces, left, mode, rule), Decimal(0))
    else:
        taxed = [base + tax for base, tax in zip(bases, taxes, strict=True)]
        _, shares = taken_off(taxed, discounts, mode)
        groups: dict[object, list[int]] = {}
        for place, piece in enumerate(pieces):
            if taxed[place] > 0:
                groups.setdefault((piece.tax_class, piece.rate) if rule == "Total" else place, []).append(place)
        subtotal, tax = before, before_tax
        for places in groups.values():
            share = sum((shares[place] for place in places), Decimal(0))
            base = sum((bases[place] for place in places), Decimal(0))
            whole = sum((taxed[place] for place in places), Decimal(0))
            from_base = rounded(Fraction(share) * Fraction(base) / Fraction(whole), mode)
            subtotal -= from_base
            tax -= share - from_base
    return {
        "prediscountSubtotal": before,
        "taxedPrediscountSubtotal": before + before_tax,
        "subtotal": subtotal,
        "taxedSubtotal": subtotal + tax,
    }
