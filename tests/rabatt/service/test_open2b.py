"""`commerce.receipts.*` as the source has them: its requests are taken as they stand, and answered in its shapes."""

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from rabatt.service.store import open2b as open2b_store
from rabatt.service.store.tables import open2b_accounts
from tests.rabatt.service.conftest import Service
from tests.support.open2b.receipts import NEW, exact, with_changes
from tests.support.open2b.source import documents, needs_source
from tests.support.service.open2b import ask, created, done, got, refused, stocked

OTHER = "T87654321"


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with the catalogue."""
    return stocked(service)


def shape(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field with its type; of lists the first member."""
    match value:
        case dict():
            for name, member in value.items():
                yield from shape(member, f"{path}.{name}")
        case list():
            yield (path, "list")
            yield from shape(value[0] if value else None, f"{path}[]")
        case bool():
            yield (path, "bool")
        case int() | float() | Decimal():
            yield (path, "number")
        case _:
            yield (path, type(value).__name__)


def number_from(service: Service, receipt: int, item: int) -> None:
    """Let the next receipt and item of the account have these identifiers."""
    with service.store.writing() as connection:
        connection.execute(update(open2b_accounts).values(last_receipt=receipt - 1, last_item=item - 1))


@needs_source
def test_every_example_request_is_taken_as_it_stands_and_answered_in_its_shape(shop: Service) -> None:
    number_from(shop, 1099435368, 4172206)
    for method in ("create", "update", "find", "get", "count", "delete"):
        request, documented = documents(method)
        if method == "get":
            assert done(shop, method, request) == {"receipt": {"number": "2020/7496", "status": "Open"}}
        if method == "find":
            # Its conditions are all there are, and no receipt meets them: none is after itself.
            assert done(shop, method, request) == {"receipts": []}
            del request["conditions"]
            assert done(shop, method, request) == {"receipts": [{"number": "2020/7496", "status": "Open"}]}
        # Two of the fields are named there and the others meant: all come without.
        request.pop("fields", None)
        answer = {"status": "ok", **done(shop, method, request)}
        assert list(shape(answer)) == list(shape(documented)), method
    assert done(shop, "count", {}) == {"count": 0}


@needs_source
def test_the_fields_of_an_answer_are_in_the_order_of_the_source(shop: Service) -> None:
    id = created(shop)
    answer = json.loads(ask(shop, "get", {"id": id}).content)
    _, documented = documents("get")
    assert [path for path, _ in shape(answer)] == [path for path, _ in shape(documented)]


def test_decimals_are_numbers_with_all_their_places(shop: Service) -> None:
    text = ask(shop, "get", {"id": created(shop)}).text
    assert '"quantity":3.00,"price":56.330,"totalPrice":168.99,"weight":0.450' in text
    assert '{"type":"PercentOff","value":20.000}' in text


def test_no_answer_is_kept_on_its_way(shop: Service) -> None:
    assert ask(shop, "count", {}).headers["cache-control"] == "no-store"


def test_every_total_of_a_receipt_comes_out(shop: Service) -> None:
    receipt = got(shop, created(shop))
    shown = {name: str(receipt[name]) for name in receipt if isinstance(receipt[name], Decimal)}
    # 168.99 less 20 % is 135.19, less 10.45 is 124.74; a shirt is taxed with 8.32, three with 24.96.
    assert shown == {
        "prediscountSubtotal": "168.99",
        "taxedPrediscountSubtotal": "202.80",
        "subtotal": "124.74",
        "taxedSubtotal": "149.70",
        "taxAmount": "26.91",
        "total": "134.51",
        "taxedTotal": "161.42",
        "quantity": "3.00",
        "weight": "1.350",
    }
    assert exact(json.dumps(receipt["taxes"], default=float)) == [
        {
            "code": "VAT",
            "name": "Generic",
            "rate": Decimal("20.0"),
            "taxableTotal": Decimal("134.51"),
            "amount": Decimal("26.91"),
        }
    ]
    assert (receipt["shippingMethod"]["taxAmount"], receipt["paymentMethod"]["taxAmount"]) == (
        Decimal("1.71"),
        Decimal("0.24"),
    )


def test_what_a_create_leaves_out_is_filled_in(shop: Service) -> None:
    receipt = got(shop, done(shop, "create", {"receipt": {"billingAddress": NEW["billingAddress"]}})["id"])
    assert {name: receipt[name] for name in ("number", "status", "creationTime", "updateTime", "issueDate")} == {
        "number": "",
        "status": "Open",
        "creationTime": "2026-11-21 12:00:00",
        "updateTime": "2026-11-21 12:00:00",
        "issueDate": "2026-11-21",
    }
    assert receipt["rounding"] == {"mode": "HalfUp", "rule": "PerLine"}
    assert (receipt["locale"], receipt["taxArea"], receipt["customerName"]) == ("en-GB", 7, "Investigations Inc")
    assert (receipt["items"], receipt["taxes"], receipt["total"]) == ([], [], Decimal("0.00"))
    assert receipt["sellerAddress"]["companyName"] == "Baker Street Supplies Ltd"
    assert len(receipt["token"]) == 32


