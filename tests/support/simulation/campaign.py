"""Campaigns for the real archives, each with the query that a person would write to know what it gives.

A query ends in the receipts on which the campaign gives something: `receipt_id`, `customer_id`, and what of
`discount`, `bonus`, `stamps` and `debit` it is about. It may ask of `receipts`, with instants in `purchase_at`, and of
`takers`: their lines that can take discounts, with what the till's own discounts leave of each as `net`.
"""

from typing import NamedTuple

from tests.support.simulation.plain_replay import Document

ARCHIVE = """
CREATE VIEW receipts AS SELECT * FROM read_parquet('{path}');

CREATE TABLE takers AS
SELECT receipt_id, customer_id, purchase_at, line.id AS item, line.quantity, line.gross_amount AS gross,
    [shelf.id for shelf in line.groups] AS shelves,
    greatest(line.gross_amount - coalesce(list_sum([entry.amount for entry in line.discount_lines]), 0), 0) AS net
FROM receipts, unnest(items) AS lines(line)
WHERE line.eligible_for_discount AND NOT line.is_return_item AND line.gross_amount > 0 AND line.quantity > 0;

-- Every piece, with its price: those that a line's odd pennies fall on cost one more.
CREATE MACRO pieces_of(shelf) AS TABLE
SELECT receipt_id, customer_id, purchase_at, gross // quantity + (piece < gross % quantity)::BIGINT AS price
FROM takers, unnest(range(quantity)) AS pieces(piece) WHERE list_contains(shelves, shelf);
"""

TOTALS = """
SELECT count(*) AS receipts, count(DISTINCT customer_id) AS customers, {uses} AS uses, {discount} AS discount,
    {bonus} AS bonus, {stamps} AS stamps, {debit} AS debit
FROM given
"""


class Campaign(NamedTuple):
    """A rule, the query of what it gives, and which figures that query speaks of."""

    rule: Document
    given: str
    figures: tuple[str, ...] = ("discount",)

    @property
    def totals(self) -> str:
        """Return the query of receipts, customers, uses, discount, bonus, stamps and debit."""
        sums = {name: f"coalesce(sum({name}), 0)" if name in self.figures else "0" for name in FIGURES}
        uses = "coalesce(sum(uses), 0)" if "uses" in self.figures else "count(*)"
        return f"WITH {self.given}{TOTALS.format(uses=uses, **sums)}"


FIGURES = ("discount", "bonus", "stamps", "debit")
