"""What the log and the figures tell of a request, and what they must not: nothing that a customer could be known by."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from sqlalchemy import exc
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from rabatt.service.clock import ServiceClock
from rabatt.service.entry.admission import Admission
from rabatt.service.entry.door import Door
from rabatt.service.logs import JsonLines, set_up_logs
from rabatt.service.metrics import FOLDER_VARIABLE, Metrics
from rabatt.service.problems import Problem
from rabatt.service.store.connect import ServiceStore
from tests.rabatt.service.conftest import START, Service, settings_of
from tests.support.service.every_route import claims, guarded, signed

MARKER = "Ingrid-Bergseth-48213"


class Faulty(Exception):
    """What a driver says of a failed statement: it quotes the row."""

    sqlstate = "23505"


class Gone(Faulty):
    """What it says of a connection."""

    sqlstate = "08006"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged while a test runs."""
    names = (None, "rabatt", "uvicorn")
    before = [(logging.getLogger(name).handlers, logging.getLogger(name).level) for name in names]
    stream = io.StringIO()
    set_up_logs("debug", stream)
    yield stream
    for name, (handlers, level) in zip(names, before, strict=True):
        logging.getLogger(name).handlers = handlers
        logging.getLogger(name).setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines of the log."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def drive(service: Service) -> set[int]:
    """The statuses of calls to every route with the marker wherever a caller may put something."""
    statuses = set()
    marked = {
        "receipt_id": MARKER,
        "customer_id": MARKER,
        "customer": {"name": MARKER, "token": {"type": MARKER, "value": MARKER}},
        "customers": [MARKER],
        "purchase_at": "2026-11-21T12:00:00Z",
        "store": {"id": MARKER},
        "currency": "NOK",
        "items": [{"id": MARKER, "quantity": 1, "gross_amount": 100, "eligible_for_discount": True}],
        MARKER: MARKER,
    }
    bodies: list[Any] = [marked, {}, [MARKER], MARKER, {"items": MARKER, "customer_id": [MARKER]}]
    for one in guarded(service.app):
        parameters = dict.fromkeys(one.parameters(), MARKER)
        for scopes, subject in ((one.scopes, MARKER), ([], MARKER)):
            token = signed(claims(scopes, sub=subject, customer_id=MARKER))
            headers = {
                "authorization": f"Bearer {token}",
                "user-agent": MARKER,
                "x-forwarded-for": MARKER,
                "cookie": MARKER,
                "x-request-id": f"{MARKER} ",
            }
            for body in [None] if one.method in {"GET", "DELETE"} else bodies:
                for query in ("", f"?starting_after={MARKER}&{MARKER}={MARKER}&limit={MARKER}&customer_id={MARKER}"):
                    path = one.path(**parameters) + query
                    answered = service.client.request(one.method, path, headers=headers, json=body)
                    statuses.add(answered.status_code)
                    assert answered.status_code < 500 or MARKER not in answered.text
            raw = service.client.request(one.method, one.path(**parameters), headers=headers, content=f'{{"{MARKER}')
            statuses.add(raw.status_code)
    for path in (f"/{MARKER}", f"/v1/accounts/{MARKER}/receipts", f"/docs/{MARKER}", f"/health/live?{MARKER}"):
        for method in ("GET", "POST", MARKER.upper()[:6]):
            statuses.add(service.client.request(method, path).status_code)
    return statuses


def told(service: Service, stream: io.StringIO) -> str:
    """All that an operator gets to see."""
    return stream.getvalue() + service.client.get("/metrics").text


def test_neither_log_nor_figures_tell_what_a_caller_sent(service: Service, written: io.StringIO) -> None:
    statuses = drive(service)
    assert {401, 403} & statuses
    assert not [status for status in statuses if status >= 500]
    assert MARKER.lower() not in told(service, written).lower()


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        pytest.param(RuntimeError(MARKER), 500, "builtins.RuntimeError", id="a fault of ours"),
        pytest.param(KeyError(MARKER), 500, "builtins.KeyError", id="a key", marks=pytest.mark.long),
        pytest.param(
            exc.IntegrityError(MARKER, {"a": MARKER}, Faulty(f"DETAIL: Key (customer_id)=({MARKER})")),
            500,
            "sqlalchemy.exc.IntegrityError",
            id="a constraint",
        ),
        pytest.param(exc.OperationalError(MARKER, {"a": MARKER}, Gone(MARKER)), 503, "Gone", id="no connection"),
        pytest.param(exc.TimeoutError(MARKER), 503, "TimeoutError", id="no connection is free", marks=pytest.mark.long),
        pytest.param(
            exc.InterfaceError(MARKER, None, Gone(MARKER)),
            503,
            "Gone",
            id="a closed connection",
            marks=pytest.mark.long,
        ),
    ],
)
def test_what_goes_wrong_is_told_without_what_a_caller_sent(
    service: Service,
    written: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    status: int,
    name: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        try:
            int(MARKER)
        except ValueError as before:
            # Without what it gathered where it was raised before, which makes each telling of it longer.
            raise fault.with_traceback(None) from before

    monkeypatch.setattr(ServiceStore, "reading", fail)
    monkeypatch.setattr(ServiceStore, "writing", fail)
    assert {one for one in drive(service) if one >= 500} == {status}
    assert MARKER.lower() not in told(service, written).lower()
    errors = [line for line in lines(written) if line["level"] == "error"]
    assert errors
    assert all(name in json.dumps(line) for line in errors)
    if status == 500:
        assert all("in fail" in line["traceback"] and "ValueError" in line["traceback"] for line in errors)


def test_a_store_that_does_not_answer_says_when_to_come_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise exc.OperationalError("SELECT", {}, Gone())

    monkeypatch.setattr(ServiceStore, "reading", fail)
    answered = service.call("GET", "discounts/rules", headers={"x-request-id": "till-7"})
    assert (answered.status_code, answered.headers["retry-after"]) == (503, "1")
    assert answered.json()["error"]["code"] == "UNAVAILABLE"
    assert answered.headers["x-request-id"] == "till-7"


def test_a_fault_of_ours_is_answered_in_the_shape_of_all_errors(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ServiceStore, "reading", fail)
    answered = service.call("GET", "discounts/rules", headers={"x-request-id": "till-7"})
    assert (answered.status_code, answered.json()["error"]) == (
        500,
        {"code": "INTERNAL", "message": "something went wrong here; the request may be sent again", "errors": []},
    )
    assert answered.headers["x-request-id"] == "till-7"


def test_a_request_is_one_line_with_its_id_and_the_template_of_its_path(service: Service, written: io.StringIO) -> None:
    service.client.get("/docs/swagger-ui.css?a=b", headers={"x-request-id": "till-7"})
    line = lines(written)[-1]
    assert line.pop("ms") >= 0
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "rabatt.service",
        "message": "request",
        "request_id": "till-7",
        "method": "GET",
        "route": "/docs/{name}",
        "status": 200,
    }


