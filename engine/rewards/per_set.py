"""Rewards to sets: the offers that rules make to the packing, and what the units of the sets get (SPEC 6, step 1)."""

from collections.abc import Sequence
from math import lcm

from engine.basket import Basket
from engine.compile import CompiledRule
from engine.gain import base_of, bonus_claims, gain_on, lay_gains, room_on
from engine.laid import Segment
from engine.lay import Claim, lay_money
from engine.layout import Given, Range
from engine.money import MinorUnits
from engine.packing import Form, Offer, Packed, Part
from engine.settings import Settings

# A class of equal units: the line and the segment on it.
UnitClass = tuple[int, Segment]


def common_denominator(rules: Sequence[CompiledRule]) -> int:
    """Return the scale on which the worth of every set is a whole number."""
    return lcm(*(rule.denominator for rule in rules))


def offer_of(
    rule: CompiledRule, parts: Sequence[int], classes: Sequence[UnitClass], basket: Basket, scale: int
) -> Offer:
    """Return the rule as the packing sees it; `parts` has the lines of each mix, or of the qualifying units."""
    shape = [(part.quantity, part.rewarded) for part in rule.parts] or [(rule.quantity, True)]
    # Mixes that accept the same units are one part: which of them a unit fills makes no difference.
    quantities: dict[tuple[bool, int], int] = {}
    for (quantity, rewarded), lines in zip(shape, parts, strict=True):
        alike = rewarded, _class_bits(lines, classes)
        quantities[alike] = quantities.get(alike, 0) + quantity
    packing_parts = tuple(Part(quantity, rewarded, bits) for (rewarded, bits), quantity in quantities.items())
    gains = tuple(_gain(rule, basket, line, segment) * (scale // rule.denominator) for line, segment in classes)
    bases = tuple(base_of(rule, segment) for _, segment in classes)
    return _in_form(rule, packing_parts, gains, bases, scale)


def _gain(rule: CompiledRule, basket: Basket, line: int, segment: Segment) -> int:
    if rule.reward_type in {"discount_amount", "discount_mix_new_price"}:
        return segment.price - segment.off
    return gain_on(rule, basket.lines[line], segment)


def _class_bits(lines: int, classes: Sequence[UnitClass]) -> int:
    bits = 0
    for index, (line, _) in enumerate(classes):
        if lines >> line & 1:
            bits |= 1 << index
    return bits


def _in_form(
    rule: CompiledRule, parts: tuple[Part, ...], gains: tuple[int, ...], bases: tuple[int, ...], scale: int
) -> Offer:
    most = rule.most_rewards
    value = rule.value or 0
    rewarded = sum(part.quantity for part in parts if part.rewarded)
    match rule.reward_type:
        case "discount_mix_new_price":
            return Offer(Form.ADDITIVE, parts, gains, -value * scale, most)
        case "discount_amount":
            return _amount_offer(parts, gains, value * scale, most, is_bonus=rule.is_bonus)
        case "discount_item_quantity" | "discount_item_percent":
            cheapest = value if rule.reward_type == "discount_item_quantity" else 1
            if cheapest == rewarded:
                return Offer(Form.ADDITIVE, parts, gains, 0, most)
            if not cheapest or not rewarded:
                return Offer(Form.ADDITIVE, parts, (0,) * len(gains), 0, most)
            return Offer(Form.CHEAPEST, parts, gains, 0, most, bases, cheapest)
        case _:
            return Offer(Form.ADDITIVE, parts, gains, 0, most)


def _amount_offer(
    parts: tuple[Part, ...], gains: tuple[int, ...], value: int, most: int | None, *, is_bonus: bool
) -> Offer:
    """Return the offer of an amount per set: a constant, where what remains of a set never limits it."""
    least = most_remaining = 0
    for part in parts:
        if part.rewarded:
            # Other discounts may have left a bonus no unit of a part.
            remaining = [gain for index, gain in enumerate(gains) if part.classes >> index & 1] or [0]
            least += part.quantity * min(remaining)
            most_remaining += part.quantity * max(remaining)
    if is_bonus or value <= least:
        gives = any(part.rewarded for part in parts)
        return Offer(Form.ADDITIVE, parts, (0,) * len(gains), value if gives else 0, most)
    if most_remaining <= value:
        return Offer(Form.ADDITIVE, parts, gains, 0, most)
    return Offer(Form.CAPPED, parts, gains, 0, most, cap=value)


def give_to_sets(
    rule: CompiledRule,
    packed: Packed,
    rewarded: Sequence[tuple[int, Segment, Range]],
    basket: Basket,
    scale: int,
    settings: Settings,
) -> Given:
    """Return what the rewarded units get; each comes as its line, the segment it was cut from and the units."""
    if rule.reward_type in {"discount_amount", "discount_mix_new_price"}:
        return _give_money(rule, packed.worth // scale, rewarded)
    claims = [
        Claim(line, start, stop, gain_on(rule, basket.lines[line], segment), room_on(rule, segment))
        for line, segment, (start, stop) in rewarded
    ]
    return lay_gains(rule, claims, settings)


def _give_money(rule: CompiledRule, amount: MinorUnits, rewarded: Sequence[tuple[int, Segment, Range]]) -> Given:
    claims = [
        Claim(line, start, stop, segment.price - segment.off, segment.price - segment.off)
        for line, segment, (start, stop) in rewarded
        if segment.price > segment.off
    ]
    if not rule.is_bonus:
        return lay_money(amount, claims)
    prices = [Claim(line, start, stop, segment.price, segment.price) for line, segment, (start, stop) in rewarded]
    return lay_money(amount, bonus_claims(claims, prices))
