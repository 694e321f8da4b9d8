"""Files of receipts as tills, shops and databases write them: one reader for the command and for a replay.

This package owns which files are taken (compressed or not, a receipt to a line, a list, one receipt alone), and what is
made of a receipt that says the same in another way: ids that are numbers, amounts in whole kroner, times without a
zone, lines without a mark. It refuses to know what becomes of a receipt.
"""

from rabatt.receipt_files.conversions import AmountUnit, Conversions, EligibleLines, as_written, receipt_of

__all__ = ["AmountUnit", "Conversions", "EligibleLines", "as_written", "receipt_of"]
