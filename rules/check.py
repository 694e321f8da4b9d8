"""Faults between fields: a tuple of small functions over a rule whose fields are each right (SPEC section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from rules.fault import Fault, Refused, path_of, shown
from rules.grant import EVERYONE
from rules.requirement import ANY_ITEM, EVERY_LINE, StoreRequirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rules.grant import Grant
    from rules.requirement import Matcher
    from rules.reward import RewardValue
    from rules.rule import Rule

WHOLE = 100


def check_rules(rules: Iterable[Rule]) -> None:
    """Refused with every fault between fields and every id that two of the rules share, as `rules[i]…`."""
    rules = tuple(rules)
    faults = [fault for index, rule in enumerate(rules) for fault in faults_of_rule(rule, ("rules", index))]
    faults += same_id_faults("rules", [rule.id for rule in rules])
    if faults:
        raise Refused(faults)


def check_grants(grants: Iterable[Grant], rules: Iterable[Rule]) -> None:
    """Refused where two grants share an id, or one lacks the `created_at` that its rule's days are counted from."""
    grants = tuple(grants)
    faults = list(same_id_faults("grants", [grant.id for grant in grants]))
    dated = {rule.id for rule in rules if rule.limitation.dynamic_purchase_to_days >= 0}
    for index, grant in enumerate(grants):
        # A rule counted in days never qualifies on everyone's grant, so that one needs no date.
        if grant.created_at is None and grant.discount_id in dated and grant.customer_id != EVERYONE:
            sentence = f"created_at is needed: rule {grant.discount_id} counts dynamic_purchase_to_days from it"
            faults.append(Fault(path_of(("grants", index, "created_at")), sentence))
    if faults:
        raise Refused(faults)


def same_id_faults(root: str, ids: Sequence[object]) -> Iterator[Fault]:
    """A fault for each id that an earlier document of the list has; ids that are no text are passed over."""
    first: dict[str, int] = {}
    return (
        Fault(path_of((root, index, "id")), f"the id {shown(own)} is used twice, first by {root}[{first[own]}]")
        for index, own in enumerate(ids)
        if isinstance(own, str) and first.setdefault(own, index) != index
    )


