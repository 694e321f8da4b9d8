"""A set of rules made ready for evaluation: compiled once, indexed, shared by any number of threads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

from engine.basket.basket import Basket
from engine.compiled.rule import CompiledRule, compile_all, compile_rule
from engine.index.persistent_map import PersistentMap
from engine.index.postings import Index, build_index
from rules import Rule

_by_id = attrgetter("id")


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Rules by their ids, and the index from a receipt's facts to those that could concern it.

    It never changes: `with_rule` and `without_rule` return a new set, which shares all other rules, and the parts of
    the index that they are filed in, with this one.
    """

    rules_by_id: PersistentMap[str, CompiledRule]
    index: Index | None

    @cached_property
    def rules(self) -> Sequence[CompiledRule]:
        """Return the rules in the order of their ids; they are sorted when they are first asked for."""
        return tuple(self.rules_by_id.values())

    def __len__(self) -> int:
        """Return the number of rules."""
        return len(self.rules_by_id)

    def __repr__(self) -> str:
        """Return a short name; the rules may be many."""
        return f"<RuleSet of {len(self)} rules>"

    def candidates(self, basket: Basket) -> Sequence[CompiledRule]:
        """Return the rules that could qualify, in the order of their ids."""
        if self.index is None:
            return self.rules
        return sorted(self.index.candidates(basket), key=_by_id)

    def with_rule(self, rule: Rule) -> "RuleSet":
        """Return the set with one more rule, or with another one in the place of that of the same id."""
        return self._changed(rule.id, compile_rule(rule))

    def without_rule(self, rule_id: str) -> "RuleSet":
        """Return the set with one rule less; a KeyError names a rule that the set lacks."""
        if rule_id not in self.rules_by_id:
            raise KeyError(rule_id)
        return self._changed(rule_id, None)

    def _changed(self, rule_id: str, new: CompiledRule | None) -> "RuleSet":
        index = self.index
        if index is not None:
            index = index.changed(self.rules_by_id.get(rule_id), new)
        return RuleSet(self.rules_by_id.with_entries([(rule_id, new)]), index)

    def without_index(self) -> "RuleSet":
        """Return the same rules, each of which is tried on every receipt: what the index is checked against."""
        return replace(self, index=None)


def compile_rules(rules: Iterable[Rule]) -> RuleSet:
    """Return rules ready for `evaluate`; Refused when two of them have one id."""
    compiled = compile_all(rules)
    return RuleSet(PersistentMap((rule.id, rule) for rule in compiled), build_index(compiled))
