"""What watches over the service: it lives, it can serve, and what it has done; and the page that shows the paths."""

import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from rabatt.service.routes import docs_page
from tests.rabatt.service.conftest import KEY, START, Service, new_url, running
from tests.support.service import postgres
from tests.support.service.every_route import claims, guarded, signed


def test_a_service_that_can_serve_says_so(service: Service) -> None:
    assert service.client.get("/health/live").json() == {"status": "live"}
    ready = service.client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("change", ["UPDATE alembic_version SET version_num = 'x'", "DELETE FROM alembic_version"])
def test_a_database_with_another_schema_is_not_ready(service: Service, change: str) -> None:
    with service.store.writing() as connection:
        connection.execute(text(change))
    ready = service.client.get("/health/ready")
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert "rabatt migrate" in ready.json()["error"]["message"]
    assert service.client.get("/health/live").status_code == 200


def test_while_the_database_is_away_everything_below_an_account_is_unavailable(tmp_path: Path) -> None:
    url = new_url("postgresql", tmp_path)
    for service in running(url):
        with psycopg.connect(postgres.server().url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')
        # The first meets a connection that was ended, the second one that cannot be made.
        for _ in range(2):
            answered = service.client.get("/health/ready")
            assert (answered.status_code, answered.headers["retry-after"]) == (503, "1")
        for one in guarded(service.app):
            headers = {"authorization": f"Bearer {signed(claims(one.scopes, customer_id='x'))}"}
            body = {"receipt_id": "1", "purchase_at": START.isoformat(), "store": {}, "currency": "NOK", "items": []}
            sent = None if one.method in {"GET", "DELETE"} else body
            answered = service.client.request(one.method, one.path(), headers=headers, json=sent)
            # Some see that the body is not theirs before they ask the store.
            assert answered.status_code in {422, 503}, one
            assert answered.json()["error"]["code"] in {"INVALID", "UNAVAILABLE"}, one


def test_the_figures_can_be_read_by_prometheus(service: Service) -> None:
    service.client.get("/health/live")
    answered = service.client.get("/metrics")
    assert answered.headers["content-type"].startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(answered.text)}
    assert {"rabatt_requests", "rabatt_request_seconds", "rabatt_rules"} <= names
    assert KEY not in answered.text


def test_the_page_loads_nothing_from_elsewhere(service: Service) -> None:
    page = service.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "eval" not in policy
    assert "://" not in policy
    assert "//" not in page.text
    named = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(named) == 4
    for name in named:
        answered = service.client.get(f"/{name}")
        assert answered.status_code == 200
        kind = {"js": "text/javascript", "css": "text/css", "png": "image/png"}[name.rpartition(".")[2]]
        assert answered.headers["content-type"].partition(";")[0] == kind
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    "name",
    ["", "x", "__init__.py", "..%2F__init__.py", "%2e%2e%2fmain.py", "../main.py", "start.js%00", "swagger-ui.css/"],
)
def test_no_other_file_can_be_had_by_the_page(service: Service, name: str) -> None:
    assert service.client.get(f"/docs/{name}").status_code == 404


def test_the_package_with_the_page_is_not_imported() -> None:
    program = (
        "import sys, rabatt.service.app, rabatt.service.routes.docs_page as page; page.folder(); "
        "print('fastapi_swagger' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert {path.name for path in docs_page.folder().iterdir()} >= set(docs_page.FILES)