def faults_of_rule(rule: Rule, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Every fault between the fields of one rule, at paths below the rule's own."""
    start = path_of(path)
    for check in CHECKS:
        for fault in check(rule):
            yield fault.at(f"{start}.{fault.path}")


def window(rule: Rule) -> Iterator[Fault]:
    """A purchase window opens before it closes."""
    opens, closes = rule.requirement.purchase_from, rule.requirement.purchase_to
    if opens and closes and closes < opens:
        yield Fault("requirement.purchase_to", "the window closes before purchase_from; exchange the two")


def mcc_ranges(rule: Rule) -> Iterator[Fault]:
    """A range of codes starts before it ends."""
    store = rule.requirement.store or StoreRequirement()
    for index, codes in enumerate(store.mcc_ranges):
        if codes.end < codes.start:
            path = f"requirement.store.mcc_ranges[{index}]"
            yield Fault(path, f"the range ends at {codes.end}, before its start {codes.start}; exchange the two")


def empty_matchers(rule: Rule) -> Iterator[Fault]:
    """A matcher names something."""
    for path, matcher in matchers(rule):
        if matcher.id is None and matcher.group_id is None:
            yield Fault(path, 'an empty matcher; give it an "id" or a "group_id"')


def stars_in_mixes(rule: Rule) -> Iterator[Fault]:
    """A mix says which lines it means."""
    for path, matcher in _mix_matchers(rule):
        if matcher.id == EVERY_LINE:
            yield Fault(f"{path}.id", '"*" is not allowed in a mix; name the items or groups')


def any_item(rule: Rule) -> Iterator[Fault]:
    """`ANY_ITEM` waits for other flat rules, so it means nothing elsewhere."""
    for path, matcher in matchers(rule):
        if matcher.id == ANY_ITEM and not (rule.is_flat and path.startswith("requirement.item.items")):
            sentence = '"ANY_ITEM" is only allowed in item.items of a rule that rewards each unit by itself; use "*"'
            yield Fault(f"{path}.id", sentence)


def percents(rule: Rule) -> Iterator[Fault]:
    """A discount takes no more than all; a bonus may be more."""
    if not rule.traits.is_percent or rule.reward.effect == "bonus":
        return
    entries: tuple[RewardValue, ...] = rule.reward.values
    given = [("reward.value", rule.reward.value)]
    given += [(f"reward.values[{index}].value", entry.value) for index, entry in enumerate(entries)]
    for path, percent in given:
        if percent is not None and percent > WHOLE:
            yield Fault(path, f"a percent off is from 0 to 100; here is {percent}")


def value_given(rule: Rule) -> Iterator[Fault]:
    """A reward says how much."""
    if rule.reward.value is None and not rule.reward.values:
        yield Fault("reward.value", "this required field is missing; only a reward with values may do without")


def values_allowed(rule: Rule) -> Iterator[Fault]:
    """Values by item are for rewards that are given unit by unit."""
    if not rule.reward.values:
        return
    match by_item := rule.traits.by_item:
        case "never":
            allowed = False
        case "flat or stamped":
            allowed = rule.is_flat or (rule.has_stamps and not rule.is_receipt_rule)
        case "flat, stamped or on the receipt":
            allowed = rule.is_flat or rule.has_stamps or rule.is_receipt_rule
        case "always":
            allowed = True
        case _:
            assert_never(by_item)
    if not allowed:
        yield Fault("reward.values", f"values are not allowed with this {rule.reward.type}; give one reward.value")


def mix_price(rule: Rule) -> Iterator[Fault]:
    """A price for a mix is a price for the sets of it."""
    if rule.traits.needs != "mixes":
        return
    if not rule.requirement.item.mixes:
        yield Fault("reward.type", "a price for a mix needs requirement.item.mixes")
    if rule.has_stamps:
        yield Fault("requirement.stamp", "a price for a mix cannot be bought with stamps; leave the stamps out")


def item_rewards(rule: Rule) -> Iterator[Fault]:
    """A reward by item needs items."""
    if rule.traits.needs == "items or mixes" and rule.is_receipt_rule:
        yield Fault("reward.type", f"{rule.reward.type} needs requirement.item.items or requirement.item.mixes")


def free_units(rule: Rule) -> Iterator[Fault]:
    """No more units of a set are free than it rewards."""
    match states := rule.traits.value:
        case "amount" | "percent" | "price" | "balance":
            return
        case "count":
            pass
        case _:
            assert_never(states)
    if rule.reward.value is None or not rule.forms_sets:
        return
    item = rule.requirement.item
    rewarded = sum(mix.quantity for mix in item.mixes if mix.reward_eligible) if item.mixes else max(1, item.quantity)
    if rule.reward.value > rewarded:
        sentence = f"{rule.reward.value} units cannot be free where a set rewards {rewarded}"
        yield Fault("reward.value", f"{sentence}; lower the value, or raise requirement.item's quantity")


def debits(rule: Rule) -> Iterator[Fault]:
    """A debit pays with a balance: it is no bonus, and has neither sets nor stamps."""
    if not rule.is_debit:
        return
    if rule.reward.effect == "bonus":
        yield Fault("reward.effect", 'a debit cannot be a bonus; leave out effect or write "discount"')
    if rule.requirement.item.mixes:
        yield Fault("requirement.item.mixes", "a debit cannot have mixes; name its lines in requirement.item.items")
    if rule.has_stamps:
        yield Fault("requirement.stamp", "a debit cannot be bought with stamps; leave the stamps out")


def own_activation(rule: Rule) -> Iterator[Fault]:
    """A rule does not switch itself off."""
    for index, activation in enumerate(rule.limitation.discount_activation):
        if activation.value == rule.id:
            path = f"limitation.discount_activation[{index}].value"
            yield Fault(path, "the rule deactivates itself; name another rule")


def matchers(rule: Rule) -> Iterator[tuple[str, Matcher]]:
    """Every matcher of a rule with its path."""
    yield from _at("requirement.item.items", rule.requirement.item.items)
    yield from _mix_matchers(rule)
    entries: tuple[RewardValue, ...] = rule.reward.values
    for index, entry in enumerate(entries):
        yield from _at(f"reward.values[{index}].items", entry.items)
    yield from _at("limitation.blacklist", rule.limitation.blacklist)


def _mix_matchers(rule: Rule) -> Iterator[tuple[str, Matcher]]:
    for index, mix in enumerate(rule.requirement.item.mixes):
        yield from _at(f"requirement.item.mixes[{index}].items", mix.items)


def _at(path: str, listed: tuple[Matcher, ...]) -> Iterator[tuple[str, Matcher]]:
    return ((f"{path}[{index}]", matcher) for index, matcher in enumerate(listed))


CHECKS: tuple[Callable[[Rule], Iterator[Fault]], ...] = (
    window,
    mcc_ranges,
    empty_matchers,
    stars_in_mixes,
    any_item,
    percents,
    value_given,
    values_allowed,
    mix_price,
    item_rewards,
    free_units,
    debits,
    own_activation,
)
