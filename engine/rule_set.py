"""A set of rules made ready for evaluation: compiled once, indexed, shared by any number of threads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.basket import Basket
from engine.compile import CompiledRule, compile_all
from engine.index import Index, build_index
from rules import Rule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order of their ids, and the index from a receipt's facts to those that could concern it."""

    rules: Sequence[CompiledRule]
    rules_by_id: Mapping[str, CompiledRule]
    index: Index | None

    def __len__(self) -> int:
        """Return the number of rules."""
        return len(self.rules)

    def __repr__(self) -> str:
        """Return a short name; the rules may be many."""
        return f"<RuleSet of {len(self.rules)} rules>"

    def candidates(self, basket: Basket) -> Sequence[CompiledRule]:
        """Return the rules that could qualify, in the order of their ids."""
        if self.index is None:
            return self.rules
        return [self.rules[rank] for rank in self.index.ranks(basket)]

    def without_index(self) -> "RuleSet":
        """Return the same rules, each of which is tried on every receipt: what the index is checked against."""
        return replace(self, index=None)


def compile_rules(rules: Iterable[Rule]) -> RuleSet:
    """Return rules ready for `evaluate`; Refused when two of them have one id."""
    compiled = compile_all(rules)
    return RuleSet(compiled, {rule.id: rule for rule in compiled}, build_index(compiled))
