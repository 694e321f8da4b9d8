"""Real receipts, where they are beside the project: read straight from their files, never copied into it."""

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from engine import RuleSet, compile_rules
from rules import Grant, Rule, read_grants, read_rules
from tests.support.places import ROOT

Document = dict[str, Any]

PROJECT = ROOT
DATA = PROJECT.parent / "shared" / "data"
SMALL = DATA / "receipts_small.jsonl"
COMPLETE_JOURNEY = DATA / "receipts_completejourney.parquet"
ONLINE_RETAIL = DATA / "receipts_onlineretail.parquet"
CAMPAIGNS = DATA / "campaigns_completejourney.json"
GRANTS = DATA / "grants_completejourney.parquet"

GRANTED = "SELECT customer_id, list(discount_id ORDER BY discount_id) FROM '{path}' GROUP BY customer_id"


def why_skipped() -> str:
    """Return what is missing to try real receipts; empty where nothing is."""
    if not DATA.is_dir():
        return "no real receipts: the folder ../shared/data is not there"
    missing = [name for name in ("duckdb", "pyarrow") if importlib.util.find_spec(name) is None]
    return f"{' and '.join(missing)} are not installed: pip install '.[data]'" if missing else ""


def small_receipts() -> Iterator[Document]:
    """Yield the varied few receipts."""
    with SMALL.open() as lines:
        for line in lines:
            yield json.loads(line)


def receipts(path: Path, every: int) -> Iterator[Document]:
    """Yield the receipts of a Parquet file in its order: of so many the first."""
    import pyarrow.parquet  # noqa: PLC0415 - not installed everywhere

    place = 0
    for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=1000):
        chosen = [row for row in range(batch.num_rows) if (place + row) % every == 0]
        place += batch.num_rows
        for receipt in batch.take(chosen).to_pylist():
            receipt["purchase_at"] = receipt["purchase_at"].isoformat()
            yield receipt


@cache
def shop_rules() -> RuleSet:
    """Return the rules that were made up for the real receipts."""
    return compile_rules(read_rules((PROJECT / "tests" / "real_rules.json").read_bytes()))


@cache
def campaign_rules() -> tuple[Rule, ...]:
    """Return the coupons of the real campaigns."""
    return read_rules(CAMPAIGNS.read_bytes())


@cache
def campaigns() -> RuleSet:
    """Return the coupons of the real campaigns, compiled."""
    return compile_rules(campaign_rules())


class Grants(dict[str | None, Sequence[Grant]]):
    """The coupons each customer was given, read when they are first asked for; none for the others."""

    def __init__(self, coupons: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.coupons = coupons

    def __missing__(self, customer_id: str | None) -> Sequence[Grant]:
        """Read and keep one customer's grants."""
        documents = [
            {"id": f"{coupon}/{customer_id}", "discount_id": coupon, "customer_id": customer_id}
            for coupon in self.coupons.get(customer_id or "", ())
        ]
        self[customer_id] = read_grants(documents, campaign_rules())
        return self[customer_id]


@cache
def campaign_grants() -> Grants:
    """Return the grants of the real campaigns by customer."""
    return Grants(dict(rows(GRANTED.format(path=GRANTS))))


def rows(query: str) -> list[tuple[Any, ...]]:
    """Return what a query over the Parquet files gives."""
    import duckdb  # noqa: PLC0415 - not installed everywhere

    with duckdb.connect() as connection:
        found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return found
