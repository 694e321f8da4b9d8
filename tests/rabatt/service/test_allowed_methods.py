"""The methods of a path: `Allow` names all of them, whichever routes they belong to."""

from collections.abc import Iterator

import pytest

from tests.rabatt.service.conftest import Service, running
from tests.support.service.every_route import operations

EVERY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose store nobody asks for anything but its schema."""
    yield from running(f"sqlite:///{tmp_path_factory.mktemp('methods') / 'rabatt.db'}")


def methods_by_path(service: Service) -> dict[str, set[str]]:
    """Every path with what is routed there, and what follows from it."""
    found: dict[str, set[str]] = {}
    for one in operations(service.app):
        found.setdefault(one.path(), {"OPTIONS"}).add(one.method)
    for methods in found.values():
        if "GET" in methods:
            methods.add("HEAD")
    # The id of a receipt may hold slashes: this path is that of a receipt too.
    (returns,) = [methods for path, methods in found.items() if path.endswith("/returns")]
    returns.add("PUT")
    return found


def named(allow: str) -> set[str]:
    return set(allow.split(", "))


def test_a_method_that_is_not_taken_is_answered_with_all_that_are(lone: Service) -> None:
    for path, methods in methods_by_path(lone).items():
        for method in EVERY:
            refused = lone.client.request(method, path)
            if method in methods:
                assert refused.status_code != 405, (method, path)
                continue
            assert refused.status_code == 405, (method, path)
            assert method == "HEAD" or refused.json()["error"]["code"] == "METHOD_NOT_ALLOWED"
            assert refused.headers.get_list("allow") == [", ".join(sorted(methods))], (method, path)
            assert refused.headers["x-request-id"]


def test_options_tells_the_methods_without_a_token(lone: Service) -> None:
    for path, methods in methods_by_path(lone).items():
        told = lone.client.options(path)
        assert (told.status_code, told.content) == (204, b""), path
        assert named(told.headers["allow"]) == methods
        assert not any(name.startswith("access-control") for name in told.headers)
    assert lone.client.options("/nowhere").status_code == 404
    assert "allow" not in lone.client.options("/nowhere").headers


@pytest.mark.parametrize("token", [True, False], ids=["with a token", "without"])
def test_head_answers_as_get_does_without_the_body(lone: Service, *, token: bool) -> None:
    headers = {"authorization": f"Bearer {lone.token()}"} if token else {}
    paths = [path for path, methods in methods_by_path(lone).items() if "GET" in methods and path != "/metrics"]
    assert len(paths) > 15
    for path in paths:
        got = lone.client.get(path, headers=headers)
        asked = lone.client.head(path, headers=headers)
        assert asked.status_code == got.status_code, path
        assert asked.content == b"", path
        kept = {"x-request-id", "last-modified"}
        assert {name: value for name, value in asked.headers.items() if name not in kept} == {
            name: value for name, value in got.headers.items() if name not in kept
        }, path


def test_head_is_counted_as_head_under_its_route(lone: Service) -> None:
    lone.call("HEAD", "discounts/rules")
    route = "/v1/accounts/{aid}/discounts/rules"
    line = f'rabatt_requests_total{{method="HEAD",route="{route}",status="200"}}'
    assert line in lone.client.get("/metrics").text
