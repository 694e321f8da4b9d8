"""Step 1 of an evaluation: the receipt laid out in lines and units (SPEC 2). And step 6: amounts put on them (SPEC 6).

The basket never changes. What is given while rules are awarded is on a `BasketState`, of which each award makes a new
one; a line knows sums, and tells its units apart only when somebody asks (decision 0010).
"""
