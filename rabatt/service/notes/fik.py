"""The code of a Danish payment slip of kind 71 (Fælles Indbetalings Kort), by which a payment finds its voucher."""

KIND = "+71"
DIGITS = 14
"""How many digits a payment's own number has before its check digit."""


def fik_code(number: int, creditor: str) -> str:
    """The code of the voucher of this number, of at most 14 digits, for the creditor of this number of eight digits."""
    payment = f"{number:0{DIGITS}d}"
    return f"{KIND}<{payment}{check_digit(payment)}+{creditor}<"


def check_digit(digits: str) -> int:
    """The digit that brings a payment's number to a multiple of 10.

    The last digit counts twice, the one before it once, and so on in turn; of a product of two digits their sum counts.
    """
    products = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return -sum(product // 10 + product % 10 for product in products) % 10
