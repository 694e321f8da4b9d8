"""Customer tokens: a token is of one customer, and a receipt's `customer.token` finds that one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rabatt.service.clock import written
from rabatt.service.store.customer_tokens import MOST_TOKENS, customer_of
from tests.rabatt.service.conftest import ACCOUNT, Service

CARD = {"value": "0403 8811", "type": "CARD"}


def path_of(customer_id: str) -> str:
    return f"discounts/customers/{customer_id}/tokens"


def put(service: Service, customer_id: str, token: dict[str, Any], **options: Any) -> Any:
    return service.call("PUT", path_of(customer_id), token, **options)


def found(service: Service, token: dict[str, Any], account: str = ACCOUNT) -> str | None:
    with service.store.reading() as connection:
        return customer_of(connection, account, token)


def listed(service: Service, customer_id: str) -> list[dict[str, Any]]:
    answer = service.call("GET", path_of(customer_id))
    assert answer.status_code == 200, answer.text
    tokens: list[dict[str, Any]] = answer.json()["tokens"]
    return tokens


def test_a_tied_token_finds_its_customer(service: Service) -> None:
    answer = put(service, "kari", {**CARD, "token_id": "t-1"})
    assert answer.status_code == 200
    assert answer.json() == {
        **CARD,
        "token_id": "t-1",
        "customer_id": "kari",
        "created_at": written(service.hands.at),
        "created_by": "till-1",
    }
    assert found(service, {**CARD, "token_id": "another"}) == "kari"


def test_tying_again_gives_the_same_answer(service: Service) -> None:
    first = put(service, "kari", CARD)
    assert put(service, "kari", CARD).content == first.content
    assert len(listed(service, "kari")) == 1


@pytest.mark.parametrize(
    "token",
    [
        pytest.param({"value": "0403 8811"}, id="without its type it is another token"),
        pytest.param({"value": "0403 8811", "type": "PHONE"}, id="of another type it is another token"),
        pytest.param({"value": "0403 8812", "type": "CARD"}, id="of another value it is another token"),
        pytest.param({"type": "CARD"}, id="without a value it is none"),
        pytest.param({}, id="an empty one is none"),
        pytest.param({"value": None, "type": None}, id="nulls are none"),
        pytest.param({"value": ["0403 8811"], "type": "CARD"}, id="a list is none"),
        pytest.param({"value": "0403 8811", "type": ["CARD"]}, id="a list of types is none"),
        pytest.param({"value": "0403\x008811", "type": "CARD"}, id="a NUL is in no token"),
        pytest.param({"value": "0403 8811", "type": "CA\x00RD"}, id="a NUL is in no type"),
        pytest.param({"value": "9" * 100_000, "type": "CARD"}, id="a very long one is none"),
    ],
)
def test_another_token_finds_nobody(service: Service, token: dict[str, Any]) -> None:
    assert put(service, "kari", CARD).status_code == 200
    assert found(service, token) is None


@pytest.mark.parametrize("token", [{"value": "+4799999999"}, {"value": "+4799999999", "type": None}])
def test_a_token_may_have_no_type(service: Service, token: dict[str, Any]) -> None:
    assert put(service, "kari", token).json()["customer_id"] == "kari"
    assert "type" not in listed(service, "kari")[0]
    assert found(service, {"value": "+4799999999"}) == "kari"
    assert found(service, {"value": "+4799999999", "type": None, "token_id": "x"}) == "kari"
    assert found(service, {"value": "+4799999999", "type": ""}) == "kari"


def test_a_token_of_another_customer_is_not_taken_over(service: Service) -> None:
    put(service, "kari", CARD)
    answer = put(service, "ola", CARD)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "TOKEN_IS_TAKEN")
    assert "kari" not in answer.text
    assert found(service, CARD) == "kari"
    assert listed(service, "ola") == []


def test_a_token_is_of_one_account(service: Service) -> None:
    put(service, "kari", CARD)
    assert found(service, CARD, "T00000000") is None


def test_the_tokens_of_a_customer_are_listed_newest_first(service: Service) -> None:
    for value in ("b", "a", "c"):
        put(service, "kari", {"value": value})
    put(service, "ola", {"value": "d"})
    assert [token["value"] for token in listed(service, "kari")] == ["c", "a", "b"]


def test_a_removed_token_finds_nobody_and_may_be_anothers(service: Service) -> None:
    put(service, "kari", CARD)
    put(service, "kari", {"value": "left"})
    for _ in range(2):
        answer = service.call("DELETE", path_of("kari"), CARD)
        assert answer.status_code == 200
        assert [token["value"] for token in answer.json()["tokens"]] == ["left"]
    assert found(service, CARD) is None
    assert put(service, "ola", CARD).status_code == 200


def test_nobody_removes_anothers_token(service: Service) -> None:
    put(service, "kari", CARD)
    assert service.call("DELETE", path_of("ola"), CARD).json() == {"tokens": []}
    assert found(service, CARD) == "kari"


def test_a_customer_has_only_so_many_tokens(service: Service) -> None:
    for number in range(MOST_TOKENS):
        assert put(service, "kari", {"value": str(number)}).status_code == 200
    answer = put(service, "kari", {"value": "one more"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "TOO_MANY_TOKENS")
    assert found(service, {"value": "one more"}) is None
    # One that is there already may be sent again.
    assert put(service, "kari", {"value": "0"}).status_code == 200


def test_of_two_customers_at_once_one_gets_the_token(service: Service) -> None:
    names = [f"k{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda name: put(service, name, CARD).status_code, names))
    assert sorted(statuses) == [200] + [409] * 7
    assert found(service, CARD) == names[statuses.index(200)]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param({}, "value", id="a token has a value"),
        pytest.param({"value": ""}, "value", id="an empty value"),
        pytest.param({"value": 5}, "value", id="a number"),
        pytest.param({"value": "a\x00b"}, "value", id="a NUL"),
        pytest.param({"value": " a"}, "value", id="a space at an end"),
        pytest.param({"value": "a", "type": ""}, "type", id="an empty type"),
        pytest.param({"value": "a", "token_id": "b" * 256}, "token_id", id="a token_id that is too long"),
        pytest.param({"value": "a", "vaule": "a"}, "vaule", id="an unknown field"),
    ],
)
def test_what_no_token_is_is_refused(service: Service, body: dict[str, Any], path: str) -> None:
    answer = put(service, "kari", body)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["error"]["errors"]] == [path]


def test_nobody_ties_a_token_to_everyone(service: Service) -> None:
    assert put(service, "*", CARD).status_code == 422


def test_a_customer_id_may_hold_a_slash(service: Service) -> None:
    assert put(service, "club%2F7", CARD).json()["customer_id"] == "club/7"
    assert len(listed(service, "club%2F7")) == 1


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [
        ("read:discounts", [403, 200, 403]),
        ("write:discounts", [200, 403, 200]),
        ("admin:discounts", [200, 200, 200]),
        ("write:discounts:/available_for_receipt", [403, 403, 403]),
        ("public:discounts admin:receipts", [403, 403, 403]),
    ],
)
def test_each_scope_reaches_so_far(service: Service, scope: str, statuses: list[int]) -> None:
    token = service.token(scope)
    calls = [("PUT", CARD), ("GET", None), ("DELETE", CARD)]
    seen = [service.call(method, path_of("kari"), body, token=token).status_code for method, body in calls]
    assert seen == statuses
