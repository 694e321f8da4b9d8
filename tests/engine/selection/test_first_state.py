"""A search may begin where other rules ended, and then finds the best of what remains."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Settings, compile_rules
from engine.basket.basket import Basket, lay_out
from engine.basket.basket_state import BasketState, first_state, next_phase
from engine.grants.wallet import EVERY_RULE
from engine.qualify import Qualified, qualify
from engine.rewards.award import Awarder
from engine.selection.choose import award_all, choose
from engine.selection.partial_selection import Selection, selection_of
from rules import read_receipt, read_rules
from tests.reference import reference_evaluate
from tests.support.engine.few_shops import BONUS, RECEIPT, plain_rules, rules_of_any_kind
from tests.support.engine.given import Document, line, mix, receipt_document, rule

SETTINGS = Settings()


def qualified(documents: Sequence[Document], receipt: Document) -> tuple[Basket, list[Qualified]]:
    """Return the rules that qualify on a receipt, in the order of their turns."""
    rules = compile_rules(read_rules(list(documents)))
    basket = lay_out(read_receipt(receipt), rules.rules_by_id, SETTINGS)
    answers = [qualify(one, basket, EVERY_RULE, rules.rules_by_id) for one in rules.rules]
    found = [one for one in answers if isinstance(one, Qualified)]
    return basket, sorted(found, key=lambda one: one.rule.turn)


def after(rules: Sequence[Qualified], basket: Basket) -> BasketState:
    """Return what a level of these rules leaves to the next one."""
    choice = choose(rules, Awarder(basket, SETTINGS, first_state(basket)))
    return next_phase(choice.selection.state)


def allowed(rules: Sequence[Qualified]) -> Iterator[Sequence[Qualified]]:
    """Yield every selection that the limits on combination allow."""
    for some in chain.from_iterable(combinations(rules, size) for size in range(len(rules) + 1)):
        if all(one.rule.most_others is None or len(some) <= one.rule.most_others + 1 for one in some):
            yield some


def by_trying(rules: Sequence[Qualified], basket: Basket, first: BasketState) -> Selection:
    """Return the best of all selections; nothing that one of them found is known to the next."""
    tried = [award_all(some, Awarder(basket, SETTINGS, first)) for some in allowed(rules)]
    return min(
        (selection_of(together.state, together.awards, together.members) for together in tried),
        key=lambda selection: selection.rating,
    )


def told(selection: Selection) -> tuple[int, int, tuple[str, ...], dict[str, int]]:
    amounts = {award.qualified.rule.id: award.amount for award in selection.awards}
    return selection.discount, selection.bonus, selection.rating.used, amounts


def check(earlier: Sequence[Document], later: Sequence[Document], receipt: Document) -> Selection:
    """Check that the later rules get the best of what the earlier ones leave."""
    basket, rules = qualified([*earlier, *later], receipt)
    ids = {document["id"] for document in earlier}
    first = after([one for one in rules if one.rule.id in ids], basket)
    others = [one for one in rules if one.rule.id not in ids]
    choice = choose(others, Awarder(basket, SETTINGS, first))
    assert choice.optimal
    assert told(choice.selection) == told(by_trying(others, basket, first))
    return choice.selection


HALF_OFF_A = rule("earlier", "percent", 50, "a")
ALONE = {"discount_combination": 0}
LEVELS = [
    pytest.param(
        [rule("pair", "mix_new_price", 120, mixes=[mix("a"), mix("b")]), rule("two", "item_quantity", 1, "b")],
        {"two": 100},
        id="a pair that is no bargain any more",
    ),
    pytest.param(
        [rule("dear", "percent", 30, "a", "b", reward={"base": "net"}, limitation=ALONE), rule("b", "amount", 50, "b")],
        {"b": 50},
        id="a percent of what remains, alone or not",
    ),
    pytest.param(
        [rule("rest", "percent", 60, "a"), rule("all", "amount", 20)], {"all": 20, "rest": 50}, id="no unit below 0"
    ),
    pytest.param(
        [rule("clean", "percent", 80, "*", limitation={"discount_eligible": "item_eligible_for_discount_no_discount"})],
        {"clean": 80},
        id="what waits for goods without a discount",
    ),
    pytest.param(
        [rule("bonus", "percent", 10, "a", reward={**BONUS, "base": "net"}), rule("b", "percent", 10, "b")],
        {"b": 10, "bonus": 5},
        id="a bonus of what remains",
    ),
    pytest.param(
        [rule("three", "item_quantity", 1, "a", "b", quantity=2), rule("off", "amount", 60, "a", "b", quantity=2)],
        {"off": 60},
        id="rivals for the same units",
    ),
]


@pytest.mark.parametrize(("later", "given_by"), LEVELS)
def test_rules_of_a_later_level_get_the_best_of_what_remains(later: list[Document], given_by: dict[str, int]) -> None:
    selection = check([HALF_OFF_A], later, receipt_document(line("a", 100), line("b", 100)))
    assert {award.qualified.rule.id: award.amount for award in selection.awards} == given_by


def named(documents: Sequence[Document], prefix: str) -> list[Document]:
    return [{**document, "id": prefix + document["id"]} for document in documents]


@given(plain_rules, st.one_of(plain_rules, rules_of_any_kind))
def test_no_selection_from_there_on_is_better(earlier: list[Document], later: list[Document]) -> None:
    check(named(earlier, "1-"), named(later, "2-"), RECEIPT)


PAIRS = [
    rule("cheap", "mix_new_price", 90, mixes=[mix("a"), mix("b")]),
    rule("free", "item_quantity", 1, "a", "b", quantity=2),
]


def test_what_was_found_from_one_state_is_not_used_for_another() -> None:
    basket, rules = qualified([HALF_OFF_A, *PAIRS], receipt_document(line("a", 100), line("b", 100)))
    pairs, earlier = rules[:2], rules[2:]
    first, later = first_state(basket), after(earlier, basket)
    awarder = Awarder(basket, SETTINGS, first)
    # From the first state on the price of 90 saves most; once `a` costs 50, the free unit of 50 does, or the price 60.
    assert told(choose(pairs, awarder).selection) == (110, 0, ("cheap",), {"cheap": 110})
    remembered = dict(awarder.found), dict(awarder.most)
    _, awards = awarder.take_sets(pairs, later)
    assert {award.qualified.rule.id: award.amount for award in awards} == {"cheap": 60}
    assert (awarder.found, awarder.most) == remembered
    assert told(choose(pairs, Awarder(basket, SETTINGS, later)).selection) == (60, 0, ("cheap",), {"cheap": 60})
    # And back: what was found from the later state changed nothing.
    assert told(choose(pairs, awarder).selection) == (110, 0, ("cheap",), {"cheap": 110})


# One piece on each line: an amount on a line is then on its unit.
PIECES = receipt_document(line("a", 99), line("a", 60), line("b", 50), line("b", 50), line("c", 7))


def with_discounts(receipt: Document, basket: Basket, state: BasketState) -> Document:
    """Return a receipt that has the discounts of a state, by another till's word."""
    offs = {one.position: one.gross - state.lines[one.index].left for one in basket.lines}
    lines = [
        {**document, "discount_lines": [{"amount": offs[position], "discount_id": "of another till"}]}
        for position, document in enumerate(receipt["items"])
    ]
    return {**receipt, "items": lines}


