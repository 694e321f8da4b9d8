"""An Open2b receipt through the engine: what is taken off is on it as amounts off, and its net is ours to the cent."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import RuleSet, Settings, compile_rules, evaluate
from rabatt.open2b.bridge import amounts_off, answer, ours, rule_discounts_of, settings_for
from rabatt.open2b.external_receipt import read_external
from rules import Refused, exact_json, read_rules
from tests.support.calls import calls_of
from tests.support.open2b.receipts import exact

ITEM = {"sku": "tea", "name": "Tea", "quantity": 2, "price": 10, "taxCode": "VAT", "taxRate": 20}
RECEIPT: dict[str, Any] = {"creationTime": "2020-09-02 12:00:00", "items": [ITEM]}


def rule(id: str, percent: int, **more: Any) -> dict[str, Any]:
    """A rule that takes a percentage off everything."""
    return {"id": id, "name": f"Rule {id}", "reward": {"type": "discount_percent", "value": percent}, **more}


def amount_rule(id: str, amount: int) -> dict[str, Any]:
    """A rule that takes an amount off the receipt."""
    return {"id": id, "name": f"Rule {id}", "reward": {"type": "discount_amount", "value": amount}}


def rule_set(*rules: dict[str, Any]) -> RuleSet:
    """The rules, compiled."""
    return compile_rules(read_rules(list(rules)))


def evaluated(
    document: dict[str, Any], *rules: dict[str, Any], zone: str = "UTC"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer with our discounts, and the engine's."""
    read = read_external(exact(json.dumps(document, default=float)))
    result = evaluate(rule_set(*rules), ours(read, zone), None, settings_for(read, Settings())).receipt
    return answer(read, result), result


def refusal(document: dict[str, Any], *rules: dict[str, Any]) -> list[str]:
    """The sentences with which a receipt is refused."""
    with pytest.raises(Refused) as refused:
        evaluated(document, *rules)
    return [str(fault) for fault in refused.value.faults]


def test_what_is_taken_off_is_an_amount_off() -> None:
    document, result = evaluated(RECEIPT, rule("a", 10), amount_rule("b", 150))
    assert document["discounts"] == [
        {"type": "AmountOff", "value": Decimal("2.000")},
        {"type": "AmountOff", "value": Decimal("1.500")},
    ]
    assert (document["prediscountSubtotal"], document["subtotal"], document["taxedSubtotal"]) == (
        Decimal("20.00"),
        Decimal("16.50"),
        Decimal("19.80"),
    )
    assert result["net_amount"] == 1650
    assert document["terms"] == ""


def test_with_taxes_in_the_discounts_the_taxed_price_is_what_comes_down() -> None:
    document, result = evaluated({**RECEIPT, "discountsIncludeTaxes": True}, rule("a", 10))
    assert document["discounts"] == [{"type": "AmountOff", "value": Decimal("2.400")}]
    assert (document["subtotal"], document["taxedSubtotal"]) == (Decimal("18.00"), Decimal("21.60"))
    assert result["net_amount"] == 2160


def test_what_the_receipt_brought_stays_and_comes_first() -> None:
    brought = {"type": "PercentOff", "value": 50}
    document, result = evaluated(
        {**RECEIPT, "discounts": [brought]},
        rule("a", 10, reward={"type": "discount_percent", "value": 10, "base": "net"}),
    )
    assert document["discounts"] == [brought, {"type": "AmountOff", "value": Decimal("1.000")}]
    assert result["net_amount"] == 900
    assert [line["discount_type"] for line in result["items"][0]["discount_lines"]] == ["manual", "periodic"]


def test_beyond_five_the_smallest_are_put_together_and_the_terms_say_so() -> None:
    rules = [amount_rule(f"r{amount}", amount) for amount in (100, 20, 90, 10, 80, 70, 60)]
    document, result = evaluated({**RECEIPT, "terms": "Net 30"}, *rules)
    assert [str(each["value"]) for each in document["discounts"]] == ["1.000", "0.700", "0.800", "0.900", "0.900"]
    assert document["terms"] == ("Net 30\nDiscounts put together as 0.90: Rule r10 0.10; Rule r20 0.20; Rule r60 0.60.")
    assert document["subtotal"] * 100 == result["net_amount"]


