"""Step 5 of an evaluation: the rules used together, the best of all or the best found (SPEC 6; decision 0004).

Where all rules together are proven to be the best (`dominance`), nothing is searched; else `branch_and_bound` does.
"""
