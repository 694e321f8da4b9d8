"""A receipt that is read in one walk is the one that the models read; what they refuse is refused in their words."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import TypeAdapter

from benchmarks.workload import Knobs, make_workload
from rules import Refused, one_walk, read_receipt
from rules.one_walk import Doubt
from rules.parse import MOST_VALUES_OF_A_RECEIPT
from rules.quick_receipt import quick_receipt
from rules.read import receipt_by_models
from rules.receipt import Receipt
from rules.receipt_kinds import field_of, kind_of_receipt
from rules.receipt_line import ReceiptLine
from rules.schema import schema
from rules.values import LARGEST
from tests.support.mutants import mutant_of

HEAD: dict[str, Any] = {"receipt_id": "1", "purchase_at": "2024-05-01T12:00:00+02:00", "store": {"id": "s"}}
CASES = Path(__file__).parents[1] / "cases"


def said(receipt: Receipt) -> tuple[Any, ...]:
    """What two receipts that say the same have in common, 1 and 1.0 and true being three things."""
    return repr(receipt), json.dumps(receipt.document), sorted(receipt.model_fields_set), receipt.__pydantic_extra__


def outcome(data: Any, *, by_models: bool) -> Any:
    try:
        return said(receipt_by_models(data) if by_models else read_receipt(data))
    except Refused as refused:
        return refused.faults


def receipts() -> list[dict[str, Any]]:
    """Receipts of all sorts: every field there is, those of the golden cases, and one of the benchmark."""
    found = [json.loads((Path(__file__).parent / "every_field.json").read_text("utf-8"))]
    for path in sorted(CASES.rglob("*.json")):
        receipt = json.loads(path.read_text("utf-8")).get("receipt")
        if isinstance(receipt, dict):
            found.append(receipt)
    return [*found, *make_workload(Knobs(10, matches=3, rivals=0, receipts=2)).receipts]


@pytest.mark.many
def test_both_readers_agree_on_thousands_of_mutants() -> None:
    random = Random(36)
    originals = receipts()
    quick = refused = 0
    for number in range(4_000):
        text = mutant_of(originals[0] if number % 3 == 0 else random.choice(originals), random)
        data: str | bytes = text.encode() if number % 2 else text
        by_models = outcome(data, by_models=True)
        assert outcome(data, by_models=False) == by_models, text
        quick += quick_receipt(data) is not None
        refused += not isinstance(by_models[0], str)
    assert quick > 1_000
    assert refused > 800


def test_a_receipt_with_every_field_needs_no_models(sample_receipt: dict[str, Any]) -> None:
    text = json.dumps(sample_receipt)
    quick = quick_receipt(text)
    assert quick is not None
    assert said(quick) == said(receipt_by_models(text))
    assert quick == receipt_by_models(text)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"items": None, "discounts": None, "customer": None}, id="nulls"),
        pytest.param({"items": [], "discounts": [], "returns": []}, id="empty lists"),
        pytest.param({"x": {"y": [[1, 0.5, "z", {"w": {}}]]}}, id="unknown fields"),
        pytest.param(
            {"items": [{"quantity": 2.0}, {"quantity": 0.5}, {"quantity": None}, {"line_id": 9}]}, id="numbers"
        ),
        pytest.param({"items": [{"groups": [{"id": "g"}, {"id": None}, {"name": "n"}]}]}, id="groups"),
        pytest.param({"items": [{"bonus_lines": [{"bonus": 5.0}], "discount_lines": [{}]}]}, id="brought"),
        pytest.param({"discount_code": "one"}, id="a code"),
        pytest.param({"discount_code": ["one", "two"]}, id="codes"),
        pytest.param({"customer": {"favorite_store": ["a"], "company": {"number_of_employees": 7}}}, id="texts"),
        pytest.param({"created_at": "2024-05-01T12:00:00Z", "purchase": "16:40:00"}, id="times"),
    ],
)
def test_what_is_right_needs_no_models(more: dict[str, Any]) -> None:
    text = json.dumps({**HEAD, **more})
    quick = quick_receipt(text)
    assert quick is not None
    assert said(quick) == said(receipt_by_models(text))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"store": None}, id="null where there has to be something"),
        pytest.param({"receipt_id": ""}, id="an empty name"),
        pytest.param({"purchase_at": "2024-05-01"}, id="no time"),
        pytest.param({"created_at": "yesterday"}, id="no time that is only typed"),
        pytest.param({"currency": True}, id="true for text"),
        pytest.param({"customer_id": []}, id="a list for text"),
        pytest.param({"customer_id": {}}, id="an object for text"),
        pytest.param({"net_amount": "5"}, id="text for a number"),
        pytest.param({"net_amount": 0.5}, id="half an øre"),
        pytest.param({"net_amount": 5.0}, id="a whole amount with a fraction"),
        pytest.param({"net_amount": 10**15 + 1}, id="too much money"),
        pytest.param({"customer_id": 5}, id="a number for text"),
        pytest.param({"x": 2**64}, id="a large integer"),
        pytest.param({"x": [1e17]}, id="a large fraction in a list"),
        pytest.param({"customer": {"metadata": []}}, id="a list for an object"),
        pytest.param({"items": [5]}, id="a line that is none"),
        pytest.param({"items": [{"discount_lines": {}}]}, id="an object for a list"),
        pytest.param({"items": [{"discount_lines": [{"amount": "x"}]}]}, id="a wrong discount"),
        pytest.param({"items": [{"line_id": 1}, {"line_id": 1}]}, id="two lines with one id"),
        pytest.param({"discount_code": ["a", 5]}, id="a code that is none"),
        pytest.param({"discount_code": {"a": 5}}, id="codes that are none"),
        pytest.param({"customer": {"favorite_store": [None]}}, id="a text that is none"),
        pytest.param({"customer": {"favorite_store": {"a": "b"}}}, id="texts that are none"),
        pytest.param({"x" * 3: {"a": [[[[[[{"b": []}]]]]]]}, "y": "a :"}, id="a colon after white space"),
        pytest.param({"y": 'a":'}, id="what looks like a name"),
    ],
)
def test_in_doubt_the_models_read(more: dict[str, Any]) -> None:
    text = json.dumps({**HEAD, **more}, separators=(",", ":"))
    assert quick_receipt(text) is None
    assert outcome(text, by_models=False) == outcome(text, by_models=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[]", id="no object"),
        pytest.param("{}", id="nothing"),
        pytest.param('{"a":1', id="no JSON"),
        pytest.param('{"receipt_id":"1","receipt_id":"1"}', id="a name that is there twice"),
        pytest.param('\ufeff{"a":1}', id="a byte order mark"),
    ],
)
def test_what_is_no_receipt_is_refused_by_the_models(text: str) -> None:
    for data in (text, text.encode()):
        assert quick_receipt(data) is None
        assert outcome(data, by_models=False) == outcome(data, by_models=True)


def test_a_long_text_and_a_deep_one_are_for_the_models() -> None:
    head = json.dumps(HEAD)[:-1]
    for more in (f',"x":"{"y" * MOST_VALUES_OF_A_RECEIPT}"}}', f',"x":{"[" * 150}{"]" * 150}}}'):
        assert quick_receipt(head + more) is None
        assert read_receipt(head + more).receipt_id == "1"


def test_every_field_of_the_schema_is_known_to_the_walk() -> None:
    """Names by kind of object, from the schema and from what the walk goes by; what the models read is left to them."""
    document = schema("receipt")
    kind = kind_of_receipt()
    line = kind.lists["items"]
    assert kind.checks.keys() == document["properties"].keys()
    assert line.checks.keys() == document["$defs"]["Line"]["properties"].keys()
    for name, below in (
        ("Store", kind.objects["store"]),
        ("Customer", kind.objects["customer"]),
        ("Address", kind.objects["store"].objects["address"]),
        ("Payment", kind.lists["payments"]),
        ("CardInfo", kind.lists["payments"].objects["card_info"]),
        ("TaxLine", line.lists["tax_lines"]),
        ("Group", line.lists["groups"]),
    ):
        assert below.checks.keys() == document["$defs"][name]["properties"].keys()
    assert {name for name in kind.checks if name in kind.required} == set(document["required"])


@pytest.mark.parametrize("hint", [int, tuple[int, ...], list[str], dict[str, int]])
def test_a_field_of_which_nothing_is_known_is_an_error(hint: Any) -> None:
    with pytest.raises(TypeError, match="nothing is known"):
        field_of(hint)
    TypeAdapter(hint)


def test_a_mark_of_which_nothing_is_known_is_an_error() -> None:
    from typing import Annotated  # noqa: PLC0415 - for this test alone

    with pytest.raises(TypeError, match="nothing is known"):
        field_of(Annotated[int, "a mark"])


def test_the_walk_says_of_a_line_what_the_models_say() -> None:
    first, second = read_receipt(json.dumps({**HEAD, "items": [{"id": "a"}, {"id": "a"}]})).items
    assert first == read_receipt({**HEAD, "items": [{"id": "a"}]}).items[0]
    assert first != second
    assert first != "a"
    assert isinstance(first, ReceiptLine)
    assert "id='a'" in repr(first)
    assert len({first, read_receipt({**HEAD, "items": [{"id": "a"}]}).items[0], second}) == 2
    assert issubclass(Doubt, Exception)


def test_the_walk_counts_as_far_as_the_models() -> None:
    assert (one_walk.LEAST, one_walk.LARGEST) == (-LARGEST, LARGEST)
