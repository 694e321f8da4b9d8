"""Step 4 of a simulation: sums become tables and a summary, are worded once, and laid out as the report.

This package owns what is derived from sums, such as shares and break-even, and all words (docs/simulation.md). It
refuses to count: whatever it shows was summed in the scan and the replay.
"""
