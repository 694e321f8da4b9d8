"""The last step: who used what, and the receipt with its discounts (SPEC 7, 8)."""
