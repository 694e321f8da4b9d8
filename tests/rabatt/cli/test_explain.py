"""`rabatt explain`: what became of every rule and line."""

import json
from dataclasses import replace

from engine import compile_rules, evaluate
from rabatt.cli.explain import explanation_text
from rules import read_receipt
from tests.support.cli.shop import Shop, receipt


def test_every_rule_and_line_is_explained_in_a_sentence(shop: Shop) -> None:
    done = shop.run("explain", shop.receipts("r.json", receipt()), "--rules", "rules.json")
    assert (done.returncode, done.stderr) == (0, "")
    heading, *sentences = done.stdout.splitlines()
    assert heading == "Receipt r-1"
    assert [sentence.split(":")[0].split() for sentence in sentences] == [
        ["used", "a-tenth-off"],
        ["rejected", "from-200"],
        ["line", "1"],
    ]


def test_amounts_in_sentences_are_in_the_currency(shop: Shop) -> None:
    batch = shop.receipts("r.jsonl", receipt(), receipt(currency="JPY"))
    said = shop.run("explain", batch, "--rules", "rules.json").stdout
    for sentence in ("gives 10.00 on", "buy for 100.00 more to save 20.00", "Kopp: 10.00 from a-tenth-off"):
        assert sentence in said
    for sentence in ("gives 1000 on", "buy for 10000 more to save 2000", "Kopp: 1000 from a-tenth-off"):
        assert sentence in said


def test_json_holds_what_was_wanted_seen_and_missed(shop: Shop) -> None:
    done = shop.run("explain", shop.receipts("r.json", receipt()), "--rules", "rules.json", "--json")
    explained = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert set(explained) == {"receipt_id", "optimal", "upper_bound", "rules", "lines"}
    used, rejected = explained["rules"]
    assert (used["rule_id"], used["outcome"], used["amount"]) == ("a-tenth-off", "used", 1000)
    assert (rejected["path"], rejected["wanted"], rejected["saw"]) == ("requirement.gross_amount", 20000, 10000)
    assert rejected["near_miss"] == {"missing_gross_amount": 10000, "saves": 2000}
    assert explained["lines"][0]["discounts"] == {"a-tenth-off": 1000}


def test_one_rule_can_be_asked_for(shop: Shop) -> None:
    call = ("explain", shop.receipts("r.json", receipt()), "--rules", "rules.json", "--rule", "from-200")
    assert [line.split()[0] for line in shop.run(*call).stdout.splitlines()] == ["Receipt", "rejected"]
    explained = json.loads(shop.run(*call, "--json").stdout)
    assert [outcome["rule_id"] for outcome in explained["rules"]] == ["from-200"]
    assert set(explained) == {"receipt_id", "optimal", "upper_bound", "rules"}


def test_a_rule_that_is_not_there_refuses_the_call(shop: Shop) -> None:
    done = shop.run("explain", shop.receipts("r.json", receipt()), "--rules", "rules.json", "--rule", "from-20")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "rules.json: refused",
        '  there is no rule "from-20" in it; did you mean "from-200"?',
    ]


def test_grants_are_taken_into_account(shop: Shop) -> None:
    grants = shop.write("grants.json", "[]")
    done = shop.run(
        "explain", shop.receipts("r.json", receipt()), "--rules", "rules.json", "--grants", grants, "--json"
    )
    assert {outcome["outcome"] for outcome in json.loads(done.stdout)["rules"]} == {"rejected"}


def test_a_search_that_was_cut_short_is_said() -> None:
    evaluation = evaluate(compile_rules(()), read_receipt(receipt()))
    heading, line = explanation_text(evaluation, None)
    *said, last = explanation_text(replace(evaluation, optimal=False), None)
    assert said == [heading, line]
    assert "step limit" in last.plain
    assert "more" not in last.plain


def test_a_search_that_was_cut_short_says_how_much_more_there_can_be() -> None:
    evaluation = evaluate(compile_rules(()), read_receipt(receipt()))
    choice = evaluation.trace.choice._replace(upper_bound=320)
    hurried = replace(evaluation, optimal=False, trace=evaluation.trace._replace(choice=choice))
    *_, last = explanation_text(hurried, None)
    assert last.plain.endswith("At most 3.20 more is possible.")


def test_refused_receipts_are_named_and_the_others_explained(shop: Shop) -> None:
    done = shop.run("explain", shop.receipts("r.jsonl", receipt(), {}, receipt()), "--rules", "rules.json", "--json")
    assert (done.returncode, done.stdout.count("\n")) == (1, 2)
    assert json.loads(done.stderr)["line"] == 2
