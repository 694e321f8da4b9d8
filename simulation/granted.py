"""What was granted to whom, as far as it is not one customer's own business."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine.compile import CompiledRule


@dataclass(frozen=True)
class Granted:
    """What everyone was granted, and since when; None where there are no grants at all, and everyone has every rule.

    `since` has the ids of rules with the time of the grant, None where it says none. `held` are the ids of the rules
    of which any customer has a grant of their own.
    """

    since: Sequence[tuple[datetime | None, str]] | None
    held: frozenset[str] = frozenset()

    @cached_property
    def _steps(self) -> tuple[Sequence[datetime], Sequence[frozenset[str]]]:
        always = frozenset(rule_id for at, rule_id in self.since or () if at is None)
        later = sorted((at, rule_id) for at, rule_id in self.since or () if at is not None)
        steps = [always]
        for _, rule_id in later:
            steps.append(steps[-1] | {rule_id})
        return [at for at, _ in later], steps

    def at(self, moment: datetime) -> frozenset[str]:
        """Return the ids of the rules that everyone has been granted by then."""
        moments, steps = self._steps
        return steps[bisect_right(moments, moment)]

    @cached_property
    def _everyones(self) -> frozenset[str]:
        return frozenset(rule_id for _, rule_id in self.since or ())

    def can_have(self, rule: CompiledRule) -> bool:
        """Say whether any receipt's customer can have a grant of a rule that it can be used on (SPEC 5)."""
        if rule.id in self.held:
            return True
        if rule.is_debit or rule.days >= 0:
            return False
        return self.since is None or rule.id in self._everyones
