"""The answers of a simulation as one page that an analyst shows around: it opens from a file and asks for nothing.

This package owns the layout, tables and plots of the page (docs/simulation.md); the words of its figures are those of
`figures`, as on the terminal. It refuses to know how a figure came about: all are from the summary and the tables.
"""

from rabatt.simulation.answers.report.page import write_report

__all__ = ["write_report"]
