"""JSON bytes in, JSON bytes out: the same answer as with documents, and nothing of what a till sent is lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import RuleSet, Settings, compile_rules, evaluate, evaluate_json
from rules import Refused, read_grants, read_receipt, read_rules
from rules.fault import Fault
from tests.support.engine.given import line, receipt_document
from tests.support.shops import Shop
from tests.support.strategies import shops

TEN_PERCENT = [{"id": "r", "reward": {"type": "discount_percent", "value": 10}}]
NO_RULES = compile_rules(())

RECEIPT = '{"receipt_id":"1","purchase_at":"2026-10-16T16:40:00+02:00","store":{"id":"s"},"items":[],%s}'


def rules_of(documents: list[dict[str, Any]]) -> RuleSet:
    return compile_rules(read_rules(documents))


@pytest.mark.parametrize("as_text", [False, True])
@given(shop=shops())
def test_the_answer_is_that_of_evaluate(as_text: bool, shop: Shop) -> None:
    rules = read_rules(shop.rules)
    rule_set = compile_rules(rules)
    grants = None if shop.grants is None else read_grants(shop.grants, rules)
    settings = Settings(**shop.settings)
    sent = json.dumps(shop.receipt, ensure_ascii=False)
    answered = evaluate_json(rule_set, sent if as_text else sent.encode(), grants, settings)
    expected = evaluate(rule_set, read_receipt(shop.receipt), grants, settings).receipt
    # As text, so that the order of fields and 1 against 1.0 and true count too.
    assert json.dumps(json.loads(answered)) == json.dumps(expected)


@pytest.mark.parametrize(
    "field",
    [
        pytest.param('"x":null', id="null"),
        pytest.param('"x":[],"y":{},"z":""', id="empty"),
        pytest.param('"z":1,"a":{"c":1,"b":2},"m":3', id="order"),
        pytest.param('"x":[1,1.0,0.1,-0.0,12.5,true,false]', id="kinds of number"),
        pytest.param(f'"x":{2**63},"y":{-(2**64)},"z":{10**300}', id="integers past 64 bits"),
        pytest.param('"x":0.30000000000000004,"y":1.7976931348623157e+308,"z":5e-324', id="every digit of a double"),
        pytest.param('"x":"ærlig 🍞 \\"to\\" \\\\ \\n\\t"', id="letters"),
        pytest.param('"x":"\u2028\u00a0\ufeff/<&>"', id="letters that some writers escape"),
        pytest.param('"ærlig 🍞":{"\\"":[[{"\\\\":[]}]]}', id="names"),
        pytest.param('"":{"":{"":[null]}}', id="empty names"),
    ],
)
def test_unknown_fields_come_back_byte_by_byte(field: str) -> None:
    sent = RECEIPT % field
    assert evaluate_json(NO_RULES, sent) == evaluate_json(NO_RULES, sent.encode()) == sent.encode()


@pytest.mark.parametrize(
    ("sent", "came_back"),
    [
        pytest.param('"x":1E2', '"x":100.0', id="an exponent"),
        pytest.param('"x":12.50', '"x":12.5', id="a nought at the end"),
        pytest.param('"x":0.1000000000000000055511151231257827', '"x":0.1', id="more digits than a double has"),
        pytest.param('"x":"\\u00e6\\/"', '"x":"æ/"', id="escapes"),
        pytest.param('"x" : [ 1 , 2 ]', '"x":[1,2]', id="space"),
    ],
)
def test_what_is_spelt_otherwise_has_the_same_value(sent: str, came_back: str) -> None:
    assert evaluate_json(NO_RULES, RECEIPT % sent) == (RECEIPT % came_back).encode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(on_receipt=JSON, on_line=JSON)
def test_whatever_json_is_sent_comes_back_beside_a_discount(on_receipt: Any, on_line: Any) -> None:
    document = receipt_document(line(gross=1000, till=on_line), till=on_receipt)
    answered = json.loads(evaluate_json(rules_of(TEN_PERCENT), json.dumps(document)))
    assert answered["total_discount"] == 100
    assert json.dumps([answered["till"], answered["items"][0]["till"]]) == json.dumps([on_receipt, on_line])


def test_what_can_be_read_can_be_written_however_deep() -> None:
    deep = "[" * 199 + "]" * 199
    assert json.loads(evaluate_json(NO_RULES, RECEIPT % f'"x":{deep}'))["x"] == json.loads(deep)
    metadata = json.loads("[" * 197 + "]" * 197)
    answered = evaluate_json(
        rules_of([{**TEN_PERCENT[0], "metadata": {"x": metadata}}]), json.dumps(receipt_document())
    )
    assert json.loads(answered)["discounts"][0]["metadata"]["x"] == metadata


@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        (b"{", "not JSON"),
        (b"[]", "a receipt is an object"),
        ((RECEIPT % '"x":NaN').encode(), "NaN is no number"),
        ((RECEIPT % '"x":1e400').encode(), "beyond what can be counted"),
        ((RECEIPT % '"x":1,"x":1').encode(), 'the field "x" is there twice'),
        ((RECEIPT % '"x":"\\ud800"').encode(), "lone surrogate"),
    ],
)
def test_what_is_no_receipt_is_refused(data: bytes, fragment: str) -> None:
    with pytest.raises(Refused, match=fragment):
        evaluate_json(NO_RULES, data)


def test_every_fault_is_said_at_once() -> None:
    document = receipt_document(line(gross_amount="5"), line(unit=5), receipt_id=None)
    with pytest.raises(Refused) as from_data:
        read_receipt(document)
    with pytest.raises(Refused) as refusal:
        evaluate_json(NO_RULES, json.dumps(document))
    assert refusal.value.faults == from_data.value.faults
    assert {fault.path for fault in refusal.value.faults} == {"receipt_id", "items[0].gross_amount", "items[1].unit"}


def test_settings_and_grants_are_followed() -> None:
    sent = json.dumps(receipt_document(line(gross=1005, quantity=3)))
    rule_set = rules_of(TEN_PERCENT)
    rounded = [
        json.loads(evaluate_json(rule_set, sent, None, Settings(mode)))["net_amount"] for mode in ("Down", "HalfUp")
    ]
    assert rounded == [905, 904]
    assert json.loads(evaluate_json(rule_set, sent, [])).get("discounts") is None
    with pytest.raises(Refused) as refusal:
        evaluate_json(rule_set, sent, None, Settings(max_units=2))
    assert all(isinstance(fault, Fault) for fault in refusal.value.faults)
