"""`rabatt serve` as a process: how it starts, serves, bounds what comes in, and stops."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from rabatt.service.store.migrate import newest
from tests.support.cli.serving import Served, quiet, served, token
from tests.support.cli.shop import Completed, Shop, read, ready, receipt
from tests.support.places import ROOT
from tests.support.processes import is_running
from tests.support.service import postgres
from tests.support.waiting import PATIENCE, until

DATABASE_AWAY = "postgresql://rabatt@127.0.0.1:1/rabatt"
EVALUATE = "/v1/accounts/T12345678/discounts/available_for_receipt"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that was started in an empty folder, and its token."""
    with served(tmp_path_factory.mktemp("service")) as service:
        yield service


def folder_of(service: Served) -> Path:
    """Where it was started."""
    return Path(f"/proc/{service.process.pid}/cwd").resolve()


def run(folder: Path, *arguments: str, **variables: str) -> Completed:
    """What `rabatt` with these arguments did in a folder."""
    return read(ready().run(arguments, folder, b"", quiet(**variables)))


def test_it_starts_in_an_empty_folder_with_no_other_step(tmp_path: Path) -> None:
    with served(tmp_path) as service:
        assert service.ready() == '{"status":"ready"}'
        authorization = f"Bearer {token(tmp_path)}"
        sent = json.dumps(receipt())
        headers = {"authorization": authorization, "content-type": "application/json"}
        status, content = service.ask("POST", EVALUATE, sent, headers)
        assert (status, json.loads(content)["receipt_id"]) == (200, "r-1")
        assert service.stop() == 0
    assert {path.name for path in tmp_path.iterdir()} == {"rabatt.db", "rabatt.key"}
    assert (tmp_path / "rabatt.key").stat().st_mode & 0o777 == 0o600
    routes = dict.fromkeys(line["route"] for line in service.lines())
    assert [*routes] == ["/health/ready", EVALUATE.replace("T12345678", "{aid}")]
    assert service.process.stdout
    assert service.process.stdout.closed


@pytest.mark.long
def test_what_was_stored_is_there_after_it_was_started_again(tmp_path: Path) -> None:
    for _ in range(2):
        with served(tmp_path) as service:
            assert service.ready()
            key = (tmp_path / "rabatt.key").read_text()
            assert service.stop() == 0
    assert (tmp_path / "rabatt.key").read_text() == key


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_answers_what_has_begun_before_it_stops(tmp_path: Path, number: int) -> None:
    with served(tmp_path) as service, service.connect() as connection:
        body = json.dumps(receipt()).encode()
        head = f"POST {EVALUATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token(tmp_path)}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
        # The request is under way when an answer to a later one is here.
        assert service.get("/health/live")[0] == 200
        service.process.send_signal(number)
        time.sleep(0.3)
        connection.sendall(body[10:])
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
        assert service.process.wait(PATIENCE) == 0
        with pytest.raises(ConnectionRefusedError):
            service.connect()


def test_it_says_nothing_of_what_it_is_made_of(one: Served) -> None:
    with closing(HTTPConnection("127.0.0.1", one.port, timeout=PATIENCE)) as connection:
        connection.request("GET", "/health/live")
        assert connection.getresponse().getheader("server") is None


@pytest.mark.parametrize("chunked", [True, False], ids=["in chunks", "at once"])
def test_a_body_that_is_too_long_is_refused_and_the_service_goes_on(one: Served, *, chunked: bool) -> None:
    headers = {"authorization": f"Bearer {token(folder_of(one))}"}
    pieces = [b"x" * 65536] * 64
    body = iter(pieces) if chunked else b"".join(pieces)
    try:
        status, content = one.ask("POST", EVALUATE, body, headers)
    except OSError:
        # The answer may be lost on a caller that goes on sending.
        status, content = 413, '{"error": {"code": "TOO_LARGE"}}'
    assert (status, json.loads(content)["error"]["code"]) == (413, "TOO_LARGE")
    assert one.get("/health/live")[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET /health/live HTTP/1.1\r\nX: " + b"x" * 200_000, id="a header without an end"),
        pytest.param(b"GET /health/live HTTP/1.1\r\n" + b"X: x\r\n" * 40_000, id="headers without an end"),
        pytest.param(b"GET /" + b"x" * 200_000, id="a path without an end"),
    ],
)
def test_a_head_that_is_too_long_is_refused(one: Served, head: bytes) -> None:
    with one.connect() as connection:
        try:
            connection.sendall(head)
            answer = connection.recv(1000)
        except ConnectionError:
            answer = b"HTTP/1.1 431 "
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert one.get("/health/live")[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\r\n\r\n", id="no words"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01", id="TLS"),
        pytest.param(b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", id="bytes that are no ASCII"),
        pytest.param(b"GET /v1/accounts/%ff/x HTTP/1.1\r\nHost: x\r\n\r\n", id="a path that is no UTF-8"),
        pytest.param(b"GET http://[x/ HTTP/1.1\r\nHost: x\r\n\r\n", id="half an address"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", id="a length below nothing"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="a chunk of zz"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two lengths",
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", id="upgrade"),
    ],
)
def test_what_is_no_request_ends_in_no_fault(one: Served, sent: bytes) -> None:
    with one.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)
    assert answer[:13] in {b"", b"HTTP/1.1 400 ", b"HTTP/1.1 404 "}, answer
    assert one.get("/health/live")[0] == 200


