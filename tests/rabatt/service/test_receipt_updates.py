"""Updates of receipts: an anonymous one is given a customer and discounts once, and what they used is claimed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from engine.grants.wallet import everyones_grant_id
from rabatt.service.clock import written
from tests.rabatt.service.conftest import START, Service
from tests.rabatt.service.test_receipts import a_receipt, listing, post, searched, stored
from tests.support.service.answers import paths, refusal
from tests.support.service.claiming import (
    CLAIMS,
    PURCHASE,
    add_grants,
    add_rules,
    body,
    check_sums,
    grant_row,
    ref,
    rule,
)

ONCE = {"discount_repeat_usage": 1}
STAMPS = {"stamp": 3, "item": {"items": [{"id": "*"}]}}


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with rules, grants of customers c and d, and one of everyone, and an anonymous receipt."""
    with service.store.writing() as connection:
        documents = [rule("plain"), rule("once", limitation=ONCE), rule("card", requirement=STAMPS), rule("all")]
        add_rules(connection, documents)
        for rule_id in ("plain", "once", "card"):
            add_grants(connection, [(f"{rule_id}-c", rule_id, "c"), (f"{rule_id}-d", rule_id, "d")])
        add_grants(connection, [("all-star", "all", "*")])
    stored(service, anonymous())
    return service


def anonymous(receipt_id: str = "r1", **fields: Any) -> dict[str, Any]:
    return a_receipt(receipt_id, purchase_at=written(PURCHASE), **fields)


