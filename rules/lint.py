"""Legal but suspect: rules that will surprise the shop, though each means something (SPEC section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, assert_never

from rules.order_of_percents import ordered_by_id
from rules.pattern import Age, Birthday, Numeric
from rules.requirement import EVERY_LINE, StoreRequirement
from rules.stacking import WHOLE, stacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from rules.pattern import Pattern, PatternElement, Tests
    from rules.requirement import Matcher
    from rules.reward import RewardValue
    from rules.rule import Rule

# Kinds of reward whose value is money.
MONEY = frozenset({"amount", "price", "balance"})

COMPARE: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, "=": eq, ">=": ge, ">": gt}


@dataclass(frozen=True, slots=True)
class Finding:
    """One suspect place of one rule, and what is odd about it."""

    path: str
    sentence: str
    rule_id: str

    def __str__(self) -> str:
        """Rule, path and sentence on one line."""
        return f"{self.rule_id}: {self.path}: {self.sentence}"

    def as_data(self) -> dict[str, str]:
        """The finding as plain JSON-able data."""
        return {"path": self.path, "sentence": self.sentence, "rule_id": self.rule_id}


Note = tuple[str, str]


def lint(rules: Iterable[Rule], at: datetime | None = None) -> tuple[Finding, ...]:
    """Every suspect place, rule by rule in the order given; windows that are over only where a time is given."""
    rules = tuple(rules)
    by_id = {rule.id: rule for rule in rules}
    stacked, ordered = stacking(rules), ordered_by_id(rules)
    findings: list[Finding] = []
    for rule in rules:
        notes = [note for look in LOOKS for note in look(rule)]
        notes += activations(rule, by_id)
        notes += window_over(rule, at) if at else ()
        notes += [*stacked.get(rule.id, ()), *ordered.get(rule.id, ())]
        findings += [Finding(path, sentence, rule.id) for path, sentence in notes]
    return tuple(findings)


def window_over(rule: Rule, at: datetime) -> Iterator[Note]:
    """The rule can no longer be used."""
    closes = rule.requirement.purchase_to
    if rule.active and closes and closes < at:
        yield "requirement.purchase_to", "the window is over; switch the rule off or extend it"


def hours_without_zone(rule: Rule) -> Iterator[Note]:
    """Hours that are read as UTC, or a zone that nothing is read in."""
    hours = rule.limitation.discount_hours
    if hours and hours.hours and hours.timezone is None:
        yield "limitation.discount_hours.timezone", "hours without a time zone are read as UTC; name the shop's zone"
    if hours and hours.timezone and not hours.hours and not any(_is_dated(element) for _, element in _elements(rule)):
        yield (
            "limitation.discount_hours.hours",
            "a time zone without hours, and without ages or birthdays, does nothing",
        )


def activations(rule: Rule, by_id: dict[str, Rule]) -> Iterator[Note]:
    """Rules that switch each other off, or wait for one that is not there."""
    for index, activation in enumerate(rule.limitation.discount_activation):
        path = f"limitation.discount_activation[{index}].value"
        other = by_id.get(activation.value)
        if other is None:
            yield path, f'there is no rule "{activation.value}" in this set, so nothing switches this one off'
        elif any(back.value == rule.id for back in other.limitation.discount_activation):
            yield path, f'this rule and "{other.id}" deactivate each other: a customer who has both gets neither'


def gives_nothing(rule: Rule) -> Iterator[Note]:
    """A rule that qualifies, and gives nothing."""
    reward = rule.reward
    if reward.value == 0 and not reward.values:
        match value := rule.traits.value:
            case "amount" | "percent" | "count" | "balance":
                yield "reward.value", "a reward of 0 gives nothing"
            case "price":
                pass
            case _:
                assert_never(value)
    if rule.limitation.discount_reward_usage == 0:
        yield "limitation.discount_reward_usage", "0 rewards in a purchase: the rule gives nothing; -1 is no limit"
    if rule.limitation.discount_repeat_usage == 0:
        yield "limitation.discount_repeat_usage", "0 purchases per grant: the rule is used up from the start"
    mixes = rule.requirement.item.mixes
    if mixes and not any(mix.reward_eligible for mix in mixes):
        yield "requirement.item.mixes", "no mix is reward_eligible, so no unit is rewarded"


def free_at_once(rule: Rule) -> Iterator[Note]:
    """A rule that by itself makes its items free."""
    if rule.reward.effect == "bonus" or rule.has_stamps:
        return
    value = rule.reward.value
    traits = rule.traits
    # What is free in sets in which other units pay is meant so: buy this, get that.
    buys = any(not mix.reward_eligible for mix in rule.requirement.item.mixes)
    match states := traits.value:
        case "percent":
            if traits.sets != "always" and not buys and value is not None and value >= WHOLE:
                yield "reward.value", "100 percent makes every unit free"
        case "price":
            if value == 0:
                yield "reward.value", "a new price of 0 makes what it rewards free"
        case "count":
            if value == _rewarded_units(rule):
                yield "reward.value", "every rewarded unit of a set is free"
        case "amount" | "balance":
            pass
        case _:
            assert_never(states)


def _rewarded_units(rule: Rule) -> int:
    item = rule.requirement.item
    if item.mixes:
        return sum(mix.quantity for mix in item.mixes if mix.reward_eligible)
    return max(1, item.quantity)


def excluded_items(rule: Rule) -> Iterator[Note]:
    """Lines that the rule asks for and leaves out again."""
    blacklist = rule.limitation.blacklist
    if any(matcher.id == EVERY_LINE and matcher.group_id is None for matcher in blacklist):
        yield "limitation.blacklist", '"*" leaves out every line: no receipt can meet this rule'
        return
    for path, wanted in _wanted(rule):
        if wanted and all(matcher in blacklist for matcher in wanted):
            yield path, "everything that is named here is on the blacklist: no receipt can meet this rule"


def _wanted(rule: Rule) -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield "requirement.item.items", rule.requirement.item.items
    for index, mix in enumerate(rule.requirement.item.mixes):
        yield f"requirement.item.mixes[{index}].items", mix.items


def net_above_gross(rule: Rule) -> Iterator[Note]:
    """Two minimums of which one says everything."""
    gross, net = rule.requirement.gross_amount, rule.requirement.net_amount
    if gross is not None and net is not None and net > gross:
        yield "requirement.gross_amount", "net_amount asks for more, so this minimum says nothing"


def contradictions(rule: Rule) -> Iterator[Note]:
    """Comparisons that no number passes."""
    for path, element in _elements(rule):
        if isinstance(element, Numeric | Age) and not _can_pass(element.tests):
            yield path, "no number passes both comparisons; if nothing else is listed, no receipt can meet this rule"


def _can_pass(tests: Tests) -> bool:
    """Whether some number passes: one of those named, or one between or beside them."""
    named = sorted({number for _, number in tests})
    candidates: list[Decimal] = [*named, named[0] - 1, named[-1] + 1, (named[0] + named[-1]) / 2]
    return any(all(COMPARE[op](number, bound) for op, bound in tests) for number in candidates)


def dates_elsewhere(rule: Rule) -> Iterator[Note]:
    """Ages of something that is no date."""
    for path, element in _elements(rule):
        dated = path.startswith(("requirement.customer.date_of_birth", "requirement.customer.attributes"))
        if _is_dated(element) and not dated:
            yield path, "age and birthday are asked of date_of_birth and attributes; here nothing matches"


def _is_dated(element: PatternElement) -> bool:
    return isinstance(element, Age | Birthday)


def _elements(rule: Rule) -> Iterator[tuple[str, PatternElement]]:
    """Every pattern element with its path."""
    requirement = rule.requirement
    fields: list[tuple[str, tuple[str, ...], Pattern]] = [
        ("requirement", ("currencies",), requirement.currencies),
        ("requirement", ("discount_code",), requirement.discount_code),
    ]
    if requirement.customer:
        customer = "requirement.customer"
        fields += [(customer, path, pattern) for path, pattern in requirement.customer.patterns()]
        for index, address in enumerate(requirement.customer.addresses):
            fields += [(f"{customer}.addresses[{index}]", path, pattern) for path, pattern in address.patterns()]
    store = requirement.store or StoreRequirement()
    fields += [("requirement.store", path, pattern) for path, pattern in store.patterns()]
    for above, path, pattern in fields:
        for index, element in enumerate(pattern):
            yield f"{above}.{'.'.join(path)}[{index}]", element


def dead_days(rule: Rule) -> Iterator[Note]:
    """Stamp days on a rule without stamps."""
    if rule.limitation.stamp_expire_days >= 0 and not rule.has_stamps:
        yield "limitation.stamp_expire_days", "the rule has no stamps that could expire"


def idle_return_policy(rule: Rule) -> Iterator[Note]:
    """A policy for returns that changes nothing for this rule."""
    path, policy = "limitation.return_policy", rule.limitation.return_policy
    if policy and rule.is_debit:
        yield path, "what a balance paid goes back on it before any money, whatever the policy"
    elif policy == "spread" and not rule.forms_sets:
        yield path, "only the discount of a set is spread on units that paid in full; here it is the same as as_paid"


def dearest_rewarded(rule: Rule) -> Iterator[Note]:
    """Goods that a set needs and rewards, so that it rewards the dearest of them."""
    if rule.has_stamps or rule.traits.value == "amount":
        return
    mixes = rule.requirement.item.mixes
    needed = [matcher for mix in mixes if not mix.reward_eligible for matcher in mix.items]
    for index, mix in enumerate(mixes):
        if mix.reward_eligible and _share_goods(mix.items, needed):
            sentence = (
                "a mix that is not rewarded has the same goods, so the dearest of them are rewarded: of 400, 300, 200 "
                "and 100, buy one and get one free takes off 400 and 300, 700 in all; discount_item_quantity 1 with "
                "items and a quantity of 2 takes off 300 and 100, 400 in all"
            )
            yield f"requirement.item.mixes[{index}].items", sentence


def _share_goods(some: Iterable[Matcher], others: Iterable[Matcher]) -> bool:
    others = tuple(others)
    ids = {matcher.id for matcher in others} - {None}
    groups = {matcher.group_id for matcher in others} - {None}
    whole_groups = {matcher.group_id for matcher in others if matcher.id is None}
    return any(
        matcher.id in ids or matcher.group_id in (groups if matcher.id is None else whole_groups) for matcher in some
    )


def items_beside_mixes(rule: Rule) -> Iterator[Note]:
    """Goods that are asked for, and get nothing."""
    item = rule.requirement.item
    if item.items and item.mixes:
        sentence = (
            "beside mixes this is only asked for, and the sets of the mixes alone are rewarded: 10 percent of a coffee "
            "at 300, with a bun at 200 as the mix, takes off 20, not 50; put all that is rewarded in the mixes"
        )
        yield "requirement.item.items", sentence


def idle_reward_limit(rule: Rule) -> Iterator[Note]:
    """A limit of rewards where there is one reward at most."""
    if rule.limitation.discount_reward_usage > 0 and (rule.is_receipt_rule or rule.is_debit):
        what = "a balance is drawn" if rule.is_debit else "a rule without items or mixes rewards the receipt"
        yield (
            "limitation.discount_reward_usage",
            f"{what} once in a purchase, so this limits nothing; discount_repeat_usage limits the purchases",
        )


def idle_base(rule: Rule) -> Iterator[Note]:
    """A base that a new price does not ask for."""
    if rule.traits.value == "price" and rule.reward.base == "net":
        yield "reward.base", "a new price is what is left to pay, whatever the base; leave it out"


def money_in_any_currency(rule: Rule) -> Iterator[Note]:
    """Money that means as many of the smallest units of whatever the receipt is paid in."""
    requirement, reward = rule.requirement, rule.reward
    amounts: list[tuple[str, int | Decimal | None]] = [
        ("requirement.gross_amount", requirement.gross_amount),
        ("requirement.net_amount", requirement.net_amount),
    ]
    if rule.traits.value in MONEY:
        amounts = [("reward.value", reward.value), *_amounts_by_item(reward.values), *amounts]
    path, amount = next(((path, amount) for path, amount in amounts if amount), (None, 0))
    if path is not None and not requirement.currencies:
        sentence = (
            f"{path} is money, and the rule holds in every currency: {amount} of the smallest unit is "
            f"{Decimal(amount).scaleb(-2):.2f} kroner on one receipt and {amount} yen on another; name the currencies, "
            'and {"exists": false} if receipts come without one'
        )
        yield "requirement.currencies", sentence


def _amounts_by_item(values: Iterable[RewardValue]) -> Iterator[tuple[str, int | Decimal]]:
    return ((f"reward.values[{index}].value", entry.value) for index, entry in enumerate(values))


LOOKS: tuple[Callable[[Rule], Iterator[Note]], ...] = (
    hours_without_zone,
    gives_nothing,
    free_at_once,
    excluded_items,
    net_above_gross,
    contradictions,
    dates_elsewhere,
    dead_days,
    idle_return_policy,
    dearest_rewarded,
    items_beside_mixes,
    idle_reward_limit,
    idle_base,
    money_in_any_currency,
)