def test_many_requests_on_one_connection_are_answered_in_order(one: Served) -> None:
    connection = HTTPConnection("127.0.0.1", one.port)
    for path, status in [("/health/live", 200), ("/nowhere", 404)] * 50:
        connection.request("GET", path, headers={"x-fill": "x" * 3000})
        answered = connection.getresponse()
        answered.read()
        assert answered.status == status
    connection.close()
    with one.connect() as together:
        together.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 30)
        answer = b""
        while answer.count(b"HTTP/1.1 200 OK") < 30:
            answer += together.recv(65536)


def refused(folder: Path, *arguments: str, **variables: str) -> str:
    """The one sentence with which a start was refused."""
    done = run(folder, *arguments, **variables)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("rabatt: ")
    return done.stderr.removeprefix("rabatt: ").strip()


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(tmp_path, "serve", "--port", str(port))
    assert (
        said == f"cannot listen on 127.0.0.1, port {port}: Address already in use; choose others with --host and --port"
    )
    assert list(tmp_path.iterdir()) == []
    assert refused(tmp_path, "serve", "--host", "198.51.100.7").startswith("cannot listen on 198.51.100.7, port 8080: ")
    assert refused(tmp_path, "serve", "--host", "no such host").startswith("cannot listen on no such host")


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, command: str) -> None:
    port = ["--port", "0"] if command == "serve" else []
    key = {"RABATT_KEY": "k" * 32}
    said = refused(tmp_path, command, *port, "--database", DATABASE_AWAY, **key)
    assert said.startswith("the database cannot be used: ")
    assert "refused" in said
    nowhere = refused(tmp_path, command, *port, "--database", "sqlite:///nowhere/x.db")
    assert nowhere == (
        "the database cannot be used: unable to open database file; give another with --database, in a folder that "
        "this user may write to"
    )
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to look at" * 20)
    assert "not a database" in refused(tmp_path, command, *port, "--database", "sqlite:///text.db")
    assert refused(tmp_path, command, *port, "--database", "mysql://u:secret@h/d") == (
        "--database: give sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME"
    )


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_schema_of_a_later_version_is_said_in_a_sentence(tmp_path: Path, command: str) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "rabatt.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    port = ["--port", "0"] if command == "serve" else []
    assert refused(tmp_path, command, *port).startswith("the database has a schema that this version does not know")


def test_settings_and_keys_that_cannot_be_used_are_said_in_sentences(tmp_path: Path) -> None:
    assert refused(tmp_path, "serve", RABATT_KEY="short").startswith("the key in RABATT_KEY has 5 bytes; 32 are")
    done = run(tmp_path, "serve", RABATT_PORT="many", RABATT_CONNECTIONS="0", RABATT_DATABSE="x")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        'rabatt: RABATT_PORT: input should be a valid integer, unable to parse string as an integer; here is "many"',
        'rabatt: RABATT_CONNECTIONS: input should be greater than or equal to 1; here is "0"',
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.json"
    ledger.write_text('{"creditor": 1}')
    sentence = f"{ledger}: creditor: a creditor's number is eight digits in quotes; here is 1"
    assert refused(tmp_path, "serve", "--port", "0", RABATT_LEDGER_FILE=str(ledger)) == sentence
    assert not (tmp_path / "rabatt.db").exists()