def test_five_are_not_put_together() -> None:
    document, _ = evaluated(RECEIPT, *(amount_rule(f"r{amount}", amount) for amount in (1, 2, 3, 4, 5)))
    assert [each["value"] * 100 for each in document["discounts"]] == [1, 2, 3, 4, 5]
    assert document["terms"] == ""


def test_all_else_comes_back_as_it_came() -> None:
    sent = {
        "status": "ok",
        "receipt": {
            **RECEIPT,
            "colour": {"of": ["paper", 1.50]},
            "shippingMethod": {"id": 3, "name": "Post", "cost": 8.572, "taxCode": "VAT", "taxRate": 20},
            "paymentMethod": None,
        },
    }
    document, _ = evaluated(sent, rule("a", 10))
    assert document["status"] == "ok"
    inner = document["receipt"]
    assert (inner["colour"], inner["paymentMethod"]) == ({"of": ["paper", Decimal("1.5")]}, None)
    assert inner["shippingMethod"]["taxAmount"] == Decimal("1.71")
    assert (inner["total"], inner["taxedTotal"]) == (Decimal("26.57"), Decimal("31.88"))
    assert inner["items"] == [{**ITEM, "totalPrice": Decimal("20.00"), "taxAmount": Decimal("4.00")}]


def test_the_receipt_becomes_one_of_ours() -> None:
    read = read_external(
        {
            **RECEIPT,
            "number": "2020/7496",
            "customer": 4907,
            "billingAddress": {"firstName": "Sherlock", "country": "GB", "city": "London"},
            "sellerAddress": {"companyCode": "S1", "companyName": "Supplies"},
        }
    )
    document = ours(read, "Europe/Rome").document
    assert (document["receipt_id"], document["customer_id"], document["store"]["id"]) == ("2020/7496", "4907", "S1")
    assert document["purchase_at"] == "2020-09-02T10:00:00+00:00"
    assert document["customer"]["addresses"][0]["postal_place"] == "London"
    assert document["items"][0]["quantity"] == 2
    assert document["gross_amount"] == 2000


def test_rules_see_the_customer_and_the_goods() -> None:
    here = {**RECEIPT, "billingAddress": {"country": "GB"}}
    british = rule(
        "a", 10, requirement={"customer": {"addresses": [{"country": ["GB"]}]}, "item": {"items": [{"id": "tea"}]}}
    )
    assert evaluated(here, british)[1]["net_amount"] == 1800
    assert evaluated({**here, "billingAddress": {"country": "IT"}}, british)[1]["net_amount"] == 2000


FIVE = [{"type": "PercentOff", "value": 1}] * 5
SEVEN = [amount_rule(f"r{amount}", amount) for amount in (100, 20, 90, 10, 80, 70, 60)]


def again(document: dict[str, Any], *rules: dict[str, Any]) -> dict[str, Any]:
    """The answer to an answer, as it comes when it is sent back."""
    read = read_external(exact(exact_json.write(document)))
    return answer(read, evaluate(rule_set(*rules), ours(read), None, settings_for(read, Settings())).receipt)


@pytest.mark.parametrize("terms", [{}, {"terms": ""}, {"terms": "Net 30"}, {"terms": "\nNet 30\n"}], ids=str)
@pytest.mark.parametrize("discounts", [0, 1, 4])
@pytest.mark.parametrize("rules", [SEVEN[:1], SEVEN], ids=len)
def test_an_answer_that_is_asked_again_is_the_same_answer(
    terms: dict[str, str], discounts: int, rules: list[dict[str, Any]]
) -> None:
    sent = {"status": "ok", "receipt": {**RECEIPT, "discounts": FIVE[:discounts], **terms}}
    first, _ = evaluated(sent, *rules)
    assert exact_json.write(again(first, *rules)) == exact_json.write(first)
    without = again(first)["receipt"]
    assert "rabatt" not in without
    assert without["discounts"] == FIVE[:discounts]
    assert without["terms"] == terms.get("terms", "")