def test_methods_without_a_cost_cost_what_the_catalogue_says(shop: Service) -> None:
    receipt = got(shop, created(shop, shippingMethod=5, shippingCost=None, paymentMethod=8, paymentCost=None))
    # 9.500 and 1.350 times 0.750; 1.5 % of 124.74 and 10.51.
    assert receipt["shippingMethod"]["cost"] == Decimal("10.513")
    assert receipt["paymentMethod"]["cost"] == Decimal("2.029")
    free = got(shop, created(shop, shippingMethod=5, shippingCost=None, items=[{"price": 700, "taxClass": 2}]))
    assert free["shippingMethod"]["cost"] == Decimal("0.000")


def test_an_update_changes_what_it_names_and_nothing_else(shop: Service) -> None:
    id = created(shop)
    before = got(shop, id)
    done(shop, "update", {"id": id, "receipt": {"status": "Sent", "terms": "Net 30"}})
    after = got(shop, id)
    assert {name for name in after if after[name] != before[name]} == {"status", "terms"}
    done(shop, "update", {"id": id, "receipt": {"discounts": [], "paymentMethod": None}})
    without = got(shop, id)
    assert (without["subtotal"], without["paymentMethod"]) == (Decimal("168.99"), None)
    assert without["shippingMethod"] == before["shippingMethod"]


def test_an_item_that_is_named_keeps_what_is_left_out(shop: Service) -> None:
    id = created(shop)
    item = got(shop, id)["items"][0]
    changes = [{"id": item["id"], "quantity": 2}, {"name": "Tea", "price": 2.5, "taxClass": 1}]
    done(shop, "update", {"id": id, "receipt": {"items": changes}})
    first, second = got(shop, id)["items"]
    assert {name for name in first if first[name] != item[name]} == {"quantity", "totalPrice", "taxAmount"}
    assert (second["id"], second["taxRate"]) == (item["id"] + 1, Decimal("5.00"))


def test_a_receipt_that_goes_elsewhere_is_taxed_there(shop: Service) -> None:
    id = created(shop, shippingMethod=14)
    abroad = {**NEW["shippingAddress"], "country": "IT"}
    done(shop, "update", {"id": id, "receipt": {"shippingAddress": abroad}})
    receipt = got(shop, id)
    assert receipt["taxArea"] == 8
    assert {part["taxRate"] for part in (*receipt["items"], receipt["shippingMethod"], receipt["paymentMethod"])} == {
        Decimal("22.00")
    }
    done(shop, "update", {"id": id, "receipt": {"taxArea": 9}})
    assert got(shop, id)["items"][0]["taxRate"] == Decimal("25.00")


def test_fields_of_their_own_order_come_in_the_order_of_the_receipt(shop: Service) -> None:
    id = created(shop, labels=[3, 1, 64])
    answer = done(shop, "get", {"id": id, "fields": ["labels", "total", "number"]})
    assert list(answer["receipt"].items()) == [
        ("number", "2020/7496"),
        ("total", Decimal("134.51")),
        ("labels", [1, 3, 64]),
    ]
    assert "labels" not in got(shop, id)


def test_what_is_not_there_is_null_and_deleting_it_is_done(shop: Service) -> None:
    assert done(shop, "get", {"id": 5}) == {"receipt": None}
    done(shop, "delete", {"ids": [5, created(shop)]})
    assert done(shop, "count", {"conditions": {}}) == {"count": 0}


def test_identifiers_are_not_given_again(shop: Service) -> None:
    first = created(shop)
    done(shop, "delete", {"ids": [first]})
    assert created(shop) == first + 1


def test_one_account_sees_nothing_of_another(shop: Service) -> None:
    stocked(shop, OTHER)
    id = created(shop)
    theirs = shop.token(account=OTHER)
    assert ask(shop, "get", {"id": id}, token=theirs).json() == {"status": "ok", "receipt": None}
    assert ask(shop, "find", {}, token=theirs).json() == {"status": "ok", "receipts": []}
    assert ask(shop, "count", {}, token=theirs).json() == {"status": "ok", "count": 0}
    assert ask(shop, "update", {"id": id, "receipt": {}}, token=theirs).status_code == 422
    assert ask(shop, "delete", {"ids": [id]}, token=theirs).status_code == 200
    assert ask(shop, "create", {"receipt": NEW}, token=theirs).json() == {"status": "ok", "id": 1}
    assert got(shop, id)["id"] == id