@pytest.mark.long
def test_a_database_that_is_not_migrated_is_not_served(tmp_path: Path) -> None:
    if postgres.binaries() is None:
        pytest.skip(postgres.MISSING)
    url = postgres.server().new_database()
    key = {"RABATT_KEY": "k" * 32, "RABATT_DATABASE": url}
    assert refused(tmp_path, "serve", "--port", "0", **key).endswith("run: rabatt migrate")
    assert run(tmp_path, "migrate", **key).stdout.splitlines() == ["before: empty", f"after: {newest()}"]
    assert run(tmp_path, "migrate", **key).stdout.splitlines() == [f"before: {newest()}", f"after: {newest()}"]
    with served(tmp_path, "--workers", "2", **key) as service:
        assert service.ready()
        assert service.stop() == 0
    assert not [line for line in service.said if "SQLite" in line]


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        *(("serve", name) for name in ("fastapi", "sqlalchemy", "pydantic_settings", "uvicorn")),
        ("token", "jwt"),
        ("migrate", "alembic"),
        ("config", "prometheus_client"),
    ],
)
def test_without_its_extra_the_service_says_which_to_install(tmp_path: Path, command: str, missing: str) -> None:
    arguments = ["--account", "T12345678", "--scope", "admin:discounts"] if command == "token" else []
    program = f"import sys; sys.modules[{missing!r}] = None; sys.argv = {['rabatt', command, *arguments]!r}\n"
    program += "from rabatt.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, env=quiet()
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "rabatt: the service needs more than is installed, which comes with an extra: pip install '.[server]'"
    ]


def test_help_does_not_wait_for_the_service(shop: Shop) -> None:
    program = (
        "import rabatt.cli.app, sys; print(sorted({'fastapi', 'sqlalchemy', 'uvicorn', 'jwt'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=quiet())
    assert done.stdout == "[]\n"
    for name in ("serve", "token", "migrate", "config"):
        assert f"rabatt {name}" in shop.run(name, "--help").stdout


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers."""
    with served(tmp_path_factory.mktemp("workers"), "--workers", "2") as service:
        yield service


def counted(service: Served) -> float:
    """How often it was asked whether it lives, over all of its processes."""
    figures = service.get("/metrics")[1].splitlines()
    return sum(
        float(line.split()[-1]) for line in figures if line.startswith("rabatt_requests_total{") and "live" in line
    )


def counted_in_the_end(service: Served, number: float) -> bool:
    """Whether it comes to be counted so often: a process counts an answer when it is sent, perhaps after it is read."""
    until(lambda: counted(service) >= number, f"{number} are to be counted")
    return counted(service) == number


@pytest.mark.long
def test_several_workers_count_together_and_one_that_ends_is_replaced(several: Served) -> None:
    assert "SQLite" in several.said[0]
    before = several.workers()
    assert len(before) == 2
    for _ in range(40):
        assert several.get("/health/live")[0] == 200
    assert counted_in_the_end(several, 40)
    asked = 40
    lost = min(before)
    os.kill(lost, signal.SIGKILL)

    def is_replaced() -> bool:
        nonlocal asked
        assert several.get("/health/live")[0] == 200
        asked += 1
        return len(several.workers() - {lost}) == 2

    until(is_replaced, "a worker in the place of the one that ended")
    assert counted_in_the_end(several, asked)


@pytest.mark.long
def test_workers_end_with_the_process_that_watches_over_them(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as service:
        left = service.workers()
        service.process.kill()
        service.process.wait(PATIENCE)
        until(lambda: not any(map(is_running, left)), "the workers end too")


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_workers_stop_when_they_are_told_to(tmp_path: Path, number: int) -> None:
    with served(tmp_path, "--workers", "2") as service:
        left = service.workers()
        assert service.stop(number) == 0
        assert not [process for process in left if is_running(process)]
    assert "Traceback" not in "".join(service.said)


def test_the_page_is_drawn_in_a_browser_and_breaks_no_policy(one: Served, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium here: apt install chromium")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    command += ["--enable-logging=stderr", "--virtual-time-budget=15000", "--dump-dom"]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{one.port}/docs"], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert 'data-path="/v1/accounts/{aid}/discounts/available_for_receipt"' in done.stdout
    assert "CONSOLE" not in done.stderr


def test_the_operators_page_names_every_command() -> None:
    page = (ROOT / "docs" / "service.md").read_text()
    for name in ("serve", "token", "migrate", "config"):
        assert f"rabatt {name}" in page