def used(rule_id: str, *refs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A discount as the result receipt has it."""
    return {"id": rule_id, "refs": list(refs), **fields}


def update(customer_id: str = "c", *discounts: dict[str, Any]) -> dict[str, Any]:
    return {"customer_id": customer_id, **({"discounts": list(discounts)} if discounts else {})}


def put(service: Service, changes: Any, receipt_id: str = "r1", **options: Any) -> Any:
    return service.call("PUT", f"receipts/all/{receipt_id}", changes, **options)


def usage(service: Service, grant_id: str) -> int:
    row = grant_row(service.store, grant_id)
    return 0 if row is None else int(row.usage)


def counted(service: Service, result: str) -> float:
    return service.context.metrics.registry.get_sample_value("rabatt_claims_total", {"result": result}) or 0


def test_an_anonymous_receipt_is_given_its_customer(shop: Service) -> None:
    before = searched(shop, "r1")[0]
    answer = put(shop, update())
    assert answer.status_code == 200
    assert answer.json() == {**before, "customer_id": "c", "updated_at": written(shop.hands.at)}
    assert searched(shop, "r1") == listing(shop, "c").json()["receipts"] == [answer.json()]
    assert check_sums(shop.store) == 0


@pytest.mark.parametrize(
    "there",
    [
        pytest.param({}, id="no discounts"),
        pytest.param({"discounts": None}, id="null for its discounts"),
        pytest.param({"discounts": []}, id="an empty list of discounts"),
        pytest.param({"discounts": [{"id": "x", "refs": [ref("y")]}, {"name": "at the till"}]}, id="discounts"),
    ],
)
def test_discounts_come_after_those_that_are_there(shop: Service, there: dict[str, Any]) -> None:
    stored(shop, anonymous("r2", customer_id=None, **there))
    added = used("plain", ref("plain-c", items=[{"line_id": 1, "amount": 10}], own=0.5), name="Ti av", unknown=[None])
    answer = put(shop, update("c", added), "r2").json()
    assert answer["discounts"] == [*(there.get("discounts") or []), added]
    assert answer["customer_id"] == "c"
    assert searched(shop, "r2") == [answer]
    # What the receipt was stored with is not claimed.
    assert check_sums(shop.store) == 1


def test_the_same_update_again_gives_the_same_bytes_and_counts_once(shop: Service) -> None:
    changes = update("c", used("plain", ref("plain-c"), name="Ti av"))
    first = put(shop, changes)
    reordered = {"discounts": [dict(reversed(changes["discounts"][0].items()))], "customer_id": "c"}
    for again in (changes, reordered):
        answer = put(shop, again)
        assert (answer.status_code, answer.content) == (200, first.content)
    assert usage(shop, "plain-c") == 1
    assert counted(shop, "booked") == 1


def test_no_discounts_and_an_empty_list_are_the_same_update(shop: Service) -> None:
    first = put(shop, update())
    assert put(shop, {"customer_id": "c", "discounts": []}).content == first.content


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param(update("d"), "RECEIPT_HAS_CUSTOMER", id="another customer"),
        pytest.param(update("d", used("plain", ref("plain-d"))), "RECEIPT_HAS_CUSTOMER", id="another customer's use"),
        pytest.param(update("c"), "RECEIPT_IS_UPDATED", id="the customer alone"),
        pytest.param(update("c", used("plain", ref("plain-c", amount=9))), "RECEIPT_IS_UPDATED", id="another amount"),
        pytest.param(update("c", used("once", ref("once-c"))), "RECEIPT_IS_UPDATED", id="another discount"),
    ],
)
def test_a_receipt_is_updated_once(shop: Service, changes: dict[str, Any], code: str) -> None:
    first = put(shop, update("c", used("plain", ref("plain-c")))).json()
    assert refusal(put(shop, changes)) == (409, code)
    assert searched(shop, "r1") == [first]
    assert (usage(shop, "plain-c"), usage(shop, "plain-d"), check_sums(shop.store)) == (1, 0, 1)


def test_discounts_do_not_come_later_than_the_customer(shop: Service) -> None:
    put(shop, update())
    assert refusal(put(shop, update("c", used("plain", ref("plain-c"))))) == (409, "RECEIPT_IS_UPDATED")


def test_a_receipt_that_was_stored_with_its_customer_takes_that_one_and_no_discounts(shop: Service) -> None:
    first = stored(shop, anonymous("r2", customer_id="c"))
    assert put(shop, update("c"), "r2").json() == first
    discount = used("plain", ref("plain-c"))
    assert refusal(put(shop, update("c", discount), "r2")) == (409, "RECEIPT_HAS_CUSTOMER")
    assert refusal(put(shop, update("d"), "r2")) == (409, "RECEIPT_HAS_CUSTOMER")
    assert searched(shop, "r2") == [first]
    assert check_sums(shop.store) == 0


def test_storing_an_updated_receipt_again_gives_the_first_answer(shop: Service) -> None:
    first = post(shop, anonymous("r2"))
    put(shop, update("c", used("plain", ref("plain-c"))), "r2")
    again = post(shop, anonymous("r2"))
    assert (again.status_code, again.content) == (201, first.content)


def test_an_unknown_receipt_is_not_found(shop: Service) -> None:
    assert refusal(put(shop, update(), "r2")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("receipt_id", ["no 7/2026", "kvittering ø"])
def test_a_receipt_is_found_by_any_good_id(shop: Service, receipt_id: str) -> None:
    stored(shop, anonymous(receipt_id))
    assert put(shop, update(), receipt_id.replace("/", "%2F").replace(" ", "%20")).json()["receipt_id"] == receipt_id


def test_uses_are_claimed_with_the_update(shop: Service) -> None:
    everyones = everyones_grant_id("all", "c")
    discounts = [
        {"name": "at the till"},
        used("plain", ref("plain-c")),
        {"id": "noted", "refs": None},
        used("all", ref(everyones, amount=7)),
        used("card", ref("card-c", usage=0, amount=0, stamp=2)),
    ]
    answer = put(shop, update("c", *discounts))
    assert answer.status_code == 200
    assert answer.json()["discounts"] == discounts
    assert (usage(shop, "plain-c"), usage(shop, everyones), usage(shop, "card-c")) == (1, 1, 0)
    assert check_sums(shop.store) == 1


def test_a_reached_limit_leaves_everything_as_it_was(shop: Service) -> None:
    shop.call("POST", CLAIMS, body("before", ("once", [ref("once-c")])))
    before = searched(shop, "r1")
    changes = update("c", {"name": "at the till"}, used("plain", ref("plain-c")), used("once", ref("once-c")))
    answer = put(shop, changes)
    assert refusal(answer) == (409, "LIMIT_REACHED")
    errors = answer.json()["error"]["errors"]
    assert [(error["path"], error["limit"]) for error in errors] == [
        ("discounts[2].refs[0]", "limitation.discount_repeat_usage")
    ]
    assert searched(shop, "r1") == before
    assert listing(shop, "c").json() == {"receipts": []}
    assert (usage(shop, "plain-c"), check_sums(shop.store)) == (0, 1)
    assert counted(shop, "limit") == 1
    # So that another update may follow.
    assert put(shop, update("c", used("plain", ref("plain-c")))).status_code == 200


def test_uses_of_what_is_not_there_are_refused(shop: Service) -> None:
    changes = update("c", {"name": "at the till"}, used("plain", ref("plain-d")), used("gone", ref("x")))
    assert paths(put(shop, changes)) == ["discounts[1].refs[0].id", "discounts[2].id"]
    assert check_sums(shop.store) == 0


@pytest.mark.parametrize("kind", ["pos", "receipt"])
def test_what_the_till_claimed_itself_is_not_counted_twice(shop: Service, kind: str) -> None:
    refs = [ref("plain-c"), ref("card-c", usage=0, amount=0, stamp=1)]
    claimed = body("r1", ("card", refs[1:]), ("plain", refs[:1]), type=kind)
    assert shop.call("POST", CLAIMS, claimed).status_code == 201
    changes = update("c", used("plain", refs[0], name="Ti av"), used("card", refs[1]))
    first = put(shop, changes)
    assert first.status_code == 200
    assert put(shop, changes).content == first.content
    assert (usage(shop, "plain-c"), check_sums(shop.store)) == (1, 1)
    assert counted(shop, "booked") == 1


def test_a_till_may_claim_after_the_update_what_it_claimed(shop: Service) -> None:
    put(shop, update("c", used("plain", ref("plain-c"), name="Ti av")))
    claimed = body("r1", ("plain", [ref("plain-c")]), type="receipt")
    assert shop.call("POST", CLAIMS, claimed).status_code == 201
    assert check_sums(shop.store) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"customer_id": "d"}, id="of another customer"),
        pytest.param({"purchase_at": written(PURCHASE + timedelta(microseconds=1))}, id="of another purchase"),
        pytest.param({"discounts": [used("plain", ref("plain-c", amount=9))]}, id="of another amount"),
        pytest.param({"discounts": [used("plain", ref("plain-c")), used("once", ref("once-c"))]}, id="of more"),
    ],
)
def test_another_claim_under_the_receipts_id_is_in_the_way(shop: Service, change: dict[str, Any]) -> None:
    claimed = {**body("r1", ("plain", [ref("plain-d" if "customer_id" in change else "plain-c")])), **change}
    assert shop.call("POST", CLAIMS, claimed).status_code == 201
    before = searched(shop, "r1")
    assert refusal(put(shop, update("c", used("plain", ref("plain-c"))))) == (409, "CLAIM_DIFFERS")
    assert searched(shop, "r1") == before
    assert check_sums(shop.store) == 1
    # Without uses it is in nobody's way.
    assert put(shop, update("c")).status_code == 200


@pytest.mark.parametrize("kind", ["pos", "receipt"])
def test_a_cancelled_claim_is_not_claimed_again(shop: Service, kind: str) -> None:
    claimed = shop.call("POST", CLAIMS, body("r1", ("plain", [ref("plain-c")]), type=kind)).json()
    assert shop.call("DELETE", f"{CLAIMS}/{claimed['id']}").status_code == 200
    assert refusal(put(shop, update("c", used("plain", ref("plain-c"))))) == (409, "CLAIM_CANCELLED")
    assert usage(shop, "plain-c") == 0


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        pytest.param({}, ["customer_id"], id="an update names a customer"),
        pytest.param({"customer_id": None}, ["customer_id"], id="null is no customer"),
        pytest.param({"customer_id": " c"}, ["customer_id"], id="a space at an end"),
        pytest.param({"customer_id": "c" * 256}, ["customer_id"], id="more than 255 characters"),
        pytest.param({"customer_id": "*"}, ["customer_id"], id="everyone is no customer"),
        pytest.param({"customer_id": "a\x00b"}, ["customer_id"], id="a NUL"),
        pytest.param({"customer_id": "c", "discount": []}, ["discount"], id="an unknown field"),
        pytest.param({"customer_id": "c", "discounts": {}}, ["discounts"], id="an object is no list"),
        pytest.param({"customer_id": "c", "discounts": [7]}, ["discounts[0]"], id="a discount is an object"),
        pytest.param(
            update(" c", used("plain", {"id": "plain-c", "usage": 1}), {"name": 7}),
            ["customer_id", "discounts[0].refs[0].amount", "discounts[1].name"],
            id="every fault is named",
        ),
        pytest.param(
            update("c", {"name": "at the till"}, {"refs": [ref("plain-c")]}),
            ["discounts[1].id"],
            id="refs are of a rule",
        ),
        pytest.param(
            update("c", {"name": "at the till"}, used("plain", ref("plain-c"), ref("plain-c"))),
            ["discounts[1].refs[1].id"],
            id="a grant is claimed once",
        ),
        pytest.param(
            update("c", used("plain", ref("plain-c", items=[{"line_id": "1"}]))),
            ["discounts[0].refs[0].items[0].line_id"],
            id="what no receipt could hold",
        ),
        pytest.param([], [""], id="an update is an object"),
    ],
)
def test_an_update_with_faults_is_refused(shop: Service, changes: Any, places: list[str]) -> None:
    assert sorted(paths(put(shop, changes))) == places
    assert paths(put(shop, {"customer_id": "c"}, "a%00b")) == ["path.receipt_id"]
    assert put(shop, update()).status_code == 200


def test_of_two_customers_at_once_one_gets_the_receipt(shop: Service) -> None:
    changes = [update(name, used("plain", ref(f"plain-{name}"))) for name in ("c", "d")] * 4
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: put(shop, one), changes))
    winner = searched(shop, "r1")[0]["customer_id"]
    for one, answer in zip(changes, answers, strict=True):
        wanted = 200 if one["customer_id"] == winner else 409
        assert answer.status_code == wanted
    loser = "d" if winner == "c" else "c"
    assert (usage(shop, f"plain-{winner}"), usage(shop, f"plain-{loser}"), check_sums(shop.store)) == (1, 0, 1)


def test_the_same_update_at_once_has_one_effect_and_equal_answers(shop: Service) -> None:
    changes = update("c", used("once", ref("once-c")))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: put(shop, changes), range(20)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert (usage(shop, "once-c"), check_sums(shop.store)) == (1, 1)


def test_update_and_claim_at_once_count_once(shop: Service) -> None:
    for number in range(10):
        receipt_id = f"both {number}"
        stored(shop, anonymous(receipt_id))
        claimed = body(receipt_id, ("plain", [ref("plain-c")]))

        def send(is_claim: bool, receipt_id: str = receipt_id, claimed: Any = claimed) -> int:
            if is_claim:
                return int(shop.call("POST", CLAIMS, claimed).status_code)
            return int(put(shop, update("c", used("plain", ref("plain-c"))), receipt_id).status_code)

        with ThreadPoolExecutor(2) as threads:
            sent = list(threads.map(send, [True, False]))
        # A claim of another type that comes second is another claim; the update takes either.
        assert sent[0] in {201, 409}
        assert sent[1] == 200
        assert usage(shop, "plain-c") == number + 1
    assert check_sums(shop.store) == 10


def test_the_time_of_a_purchase_may_be_written_in_two_ways(shop: Service) -> None:
    stored(shop, a_receipt("r2", purchase_at=(START - timedelta(hours=1)).isoformat()))
    assert shop.call("POST", CLAIMS, body("r2", ("plain", [ref("plain-c")]))).status_code == 201
    assert put(shop, update("c", used("plain", ref("plain-c"))), "r2").status_code == 200
    assert check_sums(shop.store) == 1
