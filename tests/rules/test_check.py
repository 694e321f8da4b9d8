"""Every fault of SPEC section 10 is found at its path, with a sentence that names it."""

from collections.abc import Callable
from typing import Any

import pytest

from rules import Refused, read_grants, read_receipt, read_rules
from rules.check import check_grants, check_rules

ITEMS = {"items": [{"id": "a"}]}
MIX = {"mixes": [{"quantity": 2, "items": [{"id": "a"}]}, {"quantity": 1, "items": [{"group_id": "g"}]}]}
TIME = "2024-05-01T12:00:00Z"


def merged(base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in patch.items():
        inner = result.get(name)
        result[name] = merged(inner, value) if isinstance(value, dict) and isinstance(inner, dict) else value
    return result


def rule(**patch: Any) -> dict[str, Any]:
    return merged({"id": "r", "reward": {"type": "discount_percent", "value": 10}}, patch)


def requires(**fields: Any) -> dict[str, Any]:
    return rule(requirement=fields)


def rewards(kind: str, value: Any = None, item: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    requirement = {"item": item or {}, "stamp": fields.pop("stamp", 0)}
    return {"id": "r", "requirement": requirement, "reward": {"type": kind, "value": value, **fields}}


def limits(**fields: Any) -> dict[str, Any]:
    return rule(limitation=fields)


def hours(**period: Any) -> dict[str, Any]:
    return limits(discount_hours={"hours": [period]})


def faults(read: Callable[[Any], Any], data: Any) -> list[tuple[str, str]]:
    try:
        read(data)
    except Refused as refusal:
        return [(fault.path, fault.sentence) for fault in refusal.faults]
    return []


STORE = "requirement.store"
HOUR = "limitation.discount_hours.hours[0]"
VALUES: dict[str, Any] = {"values": [{"items": [{"id": "a"}], "value": 5}]}
PRICES = "discount_item_new_price"

FAULTY_RULES = [
    # Fields and their values.
    pytest.param({"reward": {"type": "discount_percent", "value": 1}}, "id", "missing", id="no id"),
    pytest.param(rule(id=""), "id", "one character", id="an empty id"),
    pytest.param(rule(id=7), "id", "text", id="an id that is no text"),
    pytest.param({"id": "r"}, "reward", "missing", id="no reward"),
    pytest.param(rule(reward=5), "reward", "object", id="a reward that is no object"),
    pytest.param({"id": "r", "reward": {"value": 5}}, "reward.type", "missing", id="no type"),
    pytest.param(rewards("discount_percnt", 5), "reward.type", '"discount_percent"?', id="an unknown type"),
    pytest.param(rule(reward={"type": ["x"]}), "reward.type", "a list is not one of", id="a type that is no text"),
    pytest.param(rule(reward={"base": "brutto"}), "reward.base", "not one of gross, net", id="an unknown base"),
    pytest.param(rule(reward={"effect": "bonuss"}), "reward.effect", '"bonus"?', id="an unknown effect"),
    pytest.param(rule(requirment={"stamp": 1}), "requirment", '"requirement"?', id="a misspelt field"),
    pytest.param(rule(zzz=1), "zzz", "leave it out", id="an unknown field like no other"),
    pytest.param(requires(stamps=1), "requirement.stamps", '"stamp"?', id="a misspelt field below"),
    pytest.param(rule(reward={"efect": "x"}), "reward.efect", '"effect"?', id="a misspelt field of a reward"),
    pytest.param(
        requires(item={"items": [{"group": "g"}]}), "requirement.item.items[0].group", '"group_id"?', id="of a matcher"
    ),
    pytest.param(
        requires(customer={"company": {"websit": ["a"]}}),
        "requirement.customer.company.websit",
        '"website"?',
        id="a misspelt field of the company",
    ),
    pytest.param(
        limits(discount_eligible="receipt_no_discounts"),
        "limitation.discount_eligible",
        '"receipt_no_discount"?',
        id="an unknown kind of eligibility",
    ),
    pytest.param(rule(active="yes"), "active", "true or false", id="a flag that is text"),
    pytest.param(rule(metadata=[1]), "metadata", "object", id="metadata that are no object"),
    pytest.param(requires(store_ids="sc029"), "requirement.store_ids", "list", id="a list that is none"),
    pytest.param(requires(discount_code=5), "requirement.discount_code", "text", id="a code that is a number"),
    # Percents and money.
    pytest.param(rewards("discount_percent", 100.5), "reward.value", "0 to 100", id="more than all"),
    pytest.param(rewards("discount_percent", -1), "reward.value", "0 or more", id="a negative percent"),
    pytest.param(rewards("discount_percent", -1, effect="bonus"), "reward.value", "0 or more", id="a negative bonus"),
    pytest.param(rewards("discount_percent", "10"), "reward.value", "number", id="a percent as text"),
    pytest.param(rewards("discount_percent", True), "reward.value", "number", id="a percent that is true"),
    pytest.param(rewards("discount_percent", 10**16), "reward.value", "counted exactly", id="a percent past counting"),
    pytest.param(rewards("discount_percent", 1e-30), "reward.value", "20 decimals", id="a percent of many decimals"),
    pytest.param(
        rewards("discount_percent", None, ITEMS, values=[{"items": [{"id": "a"}], "value": 101}]),
        "reward.values[0].value",
        "0 to 100",
        id="a percent by item of more than all",
    ),
    pytest.param(rewards("discount_amount", -1), "reward.value", "0 or more", id="negative money"),
    pytest.param(rewards("discount_amount", 10.5), "reward.value", "whole", id="money that is not whole"),
    pytest.param(rewards("discount_amount", "100"), "reward.value", "whole", id="money as text"),
    pytest.param(rewards("discount_amount", True), "reward.value", "whole", id="money that is true"),
    pytest.param(rewards("discount_amount", 10**18), "reward.value", "counted exactly", id="money past counting"),
    pytest.param(requires(gross_amount=-1), "requirement.gross_amount", "0 or more", id="a negative minimum"),
    pytest.param(requires(net_amount=0.5), "requirement.net_amount", "whole", id="half a minimum"),
    # Counts and limits.
    pytest.param(requires(stamp=-1), "requirement.stamp", "0 or more", id="-1 stamps"),
    pytest.param(requires(item={"quantity": -1}), "requirement.item.quantity", "0 or more", id="-1 units"),
    pytest.param(rewards("discount_item_quantity", -1, ITEMS), "reward.value", "0 or more", id="-1 free units"),
    pytest.param(limits(discount_repeat_usage=-2), "limitation.discount_repeat_usage", "-1 for none", id="-2 uses"),
    pytest.param(limits(discount_reward_usage=-2), "limitation.discount_reward_usage", "-1 for none", id="-2 rewards"),
    pytest.param(limits(discount_combination=-2), "limitation.discount_combination", "-1 for none", id="-2 others"),
    pytest.param(
        limits(dynamic_purchase_to_days=-2), "limitation.dynamic_purchase_to_days", "-1 for no limit", id="-2 days"
    ),
    pytest.param(limits(stamp_expire_days=1.5), "limitation.stamp_expire_days", "whole", id="a day and a half"),
    pytest.param(
        limits(stamp_expire_days=10**6), "limitation.stamp_expire_days", "999999", id="days past the calendar"
    ),
    pytest.param(
        requires(item={"mixes": [{"quantity": 0, "items": [{"id": "a"}]}]}),
        "requirement.item.mixes[0].quantity",
        "1 or more",
        id="a mix of quantity 0",
    ),
    pytest.param(
        requires(item={"mixes": [{"quantity": 1}]}), "requirement.item.mixes[0].items", "missing", id="a mix of nothing"
    ),
    # Values.
    pytest.param(rewards("discount_amount"), "reward.value", "missing", id="no value"),
    pytest.param(rewards("discount_debit", None, ITEMS), "reward.value", "missing", id="a debit without value"),
    pytest.param(
        rewards("discount_item_quantity", 1, ITEMS, **VALUES), "reward.values", "not allowed", id="counts by item"
    ),
    pytest.param(rewards("discount_amount", 1, **VALUES), "reward.values", "not allowed", id="receipt amounts by item"),
    pytest.param(
        rewards("discount_amount", 1, {**ITEMS, "quantity": 2}, **VALUES), "reward.values", "not allowed", id="per set"
    ),
    pytest.param(rewards("discount_percent", 1, MIX, **VALUES), "reward.values", "not allowed", id="percents of sets"),
    pytest.param(rewards("discount_debit", 1, ITEMS, **VALUES), "reward.values", "not allowed", id="debits by item"),
    pytest.param(
        rewards("discount_mix_new_price", 1, MIX, **VALUES), "reward.values", "not allowed", id="mix prices by item"
    ),
    pytest.param(
        rewards("discount_amount", 1, stamp=2, **VALUES), "reward.values", "not allowed", id="stamped receipt amounts"
    ),
    pytest.param(
        rule(reward={"values": [{"value": 5}]}), "reward.values[0].items", "missing", id="a value for no items"
    ),
    # Windows, ranges, codes, hours.
    pytest.param(
        requires(purchase_from="2024-05-01T12:00:00+02:00", purchase_to="2024-05-01T09:59:59Z"),
        "requirement.purchase_to",
        "before purchase_from",
        id="a window that closes before it opens",
    ),
    pytest.param(
        requires(purchase_from="2024-05-01T12:00:00"), "requirement.purchase_from", "offset", id="a time without offset"
    ),
    pytest.param(rule(deleted_at="2024-05-01"), "deleted_at", "written like", id="a day that is no time"),
    pytest.param(rule(created_at=5), "created_at", "text with an offset", id="a time that is a number"),
    pytest.param(rule(updated_at="2024-02-30T00:00:00Z"), "updated_at", "no such time", id="30 February"),
    pytest.param(requires(store={"mcc": ["58145"]}), f"{STORE}.mcc[0]", "four digits", id="five digits"),
    pytest.param(requires(store={"mcc": [-1]}), f"{STORE}.mcc[0]", "four digits", id="a negative code"),
    pytest.param(requires(store={"mcc": [58.5]}), f"{STORE}.mcc[0]", "four digits", id="half a code"),
    pytest.param(requires(store={"mcc": [""]}), f"{STORE}.mcc[0]", "four digits", id="no digits"),
    pytest.param(
        requires(store={"mcc": [{"anything-but": "x"}]}), f"{STORE}.mcc[0].anything-but", "four digits", id="letters"
    ),
    pytest.param(
        requires(store={"mcc_ranges": [{"start": 5815, "end": "5814"}]}),
        f"{STORE}.mcc_ranges[0]",
        "before its start",
        id="a range that ends before it starts",
    ),
    pytest.param(
        requires(store={"mcc_ranges": [{"start": 5815}]}), f"{STORE}.mcc_ranges[0].end", "missing", id="half a range"
    ),
    pytest.param(hours(start="10:00", end="11:00"), f"{HOUR}.day", "missing", id="a period without a day"),
    pytest.param(hours(day="monday", start="10:00", end="11:00"), f"{HOUR}.day", '"mon"?', id="a day in full"),
    pytest.param(hours(day="mon", start="10:00", end="24:00"), f"{HOUR}.end", "23:59", id="24 o'clock"),
    pytest.param(hours(day="mon", start="9:0", end="10:00"), f"{HOUR}.start", "HH:MM", id="a minute of one digit"),
    pytest.param(hours(day="mon", start="009:00", end="10:00"), f"{HOUR}.start", "HH:MM", id="an hour of three digits"),
    pytest.param(hours(day="mon", start=" 9:00", end="10:00"), f"{HOUR}.start", "HH:MM", id="a blank before the hour"),
    pytest.param(hours(day="mon", start=900, end="10:00"), f"{HOUR}.start", "HH:MM", id="a clock that is a number"),
    pytest.param(hours(day="mon", start="10:00"), f"{HOUR}.end", "missing", id="a period without end"),
    pytest.param(
        limits(discount_hours={"timezone": "Europe/Olso"}),
        "limitation.discount_hours.timezone",
        '"Europe/Oslo"?',
        id="an unknown time zone",
    ),
    pytest.param(
        limits(discount_hours={"timezone": "../../etc/passwd"}),
        "limitation.discount_hours.timezone",
        "no time zone",
        id="a path for a time zone",
    ),
    pytest.param(
        limits(discount_hours={"timezone": 2}), "limitation.discount_hours.timezone", "text", id="a number for a zone"
    ),
    # Matchers.
    pytest.param(requires(item={"items": [{}]}), "requirement.item.items[0]", "empty matcher", id="an empty matcher"),
    pytest.param(
        requires(item={"items": [{"id": None}]}), "requirement.item.items[0]", "empty matcher", id="a matcher of null"
    ),
    pytest.param(
        limits(blacklist=[{}]), "limitation.blacklist[0]", "empty matcher", id="an empty one in the blacklist"
    ),
    pytest.param(
        rewards("discount_percent", None, ITEMS, values=[{"items": [{}], "value": 5}]),
        "reward.values[0].items[0]",
        "empty matcher",
        id="an empty one in values",
    ),
    pytest.param(
        requires(item={"mixes": [{"items": [{"id": "*"}]}]}),
        "requirement.item.mixes[0].items[0].id",
        "not allowed in a mix",
        id="every line in a mix",
    ),
    pytest.param(
        requires(item={"mixes": [{"items": [{"id": "ANY_ITEM"}]}]}),
        "requirement.item.mixes[0].items[0].id",
        "ANY_ITEM",
        id="ANY_ITEM in a mix",
    ),
    pytest.param(
        limits(blacklist=[{"id": "ANY_ITEM"}]), "limitation.blacklist[0].id", "ANY_ITEM", id="ANY_ITEM in the blacklist"
    ),
    pytest.param(
        rewards("discount_percent", 1, ITEMS, values=[{"items": [{"id": "ANY_ITEM"}], "value": 1}]),
        "reward.values[0].items[0].id",
        "ANY_ITEM",
        id="ANY_ITEM in values",
    ),
    *(
        pytest.param(
            rewards(kind, 1, {"items": [{"id": "ANY_ITEM"}], "quantity": quantity}, stamp=stamp),
            "requirement.item.items[0].id",
            "rewards each unit by itself",
            id=f"ANY_ITEM with {name}",
        )
        for kind, quantity, stamp, name in (
            ("discount_item_quantity", 3, 0, "free units"),
            ("discount_item_percent", 3, 0, "a percent off the cheapest"),
            ("discount_amount", 2, 0, "an amount per set"),
            ("discount_debit", 0, 0, "a debit"),
            ("discount_percent", 0, 5, "stamps"),
        )
    ),
    # Rewards that their requirement does not carry.
    pytest.param(
        rewards("discount_mix_new_price", 1, ITEMS), "reward.type", "needs requirement.item.mixes", id="no mixes"
    ),
    pytest.param(
        rewards("discount_mix_new_price", 1, MIX, stamp=2), "requirement.stamp", "stamps", id="a mix price for stamps"
    ),
    *(
        pytest.param(rewards(kind, 0), "reward.type", "needs requirement.item.items", id=f"{kind} on a receipt")
        for kind in ("discount_item_new_price", "discount_item_quantity", "discount_item_percent")
    ),
    pytest.param(
        rewards("discount_item_quantity", 4, {**ITEMS, "quantity": 3}), "reward.value", "rewards 3", id="4 of 3 free"
    ),
    pytest.param(rewards("discount_item_quantity", 2, ITEMS), "reward.value", "rewards 1", id="2 of 1 free"),
    pytest.param(
        rewards(
            "discount_item_quantity",
            2,
            {"mixes": [{"items": [{"id": "a"}]}, {"quantity": 5, "reward_eligible": False, "items": [{"id": "b"}]}]},
        ),
        "reward.value",
        "rewards 1",
        id="only units of eligible mixes can be free",
    ),
    pytest.param(
        rewards("discount_debit", 1, ITEMS, effect="bonus"), "reward.effect", "cannot be a bonus", id="a debit as bonus"
    ),
    pytest.param(
        rewards("discount_debit", 1, MIX), "requirement.item.mixes", "cannot have mixes", id="a debit with mixes"
    ),
    pytest.param(
        rewards("discount_debit", 1, ITEMS, stamp=1), "requirement.stamp", "bought with stamps", id="a debit for stamps"
    ),
    pytest.param(
        limits(discount_activation=[{"type": "deactivate_if_discount_active", "value": "r"}]),
        "limitation.discount_activation[0].value",
        "deactivates itself",
        id="a rule that deactivates itself",
    ),
    pytest.param(
        limits(discount_activation=[{"type": "activate", "value": "x"}]),
        "limitation.discount_activation[0].type",
        "not one of deactivate_if_discount_active",
        id="an unknown activation",
    ),
]


@pytest.mark.parametrize(("written", "path", "fragment"), FAULTY_RULES)
def test_a_fault_of_a_rule_is_found_alone_and_at_its_path(written: dict[str, Any], path: str, fragment: str) -> None:
    found = faults(read_rules, [written])
    assert [place for place, _ in found] == [f"rules[0].{path}"]
    assert fragment in found[0][1]


LEGAL_RULES = [
    pytest.param(rewards("discount_percent", 250, effect="bonus"), id="a bonus of more than all"),
    pytest.param(rewards("discount_amount", 100.0), id="money that is whole"),
    pytest.param(limits(dynamic_purchase_to_days=-1, stamp_expire_days=-1), id="no limit of days"),
    pytest.param(requires(purchase_from=TIME, purchase_to=TIME), id="a window of one instant"),
    pytest.param(requires(store={"mcc_ranges": [{"start": 742, "end": "0742"}]}), id="a range of one code"),
    pytest.param(rewards(PRICES, None, ITEMS, **VALUES), id="prices by item"),
    pytest.param(rewards("discount_item_percent", None, {**ITEMS, "quantity": 2}, **VALUES), id="cheapest by item"),
    pytest.param(rewards("discount_percent", None, **VALUES), id="percents by item on the receipt"),
    pytest.param(rewards("discount_amount", None, {**ITEMS, "quantity": 2}, stamp=5, **VALUES), id="stamps by item"),
    pytest.param(rewards("discount_percent", 5, {"items": [{"id": "ANY_ITEM"}]}), id="ANY_ITEM on a flat rule"),
    pytest.param(rewards("discount_item_quantity", 3, {**ITEMS, "quantity": 1}, stamp=5), id="stamps: no set"),
    pytest.param(rewards("discount_item_quantity", 3, MIX), id="a whole mix free"),
    pytest.param(rewards("discount_debit", 500), id="a debit on the receipt"),
    pytest.param(rule(type="anything", name=None, links=[], requirement={}), id="absent and ignored fields"),
    pytest.param(requires(purchase_from="0001-01-01T00:00:00Z", purchase_to="9999-12-31T23:59:59Z"), id="for ever"),
]


@pytest.mark.parametrize("written", LEGAL_RULES)
def test_what_the_spec_allows_is_taken(written: dict[str, Any]) -> None:
    assert faults(read_rules, [written]) == []


def test_two_rules_with_one_id_are_refused_at_the_later_one() -> None:
    found = faults(read_rules, [rule(), rule(id="s"), rule(), rule()])
    assert [path for path, _ in found] == ["rules[2].id", "rules[3].id"]
    assert "first by rules[0]" in found[0][1]


def test_ids_are_compared_among_faulty_rules_too() -> None:
    found = faults(read_rules, [rule(zzz=1), rule(zzz=1), "no rule", {"reward": 1}])
    assert ("rules[1].id", 'the id "r" is used twice, first by rules[0]') in found


def test_rules_from_several_documents_are_checked_together() -> None:
    one, other = read_rules([rule()]), read_rules([rule()])
    with pytest.raises(Refused, match=r"rules\[1\]\.id.*used twice"):
        check_rules([*one, *other])
    check_rules(one)


GRANT = {"id": "g", "discount_id": "r", "customer_id": "c"}

FAULTY_GRANTS = [
    pytest.param([GRANT, GRANT], "grants[1].id", "used twice", id="two grants with one id"),
    pytest.param([{**GRANT, "created_at": "2024-05-01T12:00:00"}], "grants[0].created_at", "offset", id="no offset"),
    pytest.param(
        [{**GRANT, "stamps": [{"at": "2024-05-01T12:00:00", "count": 1}]}],
        "grants[0].stamps[0].at",
        "offset",
        id="a stamp without offset",
    ),
    pytest.param([{**GRANT, "stamps": [{"at": TIME}]}], "grants[0].stamps[0].count", "missing", id="no count"),
    pytest.param([GRANT], "grants[0].created_at", "dynamic_purchase_to_days", id="no created_at for counted days"),
    *(
        pytest.param(
            [{name: text for name, text in GRANT.items() if name != missing}],
            f"grants[0].{missing}",
            "missing",
            id=missing,
        )
        for missing in GRANT
    ),
    pytest.param(
        [{**GRANT, "statistics": {"usage": "2"}}], "grants[0].statistics.usage", "whole", id="a count that is text"
    ),
    pytest.param(
        [{**GRANT, "statistics": {"debit_balance": 10**18}}],
        "grants[0].statistics.debit_balance",
        "counted exactly",
        id="a balance past counting",
    ),
    pytest.param(["x"], "grants[0]", "object", id="a grant that is no object"),
]


@pytest.mark.parametrize(("written", "path", "fragment"), FAULTY_GRANTS)
def test_a_fault_of_a_grant_is_found_alone_and_at_its_path(written: list[Any], path: str, fragment: str) -> None:
    counted = read_rules([limits(dynamic_purchase_to_days=30 if "created_at" in path else -1)])
    with pytest.raises(Refused) as refusal:
        read_grants(written, counted)
    assert [fault.path for fault in refusal.value.faults] == [path]
    assert fragment in refusal.value.faults[0].sentence


def test_only_a_customers_own_grant_needs_its_date() -> None:
    counted = read_rules([limits(dynamic_purchase_to_days=0)])
    everyones = read_grants([{**GRANT, "customer_id": "*"}], counted)
    others = read_grants([{**GRANT, "discount_id": "unknown"}], counted)
    assert everyones[0].created_at is None
    assert others[0].created_at is None
    with pytest.raises(Refused, match="created_at"):
        check_grants(read_grants([GRANT]), counted)


RECEIPT = {"receipt_id": "1", "purchase_at": TIME, "store": {"id": "s"}}

FAULTY_RECEIPTS = [
    pytest.param({**RECEIPT, "store": {}}, "store.id", "missing", id="no store.id"),
    pytest.param({"receipt_id": "1", "purchase_at": TIME}, "store.id", "missing", id="no store"),
    pytest.param({**RECEIPT, "store": None}, "store", "object", id="a store that is null"),
    pytest.param({"purchase_at": TIME, "store": {"id": "s"}}, "receipt_id", "missing", id="no receipt_id"),
    pytest.param({"receipt_id": "1", "store": {"id": "s"}}, "purchase_at", "missing", id="no purchase_at"),
    pytest.param({**RECEIPT, "purchase_at": "2024-05-01T12:00:00"}, "purchase_at", "offset", id="no offset"),
    pytest.param({**RECEIPT, "purchase_at": "0001-05-01T12:00:00Z"}, "purchase_at", "year", id="the year 1"),
    pytest.param({**RECEIPT, "gross_amount": 100.5}, "gross_amount", "whole", id="half an øre"),
    pytest.param({**RECEIPT, "net_amount": "100"}, "net_amount", "whole", id="an amount as text"),
    pytest.param({**RECEIPT, "total_discount": True}, "total_discount", "whole", id="an amount that is true"),
    pytest.param({**RECEIPT, "total_bonus": 10**18}, "total_bonus", "counted exactly", id="an amount past counting"),
    pytest.param({**RECEIPT, "customer_id": 5}, "customer_id", "text", id="a customer that is a number"),
    pytest.param({**RECEIPT, "customer": {"pays_tax": 1}}, "customer.pays_tax", "true or false", id="a flag as number"),
    pytest.param({**RECEIPT, "customer": {"first_name": 5}}, "customer.first_name", "text", id="a name as number"),
    pytest.param({**RECEIPT, "currency": 578}, "currency", "text", id="a currency as number"),
    pytest.param({**RECEIPT, "discount_code": [5]}, "discount_code", "text", id="codes that are no text"),
    pytest.param({**RECEIPT, "items": {}}, "items", "list", id="items that are no list"),
    pytest.param({**RECEIPT, "items": [5]}, "items[0]", "object", id="a line that is no object"),
    pytest.param({**RECEIPT, "items": [{"quantity": "2"}]}, "items[0].quantity", "number", id="a quantity as text"),
    pytest.param({**RECEIPT, "items": [{"gross_amount": 1e300}]}, "items[0].gross_amount", "exactly", id="1e300"),
    pytest.param({**RECEIPT, "items": [{"line_id": "1"}]}, "items[0].line_id", "whole", id="a line_id as text"),
    pytest.param({**RECEIPT, "items": [{"voided": "no"}]}, "items[0].voided", "true or false", id="voided as text"),
    pytest.param({**RECEIPT, "items": [{"groups": [5]}]}, "items[0].groups[0]", "object", id="a group as number"),
    pytest.param({**RECEIPT, "items": [{"tax_lines": 5}]}, "items[0].tax_lines", "list", id="tax as number"),
    pytest.param(
        {**RECEIPT, "items": [{"discount_lines": [{"amount": 0.5}]}]},
        "items[0].discount_lines[0].amount",
        "whole",
        id="half an øre off",
    ),
    pytest.param(
        {**RECEIPT, "items": [{"line_id": 1}, {"line_id": 1}]}, "items[1].line_id", "twice", id="a line twice"
    ),
    pytest.param({**RECEIPT, "items": [{"line_id": 2}, {}]}, "items[1].line_id", "twice", id="a position twice"),
    pytest.param(
        {**RECEIPT, "discounts": [{"refs": [{"amount": 1.5}]}]}, "discounts[0].refs[0].amount", "whole", id="in a ref"
    ),
    pytest.param({**RECEIPT, "transaction_date": "2024-05-01T12:00:00"}, "transaction_date", "offset", id="elsewhere"),
]


@pytest.mark.parametrize(("written", "path", "fragment"), FAULTY_RECEIPTS)
def test_a_fault_of_a_receipt_is_found_alone_and_at_its_path(written: dict[str, Any], path: str, fragment: str) -> None:
    found = faults(read_receipt, written)
    assert [place for place, _ in found] == [path]
    assert fragment in found[0][1]
