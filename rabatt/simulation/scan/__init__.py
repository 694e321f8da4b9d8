"""Step 2 of a simulation: which receipts the rules can concern, found column by column; the others are only counted.

This package owns what is asked (both worlds and the options), the touch of a receipt, and the rows that leave for the
replay, brought together by customer (decision 0014). It rules receipts out by the keys of the engine's index, and
refuses to know what any rule gives.
"""
