"""The compiled rules of every account in memory, changed rule by rule as the store changes.

Rules are known by the random name of the change that led to them, never by their version: after a restore the store
reaches the same version with other rules. What is answered is always by the rules of the state that the store was read
in: neither older ones, nor newer ones that another replica showed.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import NamedTuple, Protocol, TypeVar

import anyio
from sqlalchemy import Connection

from engine import RuleSet, compile_rules
from engine.index.persistent_map import PersistentMap
from rabatt.service.store.changes import (
    NO_CHANGE,
    Change,
    RuleChange,
    all_rules,
    change_of,
    changes_since,
    newest_known,
)
from rabatt.service.store.connect import ServiceStore, unhurried
from rabatt.service.store.failures import BEING_RESTORED, BUSY, OURS, Failure, Unavailable, failure_of
from rabatt.service.store.stored_rules import read_stored
from rules import Rule

# Above this many changes at once, compiling all rules anew is quicker than changing the set rule by rule.
MOST_CHANGES = 2_000
# So many new rules are worth taking out of the collector's sight.
MANY = 500
# Rules are read so many characters at a time: a whole account's at once would be there twice.
MOST_CHARACTERS = 1_000_000
# So many states of an account's rules are kept: replicas may show them by turns. They share all but what differs.
MOST_STATES = 4


@dataclass(frozen=True)
class AccountRules:
    """The rules of one account after one change: those not deleted, and the ids of those that everyone was granted."""

    last: Change
    rule_set: RuleSet
    granted_to_everyone: PersistentMap[str, bool]
    # By the rule, the change that it was last written with: two states that have the same one have the same rule.
    changes: PersistentMap[str, str]
    # The same for all states that were made from each other rule by rule.
    family: object

    @property
    def version(self) -> int:
        """How many changes led to these rules."""
        return self.last.version

    @property
    def change(self) -> str:
        """The name of the last of them, by which these rules are known."""
        return self.last.change


class HasChange(Protocol):
    """Something that the store had after a change of the account's rules."""

    @property
    def change(self) -> str:
        """The name of that change."""


Seen = TypeVar("Seen", bound=HasChange)


class _ReadRule(NamedTuple):
    rule_id: str
    rule: Rule | None
    granted_to_everyone: bool
    change: str


class _Vain(NamedTuple):
    """How often the rules of an account were read in vain, and what was wrong the last time."""

    times: int
    failure: Failure


NEVER = _Vain(0, OURS)
NOTHING = AccountRules(Change(0, NO_CHANGE), compile_rules([]), PersistentMap([]), PersistentMap([]), object())


class RuleSets:
    """The last states of the rules of each account that was asked for; shared by threads, since none ever changes."""

    def __init__(self) -> None:
        # The one last asked for comes first.
        self._known: dict[str, tuple[AccountRules, ...]] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()
        self._turns: dict[str, anyio.Lock] = {}
        self._vain: dict[str, _Vain] = {}

    def known(self, aid: str, change: str) -> AccountRules | None:
        """The account's rules after this very change, if they are in memory."""
        if change == NO_CHANGE:
            return NOTHING
        states = self._known.get(aid, ())
        for known in states:
            if known.change == change:
                if known is not states[0]:
                    self._keep(aid, known)
                return known
        return None

    async def newest(
        self, store: ServiceStore, aid: str, seen: Seen, look: Callable[[Connection], Seen]
    ) -> tuple[Seen, AccountRules]:
        """What was seen and the rules of that moment, both looked up again in a thread where the rules are not known.

        Whoever waits for another to read holds no connection meanwhile.
        """
        turn = self._turns.setdefault(aid, anyio.Lock())
        tried = self._vain.get(aid, NEVER).times
        async with turn:
            known = self.known(aid, seen.change)
            if known is not None:
                return seen, known
            vain = self._vain.get(aid, NEVER)
            if vain.times > tried:
                # Trying again one after the other would make the last one wait for all.
                raise Unavailable(vain.failure)
            try:
                return await store.read(partial(self.together, aid=aid, look=look), at_one_moment=True)
            except Exception as error:
                if (failure := failure_of(error)) is not OURS:
                    self._vain[aid] = _Vain(tried + 1, failure)
                raise

    def together(
        self, connection: Connection, aid: str, look: Callable[[Connection], Seen]
    ) -> tuple[Seen, AccountRules]:
        """What a look at the store sees, and the rules of that moment; the connection reads at one moment."""
        seen, rules = look(connection), self.current(connection, aid)
        if seen.change != rules.change:
            # Tables that were replaced as a whole are seen as they are now, whatever moment is looked at.
            raise Unavailable(BUSY)
        return seen, rules

    def current(self, connection: Connection, aid: str) -> AccountRules:
        """The account's rules as the store has them, all of one moment; what memory lacks of them is read.

        Unavailable where the store has not all of them: a restore is under way.
        """
        known = self.known(aid, change_of(connection, aid))
        if known is not None:
            return known
        with self._lock:
            lock = self._locks.setdefault(aid, Lock())
        with lock:
            known = self.known(aid, change_of(connection, aid))
            return known if known is not None else self._read(connection, aid)

    def _read(self, connection: Connection, aid: str) -> AccountRules:
        states = self._known.get(aid, ())
        with unhurried(connection), _collecting_later():
            known = _after(connection, aid, states)
        if known is not NOTHING:
            self._keep(aid, known)
        had = max((len(state.rule_set) for state in states), default=0)
        if len(known.rule_set) >= had + MANY:
            # They stay: the collector need not go through them again and again, which would make requests wait
            # for tens of milliseconds with a thousand rules, and longer with more.
            gc.freeze()
        return known

    def _keep(self, aid: str, known: AccountRules) -> None:
        """Keep a state as the one last asked for."""
        with self._lock:
            others = [state for state in self._known.get(aid, ()) if state.change != known.change]
            # Of what was compiled anew nothing is shared: it takes the place of all that there was.
            shared = [state for state in others if state.family is known.family]
            self._known[aid] = (known, *shared[: MOST_STATES - 1])

    def count(self) -> int:
        """How many rules are in memory."""
        return sum(len(states[0].rule_set) for states in list(self._known.values()))


