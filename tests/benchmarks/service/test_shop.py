"""The service that is measured gives good answers, and so do the handlers that it is compared with."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from benchmarks.service.beside import row_of
from benchmarks.service.load import tables
from benchmarks.service.shop import Shop, claim_of, claims_of, sending
from tests.rabatt.service.conftest import ACCOUNT
from tests.support.waiting import until


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(Shop(tmp_path)) as made:
        yield made


@pytest.mark.long
def test_receipts_get_discounts_and_coupons_can_be_claimed(shop: Shop) -> None:
    workload = shop.fill(20)
    client = shop.client(ACCOUNT, "write:discounts")
    rule_id = workload.rules[0]["id"]
    with shop.serving(core=None):
        status, answer = client.post("", workload.receipts_json[0])
        assert (status, bool(json.loads(answer)["discounts"])) == (200, True)
        assert client.post("/claims", claim_of(rule_id, 700))[0] == 201
        with sending([client], "/claims", partial(claims_of, rule_id)) as answers:
            until(lambda: answers.total() >= 2)
        assert set(answers) == {201}


@pytest.mark.long
@pytest.mark.parametrize(("application", "base"), [("echo", ""), ("service", f"/v1/accounts/{ACCOUNT}")])
def test_what_is_compared_with_sends_the_receipt_back(shop: Shop, application: str, base: str) -> None:
    receipt = shop.fill(10).receipts_json[0]
    client = replace(shop.client(ACCOUNT, "write:discounts"), base=base)
    with shop.serving(application, core=None):
        status, answer = client.post("/echo", receipt)
        assert (status, json.loads(answer)) == (200, json.loads(receipt))


@pytest.mark.long
def test_a_till_is_answered_at_an_even_pace(shop: Shop) -> None:
    shop.fill(10)
    with shop.serving(core=None):
        row = row_of("nothing", shop.client(ACCOUNT, "admin:discounts"), 0.2, {})
    assert row["receipts"] in {10, 11}
    assert 0 < row["p50"] <= row["p99"] <= row["worst"]


def test_cpu_is_held_against_both_echoes() -> None:
    row = {"per_second": 1000.4, "p50": 1.0, "p95": 2.0, "p99": 3.456, "failed": 0, "claims": 0}
    times = {"alone": 200.0, "behind the doors": 250.0, "1000 rules": 500.0}
    rows = [{"name": name, **row, "cpu_microseconds": cpu} for name, cpu in times.items()]
    assert tables({"rows": rows})[-1] == "| 1000 rules | 1000 | 1.00 | 2.00 | 3.46 | 500 | 2.00 | 2.50 | 0 |  |"
