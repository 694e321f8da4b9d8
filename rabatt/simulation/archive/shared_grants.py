"""What was granted to whom, as far as it is not one customer's own business."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from engine.compiled.rule import CompiledRule

# The grant says no time: it was there from the beginning.
_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


class GrantedToEveryone(Container[str]):
    """The ids of the rules that everyone has been granted by some moment."""

    __slots__ = ("_first", "_moment")

    def __init__(self, first: Mapping[str, datetime], moment: datetime) -> None:
        """Take the time of each rule's first grant."""
        self._first = first
        self._moment = moment

    def __contains__(self, rule_id: object) -> bool:
        """Say whether everyone has been granted a rule by then."""
        first = self._first.get(rule_id)  # type: ignore[call-overload]
        return first is not None and first <= self._moment


@dataclass(frozen=True)
class SharedGrants:
    """What everyone was granted, and since when; None where there are no grants at all, and everyone has every rule.

    `since` has the ids of rules with the time of the grant, None where it says none. `held` are the ids of the rules
    of which any customer has a grant of their own.
    """

    since: Sequence[tuple[datetime | None, str]] | None
    held: frozenset[str] = frozenset()

    @cached_property
    def _first(self) -> Mapping[str, datetime]:
        first: dict[str, datetime] = {}
        for at, rule_id in self.since or ():
            moment = _ALWAYS if at is None else at
            first[rule_id] = min(first.get(rule_id, moment), moment)
        return first

    def at(self, moment: datetime) -> Container[str]:
        """Return the ids of the rules that everyone has been granted by then."""
        return GrantedToEveryone(self._first, moment)

    def can_have(self, rule: CompiledRule) -> bool:
        """Say whether any receipt's customer can have a grant of a rule that it can be used on (SPEC 5)."""
        if rule.id in self.held:
            return True
        if rule.is_debit or rule.days >= 0:
            return False
        return self.since is None or rule.id in self._first
