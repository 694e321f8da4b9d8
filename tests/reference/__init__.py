"""The second engine: what the specification says, slow and plain, for small receipts.

It tries every selection and every packing of sets, on plain JSON data, and shares nothing with the
engine that it proves.
"""

from itertools import combinations
from typing import NamedTuple

from tests.reference.award import Book, Settings, Till
from tests.reference.basket import lay_out, own_taken_off
from tests.reference.qualify import Shop, qualifies, usable_grants
from tests.reference.result import Use, balance_of, use_of, use_of_debit, written
from tests.reference.rule import Document, Rule

__all__ = ["reference_evaluate"]


def reference_evaluate(
    rules: list[Document],
    receipt: Document,
    grants: list[Document] | None,
    mode: str = "HalfUp",
    rule: str = "PerLine",
) -> Document:
    """Return the receipt with the best selection of discounts laid onto it."""
    every_rule = sorted((Rule(document) for document in rules), key=lambda rule: rule.id)
    came_in = own_taken_off(receipt, every_rule)
    till, qualified, discounts, bonuses = choice_of(every_rule, came_in, grants, Settings(mode, rule))
    shop, basket = till.shop, till.basket
    used = sorted([*discounts.amounts, *bonuses.amounts])
    uses = [
        use_of(
            each,
            shop,
            {**discounts.amounts, **bonuses.amounts}.get(each.id, {}),
            {**discounts.stamp_rewards, **bonuses.stamp_rewards}.get(each.id, 0),
            {**discounts.used, **bonuses.used}.get(each.id, []),
        )
        for each in qualified
        if not each.is_debit and (each.id in used or each.stamps)
    ]
    uses += drawn_debits([each for each in qualified if each.is_debit], till, discounts, len(used))
    return written(basket, sorted(uses, key=lambda use: use.rule.id))


class Choice(NamedTuple):
    """The rules that qualify, and the discounts and bonuses of the best selection of them."""

    till: Till
    qualified: list[Rule]
    discounts: Book
    bonuses: Book


def choice_of(rules: list[Rule], came_in: Document, grants: list[Document] | None, settings: Settings) -> Choice:
    """Return the best selection for a receipt that has no discounts of ours."""
    shop = Shop(rules, lay_out(came_in), grants)
    till = Till(shop, settings)
    qualified = [each for each in rules if qualifies(each, shop)]
    return Choice(till, qualified, *best_awards([each for each in qualified if not each.is_debit], till))


def best_awards(rules: list[Rule], till: Till) -> tuple[Book, Book]:
    """Return the discounts and bonuses of the best selection: every one that is allowed is tried."""
    found = []
    for size in range(len(rules) + 1):
        for selection in combinations(rules, size):
            if is_allowed(selection, len(till.basket.brought)):
                discounts, bonuses = till.award(list(selection))
                givers = sorted([*discounts.amounts, *bonuses.amounts])
                members = [rule.id for rule in selection]
                order = (-discounts.total, -bonuses.total, len(givers), givers, size, members)
                found.append((order, discounts, bonuses))
    _, discounts, bonuses = min(found, key=lambda one: one[0])
    return discounts, bonuses


def is_allowed(selection: tuple[Rule, ...], brought: int) -> bool:
    """Return whether a selection respects the `discount_combination` of its members."""
    limits = [rule.limit("discount_combination") for rule in selection]
    others = len(selection) - 1 + brought
    return all(limit is None or others <= limit for limit in limits)


def drawn_debits(rules: list[Rule], till: Till, book: Book, used: int) -> list[Use]:
    """Return the uses of the debits, by rule id, once the selection stands."""
    uses = []
    for rule in rules:
        others = rule.limit("discount_combination")
        is_held_back = others is not None and used + len(till.basket.brought) > others
        if is_held_back or rule.limit("discount_reward_usage") == 0:
            continue
        grants = usable_grants(rule, till.shop)
        balance = sum(max(0, balance_of(rule, grant)) for grant in grants)
        till.give_debit(rule, balance, book)
        if rule.id in book.amounts:
            uses.append(use_of_debit(rule, till.shop, book.amounts[rule.id], grants))
    return uses
