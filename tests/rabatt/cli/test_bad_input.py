"""Whatever is wrong with the input, the answer is a sentence that names file and fault, and never a traceback."""

import json

import pytest

from tests.support.cli.shop import RULES, Completed, Shop, receipt

NOT_JSON = [
    pytest.param(b'{"a": 1,\n  "b": }', "line 2 column 8", id="broken JSON"),
    pytest.param(b'{"a": 1', "line 1 column 8", id="JSON that ends early"),
    pytest.param(b"", "line 1 column 1", id="an empty file"),
    pytest.param(b"\x89PNG\r\n\x1a\n\x00\xff", "UTF-8", id="a picture"),
    pytest.param(b"[" * 100_000, "nested too deeply", id="a hundred thousand brackets"),
    pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply", id="nested objects"),
    pytest.param(b'{"a": NaN}', "NaN", id="not a number"),
    pytest.param(b'{"a": 1' + b"0" * 5000 + b"}", "number", id="a number of 5000 digits"),
    pytest.param(b'{"a": 1, "a": 2}', "twice", id="a field twice"),
]
TOO_LARGE = pytest.param(b" " * (60 * 1024 * 1024) + b"{}", "larger than", id="60 MB")
NOT_A_FILE = [
    pytest.param("missing.json", "there is no such file", id="missing"),
    pytest.param(".", "this is a directory", id="a directory"),
    pytest.param("rules.json/x", "cannot be read", id="below a file"),
    pytest.param("x" * 5000, "cannot be read", id="an impossible name"),
]


def assert_clean(done: Completed, code: int, sentence: str) -> None:
    assert done.returncode == code
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("data", "sentence"), [*NOT_JSON, TOO_LARGE])
def test_a_receipt_that_is_no_json_is_refused(shop: Shop, data: bytes, sentence: str) -> None:
    done = shop.evaluate(shop.write("r.json", data))
    assert_clean(done, 1, sentence)
    assert done.stderr.startswith("r.json: refused\n")


@pytest.mark.parametrize(("data", "sentence"), NOT_JSON)
def test_rules_that_are_no_json_refuse_the_call(shop: Shop, data: bytes, sentence: str) -> None:
    done = shop.run("evaluate", shop.receipts("r.json", receipt()), "--rules", shop.write("broken.json", data))
    assert_clean(done, 2, sentence)
    assert done.stderr.startswith("broken.json: refused\n")


@pytest.mark.parametrize(("data", "sentence"), NOT_JSON)
def test_rules_that_are_no_json_are_said_by_check(shop: Shop, data: bytes, sentence: str) -> None:
    assert_clean(shop.run("check", shop.write("broken.json", data)), 2, sentence)


@pytest.mark.parametrize(("data", "sentence"), NOT_JSON)
def test_grants_that_are_no_json_refuse_the_call(shop: Shop, data: bytes, sentence: str) -> None:
    done = shop.evaluate(shop.receipts("r.json", receipt()), "--grants", shop.write("broken.json", data))
    assert_clean(done, 2, sentence)


@pytest.mark.parametrize(("name", "sentence"), NOT_A_FILE)
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(("evaluate", "NAME", "--rules", "rules.json"), id="receipt"),
        pytest.param(("evaluate", "r.jsonl", "--rules", "NAME"), id="rules"),
        pytest.param(("explain", "r.jsonl", "--rules", "rules.json", "--grants", "NAME"), id="grants"),
        pytest.param(("check", "NAME"), id="check"),
    ],
)
def test_a_file_that_cannot_be_read_refuses_the_call(
    shop: Shop, call: tuple[str, ...], name: str, sentence: str
) -> None:
    shop.receipts("r.jsonl", receipt())
    done = shop.run(*[name if argument == "NAME" else argument for argument in call])
    assert_clean(done, 2, sentence)
    assert name[:50] in done.stderr


def test_a_broken_line_is_named_by_its_place_in_the_file(shop: Shop) -> None:
    lines = [json.dumps(receipt()), "", '{"receipt_id": "r-2", }', json.dumps(receipt())]
    done = shop.evaluate(shop.write("r.jsonl", "\n".join(lines)), "--json")
    assert (done.returncode, done.stdout.count("\n")) == (1, 2)
    refusal = json.loads(done.stderr)
    assert (refusal["line"], refusal["position"]) == (3, 2)
    assert "line 3 column 23" in refusal["faults"][0]["sentence"]


