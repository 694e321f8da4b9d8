"""Real receipts evaluate, their sums hold, and simple campaigns give what a plain query gives.

A normal run tries all of the small file, and one receipt in ten of the large ones against the queries; a long one tries
one in twenty of these against many rules, and `make deep` tries every receipt. Where the files are not beside the
project, all of this is skipped.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from engine import Evaluation, RuleSet, compile_rules, evaluate
from rules import read_receipt, read_rules
from tests.support.real import (
    COMPLETE_JOURNEY,
    ONLINE_RETAIL,
    Document,
    campaign_grants,
    campaigns,
    receipts,
    rows,
    shop_rules,
    small_receipts,
    why_skipped,
)

pytestmark = pytest.mark.skipif(bool(why_skipped()), reason=why_skipped())

BLOCKS = 4
FILES = [pytest.param(COMPLETE_JOURNEY, id="complete journey"), pytest.param(ONLINE_RETAIL, id="online retail")]


def evaluations(documents: Iterable[Document]) -> Iterator[tuple[Document, RuleSet, Evaluation]]:
    """Evaluate receipts against the shop's rules, and those of the campaigns' shops against the campaigns."""
    for document in documents:
        receipt = read_receipt(document)
        yield document, shop_rules(), evaluate(shop_rules(), receipt)
        if document["currency"] == "USD":
            grants = campaign_grants()[receipt.customer_id]
            yield document, campaigns(), evaluate(campaigns(), receipt, grants)


def assert_sums_hold(before: Document, rule_set: RuleSet, evaluation: Evaluation) -> None:
    """Check that refs, lines and the fall of the net agree, and that no line is discounted below 0 (SPEC 8)."""
    ours, after = rule_set.rules_by_id, evaluation.receipt
    refs = [ref for rule in after.get("discounts", ()) if rule["id"] in ours for ref in rule["refs"]]
    taken_off = on_lines = 0
    for line, written in zip(before["items"], after["items"], strict=True):
        others = [entry["amount"] for entry in line["discount_lines"] if entry["discount_id"] not in ours]
        given = [entry["amount"] for entry in written["discount_lines"] if entry["discount_id"] in ours]
        taken_off += sum(entry["amount"] for entry in line["discount_lines"]) - sum(others)
        on_lines += sum(given)
        assert all(amount > 0 for amount in given)
        assert not given or sum(given) <= line["gross_amount"] - sum(others)
    fall = before["net_amount"] + taken_off - after["net_amount"]
    assert sum(ref["amount"] for ref in refs) == on_lines == fall


def is_searched_exactly(document: Document, evaluation: Evaluation) -> bool:
    """Return whether a receipt is of a size for which an exact search is promised (SPEC 6)."""
    units = sum(
        line["quantity"] for line in document["items"] if line["eligible_for_discount"] and line["quantity"] > 0
    )
    return units <= 200 and len(evaluation.trace.qualified) <= 12


def check(documents: Iterable[Document]) -> None:
    """Evaluate receipts and check the sums of each; none may be refused, and searches of ordinary size are exact."""
    some_were_used = False
    for document, rule_set, evaluation in evaluations(documents):
        assert_sums_hold(document, rule_set, evaluation)
        assert evaluation.optimal or not is_searched_exactly(document, evaluation), document["receipt_id"]
        some_were_used = some_were_used or bool(evaluation.used)
    assert some_were_used


@pytest.mark.long
def test_all_of_the_small_file_evaluate_and_their_sums_hold() -> None:
    check(small_receipts())


@pytest.mark.long
@pytest.mark.parametrize("path", FILES)
def test_one_receipt_in_twenty_evaluates_and_its_sums_hold(path: Path) -> None:
    check(receipts(path, every=20))


@pytest.mark.deep
@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("path", FILES)
def test_every_receipt_evaluates_and_its_sums_hold(path: Path, block: int) -> None:
    check(islice(receipts(path, every=1), block, None, BLOCKS))


class Campaign(NamedTuple):
    """One rule, and the query that says what it gives: receipts that get something, and the total."""

    rule: Document
    query: str


# What the queries ask of: the lines that can take discounts, with what the till's own discounts leave of them.
TAKERS = """
WITH chosen AS (
    SELECT * FROM read_parquet('{path}', file_row_number = true) WHERE file_row_number % {every} = 0
),
takers AS (
    SELECT receipt.receipt_id, receipt.gross_amount AS receipt_gross, line.quantity, line.gross_amount AS gross,
        [shelf.id for shelf in line.groups] AS group_ids,
        greatest(line.gross_amount - coalesce(list_sum([entry.amount for entry in line.discount_lines]), 0), 0) AS net
    FROM chosen AS receipt, unnest(receipt.items) AS lines(line)
    WHERE line.eligible_for_discount AND NOT line.is_return_item AND line.gross_amount > 0 AND line.quantity > 0
)
"""

TEN_PERCENT_OFF_GROCERIES = Campaign(
    {
        "id": "groceries",
        "requirement": {"item": {"items": [{"group_id": "dept:GROCERY"}]}},
        "reward": {"type": "discount_percent", "value": 10, "base": "net"},
    },
    """
    SELECT count(*), sum(given) FROM (
        SELECT sum((net * 10 + 50) // 100) AS given
        FROM takers WHERE list_contains(group_ids, 'dept:GROCERY') GROUP BY receipt_id
    ) WHERE given > 0
    """,
)

TWO_OFF_TEN = Campaign(
    {
        "id": "threshold",
        "requirement": {"gross_amount": 1000},
        "reward": {"type": "discount_amount", "value": 200},
    },
    """
    SELECT count(*), sum(given) FROM (
        SELECT least(200, sum(net)) AS given FROM takers WHERE receipt_gross >= 1000 GROUP BY receipt_id
    ) WHERE given > 0
    """,
)

THREE_BAGS_FOR_TWO = Campaign(
    {
        "id": "bags",
        "requirement": {"item": {"quantity": 3, "items": [{"group_id": "family:85099"}]}},
        "reward": {"type": "discount_item_quantity", "value": 1},
    },
    # Of the pieces in falling price every third is free; those that a line's odd pennies fall on cost one more.
    """
    SELECT count(*), sum(given) FROM (
        SELECT receipt_id, sum(price) AS given FROM (
            SELECT receipt_id, price, row_number() OVER (PARTITION BY receipt_id ORDER BY price DESC) AS place FROM (
                SELECT receipt_id, gross // quantity + (piece < gross % quantity)::BIGINT AS price
                FROM takers, unnest(range(quantity)) AS pieces(piece)
                WHERE list_contains(group_ids, 'family:85099')
            )
        ) WHERE place % 3 = 0 GROUP BY receipt_id
    ) WHERE given > 0
    """,
)

CAMPAIGNS = [
    pytest.param(COMPLETE_JOURNEY, TEN_PERCENT_OFF_GROCERIES, id="10 percent off groceries"),
    pytest.param(COMPLETE_JOURNEY, TWO_OFF_TEN, id="2.00 off receipts of 10.00"),
    pytest.param(ONLINE_RETAIL, THREE_BAGS_FOR_TWO, id="3 bags for 2"),
]


def compare_with_query(path: Path, campaign: Campaign, every: int) -> None:
    """Check that a campaign gives as much, on as many receipts, as its query says."""
    rule_set = compile_rules(read_rules([campaign.rule]))
    count = total = 0
    for document in receipts(path, every):
        amount = sum(use.amount for use in evaluate(rule_set, read_receipt(document)).used)
        count += amount > 0
        total += amount
    [expected] = rows(TAKERS.format(path=path, every=every) + campaign.query)
    assert total > 0
    assert (count, total) == expected


@pytest.mark.long
@pytest.mark.parametrize(("path", "campaign"), CAMPAIGNS)
def test_one_receipt_in_ten_gives_the_total_of_a_plain_query(path: Path, campaign: Campaign) -> None:
    compare_with_query(path, campaign, every=10)


@pytest.mark.deep
@pytest.mark.parametrize(("path", "campaign"), CAMPAIGNS)
def test_every_receipt_gives_the_total_of_a_plain_query(path: Path, campaign: Campaign) -> None:
    compare_with_query(path, campaign, every=1)