def test_requests_are_counted_by_template_and_never_by_what_fills_it(service: Service) -> None:
    for _ in range(3):
        service.client.get("/docs/x")
    service.client.request("BREW", "/coffee")
    figures = service.client.get("/metrics").text
    assert 'rabatt_requests_total{method="GET",route="/docs/{name}",status="404"} 3.0' in figures
    assert 'rabatt_requests_total{method="other",route="none",status="404"} 1.0' in figures
    assert "rabatt_rules 0.0" in figures


def record(name: str, message: str, *arguments: object, error: BaseException | None = None) -> dict[str, Any]:
    """A line of the log as it is written."""
    info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord(name, logging.ERROR, "x.py", 1, message, arguments, info)
    line: dict[str, Any] = json.loads(JsonLines().format(made))
    return line


def test_of_a_librarys_line_only_that_part_is_kept_which_is_the_same_for_all_requests() -> None:
    assert record("asyncio", f"Task failed\nfuture: {MARKER}")["message"] == "Task failed"
    assert record("sqlalchemy.pool", "closing %r", MARKER)["message"] == "closing %r"
    assert record("rabatt.service", "in %s", "order")["message"] == "in order"
    assert record("uvicorn.error", "Exception in ASGI application\n")["message"] == "Exception in ASGI application"


def test_an_exception_without_a_cause_and_one_that_hides_its_context_are_told() -> None:
    def fail() -> None:
        try:
            int(MARKER)
        except ValueError:
            raise RuntimeError(MARKER) from None

    try:
        fail()
    except RuntimeError as error:
        found = record("rabatt", "x", error=error)["traceback"]
    assert found.splitlines()[-1] == "builtins.RuntimeError"
    assert "ValueError\n" not in found


def test_the_level_of_the_settings_is_the_level_of_the_log(service: Service, written: io.StringIO) -> None:
    set_up_logs("warning", written)
    service.client.get("/health/live")
    assert written.getvalue() == ""


def door_of(app: Any, most: int = 10) -> Door:
    admission = Admission(settings_of("sqlite:///never-made.db", max_requests=most))
    return Door(app, metrics=Metrics(), clock=ServiceClock(now=lambda: START), admission=admission)


async def through(door: Door, path: str = "/v1/x") -> list[Message]:
    """What comes out of the door."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await door({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send)
    return sent


def test_when_there_are_too_many_requests_the_next_is_told_to_come_again_but_probes_are_not() -> None:
    inner: list[list[Message]] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] == "/v1/x":
            inner.extend([await through(door, "/v1/y"), await through(door, "/health/live")])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    door = door_of(app, most=1)
    outer = anyio.run(through, door)
    assert [messages[0]["status"] for messages in (outer, *inner)] == [200, 503, 200]
    assert (b"retry-after", b"1") in inner[0][0]["headers"]
    assert anyio.run(through, door, "/v1/y")[0]["status"] == 200


def test_a_caller_that_hangs_up_is_no_fault(written: io.StringIO) -> None:
    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        await Request(scope, receive).body()

    assert anyio.run(through, door_of(app)) == []
    assert [(line["level"], line["status"]) for line in lines(written)] == [("info", 499)]


def test_half_an_answer_is_given_up(written: io.StringIO) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError(MARKER)

    with pytest.raises(RuntimeError):
        anyio.run(through, door_of(app))
    assert MARKER not in written.getvalue()
    assert len(lines(written)) == 2


def test_what_is_no_request_passes() -> None:
    passed: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        passed.append(scope["type"])

    async def pass_through() -> None:
        nothing: Any = None
        await door_of(app)({"type": "lifespan"}, nothing, nothing)

    anyio.run(pass_through)
    assert passed == ["lifespan"]


def test_a_status_without_a_code_of_ours_has_the_one_of_http() -> None:
    assert Problem(431, "too large").code == "REQUEST_HEADER_FIELDS_TOO_LARGE"


def test_the_figures_of_several_processes_are_read_from_their_folder(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # This process chose to keep its figures to itself when it started, so that the folder stays empty.
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("figures")))
    assert service.client.get("/metrics").text == ""
