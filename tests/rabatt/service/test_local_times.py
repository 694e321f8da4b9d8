"""The service evaluates by the clock on the wall, in the default zone too."""

import pytest

from tests.rabatt.service.conftest import Service
from tests.support.local_times import CUSTOMER, EACH_MOMENT, GRANTS, RULES, Moment, discount_of
from tests.support.service.giving import give
from tests.support.service.rows import put_grants

EVERYONES = [grant["discount_id"] for grant in GRANTS if grant["customer_id"] == "*"]
OWN = [grant for grant in GRANTS if grant["customer_id"] == CUSTOMER]


@pytest.fixture(scope="module")
def clocks(door: Service) -> Service:
    """A service with the rules, made and given by its own routes, and what customers have had for some time."""
    for rule in RULES:
        answer = door.call("POST", "discounts/rules", rule)
        assert answer.status_code == 201, answer.text
    for rule_id in EVERYONES:
        give(door, rule_id, "*")
    with door.store.writing() as connection:
        put_grants(connection, OWN)
    return door


@EACH_MOMENT
def test_a_rule_holds_by_the_clock_on_the_wall(clocks: Service, moment: Moment) -> None:
    answer = clocks.call("POST", "discounts/available_for_receipt", moment.receipt)
    assert answer.status_code == 200, answer.text
    assert discount_of(answer.json()) == moment.discount
