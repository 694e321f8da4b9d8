"""One receipt from what was sent to what is answered, here where that is quick and else apart; and one return.

This package owns how the engine is asked and by which process. What it asks with comes from the store and from the
rules in memory; what is stored of the answer is others' business.
"""