def test_a_line_that_ends_early_is_named_by_its_place_in_the_file(shop: Shop) -> None:
    done = shop.evaluate(shop.write("r.jsonl", json.dumps(receipt()) + '\n{"receipt_id": "r-2"\n'))
    assert "line 2 column 21" in done.stderr


@pytest.mark.parametrize("document", ["5", '"text"', "null", "true", "[5]", "[[]]", "{}"])
def test_json_that_is_no_receipt_is_refused(shop: Shop, document: str) -> None:
    assert_clean(shop.evaluate(shop.write("r.json", document)), 1, "refused")


@pytest.mark.parametrize("document", ["5", '"text"', "null", "[5]", "{}", '{"rules": 5}', '{"rules": [5]}'])
def test_json_that_is_no_rules_refuses_the_call(shop: Shop, document: str) -> None:
    assert_clean(shop.run("check", shop.write("broken.json", document)), 2, "refused")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"gross_amount": 10**18}, "gross_amount"),
        ({"gross_amount": "100"}, "gross_amount"),
        ({"gross_amount": True}, "gross_amount"),
        ({"purchase_at": "2026-10-16T12:00:00"}, "purchase_at"),
        ({"store": {}}, "store.id"),
        ({"items": [{"line_id": 1}, {"line_id": 1}]}, "items[1].line_id"),
    ],
)
def test_a_receipt_with_a_fault_is_refused_with_its_path(shop: Shop, fields: dict[str, object], path: str) -> None:
    assert_clean(shop.evaluate(shop.receipts("r.json", receipt(**fields))), 1, f"  {path}: ")


@pytest.mark.parametrize(
    ("limitation", "path"),
    [
        ({"discount_hours": {"timezone": "Europe/Bergen"}}, "rules[0].limitation.discount_hours.timezone"),
        ({"discount_repeat_usage": -2}, "rules[0].limitation.discount_repeat_usage"),
        ({"discount_repeat_use": 1}, "rules[0].limitation.discount_repeat_use"),
    ],
)
def test_a_rule_with_a_fault_refuses_the_call_with_its_path(
    shop: Shop, limitation: dict[str, object], path: str
) -> None:
    rules = shop.write("broken.json", json.dumps([{**RULES[0], "limitation": limitation}]))
    assert_clean(shop.run("evaluate", "-", "--rules", rules, stdin="{}"), 2, f"  {path}: ")


def test_two_rules_with_one_id_refuse_the_call(shop: Shop) -> None:
    rules = shop.write("twice.json", json.dumps([RULES[0], RULES[0]]))
    assert_clean(shop.run("evaluate", "-", "--rules", rules, stdin="{}"), 2, "rules[1].id")


def test_two_grants_with_one_id_refuse_the_call(shop: Shop) -> None:
    grant = {"id": "g", "discount_id": "a-tenth-off", "customer_id": "*"}
    grants = shop.write("twice.json", json.dumps([grant, grant]))
    assert_clean(shop.evaluate("-", "--grants", grants, stdin="{}"), 2, "grants[1].id")


def test_a_call_that_is_refused_says_so_as_json(shop: Shop) -> None:
    done = shop.evaluate("missing.json", "--json")
    assert json.loads(done.stderr) == {
        "file": "missing.json",
        "faults": [{"path": "", "sentence": "there is no such file; check the path", "nearest": None}],
    }


def test_standard_input_can_be_one_document_only(shop: Shop) -> None:
    assert_clean(shop.run("evaluate", "-", "--rules", "-", stdin="{}"), 2, "only one of")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["evaluate", "r.json"], id="rules are missing"),
        pytest.param(["evaluate", "--rules", "rules.json"], id="a receipt is missing"),
        pytest.param(["evaluate", "r.json", "--rules", "rules.json", "--rounding-mode", "Up"], id="unknown mode"),
        pytest.param(["evaluate", "r.json", "--rules", "rules.json", "--rounding-rule", "PerShop"], id="unknown rule"),
        pytest.param(["evaluate", "r.json", "--rules", "rules.json", "--fast"], id="unknown option"),
        pytest.param(["check"], id="nothing to check"),
        pytest.param(["schema"], id="no kind of schema"),
        pytest.param(["evalute"], id="unknown sub-command"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(shop: Shop, arguments: list[str]) -> None:
    done = shop.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
