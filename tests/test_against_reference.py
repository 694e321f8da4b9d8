"""The engine and the reference engine say the same, to the byte: small shops of seeds, and of hypothesis.

`RABATT_EXAMPLES` sets how many shops of seeds are tried: a thousand in every run, a hundred thousand in `make deep`.
"""

import os

import pytest
from hypothesis import given

from tests.support.both_engines import by_engine, by_reference, bytes_of, mismatch
from tests.support.shops import Shop, shop
from tests.support.strategies import shops

IS_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
EXAMPLES = int(os.environ.get("RABATT_EXAMPLES", "100000" if IS_DEEP else "1000"))
# Of these each is a test of its own, and covers the engine; the others come in blocks.
FIRST = 120
BLOCKS = 20


def compare(seed: int) -> None:
    """Compare what the engines make of the shop of a seed."""
    drawn = shop(seed)
    if bytes_of(by_engine(drawn)) != bytes_of(by_reference(drawn)):
        pytest.fail(f"seed {seed}: {mismatch(drawn)}")


@pytest.mark.parametrize("seed", range(min(FIRST, EXAMPLES)))
def test_engine_and_reference_agree_to_the_byte_on_the_first_shops(seed: int) -> None:
    compare(seed)


@pytest.mark.many
@pytest.mark.parametrize("block", range(BLOCKS))
def test_engine_and_reference_agree_to_the_byte(block: int) -> None:
    for seed in range(FIRST + block, EXAMPLES, BLOCKS):
        compare(seed)


@given(shops())
def test_engine_and_reference_agree_on_what_hypothesis_finds(drawn: Shop) -> None:
    if bytes_of(by_engine(drawn)) != bytes_of(by_reference(drawn)):
        pytest.fail(mismatch(drawn))
