"""The compiled rules of every account in memory, changed rule by rule as the store changes."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import NamedTuple

import anyio
from sqlalchemy import Connection

from engine import RuleSet, compile_rules
from engine.persistent_map import PersistentMap
from rules import Rule, read_rules
from service.store.changes import RuleChange, changes_since
from service.store.connect import Store

# Above this many changes at once, compiling all rules anew is quicker than changing the set rule by rule.
MOST_CHANGES = 2_000
# So many new rules are worth taking out of the collector's sight.
MANY = 500
# Rules are read so many characters at a time: a whole account's at once would be there twice.
MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class AccountRules:
    """The rules of one account as of one version: those not deleted, and the ids of those that everyone was granted."""

    version: int
    rule_set: RuleSet
    granted_to_everyone: PersistentMap[str, bool]


class _Read(NamedTuple):
    rule_id: str
    rule: Rule | None
    granted_to_everyone: bool


NOTHING = AccountRules(0, compile_rules([]), PersistentMap([]))


class RuleSets:
    """The newest rules of each account that was asked for; shared by threads, since what it hands out never changes."""

    def __init__(self) -> None:
        self._known: dict[str, AccountRules] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()
        self._turns: dict[str, anyio.Lock] = {}

    def known(self, aid: str, version: int) -> AccountRules | None:
        """The account's rules if those in memory are of this version or a newer one."""
        if version == 0:
            return NOTHING
        known = self._known.get(aid)
        return known if known is not None and known.version >= version else None

    async def newest(self, store: Store, aid: str, version: int) -> AccountRules:
        """The same as `current`, read in a thread; whoever waits for another to read holds no connection meanwhile."""
        async with self._turns.setdefault(aid, anyio.Lock()):
            known = self.known(aid, version)
            if known is None:
                known = await store.read(partial(self.current, aid=aid, version=version))
            return known

    def current(self, connection: Connection, aid: str, version: int) -> AccountRules:
        """The account's rules as of this version or a newer one; what changed is read from the store."""
        known = self.known(aid, version)
        if known is not None:
            return known
        with self._lock:
            lock = self._locks.setdefault(aid, Lock())
        with lock:
            known = self._known.get(aid, NOTHING)
            if known.version < version:
                had = len(known.rule_set)
                with _collecting_later():
                    known = changed(known, changes_since(connection, aid, known.version), version)
                self._known[aid] = known
                if len(known.rule_set) >= had + MANY:
                    # They stay: the collector need not go through them again and again, which would make requests wait
                    # for tens of milliseconds with a thousand rules, and longer with more.
                    gc.freeze()
            return known

    def count(self) -> int:
        """How many rules are in memory."""
        return sum(len(known.rule_set) for known in list(self._known.values()))


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Python's search for cycles, put off: rules have none, and going through them all again and again takes twice as
    long as reading them.
    """
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def changed(known: AccountRules, changes: Iterable[RuleChange], version: int) -> AccountRules:
    """The rules with what changed; both stay as they were."""
    reads: list[_Read] = []
    newest = version
    for some in _read_together(changes):
        reads += _read(some)
        newest = max(newest, *(change.version for change in some))
    if not reads:
        return AccountRules(newest, known.rule_set, known.granted_to_everyone)
    granted = known.granted_to_everyone.with_entries(
        [(read.rule_id, True if read.granted_to_everyone and read.rule is not None else None) for read in reads]
    )
    return AccountRules(newest, _changed_set(known.rule_set, reads), granted)


def _read_together(changes: Iterable[RuleChange]) -> Iterator[list[RuleChange]]:
    """The changes, as many at a time as are read well as one text."""
    some: list[RuleChange] = []
    length = 0
    for change in changes:
        own = len(change.document or "")
        if some and length + own > MOST_CHARACTERS:
            yield some
            some, length = [], 0
        some.append(change)
        length += own
    if some:
        yield some


def _read(changes: list[RuleChange]) -> Iterator[_Read]:
    # As text: of data that was read before, a percent would have no more decimals than a float has.
    text = ",".join(change.document for change in changes if change.document is not None)
    rules_by_id = {rule.id: rule for rule in read_rules(f"[{text}]")}
    for change in changes:
        yield _Read(change.rule_id, rules_by_id.get(change.rule_id), change.granted_to_everyone)


def _changed_set(rule_set: RuleSet, reads: list[_Read]) -> RuleSet:
    if len(reads) > MOST_CHANGES:
        rules = {rule.id: rule.rule for rule in rule_set.rules}
        for read in reads:
            if read.rule is None:
                rules.pop(read.rule_id, None)
            else:
                rules[read.rule_id] = read.rule
        return compile_rules(rules.values())
    for read in reads:
        if read.rule is not None:
            rule_set = rule_set.with_rule(read.rule)
        elif read.rule_id in rule_set.rules_by_id:
            rule_set = rule_set.without_rule(read.rule_id)
    return rule_set
