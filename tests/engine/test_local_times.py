"""Hours, days, ages and birthdays in the default zone, near midnight, and when the clocks change."""

from engine import compile_rules, evaluate
from rules import read_grants, read_receipt, read_rules
from tests.reference import reference_evaluate
from tests.support.local_times import EACH_MOMENT, GRANTS, RULES, Moment, discount_of


@EACH_MOMENT
def test_a_rule_holds_by_the_clock_on_the_wall(moment: Moment) -> None:
    rules = read_rules(RULES)
    result = evaluate(compile_rules(rules), read_receipt(moment.receipt), read_grants(GRANTS, rules)).receipt
    assert discount_of(result) == moment.discount


@EACH_MOMENT
def test_the_reference_engine_reads_the_clock_alike(moment: Moment) -> None:
    assert discount_of(reference_evaluate(RULES, moment.receipt, GRANTS)) == moment.discount
