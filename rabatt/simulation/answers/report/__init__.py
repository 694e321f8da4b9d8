"""The answers of a simulation as one page that an analyst shows around: it opens from a file and asks for nothing.

This package owns the words, tables and plots of the page. It refuses to know how a figure came about: all are from the
summary and the tables.
"""

from rabatt.simulation.answers.report.page import write_report

__all__ = ["write_report"]
