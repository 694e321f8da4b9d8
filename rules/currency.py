"""Minor units as people write them, with the currency's own number of decimals."""

from typing import Final

USUAL_DECIMALS: Final = 2

# ISO 4217: every currency whose number of decimals is not two.
DECIMALS: Final = {
    **dict.fromkeys(
        [
            *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
            *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


def decimals_of(currency: str | None) -> int:
    """The number of decimals of a currency; two where it is unknown."""
    return DECIMALS.get((currency or "").upper(), USUAL_DECIMALS)


def amount_text(minor_units: int, currency: str | None) -> str:
    """The amount in whole coins and decimals, without the currency: 1050 is `10.50` in NOK and `1050` in JPY."""
    decimals = decimals_of(currency)
    sign = "-" if minor_units < 0 else ""
    digits = str(abs(minor_units)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + digits
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
