"""Step 2 of an evaluation: the rules that a receipt can concern, found by what is on it (SPEC 4; decision 0007).

It leaves out only what cannot qualify, so with it and without it the answer is the same to the byte.
"""
