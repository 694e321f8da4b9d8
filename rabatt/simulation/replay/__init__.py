"""Step 3 of a simulation: each customer's receipts in their order, evaluated in both worlds, with what was returned.

This package owns the customer's grants as they change from purchase to purchase, what is kept of a purchase for its
returns, and what a receipt adds to the sums (decisions 0013, 0014 and 0015). It refuses to know files and formats, and
how a figure is shown.
"""
