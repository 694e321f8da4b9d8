"""Outcomes as sentences a cashier can act on. Amounts are in minor units: the caller knows the currency's decimals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from engine.money import MinorUnits
from rules.requirement import ANY_ITEM, EVERY_LINE

Became: TypeAlias = Literal["used", "stamped", "rejected", "outvoted", "gives_nothing"]


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What became of one rule.

    `used` and `stamped` come with amounts in minor units, stamps and line ids; `rejected` with the path that failed,
    what it wanted and what it saw; `outvoted` with the rules that won, and by how much discount and bonus over the
    best selection with this rule, never below 0. Where `proven` is false the steps did not suffice to look at every
    selection: it was outvoted by so much at most, or nothing was found for it to give. `near_miss` says what a shopper
    could mend, and how much more discount (`saves`) or bonus (`saves_bonus`) the best selection would then give;
    without both, nothing tells what the missing goods cost.
    """

    rule_id: str
    name: str | None
    outcome: Became
    amount: MinorUnits = 0
    bonus: MinorUnits = 0
    stamp: int = 0
    lines: tuple[int, ...] = ()
    path: str | None = None
    wanted: Any = None
    saw: Any = None
    won: tuple[str, ...] = ()
    by_discount: MinorUnits = 0
    by_bonus: MinorUnits = 0
    proven: bool = True
    near_miss: Mapping[str, Any] | None = None

    @property
    def sentence(self) -> str:
        """Return one sentence for a person."""
        return rule_sentence(self)

    def as_data(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        shown = {name: getattr(self, name) for name in ("rule_id", "name", "outcome")}
        for name in ("amount", "bonus", "stamp"):
            if self.outcome in {"used", "stamped"}:
                shown[name] = getattr(self, name)
        if self.lines:
            shown["lines"] = list(self.lines)
        if self.outcome == "rejected":
            shown |= {"path": self.path, "wanted": self.wanted, "saw": self.saw}
        if self.outcome == "outvoted":
            shown |= {"won": list(self.won), "by_discount": self.by_discount, "by_bonus": self.by_bonus}
        if not self.proven:
            shown["proven"] = False
        if self.near_miss is not None:
            shown["near_miss"] = dict(self.near_miss)
        return {**shown, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one line: whether it takes part, if not why, and what each rule discounted, in minor units."""

    line_id: int
    description: str | None
    takes_part: bool
    path: str | None = None
    discounts: Mapping[str, MinorUnits] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Return one sentence for a person."""
        return line_sentence(self)

    def as_data(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        shown: dict[str, Any] = {"line_id": self.line_id, "description": self.description}
        shown["takes_part"] = self.takes_part
        if not self.takes_part:
            shown["path"] = self.path
        return {**shown, "discounts": dict(self.discounts), "sentence": self.sentence}


_LINES: Final = {
    "voided": "is voided",
    "is_return_item": "is a return",
    "eligible_for_discount": "is not marked eligible_for_discount",
    "quantity": "has no quantity",
    "gross_amount": "costs nothing",
}


def rule_sentence(outcome: RuleOutcome) -> str:
    """Return what became of a rule in one sentence."""
    name = outcome.name or outcome.rule_id
    match outcome.outcome:
        case "used":
            return f"{name}: {_given(outcome)}."
        case "stamped":
            return f"{name}: {_given(outcome)}{_missed(outcome)}."
        case "outvoted":
            won = ", ".join(outcome.won) or "no rule"
            return f"{name}: another selection gives {_margin(outcome)} ({won}){_doubt(outcome)}."
        case "gives_nothing":
            return f"{name}: it qualifies, but there is nothing left for it to give{_doubt(outcome)}."
        case _:
            if outcome.near_miss is not None:
                return f"{name}: {_mend(outcome.near_miss)}."
            if outcome.path == "grant":
                return f"{name}: it was not granted for this purchase; wanted {_text(outcome.wanted)}."
            if outcome.path == "limitation.dynamic_purchase_to_days":
                return f"{name}: {_expired(outcome)}."
            return f"{name}: {outcome.path} wanted {_text(outcome.wanted)}, saw {_text(outcome.saw)}."


def _given(outcome: RuleOutcome) -> str:
    given = []
    if outcome.amount:
        given.append(f"gives {outcome.amount}")
    if outcome.bonus:
        given.append(f"gives a bonus of {outcome.bonus}")
    if outcome.stamp or not given:
        given.append(f"earns {outcome.stamp} stamp{'' if outcome.stamp == 1 else 's'}")
    lines = ", ".join(map(str, outcome.lines))
    return " and ".join(given) + (f" on line {lines}" if lines else "")


def _expired(outcome: RuleOutcome) -> str:
    if isinstance(outcome.wanted, str):
        return f"the customer's grant was valid until {outcome.wanted}; the purchase is at {outcome.saw}"
    days = f"{outcome.wanted} day{'' if outcome.wanted == 1 else 's'}"
    return f"it is valid for {days} from a grant of the customer's own; saw {_text(outcome.saw)}"


def _missed(outcome: RuleOutcome) -> str:
    return f"; {_mend(outcome.near_miss)}" if outcome.near_miss is not None else ""


def _doubt(outcome: RuleOutcome) -> str:
    return "" if outcome.proven else ", at most: not every selection was looked at"


def _margin(outcome: RuleOutcome) -> str:
    if outcome.by_discount:
        return f"{outcome.by_discount} more discount"
    if outcome.by_bonus:
        return f"{outcome.by_bonus} more bonus"
    return "as much with fewer rules, or with rules of lower ids"


_MENDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "missing_units": lambda miss: (
        "add "
        + " and ".join(f"{one['missing_units']} of {_matchers(one['of'])}" for one in miss.get("mixes") or [miss])
    ),
    "missing_gross_amount": lambda miss: f"buy for {miss['missing_gross_amount']} more",
    "missing_net_amount": lambda miss: f"buy for {miss['missing_net_amount']} more",
    "missing_stamps": lambda miss: f"{miss['missing_stamps']} more stamps are needed for a reward",
    "discount_code": lambda miss: (
        f"write the code {miss['shown_as']} as {_text(miss['discount_code'])}"
        if "shown_as" in miss
        else f"show the code {_text(miss['discount_code'])}"
    ),
}


def _mend(miss: Mapping[str, Any]) -> str:
    """Return what a shopper could do, and what it would save."""
    what = next(say(miss) for name, say in _MENDS.items() if name in miss)
    if miss.get("saves"):
        return f"{what} to save {miss['saves']}"
    return f"{what} for a bonus of {miss['saves_bonus']}" if miss.get("saves_bonus") else what


def _matchers(matchers: Any) -> str:
    if any(matcher.get("id") in {EVERY_LINE, ANY_ITEM} and "group_id" not in matcher for matcher in matchers):
        return "anything"
    return " or ".join(
        " in ".join(str(matcher[key]) for key in ("id", "group_id") if key in matcher) for matcher in matchers
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(_text(member) for member in value) or "nothing"
    if isinstance(value, dict):
        if value.keys() == {"start", "end"}:
            return f"{value['start']}–{value['end']}"
        return ", ".join(f"{name} {_text(member)}" for name, member in value.items())
    return "nothing" if value is None else str(value)


def line_sentence(outcome: LineOutcome) -> str:
    """Return what became of a line in one sentence."""
    name = outcome.description or f"line {outcome.line_id}"
    if outcome.path is not None:
        return f"{name}: takes no part, it {_LINES[outcome.path.rpartition('.')[2]]}."
    if not outcome.discounts:
        return f"{name}: takes part, no discount."
    given = ", ".join(f"{amount} from {rule_id}" for rule_id, amount in outcome.discounts.items())
    return f"{name}: {given}."
