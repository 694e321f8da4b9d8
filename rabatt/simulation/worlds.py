"""The two worlds of a simulation: the rules as they are, and the rules with the draft.

Both rule sets know the ids of both worlds: a rule that a world lacks is in its set, switched off. So what the archive
carries of any of these rules is taken off in both worlds (SPEC 2, re-evaluation), and one basket serves both.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from engine import RuleSet, compile_rules
from engine.compiled.rule import CompiledRule
from rules import Fault, Refused, Rule
from rules.fault import nearest_name, suggestion

Campaigns: TypeAlias = Mapping[str, str | None]
_AS_LEFT_OUT: Final[tuple[Any, ...]] = (None, {}, [])
_ONLY_READ: Final = frozenset({"type", "refs"})
RuleStatus: TypeAlias = Literal["unchanged", "added", "replaced", "removed"]


@dataclass(frozen=True, eq=False)
class Worlds:
    """The compiled rules of both worlds, and what tells one from the other.

    `status` and `rules` are by id, in the order of the ids; a rule is the scenario's where both have one. `changed` are
    the rules that may give something else on the same receipt: those of the draft, those taken out, and those that one
    of these switches off. Only uses of rules `with_history` bear on later purchases: a limit of uses, stamps, balances;
    `stamped` are those that ask for stamps in either world.
    """

    baseline: RuleSet
    scenario: RuleSet
    status: Mapping[str, RuleStatus]
    rules: Mapping[str, Rule]
    changed: frozenset[str]
    with_history: frozenset[str]
    stamped: frozenset[str]

    @property
    def campaigns(self) -> tuple[Campaigns, Campaigns]:
        """Return the campaign of each rule in the baseline and in the scenario."""
        return tuple(  # type: ignore[return-value]
            {rule.id: rule.rule.campaign_id for rule in world.rules} for world in (self.baseline, self.scenario)
        )

    @property
    def drafted(self) -> Sequence[CompiledRule]:
        """Return the rules that only the scenario has, or has in another form, and that are switched on."""
        rules_by_id = self.scenario.rules_by_id
        drafted = [rules_by_id[rule_id] for rule_id, status in self.status.items() if status in {"added", "replaced"}]
        return [rule for rule in drafted if rule.rule.active and rule.rule.deleted_at is None]

    @property
    def ids(self) -> Container[str]:
        """Return the ids of all rules of both worlds."""
        return self.scenario.rules_by_id


def make_worlds(rules: Iterable[Rule], draft: Iterable[Rule], without: Iterable[str]) -> Worlds:
    """Return both worlds; Refused where an id is there twice, or one of `without` names no rule that is there."""
    now = _by_id(rules, "rules")
    drafted = _by_id(draft, "draft")
    removed = tuple(without)
    _check_removed(removed, now, drafted)
    later = {**{rule_id: rule for rule_id, rule in now.items() if rule_id not in removed}, **drafted}
    status = {rule_id: _status(now.get(rule_id), later.get(rule_id)) for rule_id in sorted({*now, *later})}
    differing = {rule_id for rule_id, is_now in status.items() if is_now != "unchanged"}
    both = [rule for world in (now, later) for rule in world.values()]
    changed = differing | {rule.id for rule in both if not differing.isdisjoint(_switched_off_by(rule))}
    return Worlds(
        baseline=compile_rules(now.get(rule_id) or _off(later[rule_id]) for rule_id in status),
        scenario=compile_rules(later.get(rule_id) or _off(now[rule_id]) for rule_id in status),
        status=status,
        rules={rule_id: later.get(rule_id) or now[rule_id] for rule_id in status},
        changed=frozenset(changed),
        with_history=frozenset(rule.id for rule in both if has_history(rule)),
        stamped=frozenset(rule.id for rule in both if rule.has_stamps),
    )


def has_history(rule: Rule) -> bool:
    """Say whether what was used of a rule bears on later purchases of the customer."""
    return rule.limitation.discount_repeat_usage > 0 or rule.has_stamps or rule.is_debit


def _by_id(rules: Iterable[Rule], name: str) -> dict[str, Rule]:
    by_id: dict[str, Rule] = {}
    twice = set()
    for rule in rules:
        if rule.id in by_id:
            twice.add(rule.id)
        by_id[rule.id] = rule
    if twice:
        sentence = "two rules have this id; give each its own"
        raise Refused([Fault(f"{name}[id={rule_id}].id", sentence) for rule_id in sorted(twice)])
    return by_id


def _check_removed(removed: Iterable[str], now: Mapping[str, Rule], drafted: Container[str]) -> None:
    faults = []
    for rule_id in removed:
        if rule_id not in now:
            hint = suggestion(nearest_name(rule_id, tuple(now)))
            faults.append(Fault("without", f'there is no rule "{rule_id}" to take out{hint}'))
        elif rule_id in drafted:
            sentence = f'the draft has the rule "{rule_id}" too; either replace it or take it out'
            faults.append(Fault("without", sentence))
    if faults:
        raise Refused(faults)


def _status(now: Rule | None, later: Rule | None) -> RuleStatus:
    if now is None:
        return "added"
    if later is None:
        return "removed"
    return "unchanged" if _said(now) == _said(later) else "replaced"


def _said(rule: Rule) -> Any:
    """Return what a rule says: null, empty and what is only read are as good as left out (SPEC 1)."""
    said = {name: value for name, value in rule.document.items() if name not in _ONLY_READ}
    return _without_empty({**said, "active": None if rule.active else False})


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_empty(member) for name, member in value.items()}
        return {name: member for name, member in kept.items() if member not in _AS_LEFT_OUT}
    return [_without_empty(member) for member in value] if isinstance(value, list) else value


def _switched_off_by(rule: Rule) -> set[str]:
    return {activation.value for activation in rule.limitation.discount_activation}


def _off(rule: Rule) -> Rule:
    return rule.model_copy(update={"active": False})
