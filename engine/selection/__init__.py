"""Step 5 of an evaluation: the rules used together, the best of all or the best found (SPEC 6; decision 0004).

Mostly it is proven that all rules together are the best (`dominance`); else it is searched (`branch_and_bound`).
"""
