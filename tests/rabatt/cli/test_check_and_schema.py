"""`rabatt check` names every fault with its path; `rabatt schema` describes the documents."""

import json

import pytest

from tests.support.cli.shop import RULES, Shop

FAULTY = [
    {"id": "a", "requirment": {"stamp": 1}, "reward": {"type": "discount_percent", "value": 101}},
    {"id": "a", "reward": {"type": "discount_amount", "value": -1}},
]
OVER = [{**RULES[0], "requirement": {"purchase_to": "2020-01-01T00:00:00Z"}}]


def test_rules_without_fault_are_counted_and_the_call_succeeds(shop: Shop) -> None:
    done = shop.run("check", "rules.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "rules.json: 2 rules, no faults\n", "")


def test_every_fault_is_named_with_its_path_and_the_nearest_known_name(shop: Shop) -> None:
    done = shop.run("check", shop.write("faulty.json", json.dumps(FAULTY)))
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0] == "faulty.json: refused"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "rules[0].requirment",
        "rules[0].reward.value",
        "rules[1].reward.value",
        "rules[1].id",
    ]
    assert '"requirement"' in lines[1]


def test_faults_come_as_json_on_standard_error(shop: Shop) -> None:
    done = shop.run("check", "--json", shop.write("faulty.json", json.dumps(FAULTY)))
    refusal = json.loads(done.stderr)
    assert (done.returncode, done.stdout, refusal["file"]) == (2, "", "faulty.json")
    assert refusal["faults"][0]["path"] == "rules[0].requirment"
    assert refusal["faults"][0]["nearest"] == "requirement"


def test_a_faulty_file_does_not_keep_the_others_from_being_checked(shop: Shop) -> None:
    done = shop.run("check", shop.write("faulty.json", json.dumps(FAULTY)), "rules.json")
    assert done.returncode == 2
    assert done.stdout == "rules.json: 2 rules, no faults\n"


def test_what_is_legal_but_suspect_is_said_and_the_call_succeeds(shop: Shop) -> None:
    done = shop.run("check", shop.write("over.json", json.dumps(OVER)))
    assert done.returncode == 0
    assert "  suspect: a-tenth-off: requirement.purchase_to: " in done.stdout


def test_what_is_suspect_comes_as_json(shop: Shop) -> None:
    done = shop.run("check", "--json", shop.write("over.json", json.dumps(OVER)), "rules.json")
    over, usual = map(json.loads, done.stdout.splitlines())
    assert (over["file"], over["rules"], over["suspect"][0]["rule_id"]) == ("over.json", 1, "a-tenth-off")
    assert usual == {"file": "rules.json", "rules": 2, "suspect": []}


def test_rules_come_from_standard_input_too(shop: Shop) -> None:
    assert shop.run("check", "-", stdin=json.dumps(RULES)).stdout == "standard input: 2 rules, no faults\n"


@pytest.mark.parametrize("kind", ["rule", "receipt", "grant"])
def test_a_schema_is_a_json_schema_of_an_object(shop: Shop, kind: str) -> None:
    done = shop.run("schema", kind)
    schema = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert schema["type"] == "object" or "$ref" in schema
    assert schema.get("$schema", "").startswith("https://json-schema.org/")


def test_an_unknown_kind_of_schema_is_refused_with_the_known_ones(shop: Shop) -> None:
    done = shop.run("schema", "customer")
    assert done.returncode == 2
    assert all(kind in done.stderr for kind in ("rule", "receipt", "grant"))