def by_rule(result: Document) -> dict[str, int]:
    """Return what each rule gave by the lines of a result."""
    amounts: dict[str, int] = {}
    for document in result["items"]:
        for name, what in (("discount_lines", "amount"), ("bonus_lines", "bonus")):
            for entry in document.get(name, ()):
                amounts[entry["discount_id"]] = amounts.get(entry["discount_id"], 0) + entry[what]
    return amounts


def check_by_reference(earlier: Sequence[Document], later: Sequence[Document], receipt: Document) -> None:
    """Check that the later rules get what the reference gives on a receipt that came with the earlier discounts."""
    selection = check(earlier, later, receipt)
    basket, rules = qualified(earlier, receipt)
    expected = by_rule(reference_evaluate(list(later), with_discounts(receipt, basket, after(rules, basket)), None))
    expected.pop("of another till", None)
    assert {award.qualified.rule.id: award.amount for award in selection.awards} == expected


def has_limit(level: Any) -> bool:
    """Say whether rules may not be combined: on that other receipt the earlier discounts count for the limit."""
    return any(one["limitation"] == ALONE for one in level.values[0])


@pytest.mark.parametrize(("later", "_"), [level for level in LEVELS if not has_limit(level)])
def test_the_reference_gives_the_same_where_the_discounts_came_with_the_receipt(
    later: list[Document], _: object
) -> None:
    check_by_reference([HALF_OFF_A], later, PIECES)


@given(plain_rules, plain_rules)
def test_the_reference_gives_the_same_whatever_the_rules(earlier: list[Document], later: list[Document]) -> None:
    check_by_reference(named(earlier, "1-"), named(later, "2-"), PIECES)
