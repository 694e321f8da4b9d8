"""How much a rule can give at most, whatever else is selected: what the search prunes with.

A discount only ever lowers what remains, so no flat or receipt reward gives more later than it would give first. Sets
and stamps may move to dearer units when others take the cheap ones, and a percent on other units may round up more
often; both are allowed for.
"""

from engine.award import Awarder
from engine.compile import Step
from engine.gain import gain_on
from engine.layout import Layout
from engine.money import MinorUnits
from engine.qualify import Qualified, count_units, lines_of
from engine.rewards.stamp import rewards_due, stamp_count, units_per_reward


def most_of(qualified: Qualified, layout: Layout, awarder: Awarder) -> MinorUnits:
    """Return the most a rule can give in any selection, from the layout before any award."""
    rule = qualified.rule
    if rule.step is Step.STAMPS:
        return _most_of_stamps(qualified, layout, awarder) + rounding_slack(qualified, awarder)
    if rule.is_bonus and rule.step is Step.SETS and rule.on_net and rule.values:
        return _most_of_net_sets(qualified, awarder)
    if rule.step is Step.SETS:
        _, awards = awarder.take_sets([qualified], layout)
        moves = True
    else:
        _, award = awarder.take_turn(qualified, layout)
        awards = [award] if award is not None else []
        moves = rule.step is Step.FLAT and rule.most_rewards is not None
    if not awards:
        # What gives nothing first gives nothing later; but a set may be worth less than rounds to anything.
        return rounding_slack(qualified, awarder) if moves and rule.is_percent else 0
    return awards[0].amount + (rounding_slack(qualified, awarder) if moves else 0)


def rounding_slack(qualified: Qualified, awarder: Awarder) -> MinorUnits:
    """Return by how much a percent on other units can round to more: one for each amount that is rounded."""
    if not qualified.rule.is_percent:
        return 0
    match awarder.settings.rule:
        case "Total":
            return 1
        case "PerLine":
            return qualified.wanted.bit_count()
        case _:
            return count_units(awarder.basket, qualified.wanted)


def _most_of_stamps(qualified: Qualified, layout: Layout, awarder: Awarder) -> MinorUnits:
    """Return what the stamp rewards would give on the units that gain most."""
    rule, basket = qualified.rule, awarder.basket
    gains = [
        (gain_on(rule, line, segment), segment.stop - segment.start)
        for line in lines_of(basket, qualified.lines)
        for segment in layout.lines[line.index].segments
    ]
    stamps = stamp_count(rule, qualified.grants, basket.purchase_at)
    units = sum(count for _, count in gains)
    left = rewards_due(rule, stamps, qualified.stamp_units, units) * units_per_reward(rule)
    total = 0
    for gain, count in sorted(gains, reverse=True):
        taken = min(left, count)
        total += gain * taken
        left -= taken
    return -(-total // rule.denominator)


def _most_of_net_sets(qualified: Qualified, awarder: Awarder) -> MinorUnits:
    """Return the most of a bonus percent whose value differs by unit.

    Discounts may make a unit of a higher value the cheapest of its set, so such a bonus can rise with them. No set
    gives more than the highest value of the dearest unit.
    """
    rule, lines = qualified.rule, qualified.wanted
    units = count_units(awarder.basket, lines)
    dearest = max(segment.price for line in lines_of(awarder.basket, lines) for segment in line.segments)
    value = max([rule.value or 0, *(value for _, value in rule.values)])
    return -(-dearest * value * units // rule.denominator) + units
