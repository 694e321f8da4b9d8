"""Hypothesis strategies for small shops."""

from hypothesis import strategies as st

from tests.support.shops import Shop, shop_from


def shops() -> st.SearchStrategy[Shop]:
    """Return shops whose every choice hypothesis can shrink."""
    return st.randoms(use_true_random=False).map(shop_from)
