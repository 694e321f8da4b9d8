"""Lines whose prices have VAT in them: bases that come to what the lines do with their VAT, to the last coin."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from engine.basket.allocate import allocate
from rabatt.service.hundredths import ONE, as_decimal, half_up
from rabatt.service.ledger import Ledger
from rabatt.service.notes.amounts import WHOLE, NoteLine, ProductLine, with_vat
from rabatt.service.notes.of_return import base_within, rounding_line


class PricedWithVat(NamedTuple):
    """A line that has no base yet, and the price of one with VAT."""

    line: ProductLine
    price: int

    @property
    def amount(self) -> int:
        """What the line comes to with VAT."""
        return half_up(self.line.quantity * self.price * (WHOLE - self.line.discount), ONE * WHOLE)


def with_bases(lines: Iterable[NoteLine | PricedWithVat], ledger: Ledger, language: str) -> list[NoteLine]:
    """The lines, each with a base, and one for what rounding leaves; all together they come to what they say.

    VAT is that of the summed bases of a rate. Where a price has no base of two decimals that comes to its line, the
    line is one piece, and what it is made of stands in its description.
    """
    done: list[NoteLine | PricedWithVat] = list(lines)
    priced = [(place, line) for place, line in enumerate(done) if isinstance(line, PricedWithVat)]
    left = 0
    for vat in sorted({line.line.vat for _, line in priced}):
        of_rate = [(place, line) for place, line in priced if line.line.vat == vat]
        others = sum(line.total for line in done if isinstance(line, ProductLine) and line.vat == vat)
        shares = _bases([line.amount for _, line in of_rate], vat)
        for (place, line), share in zip(of_rate, shares, strict=True):
            done[place] = _with_total(line, share)
        wanted = with_vat(others, vat) + sum(line.amount for _, line in of_rate)
        left += wanted - with_vat(others + sum(shares), vat)
    bases = [line for line in done if not isinstance(line, PricedWithVat)]
    return [*bases, rounding_line(left, ledger, language)] if left else bases


def _bases(amounts: Sequence[int], vat: int) -> list[int]:
    """What amounts with VAT come to without it: those above 0 together, and those below."""
    bases = [0] * len(amounts)
    for sign in (1, -1):
        places = [place for place, amount in enumerate(amounts) if amount * sign > 0]
        of_sign = [(abs(amounts[place]), 1, abs(amounts[place])) for place in places]
        base = base_within(sum(weight for weight, _, _ in of_sign), vat)
        for place, (each, more) in zip(places, allocate(base, of_sign), strict=True):
            bases[place] = sign * (each + more)
    return bases


def _with_total(priced: PricedWithVat, total: int) -> ProductLine:
    """The line that comes to so much without VAT: by the piece where there is a base for it, else as one piece."""
    line = replace(priced.line, base=half_up(priced.price * WHOLE, WHOLE + priced.line.vat))
    if line.total == total:
        return line
    if (line.quantity, line.discount) == (ONE, 0):
        return replace(line, base=total)
    description = f"{as_decimal(line.quantity).normalize():f} × {line.description}"
    if line.discount:
        description = f"{description}, -{as_decimal(line.discount).normalize():f} %"
    return replace(line, quantity=ONE, base=total, discount=0, description=description)
