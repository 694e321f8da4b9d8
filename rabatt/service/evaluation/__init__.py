"""One receipt from what was sent to what is answered, here where that is quick and else apart; and one return.

This package owns how the engine is asked and by which process (docs/service.md, "Under load"; docs/returns.md;
decisions 0022, 0027). What it asks with comes from the store and from the rules in memory. It refuses to know what the
engine decides (SPEC 4 to 9), and what is stored of the answer.
"""
