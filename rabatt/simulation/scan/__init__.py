"""The first pass over an archive: which receipts the rules can concern, found column by column."""
