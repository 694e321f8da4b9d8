"""The figures of a simulation with their labels and sentences, as plain data: each is worded once.

The last step before the doors (docs/simulation.md): the page of the report and the terminal only lay out what is said
here, so that both say the same. This package owns the words and how numbers are written. It refuses to know how a
figure came about (all are from the summary), and what it is printed on.
"""