def test_reading_and_writing_need_their_scopes(shop: Service) -> None:
    reads, writes = shop.token("read:receipts"), shop.token("write:receipts")
    bodies: dict[str, Any] = {"find": {}, "count": {}, "get": {"id": 1}, "delete": {"ids": []}}
    for method, body in bodies.items():
        allowed = {reads: 200, writes: 403} if method != "delete" else {reads: 403, writes: 200}
        assert {token: ask(shop, method, body, token=token).status_code for token in allowed} == allowed


def test_a_new_catalogue_leaves_receipts_as_they_are(shop: Service) -> None:
    id = created(shop)
    before = got(shop, id)
    stocked(shop)
    done(shop, "update", {"id": id, "receipt": {"number": "8"}})
    assert {**got(shop, id), "number": before["number"]} == before
    assert [each["id"] for each in done(shop, "find", {})["receipts"]] == [id]


RECEIPTS: list[dict[str, Any]] = [
    {"number": "9", "status": "Sent", "issueDate": "2020-01-05", "customer": 4908, "labels": [1, 3]},
    {"number": "10", "status": "Open", "creationTime": "2020-01-02 00:00:00", "labels": [1, 64]},
    {"number": "2020/7", "status": "Archived", "discounts": [], "billingAddress.companyName": ""},
    {"number": "", "status": "Cancelled", "shippingAddress.street1": "100% Baker_Street", "labels": [64]},
    {"number": "2020/31", "status": "Disputed", "items": [{"price": 500, "taxClass": 2}]},
]


@pytest.fixture
def found(shop: Service) -> Service:
    """A service with five receipts, of identifiers 1 to 5, a minute apart."""
    for minute, changes in enumerate(RECEIPTS):
        shop.hands.at = shop.hands.at.replace(minute=minute)
        done(shop, "create", {"receipt": with_changes(NEW, changes)})
    return shop


@pytest.mark.parametrize(
    ("conditions", "ids"),
    [
        pytest.param({}, [1, 2, 3, 4, 5], id="none"),
        pytest.param({"ids": [5, 1, 77]}, [1, 5], id="ids"),
        pytest.param({"ids": []}, [], id="no ids"),
        pytest.param({"status": ["Open", "Sent"]}, [1, 2], id="status"),
        pytest.param({"fromNumber": "10"}, [2, 3, 5], id="fromNumber counts"),
        pytest.param({"toNumber": "10"}, [1, 2], id="toNumber leaves out those without"),
        pytest.param({"fromNumber": "2020/8", "toNumber": "2020/31"}, [5], id="both ends of numbers"),
        pytest.param({"fromCreationTime": "2020-09-02 12:00:00"}, [1, 3, 4, 5], id="fromCreationTime is included"),
        pytest.param({"toCreationTime": "2020-01-02 00:00:00"}, [2], id="toCreationTime is included"),
        pytest.param({"fromUpdateTime": "2026-11-21 12:03:00"}, [4, 5], id="fromUpdateTime is the earliest"),
        pytest.param({"toUpdateTime": "2026-11-21 12:01:00"}, [1, 2], id="toUpdateTime is the latest"),
        pytest.param({"fromIssueDate": "2020-01-06"}, [2, 3, 4, 5], id="fromIssueDate"),
        pytest.param({"toIssueDate": "2020-01-05"}, [1], id="toIssueDate is included"),
        pytest.param({"customer": 4908}, [1], id="customer"),
        pytest.param({"address": "BAKER street"}, [1, 2, 3, 4, 5], id="address whatever the case"),
        pytest.param({"address": "100% baker_"}, [4], id="address is no pattern"),
        pytest.param({"address": "gower"}, [1, 2, 3, 5], id="shipping address"),
        pytest.param({"labels": [1]}, [1, 2], id="a label"),
        pytest.param({"labels": [64, 1]}, [2], id="all of the labels"),
        pytest.param({"after": 3}, [4, 5], id="after"),
        pytest.param({"status": ["Open"], "customer": 4908}, [], id="all conditions together"),
    ],
)
def test_the_conditions_say_which_receipts_are_meant(found: Service, conditions: Any, ids: list[int]) -> None:
    receipts = done(found, "find", {"conditions": conditions, "fields": ["id"]})["receipts"]
    assert [receipt["id"] for receipt in receipts] == ids
    assert done(found, "count", {"conditions": conditions}) == {"count": len(ids)}


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("id", [1, 2, 3, 4, 5]),
        ("number", [4, 1, 2, 3, 5]),
        ("status", [3, 4, 5, 2, 1]),
        ("creationTime", [2, 1, 3, 4, 5]),
        ("updateTime", [1, 2, 3, 4, 5]),
        ("issueDate", [1, 2, 3, 4, 5]),
        ("total", [1, 2, 4, 3, 5]),
        ("taxedTotal", [1, 2, 4, 3, 5]),
        ("customerName", [3, 1, 2, 4, 5]),
    ],
)
def test_receipts_come_in_the_order_that_is_asked_for(found: Service, order: str, ids: list[int]) -> None:
    def ordered(*by: str) -> list[int]:
        return [each["id"] for each in done(found, "find", {"order": by, "fields": ["id"]})["receipts"]]

    assert ordered(order) == ids
    field = [each[order] for each in done(found, "find", {"order": [f"-{order}"]})["receipts"]]
    if order != "number":
        assert all(before >= after for before, after in pairwise(field)), field
    assert ordered(f"-{order}", "-id") == ids[::-1] or order in {
        "issueDate",
        "total",
        "taxedTotal",
        "creationTime",
        "customerName",
    }


