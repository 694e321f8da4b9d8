"""Step 7 of an evaluation, the last: who used what, and the receipt with its discounts (SPEC 7, 8)."""
