"""Each outcome reads as one sentence that a cashier can act on."""

import pytest

from engine.compiled.limitations import NO_OWN_GRANT
from engine.explanation.outcome import RuleOutcome
from tests.support.engine.given import Document, evaluated, line, mix, receipt_document, rule

DAYS = "limitation.dynamic_purchase_to_days"


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (RuleOutcome("r", None, "used", amount=10, lines=(1, 3)), "r: gives 10 on line 1, 3."),
        (RuleOutcome("r", "Ten off", "used", bonus=10), "Ten off: gives a bonus of 10."),
        (RuleOutcome("r", None, "used", amount=10, stamp=2), "r: gives 10 and earns 2 stamps."),
        (RuleOutcome("r", None, "stamped", stamp=1), "r: earns 1 stamp."),
        (RuleOutcome("r", None, "stamped"), "r: earns 0 stamps."),
        (
            RuleOutcome("r", None, "stamped", stamp=1, near_miss={"missing_stamps": 2, "saves": 50}),
            "r: earns 1 stamp; 2 more stamps are needed for a reward to save 50.",
        ),
        (
            RuleOutcome("r", None, "outvoted", won=("a", "b"), by_discount=5, by_bonus=3),
            "r: another selection gives 5 more discount (a, b).",
        ),
        (RuleOutcome("r", None, "outvoted", won=("a",), by_bonus=3), "r: another selection gives 3 more bonus (a)."),
        (
            RuleOutcome("r", None, "outvoted", won=()),
            "r: another selection gives as much with fewer rules, or with rules of lower ids (no rule).",
        ),
        (RuleOutcome("r", None, "gives_nothing"), "r: it qualifies, but there is nothing left for it to give."),
        (
            RuleOutcome("r", None, "rejected", path="active", wanted=True, saw=False),
            "r: active wanted True, saw False.",
        ),
        (
            RuleOutcome("r", None, "rejected", path="requirement.currencies", wanted=["NOK", "SEK"], saw=None),
            "r: requirement.currencies wanted NOK or SEK, saw nothing.",
        ),
        (
            RuleOutcome("r", None, "rejected", path="p", wanted=[{"start": "5814", "end": "5815"}], saw=[]),
            "r: p wanted 5814–5815, saw nothing.",
        ),
        (
            RuleOutcome("r", None, "rejected", path="p", wanted=[{"prefix": "a"}], saw={"x": [1, 2]}),
            "r: p wanted prefix a, saw x 1 or 2.",
        ),
        (
            RuleOutcome("r", None, "rejected", near_miss={"missing_units": 1, "of": [{"id": "a"}, {"group_id": "g"}]}),
            "r: add 1 of a or g.",
        ),
        (
            RuleOutcome("r", None, "rejected", near_miss={"missing_units": 2, "of": [{"id": "a", "group_id": "g"}]}),
            "r: add 2 of a in g.",
        ),
        (
            RuleOutcome("r", None, "rejected", near_miss={"missing_gross_amount": 40, "saves": 30}),
            "r: buy for 40 more to save 30.",
        ),
        (
            RuleOutcome("r", None, "rejected", near_miss={"missing_net_amount": 40, "saves_bonus": 30}),
            "r: buy for 40 more for a bonus of 30.",
        ),
        (
            RuleOutcome("r", None, "rejected", near_miss={"discount_code": "TACO", "saves": 0}),
            "r: show the code TACO.",
        ),
        (
            RuleOutcome("r", None, "rejected", near_miss={"discount_code": ["TACO", "KAKE"], "saves": 5}),
            "r: show the code TACO or KAKE to save 5.",
        ),
        (
            RuleOutcome("r", None, "rejected", path=DAYS, wanted="2026-10-27T16:00:00Z", saw="2026-10-28T16:00:00Z"),
            "r: the customer's grant was valid until 2026-10-27T16:00:00Z; the purchase is at 2026-10-28T16:00:00Z.",
        ),
        (
            RuleOutcome("r", None, "rejected", path=DAYS, wanted=7, saw=NO_OWN_GRANT),
            "r: it is valid for 7 days from a grant of the customer's own; saw no grant of the customer's own.",
        ),
        (
            RuleOutcome("r", None, "rejected", path=DAYS, wanted=1, saw=NO_OWN_GRANT),
            "r: it is valid for 1 day from a grant of the customer's own; saw no grant of the customer's own.",
        ),
    ],
)
def test_an_outcome_reads(outcome: RuleOutcome, sentence: str) -> None:
    assert outcome.sentence == sentence


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (
            rule("r", store={"mcc_ranges": [{"start": 5814, "end": 5815}]}),
            "r: requirement.store.mcc_ranges wanted 5814–5815, saw 5411.",
        ),
        (rule("r", "amount", 10, mixes=[mix("a"), mix("b")]), "r: add 1 of b."),
    ],
)
def test_a_rule_of_a_purchase_reads(written: Document, sentence: str) -> None:
    receipt = receipt_document(line("a"), store={"id": "s", "mcc": 5411})
    assert evaluated([written], receipt).explain().rules[0].sentence == sentence
