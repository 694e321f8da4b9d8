"""What a simulation asks, as plain data that travels to workers, and made ready for work."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rules import Rule
from simulation.facts import Asked
from simulation.granted import Granted
from simulation.near import NearMisses
from simulation.options import Options
from simulation.touch import Toucher, asked_of
from simulation.worlds import Worlds, make_worlds


@dataclass(frozen=True)
class Question:
    """The rules, the draft, the ids of rules to take out, what was granted, and the options.

    It can be pickled; what is made of it is made once in each process, when it is first asked for.
    """

    rules: tuple[Rule, ...]
    draft: tuple[Rule, ...]
    without: tuple[str, ...]
    granted: Granted
    options: Options

    def __getstate__(self) -> dict[str, object]:
        """Return what was asked, without what was made of it."""
        return {name: self.__dict__[name] for name in ("rules", "draft", "without", "granted", "options")}

    @cached_property
    def worlds(self) -> Worlds:
        """Return both worlds, compiled; Refused as `make_worlds`."""
        return make_worlds(self.rules, self.draft, self.without)

    @cached_property
    def toucher(self) -> Toucher:
        """Return what finds the receipts that rules can concern."""
        return Toucher(self.worlds, self.granted)

    @cached_property
    def near_misses(self) -> NearMisses:
        """Return what finds the baskets that the draft misses by little."""
        return NearMisses(self.worlds, self.options.settings)

    @property
    def asked(self) -> Asked:
        """Return what the archive's reader reads."""
        return asked_of(self.worlds, self.toucher, self.options)


def all_rules(rules: Iterable[Rule], draft: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules of both worlds, each id once: the draft's where both have one."""
    return tuple({rule.id: rule for rule in (*rules, *draft)}.values())
