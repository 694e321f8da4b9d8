"""Receipts as Open2b's back office keeps them: their fields, their arithmetic, and how one becomes a receipt of ours.

A door beside the engine (docs/open2b.md, decision 0017): requests are composed into stored receipts, and external
receipts are bridged to the engine and back. This package owns `commerce.receipts.*`: what is read, every row of the
error tables, the totals, and the bridge. It refuses to know where receipts are kept, what time it is, and who asks.
"""