def _after(connection: Connection, aid: str, states: Iterable[AccountRules]) -> AccountRules:
    """The rules as they are now, made from the nearest of the states that are known."""
    by_change = {state.last: state for state in states}
    own = newest_known(connection, aid, by_change)
    changes = None if own is None else changes_since(connection, aid, own)
    if own is not None and changes is not None:
        known = changed(by_change[own], changes.rules, changes.last)
    else:
        changes = all_rules(connection, aid)
        if changes is None:
            return NOTHING
        # Of another history, or of one that is long past: most rules may be the same all the same.
        known = replaced(next(iter(by_change.values()), NOTHING), changes.rules, changes.last)
    if len(known.rule_set) != changes.rule_count:
        # The tables are filled one by one: what is there of the rules must not be taken for all of them.
        raise Unavailable(BEING_RESTORED)
    return known


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


def changed(known: AccountRules, changes: Iterable[RuleChange], last: Change) -> AccountRules:
    """The rules with what changed; both stay as they were."""
    reads: list[_ReadRule] = []
    for some in _read_together(changes):
        reads += _read(some)
    if not reads:
        return replace(known, last=last)
    granted = known.granted_to_everyone.with_entries(
        [(read.rule_id, True if read.granted_to_everyone and read.rule is not None else None) for read in reads]
    )
    names = known.changes.with_entries([(read.rule_id, None if read.rule is None else read.change) for read in reads])
    rule_set, family = _changed_set(known.rule_set, reads), known.family
    if len(reads) > MOST_CHANGES:
        family = object()
    return AccountRules(last, rule_set, granted, names, family)


def replaced(known: AccountRules, everything: Iterable[RuleChange], last: Change) -> AccountRules:
    """The rules that there are, of which those that are known already are not read again."""
    gone = set(known.changes)

    def differing() -> Iterator[RuleChange]:
        for change in everything:
            gone.discard(change.rule_id)
            if not change.change or known.changes.get(change.rule_id) != change.change:
                yield change
        for rule_id in gone:
            yield RuleChange(rule_id, None, granted_to_everyone=False, change=NO_CHANGE)

    return changed(known, differing(), last)


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


def _read(changes: list[RuleChange]) -> Iterator[_ReadRule]:
    documents = [change.document for change in changes if change.document is not None]
    rules_by_id = {rule.id: rule for rule in read_stored(documents)}
    for change in changes:
        yield _ReadRule(change.rule_id, rules_by_id.get(change.rule_id), change.granted_to_everyone, change.change)


def _changed_set(rule_set: RuleSet, reads: list[_ReadRule]) -> RuleSet:
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
