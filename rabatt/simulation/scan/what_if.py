"""What a simulation asks, as plain data that travels to workers, and made ready for work."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from rabatt.simulation.archive.facts import BoolArray, ReadPlan
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.options import Options
from rabatt.simulation.scan.near_misses import NearMisses
from rabatt.simulation.scan.notices import NamedGoods, goods_named_by
from rabatt.simulation.scan.touch import Toucher, read_plan_of
from rabatt.simulation.worlds import Worlds, make_worlds
from rules import Rule


@dataclass(frozen=True)
class WhatIf:
    """The rules, the draft, the ids of rules to take out, what was granted, and the options.

    `named_purchases` has the ids of the receipts that return lines of the archive name, once they are known.
    It can be pickled; what is made of it is made once in each process, when it is first asked for.
    """

    rules: tuple[Rule, ...]
    draft: tuple[Rule, ...]
    without: tuple[str, ...]
    shared_grants: SharedGrants
    options: Options
    named_purchases: frozenset[str] = frozenset()

    def __getstate__(self) -> dict[str, object]:
        """Return what was asked, without what was made of it."""
        return {one.name: self.__dict__[one.name] for one in fields(self)}

    def with_named_purchases(self, receipt_ids: frozenset[str]) -> "WhatIf":
        """Return the question once it is known which receipts are named, with all that was made of it."""
        known = replace(self, named_purchases=receipt_ids)
        made: dict[str, object] = {
            name: self.__dict__[name]
            for name in ("worlds", "toucher", "near_misses", "named_goods")
            if name in self.__dict__
        }
        known.__dict__.update(made)
        return known

    @cached_property
    def worlds(self) -> Worlds:
        """Return both worlds, compiled; Refused as `make_worlds`."""
        return make_worlds(self.rules, self.draft, self.without)

    @cached_property
    def toucher(self) -> Toucher:
        """Return what finds the receipts that rules can concern."""
        return Toucher(self.worlds, self.shared_grants)

    @cached_property
    def near_misses(self) -> NearMisses:
        """Return what finds the baskets that the draft misses by little."""
        return NearMisses(self.worlds)

    @cached_property
    def named_goods(self) -> NamedGoods:
        """Return the goods that rules name."""
        return goods_named_by(self.worlds)

    @cached_property
    def _named(self) -> pa.Array:
        return pa.array(sorted(self.named_purchases), pa.string())

    def is_named_purchase(self, receipt_ids: pa.StringArray) -> BoolArray:
        """Return which of the receipts of these ids any return line names."""
        found: BoolArray = pc.is_in(receipt_ids, value_set=self._named).to_numpy(zero_copy_only=False)
        return found

    @property
    def read_plan(self) -> ReadPlan:
        """Return what the archive's reader reads."""
        return read_plan_of(self.worlds, self.toucher, self.options)


def all_rules(rules: Iterable[Rule], draft: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules of both worlds, each id once: the draft's where both have one."""
    return tuple({rule.id: rule for rule in (*rules, *draft)}.values())
