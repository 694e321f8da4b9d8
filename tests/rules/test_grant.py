"""A grant keeps its document and says in types what it says in fields."""

import json
from datetime import UTC, datetime
from typing import Any

from rules import Grant, read_grants

GRANT: dict[str, Any] = {"id": "g", "discount_id": "r", "customer_id": "*"}


def test_grants_come_in_a_list_in_an_object_or_alone() -> None:
    for data in ([GRANT], {"grants": [GRANT], "page": 1}, GRANT, json.dumps([GRANT]).encode()):
        (grant,) = read_grants(data)
        assert (grant.id, grant.discount_id, grant.customer_id) == ("g", "r", "*")
        assert grant.document == GRANT


def test_what_is_left_out_counts_as_nothing_used() -> None:
    statistics = read_grants([{**GRANT, "statistics": {"amount": None, "usage": 2.0}, "created_at": None}])[
        0
    ].statistics
    assert (statistics.usage, statistics.amount, statistics.stamp, statistics.debit_balance) == (2, 0, 0, None)


def test_an_empty_list_of_stamps_is_a_list() -> None:
    assert read_grants([{**GRANT, "stamps": []}])[0].stamps == ()
    assert read_grants([{**GRANT, "stamps": None}])[0].stamps is None


def test_stamps_have_their_times_and_keep_them_as_written() -> None:
    written = {**GRANT, "stamps": [{"at": "2024-05-01T14:00:00+02:00", "count": 3}], "issued_by": "till 4"}
    (grant,) = read_grants(json.dumps([written]))
    assert grant.stamps is not None
    assert grant.stamps[0].at == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert grant.document == written


def test_a_grant_that_was_not_read_from_a_document_has_none() -> None:
    assert Grant.model_validate(GRANT).document == {}
