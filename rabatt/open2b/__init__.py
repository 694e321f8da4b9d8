"""Receipts as Open2b's back office keeps them: their fields, their arithmetic, and how one becomes a receipt of ours.

This package owns `commerce.receipts.*`: what is read, every row of the error tables, the totals, and the bridge to the
engine: a step before an evaluation and one after it (docs/open2b.md, decision 0017). It refuses to know where receipts
are kept, what time it is, and who asks.
"""