def test_the_mark_says_which_discounts_are_ours() -> None:
    document, _ = evaluated({**RECEIPT, "discounts": FIVE[:3]}, *SEVEN[:3])
    assert document["rabatt"] == {
        "discounts": [
            {"type": "AmountOff", "value": Decimal("1.000")},
            {"type": "AmountOff", "value": Decimal("1.100")},
        ],
        "terms": "Discounts put together as 1.10: Rule r20 0.20; Rule r90 0.90.",
    }
    assert document["discounts"][3:] == document["rabatt"]["discounts"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"discounts": []}, "receipt.rabatt.discounts: these are not the last discounts of the receipt"),
        ({"discounts": [{"type": "AmountOff", "value": 1}]}, "receipt.rabatt.discounts: these are not the last"),
        ({"terms": "Other"}, "receipt.rabatt.terms: the terms of the receipt do not end with this line"),
        ({"rabatt": {}}, "receipt.rabatt.discounts: this required field is missing"),
    ],
)
def test_a_mark_that_does_not_hold_is_refused(changes: dict[str, Any], sentence: str) -> None:
    document, _ = evaluated({"receipt": RECEIPT}, *SEVEN)
    with pytest.raises(Refused) as refused:
        again({"receipt": {**document["receipt"], **changes}}, *SEVEN)
    assert str(refused.value.faults[0]).startswith(sentence)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"discounts": FIVE}, "discounts: the receipt has 5 discounts already", id="no place"),
        pytest.param(
            {"items": [ITEM, {**ITEM, "price": -9.9}]}, "items: credits leave less of the subtotal", id="credits"
        ),
        pytest.param({"items": [{**ITEM, "price": 1_000_000}]}, "discounts: a discount is beyond", id="too much"),
        pytest.param(
            {"items": [{**ITEM, "price": 9_999_999, "quantity": 99}]}, "totalPrice: totalPrice is beyond", id="no room"
        ),
        pytest.param(
            {"items": [], "discounts": [{"type": "AmountOff", "value": 1}]}, "discounts: Amount off", id="nothing"
        ),
        pytest.param({"terms": "x" * 65_530, "discounts": FIVE[:4]}, "terms: there is no room", id="terms"),
        pytest.param({"items": None}, "items: a list is wanted", id="no items"),
        pytest.param({"discounts": [*FIVE, *FIVE]}, "discounts: 5 at most are taken; here are 10", id="more than five"),
        pytest.param(
            {"items": [{**ITEM, "taxRate": "20"}]}, "items[0].taxRate: a number is wanted", id="a rate in words"
        ),
    ],
)
def test_what_does_not_go_is_refused_with_the_reason(changes: dict[str, Any], sentence: str) -> None:
    found = refusal({**RECEIPT, **changes}, rule("a", 60), rule("b", 30))
    assert found[0].startswith(sentence), found


def test_a_receipt_in_an_answer_is_refused_by_its_place() -> None:
    assert refusal({"receipt": {"items": []}}) == ["receipt.creationTime: this required field is missing"]
    with pytest.raises(Refused, match="a receipt is an object"):
        read_external([])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"discounts": FIVE}, "receipt.discounts"),
        ({"items": [ITEM, {**ITEM, "price": -9.9}]}, "receipt.items"),
        ({"items": [{**ITEM, "price": 9_999_999, "quantity": 99}]}, "receipt.totalPrice"),
        ({"creationTime": "0001-01-01 00:00:00"}, "receipt.creationTime"),
        ({"creationTime": "9999-12-31 23:59:59"}, "receipt.creationTime"),
    ],
)
def test_whatever_is_refused_is_named_by_its_place_in_the_answer(changes: dict[str, Any], path: str) -> None:
    found = refusal({"status": "ok", "receipt": {**RECEIPT, **changes}}, rule("a", 60))
    assert found[0].startswith(f"{path}: "), found


