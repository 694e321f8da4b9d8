"""What a scan notices of an archive besides its figures: what a reader is warned of where a replay finds nothing."""

from dataclasses import dataclass

import numpy as np

from engine.compiled.matchers import MatcherSet
from engine.compiled.rule import CompiledRule
from rabatt.simulation.archive.facts import BoolArray, Facts, Ragged
from rabatt.simulation.tally import Tally
from rabatt.simulation.worlds import Worlds

ITEM, GROUP = "item", "group"


@dataclass(frozen=True, slots=True)
class NamedGoods:
    """The ids of goods and groups that any rule names."""

    items: frozenset[str]
    groups: frozenset[str]


def goods_named_by(worlds: Worlds) -> NamedGoods:
    """Return the goods that the rules of both worlds name."""
    rules = (rule for rule_set in (worlds.baseline, worlds.scenario) for rule in rule_set.rules)
    sets = [goods for rule in rules for goods in matchers_of(rule)]
    items = (name for goods in sets for name in (*goods.ids, *(item for item, _ in goods.pairs)))
    groups = (name for goods in sets for name in (*goods.groups, *(group for _, group in goods.pairs)))
    return NamedGoods(frozenset(items), frozenset(groups))


def matchers_of(rule: CompiledRule) -> list[MatcherSet]:
    """Return the goods that a rule asks for: those of its items and of each mix, where they are not all goods."""
    sets = [part.items for part in rule.mixes] + ([] if rule.items is None else [rule.items])
    return [goods for goods in sets if not goods.accepts_all]


def notice(tally: Tally, facts: Facts, named: NamedGoods) -> None:
    """Note what the receipts of a batch that are not suspect show."""
    chosen = ~facts.suspect
    if not chosen.any():
        return
    instants = facts.instants[chosen]
    tally.saw_instants(int(instants.min()), int(instants.max()))
    lines = np.repeat(chosen, np.diff(facts.line_offsets))
    tally.notice("lines", int(lines.sum()))
    tally.notice("takers", int((facts.takes & lines).sum()))
    for kind, ragged, wanted in ((ITEM, facts.items, named.items), (GROUP, facts.groups, named.groups)):
        for name in _shown(ragged, lines) & wanted if wanted else ():
            tally.notice((kind, name))


def _shown(ragged: Ragged, lines: BoolArray) -> set[str]:
    if lines.all():
        return set(ragged.names)
    codes = np.unique(ragged.codes[np.repeat(lines, np.diff(ragged.offsets))])
    return {ragged.names[code] for code in codes.tolist() if code >= 0}