def test_two_orders_come_one_after_the_other(found: Service) -> None:
    asked = {"order": ["customerName", "-id"], "fields": ["id"]}
    assert [each["id"] for each in done(found, "find", asked)["receipts"]] == [3, 5, 4, 2, 1]


def test_pages_follow_each_other(found: Service) -> None:
    def page(**asked: Any) -> list[int]:
        return [each["id"] for each in done(found, "find", {"fields": ["id"], **asked})["receipts"]]

    assert [page(limit=2, first=first) for first in (0, 2, 4, 6)] == [[1, 2], [3, 4], [5], []]
    assert page(limit=2, conditions={"after": 2}) == [3, 4]


def test_a_page_is_as_long_as_is_asked_for(found: Service) -> None:
    for _ in range(97):
        created(found)
    assert len(done(found, "find", {"fields": ["id"]})["receipts"]) == 100
    assert len(done(found, "find", {"fields": ["id"], "limit": 10**9})["receipts"]) == 102


def test_more_than_an_answer_holds_is_refused(found: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open2b_store, "LARGEST_ANSWER", 100)
    assert len(done(found, "find", {"fields": ["id"], "limit": 5})["receipts"]) == 5
    [row] = refused(found, "find", {"limit": 5})
    assert (row["field"], row["type"]) == ("limit", "InvalidValue")
    assert row["description"].startswith("these receipts are more than the 100 bytes of one answer")


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        pytest.param("find", {"limit": 0}, "limit", id="no receipts wanted"),
        pytest.param("find", {"order": ["price"]}, "order", id="an order that there is not"),
        pytest.param("find", {"fields": ["colour"]}, "fields", id="a field that there is not"),
        pytest.param("find", {"conditions": {"labels": [65]}}, "labels", id="a label that there is not"),
        pytest.param("find", {"conditions": {"fromIssueDate": "2020-02-30"}}, "fromIssueDate", id="no such day"),
        pytest.param("find", {"conditions": {"address": "x" * 31}}, "address", id="too long a phrase"),
        pytest.param("count", {"conditions": {"colour": 1}}, "colour", id="a condition that there is not"),
        pytest.param("get", {}, "id", id="no identifier"),
        pytest.param("get", {"id": 0}, "id", id="an identifier below 1"),
        pytest.param("delete", {}, "ids", id="no identifiers"),
        pytest.param("create", {}, "receipt", id="no receipt"),
        pytest.param("create", {"receipt": {}}, "billingAddress", id="no address"),
        pytest.param("update", {"id": 1}, "receipt", id="nothing to change"),
    ],
)
def test_what_is_wrong_with_a_field_is_a_row_too(shop: Service, method: str, body: Any, field: str) -> None:
    rows = refused(shop, method, body)
    assert [(row["field"], row["type"]) for row in rows] == [(field, "Malformed")]
    assert rows[0]["description"] == rows[0]["sentence"]


def test_a_receipt_of_too_many_lines_is_refused(shop: Service) -> None:
    body = {"receipt": {"billingAddress": NEW["billingAddress"], "items": [{}] * 1001}}
    assert refused(shop, "create", body)[0]["description"] == "a receipt has 1000 lines at most; here are 1001"


def test_an_account_without_a_catalogue_has_no_tax_areas(service: Service) -> None:
    rows = refused(service, "create", {"receipt": {"billingAddress": NEW["billingAddress"]}})
    assert [row["description"] for row in rows] == ["No tax areas for country 'GB'"]
