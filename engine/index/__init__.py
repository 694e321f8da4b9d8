"""Which rules a receipt can concern at all, found by what is on it, however many rules there are (decision 0007)."""
