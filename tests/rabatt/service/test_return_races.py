"""Many return goods at once: no piece is paid twice, and whatever ends in between leaves nothing half done."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from rabatt.service.store.give_back import give_back_returned as give_back_for_good
from rabatt.service.store.tables import returns
from tests.rabatt.service.conftest import Service
from tests.rabatt.service.test_receipts import searched
from tests.support.service.claiming import CLAIMS, check_sums
from tests.support.service.returning import TEN_PERCENT, body, bought, line, open_shop, post, usage


def test_of_many_returns_at_once_no_more_are_settled_than_were_sold(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 5))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda place: post(service, body(f"back-{place}", (1, 1))), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [422] * 3
    assert sum(answer.json()["refund_amount"] for answer in answers if answer.status_code == 201) == 4_500
    assert usage(service, "ten") == (0, 0)
    check_sums(service.store)


def test_one_return_many_times_at_once_has_one_effect_and_one_answer(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 5))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: post(service, body("back", (1, 1))), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert usage(service, "ten") == (1, 400)
    assert len(searched(service, "r1")[0]["returns"]) == 1


def test_returning_and_cancelling_at_once_give_back_everything_once(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    for place in range(10):
        bought(service, line(1, 1_000, 2), receipt_id=f"r{place}")
        claim = service.call("GET", f"{CLAIMS}?ref=r{place}").json()
        with ThreadPoolExecutor(2) as threads:
            back = threads.submit(post, service, body(f"back-{place}", (1, 1)), f"r{place}")
            gone = threads.submit(service.call, "DELETE", f"{CLAIMS}/{claim['id']}")
            assert (back.result().status_code, gone.result().status_code) == (201, 200)
        assert usage(service, "ten") == (0, 0)
    check_sums(service.store)


def test_a_return_that_fails_at_its_end_leaves_nothing_behind(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 2))
    before = searched(service, "r1")

    def give_back(*given: Any, **named: Any) -> None:
        give_back_for_good(*given, **named)
        raise RuntimeError("the machine goes down")

    monkeypatch.setattr("rabatt.service.store.returns.give_back_returned", give_back)
    assert post(service, body("back", (1, 1))).status_code == 500
    assert searched(service, "r1") == before
    assert usage(service, "ten") == (1, 200)
    with service.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(returns)).scalar_one() == 0
    monkeypatch.undo()
    assert post(service, body("back", (1, 1))).status_code == 201
    assert usage(service, "ten") == (1, 100)


def test_returning_and_claiming_at_once_end_as_one_after_the_other(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    for place in range(10):
        evaluated = bought(service, line(1, 1_000, 2), receipt_id=f"r{place}", claim_ref=None)
        claim = {name: evaluated[name] for name in ("purchase_at", "customer_id", "discounts")}
        with ThreadPoolExecutor(2) as threads:
            back = threads.submit(post, service, body(f"back-{place}", (1, 1)), f"r{place}")
            used = threads.submit(service.call, "POST", CLAIMS, claim | {"ref": f"till {place}", "type": "pos"})
            assert (back.result().status_code, used.result().status_code) == (201, 201)
        assert usage(service, "ten") == (place + 1, 100 * (place + 1))
    check_sums(service.store)
