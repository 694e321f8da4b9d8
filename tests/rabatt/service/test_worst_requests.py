"""The worst that is allowed is answered or refused within the work that the settings allow: not stopped, and no 5xx."""

from pathlib import Path

import pytest

from engine import Settings as EngineSettings
from engine import compile_rules, evaluate
from rabatt.service.settings import ServiceSettings
from rules import Refused, read_receipt, read_rules
from rules.fault import MOST_FAULTS
from tests.rabatt.service.conftest import new_url, running
from tests.support.service.rows import put_rules
from tests.support.worst_requests import MEGABYTE, WORST, WorstRequest


def work_of(one: WorstRequest, settings: EngineSettings) -> int | Refused:
    """The steps that it takes, or why it is refused."""
    try:
        receipt = read_receipt(one.body)
        evaluation = evaluate(compile_rules(read_rules(one.rules)), receipt, settings=settings)
        return max(evaluation.work, evaluation.explain().work if one.explain else 0)
    except Refused as refused:
        return refused


@pytest.mark.long
@pytest.mark.parametrize("name", WORST)
def test_its_work_is_bounded(name: str) -> None:
    one = WORST[name]()
    assert len(one.body) <= MEGABYTE
    settings = ServiceSettings().engine
    assert settings.max_work is not None
    work = work_of(one, settings)
    if isinstance(work, Refused):
        assert 0 < len(work.faults) <= MOST_FAULTS + 1
    else:
        assert work <= settings.max_work


@pytest.mark.long
@pytest.mark.parametrize("name", WORST)
def test_it_is_answered_or_refused(name: str, tmp_path: Path) -> None:
    one = WORST[name]()
    for service in running(new_url("sqlite", tmp_path), evaluation_seconds=120):
        with service.store.writing() as connection:
            put_rules(connection, one.rules, everyones=[rule["id"] for rule in one.rules])
        query = "?explain=true" if one.explain else ""
        answer = service.call(
            "POST",
            f"discounts/available_for_receipt{query}",
            content=one.body,
            headers={"content-type": "application/json"},
        )
        assert answer.status_code in {200, 422}, answer.text[:500]
