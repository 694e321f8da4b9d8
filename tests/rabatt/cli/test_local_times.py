"""The command evaluates and replays by the clock on the wall, in the default zone too, wherever it runs."""

import json

import pytest

from tests.support.cli.shop import Shop
from tests.support.local_times import GRANTS, MOMENTS, RULES, discount_of

EXPECTED = {moment.receipt["receipt_id"]: moment.discount for moment in MOMENTS}


@pytest.fixture
def clocks(shop: Shop) -> Shop:
    """A shop with the rules, the grants and all purchases."""
    shop.write("rules.json", json.dumps(RULES))
    shop.write("grants.json", json.dumps(GRANTS))
    shop.receipts("receipts.jsonl", *(moment.receipt for moment in MOMENTS))
    return shop


# The zone of the machine is nobody's.
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_each_purchase_is_evaluated_by_the_clock_on_the_wall(clocks: Shop, zone: str) -> None:
    done = clocks.evaluate("receipts.jsonl", "--grants", "grants.json", "--json", TZ=zone)
    assert (done.returncode, done.stderr) == (0, "")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert {result["receipt_id"]: discount_of(result) for result in results} == EXPECTED


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_each_purchase_is_replayed_by_the_clock_on_the_wall(clocks: Shop, zone: str) -> None:
    asked = ["simulate", "receipts.jsonl", "--rules", "rules.json", "--grants", "grants.json", "--json"]
    done = clocks.run(*asked, TZ=zone)
    assert (done.returncode, done.stderr) == (0, "")
    answers = json.loads(done.stdout)
    assert answers["totals"][0]["baseline"]["discount"] == sum(EXPECTED.values())
    assert [answers["archive"][name] for name in ("first_day", "last_day")] == ["2026-03-28", "2026-11-15"]
