"""A purchase with what a near miss lacks added to it, and the best selection for it then (POLICY 17)."""

from typing import NamedTuple

from engine.basket.basket import Basket, Line
from engine.basket.basket_state import first_state
from engine.basket.existing import shares_of
from engine.grants.wallet import Wallet
from engine.meter import Meter
from engine.money import MinorUnits
from engine.qualify import qualify_unless_it_fails
from engine.rewards.award import Awarder
from engine.selection.choose import choose
from engine.selection.partial_selection import Selection
from engine.settings import TooMuchWork
from engine.trace import Trace
from rules import Grant
from rules.codes import code_texts

# In steps: what it takes to begin, and to ask whether a rule qualifies.
_STEPS_TO_BEGIN = 64
_STEPS_PER_CANDIDATE = 4


class MissingGoods(NamedTuple):
    """So many units of one price, with the id and the groups that rules match; without them, goods of any kind."""

    price: MinorUnits
    units: int = 1
    item: str | None = None
    groups: tuple[str, ...] = ()


class Added(NamedTuple):
    """What is added to a purchase: goods, a code that is shown, or stamps on the card that is the grant of an id."""

    goods: tuple[MissingGoods, ...] = ()
    code: str | None = None
    stamps: int = 0
    grant_id: str | None = None


def best_with(added: Added, trace: Trace, max_steps: int, most_work: int | None) -> tuple[Selection | None, int]:
    """Return the best selection found for the purchase with more, and the work that took, in steps.

    The search takes `max_steps` at most. Where all of it takes more than `most_work`, or there are more units then than
    a receipt may have, there is no selection.
    """
    units = [line.units for line in trace.basket.lines] + [goods.units for goods in added.goods]
    if sum(units) > trace.settings.max_units:
        return None, len(units)
    meter = Meter(most_work, trace.basket.receipt.items)
    basket = with_more(trace.basket, added)._replace(meter=meter)
    wallet = with_stamps(trace.wallet, added) if added.stamps else trace.wallet
    rule_set = trace.rule_set
    is_candidate = rule_set.index is not None
    try:
        meter.spend(_STEPS_TO_BEGIN + len(basket.lines))
        candidates = [rule for rule in rule_set.candidates(basket) if not rule.is_debit]
        meter.spend(_STEPS_PER_CANDIDATE * len(candidates))
        tried = [
            qualify_unless_it_fails(rule, basket, wallet, rule_set.rules_by_id, is_candidate=is_candidate)
            for rule in candidates
        ]
        awarder = Awarder(basket, trace.settings, first_state(basket))
        awarder.begin(max_steps)
        selection = choose([one for one in tried if one is not None], awarder).selection
    except TooMuchWork:
        return None, meter.work
    return selection, meter.work


def with_more(basket: Basket, added: Added) -> Basket:
    """Return the basket with goods on lines of their own, which nothing is discounted of yet, and with a code shown."""
    lines = list(basket.lines)
    by_item, by_group = dict(basket.by_item), dict(basket.by_group)
    line_id = max([line.line_id for line in basket.receipt.items], default=0)
    codes = code_texts([*basket.codes, added.code]) if added.code is not None else basket.codes
    # An item's id serves as a code where a rule names it.
    named = [goods.item for goods in added.goods if goods.item is not None]
    cost = 0
    for place, goods in enumerate(added.goods, start=1):
        index = len(lines)
        gross = goods.units * goods.price
        lines.append(Line(index, -place, line_id + place, goods.item, goods.groups, goods.units, gross))
        cost += gross
        if goods.item is not None:
            _add_bit(by_item, goods.item, index)
        for group in goods.groups:
            _add_bit(by_group, group, index)
    fuller = basket._replace(
        lines=tuple(lines),
        all_lines=(1 << len(lines)) - 1,
        by_item=by_item,
        by_group=by_group,
        gross=basket.gross + cost,
        net=basket.net + cost,
        codes=codes,
        exact_codes=basket.exact_codes.union(codes, code_texts(named)),
    )
    return _with_hidden_anew(fuller) if basket.hidden and cost else fuller


def _with_hidden_anew(basket: Basket) -> Basket:
    """Return the basket with what no line tells distributed over the added lines, too (POLICY 15).

    These stand at its end, and their places are below 0.
    """
    off = basket.off
    bought = [
        (place, item) for place, item in enumerate(basket.receipt.items) if not (item.voided or item.is_return_item)
    ]
    remains = [(line.line_id, line.position, line.gross) for line in basket.lines if line.position < 0]
    for place, item in bought:
        gross = item.gross_amount or 0
        remains.append((item.line_id, place, gross - min(off.get(place, 0), max(gross, 0))))
    hidden = basket.carried_amount - sum([off.get(place, 0) for place, _ in bought])
    shares = shares_of(hidden, remains)
    lines = []
    for line in basket.lines:
        place, gross = line.position, line.gross
        plain = Line(
            line.index, place, line.line_id, line.id, line.groups, line.units, gross, min(off.get(place, 0), gross)
        )
        lines.append(plain.with_hidden(shares[place]) if shares.get(place) else plain)
    # What is due is not asked: hints are of discounts, and debits pay.
    return basket._replace(lines=tuple(lines), hidden=shares)


def _add_bit(lines_by_name: dict[str, int], name: str, index: int) -> None:
    lines_by_name[name] = lines_by_name.get(name, 0) | 1 << index


def with_stamps(wallet: Wallet, added: Added) -> Wallet:
    """Return the wallet with more stamps on one card, which has some that count."""
    own = {
        rule_id: [_stamped(grant, added.stamps) if grant.id == added.grant_id else grant for grant in held]
        for rule_id, held in wallet.own.items()
    }
    return wallet._replace(own=own)


def _stamped(grant: Grant, count: int) -> Grant:
    if grant.stamps is None:
        more = grant.statistics.model_copy(update={"stamp": grant.statistics.stamp + count})
        return grant.model_copy(update={"statistics": more})
    # The newest counts for as long as any of them does.
    newest = max(grant.stamps, key=lambda stamp: stamp.at)
    return grant.model_copy(update={"stamps": (*grant.stamps, newest.model_copy(update={"count": count}))})
