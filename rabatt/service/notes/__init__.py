"""Credit notes: what a body may say, what a note comes to, and how it is shown (docs/credit-notes.md, decision 0016).

It owns the sums, the VAT and the shape of a note. Where notes are kept and get their numbers is `store`'s business, and
what a return pays the engine's: a note for one comes to its refund.
"""
