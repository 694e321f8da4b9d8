"""The real archives replay whole, and campaigns of many kinds come to what plain queries over the same files say.

One replay of each archive tries several campaigns at once, in two worlds; they do not meet on a line. `make deep` tries
each by itself, and the rules that were made up for the real receipts. All of this is skipped where the files are not
beside the project.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rabatt.simulation import Simulation, compare, replay_rules
from rules import Rule, read_rules
from tests.support.real import CAMPAIGNS, COMPLETE_JOURNEY, GRANTS, ONLINE_RETAIL, PROJECT, Document, why_skipped
from tests.support.simulation.campaign import ARCHIVE, Campaign
from tests.support.simulation.comparing import COLUMNS
from tests.support.simulation.journey_campaigns import (
    BOUGHT_MOST,
    GIVEN_BY_COUPONS,
    GRANTED,
    HAPPY_HOUR,
    HAPPY_HOUR_IN_LONDON,
    JOURNEY,
    TEN_PERCENT_OF_THE_SHELF_PRICE,
    TEN_PERCENT_OF_WHAT_IS_LEFT,
    VISITS_CARD,
)
from tests.support.simulation.online_campaigns import GIFT_CARD, ON_GOODS, ON_WHOLE_RECEIPTS, ONLINE
from tests.support.simulation.plain_tables import FIGURES

pytestmark = pytest.mark.skipif(bool(why_skipped()), reason=why_skipped())
COUPONS = 25
EVERY = [(ONLINE_RETAIL, one) for one in ONLINE] + [(COMPLETE_JOURNEY, one) for one in JOURNEY]
RECEIPTS = {ONLINE_RETAIL: (25_900, 974_774_793), COMPLETE_JOURNEY: (56_625, 36_694_747)}


class Queries:
    """The files of an archive, to be asked in SQL."""

    def __init__(self, path: Path) -> None:
        import duckdb  # noqa: PLC0415 - not installed everywhere

        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute(ARCHIVE.format(path=path))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query gives."""
        found: list[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return found

    def totals(self, campaign: Campaign) -> list[int]:
        """Return receipts, customers, uses, discount, bonus, stamps and debit of a campaign."""
        [found] = self.rows(campaign.totals)
        return [int(amount) for amount in found]


@pytest.fixture(scope="module")
def online() -> Queries:
    return Queries(ONLINE_RETAIL)


@pytest.fixture(scope="module")
def journey() -> Queries:
    return Queries(COMPLETE_JOURNEY)


def rules_of(campaigns: Sequence[Campaign]) -> tuple[Rule, ...]:
    """Return the rules of campaigns."""
    return read_rules([campaign.rule for campaign in campaigns])


def figures_of(simulation: Simulation, world: str) -> dict[str, list[int]]:
    """Return the figures of each rule in a world."""
    rows = simulation.tables["by_rule"].to_pylist()
    return {row["rule_id"]: [row[f"{world}_{figure}"] for figure in FIGURES] for row in rows}


def assert_gives(simulation: Simulation, world: str, queries: Queries, campaigns: Sequence[Campaign]) -> None:
    """Check that each campaign gave in a world what its query says, and none of the others anything."""
    figures = figures_of(simulation, world)
    for campaign in campaigns:
        expected = queries.totals(campaign)
        assert expected[0]
        assert figures.pop(campaign.rule["id"]) == expected, campaign.rule["id"]
    assert not any(any(others) for others in figures.values())


def assert_is_whole(simulation: Simulation, path: Path) -> None:
    """Check that no receipt is missing or refused."""
    receipts, gross = RECEIPTS[path]
    [total] = simulation.summary["totals"]
    assert (total["receipts"], total["gross"]) == (receipts, gross)
    assert simulation.summary["archive"]["refused"] == 0
    assert simulation.summary["archive"]["not_optimal"] == 0


@pytest.mark.long
def test_the_whole_of_online_retail_gives_what_queries_say(online: Queries) -> None:
    goods, whole_receipts = rules_of(ON_GOODS), rules_of(ON_WHOLE_RECEIPTS)
    simulation = compare(ONLINE_RETAIL, goods, whole_receipts, without=[rule.id for rule in goods])
    assert_is_whole(simulation, ONLINE_RETAIL)
    assert_gives(simulation, "baseline", online, ON_GOODS)
    assert_gives(simulation, "scenario", online, ON_WHOLE_RECEIPTS)
    # What was returned there names no receipt.
    [(lines,)] = online.rows("SELECT count(*) FROM receipts, unnest(items) AS lines(line) WHERE line.is_return_item")
    [told] = simulation.summary["returns"]
    assert told["lines"] == told["not_tied"]["no_receipt_named"] == lines == 10_624
    assert not len(simulation.tables["returns"])


@pytest.mark.long
def test_the_whole_of_the_complete_journey_gives_what_queries_say(journey: Queries) -> None:
    now = (TEN_PERCENT_OF_THE_SHELF_PRICE, HAPPY_HOUR, VISITS_CARD)
    draft = (TEN_PERCENT_OF_WHAT_IS_LEFT, HAPPY_HOUR_IN_LONDON)
    simulation = compare(COMPLETE_JOURNEY, rules_of(now), rules_of(draft))
    assert_is_whole(simulation, COMPLETE_JOURNEY)
    assert_gives(simulation, "baseline", journey, now)
    assert_gives(simulation, "scenario", journey, (*draft, VISITS_CARD))


@pytest.mark.long
def test_gift_cards_are_spent_by_those_who_were_given_one(online: Queries, tmp_path: Path) -> None:
    customers = online.rows("SELECT DISTINCT customer_id FROM receipts WHERE customer_id LIKE '%7'")
    cards = tmp_path / "cards.jsonl"
    with cards.open("w") as lines:
        for (customer_id,) in customers:
            card = {"id": f"card of {customer_id}", "discount_id": "gift card", "customer_id": customer_id}
            lines.write(json.dumps({**card, "created_at": "2011-06-01T00:00:00Z"}) + "\n")
    simulation = replay_rules(ONLINE_RETAIL, rules_of([GIFT_CARD]), cards)
    assert_gives(simulation, "scenario", online, [GIFT_CARD])


@pytest.mark.long
def test_real_coupons_go_to_the_households_that_got_them(journey: Queries, tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - not installed everywhere
    import pyarrow.parquet as pq  # noqa: PLC0415

    documents = {rule["id"]: rule for rule in json.loads(CAMPAIGNS.read_bytes())["discounts"]}
    chosen = choose_coupons(journey, list(documents.values()))
    granted = journey.rows("SELECT discount_id, customer_id FROM granted JOIN chosen USING (discount_id)")
    names = [(f"{coupon}/{customer}", coupon, customer) for coupon, customer in granted]
    grants = tmp_path / "grants.parquet"
    columns = zip(("id", "discount_id", "customer_id"), map(list, zip(*names, strict=True)), strict=True)
    pq.write_table(pa.table(dict(columns)), grants)
    simulation = replay_rules(COMPLETE_JOURNEY, read_rules([documents[coupon] for coupon in chosen]), grants)
    figures = {coupon: tuple(of[:4]) for coupon, of in figures_of(simulation, "scenario").items() if any(of)}
    assert figures == {coupon: tuple(of) for coupon, *of in journey.rows(GIVEN_BY_COUPONS)}
    assert len(figures) > COUPONS // 2


def choose_coupons(journey: Queries, rules: list[Document]) -> list[str]:
    """Return the ids of those coupons, no two for the same goods, that most receipts could have used.

    What they want is left as tables.
    """
    import pyarrow as pa  # noqa: PLC0415 - not installed everywhere

    wanted = [
        {
            "discount_id": rule["id"],
            "opens": rule["requirement"]["purchase_from"],
            "closes": rule["requirement"]["purchase_to"],
            "worth": rule["reward"]["value"],
            "pieces_wanted": rule["requirement"]["item"]["quantity"],
            "items": [matcher["id"] for matcher in rule["requirement"]["item"]["items"]],
        }
        for rule in rules
        if rule["reward"]["type"] == "discount_amount"
    ]
    journey.connection.register("coupons", pa.Table.from_pylist(wanted))
    journey.connection.execute(
        "CREATE TABLE wanted AS SELECT discount_id, opens::TIMESTAMPTZ AS opens, closes::TIMESTAMPTZ AS closes, worth,"
        " pieces_wanted, unnest(items) AS item FROM coupons"
    )
    journey.connection.execute(GRANTED.format(path=GRANTS))
    chosen: list[str] = []
    taken: set[str] = set()
    goods_of = {rule["discount_id"]: frozenset(rule["items"]) for rule in wanted}
    for (coupon,) in journey.rows(BOUGHT_MOST):
        # Two coupons for the same goods would have to share what is left to pay.
        if len(chosen) < COUPONS and taken.isdisjoint(goods_of[coupon]):
            chosen.append(coupon)
            taken |= goods_of[coupon]
    journey.connection.register("chosen", pa.table({"discount_id": chosen}))
    return chosen


@pytest.mark.deep
@pytest.mark.parametrize(
    ("path", "campaign"),
    [pytest.param(path, campaign, id=f"{path.stem}: {campaign.rule['name']}") for path, campaign in EVERY],
)
def test_every_campaign_by_itself_gives_what_its_query_says(path: Path, campaign: Campaign) -> None:
    queries = Queries(path)
    simulation = replay_rules(path, rules_of([campaign]), jobs=2)
    assert_is_whole(simulation, path)
    assert_gives(simulation, "baseline", queries, [campaign])


@pytest.mark.deep
@pytest.mark.parametrize("path", [ONLINE_RETAIL, COMPLETE_JOURNEY], ids=["online retail", "complete journey"])
def test_the_archives_replay_with_rules_that_meet_on_their_receipts(path: Path) -> None:
    rules = read_rules((PROJECT / "tests" / "real_rules.json").read_bytes())
    simulation = replay_rules(path, rules, jobs=2)
    receipts, gross = RECEIPTS[path]
    [total] = simulation.summary["totals"]
    assert (total["receipts"], total["gross"]) == (receipts, gross)
    assert simulation.summary["archive"]["refused"] == 0
    by_rule = simulation.tables["by_rule"]
    for column in COLUMNS:
        if not column.endswith(("_receipts", "_customers")):
            assert sum(by_rule[column].to_pylist()) == total[column.partition("_")[0]][column.partition("_")[2]]