def test_tax_classes_keep_the_names_that_the_receipt_has_for_them() -> None:
    named = [{"code": "VAT", "rate": 20, "name": "Generic"}, {"code": "VAT", "rate": 7, "name": "Reduced"}]
    other = {**ITEM, "taxRate": 9}
    document, _ = evaluated({**RECEIPT, "items": [ITEM, other], "taxes": [*named, {**named[0], "name": "Later"}]})
    assert [(each["rate"], each["name"]) for each in document["taxes"]] == [(20, "Generic"), (9, "")]


def test_many_tax_classes_are_looked_through_once() -> None:
    taxes = [{"code": str(number), "rate": 1} for number in range(10_000)]
    read = read_external({**RECEIPT, "items": [ITEM] * 1_000, "taxes": taxes})
    # Twice what they are: some for each line, and none for each class and line.
    assert calls_of(lambda: ours(read)) < 150 * 1_000


def test_a_receipt_that_nobody_has_is_told() -> None:
    assert refusal({"status": "ok", "receipt": None}) == ["receipt: an object is wanted; here is null"]


def test_a_time_of_old_is_a_time() -> None:
    assert evaluated({**RECEIPT, "creationTime": "1850-01-01 00:00:00"}, zone="Europe/Rome")[1]["net_amount"] == 2000


def test_bonus_is_no_discount() -> None:
    bonus = rule("a", 10, reward={"type": "discount_percent", "value": 10, "effect": "bonus"})
    document, result = evaluated(RECEIPT, bonus)
    assert rule_discounts_of(result) == []
    assert document["discounts"] == []
    assert document["subtotal"] == Decimal("20.00")


def test_without_discounts_no_place_is_needed() -> None:
    assert amounts_off([], 0) == ([], "")


prices = st.integers(1, 99_999).map(lambda mills: mills / 1000)
items = st.fixed_dictionaries(
    {
        "sku": st.sampled_from(["tea", "mug"]),
        "quantity": st.integers(1, 5) | st.sampled_from([0.5, 1.25]),
        "price": prices,
        "taxCode": st.just("VAT"),
        "taxRate": st.sampled_from([0, 7, 19, 25]),
    }
)
discounts = st.one_of(
    st.fixed_dictionaries({"type": st.just("PercentOff"), "value": st.integers(1, 40)}),
    st.fixed_dictionaries({"type": st.just("AmountOff"), "value": st.sampled_from([0.01, 0.115])}),
)
receipts = st.fixed_dictionaries(
    {
        "creationTime": st.just("2020-09-02 12:00:00"),
        "items": st.lists(items, min_size=1, max_size=4),
        "discounts": st.lists(discounts, max_size=3),
        "discountsIncludeTaxes": st.booleans(),
        "rounding": st.fixed_dictionaries(
            {
                "mode": st.sampled_from(["Down", "HalfDown", "HalfEven", "HalfUp"]),
                "rule": st.sampled_from(["PerItem", "PerLine", "Total"]),
            }
        ),
    }
)
some_rules = st.lists(
    st.one_of(
        st.integers(1, 30).map(lambda percent: {"type": "discount_percent", "value": percent}),
        st.integers(1, 500).map(lambda amount: {"type": "discount_amount", "value": amount}),
    ),
    max_size=7,
)


@given(receipts, some_rules)
def test_the_net_is_ours_to_the_cent(document: dict[str, Any], rewards: list[dict[str, Any]]) -> None:
    rules = [{"id": f"r{place}", "name": "R", "reward": each} for place, each in enumerate(rewards)]
    try:
        changed, result = evaluated(document, *rules)
    except Refused as refused:
        # The one thing that can be in the way: an amount of the receipt's own that finds nothing.
        found = [fault.sentence for fault in refused.faults]
    else:
        found = []
    if found:
        assert found == ["Amount off discount can not be applied to a zero subtotal"]
        return
    shown = changed["taxedSubtotal" if document["discountsIncludeTaxes"] else "subtotal"]
    assert shown * 100 == result["net_amount"]
    assert len(changed["discounts"]) <= 5
    assert changed["taxedTotal"] == changed["total"] + changed["taxAmount"]
    assert sum(each["taxableTotal"] for each in changed["taxes"]) == changed["total"]
    assert again(changed, *rules) == changed
    assert exact_json.read(exact_json.write(changed)) == changed
