"""For steps 2 and 3 of an evaluation: the receipt's fields made ready once for any number of patterns (SPEC 3).

Only long values are: a short one is compared as it is (decision 0021). What is made stays with the basket.
"""
