"""The discounts of ours on a receipt as they were booked: the rule, its refs, what it gave and to which units."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from engine.basket.line_state import Portion
from engine.compiled.rule import CompiledRule, Step, compile_rule
from engine.money import MinorUnits
from engine.settings import RETURN_POLICIES
from rules import Fault, Receipt, Refused, read_rules
from rules.limitation import ReturnPolicy
from rules.receipt import BookedDiscount, Ref, RefUnits
from rules.receipt_line import ReceiptLine
from rules.reward import is_balance

# By rule id, then by the index of the line.
ByRule = dict[str, dict[int, MinorUnits]]


class BookedRef(NamedTuple):
    """What one grant gave and earned."""

    grant_id: str
    usage: int
    amount: MinorUnits
    bonus: MinorUnits
    stamp: int


class Run(NamedTuple):
    """Equal units `start` up to `stop` of a line, from 0: what each was given, and whether each earned a stamp."""

    start: int
    stop: int
    each: MinorUnits
    has_stamp: bool


class Booked(NamedTuple):
    """A discount of ours on the receipt. `rule` is None where what is booked is no rule that we can read.

    `by_line` has what it gave, as discount or as bonus, by the index of the line; `units` has the runs of those lines
    that the refs remember. `takes_off` says whether that is off the prices: no bonus is, nor what no line says, such as
    discounts that were added to a receipt after it was paid.
    """

    rule_id: str
    rule: CompiledRule | None
    policy: ReturnPolicy | None
    is_bonus: bool
    is_debit: bool
    takes_off: bool
    refs: Sequence[BookedRef]
    by_line: Mapping[int, MinorUnits]
    units: Mapping[int, Sequence[Run]]

    @property
    def turn(self) -> tuple[bool, int, bool, int, str]:
        """Return what sorts discounts into the order they were given in (SPEC 6)."""
        if self.rule is None:
            return self.is_bonus, Step.RECEIPT + 1, False, 0, self.rule_id
        return self.rule.turn


def booked_discounts(
    receipt: Receipt, sold: Sequence[ReceiptLine], by_line_id: Mapping[int, int], units: Mapping[int, int]
) -> list[Booked]:
    """Return our discounts in the order of their rules' ids: those of the receipt's `discounts` that have refs.

    Refused where a policy is unknown, or the units of a ref do not add up to what its lines say.
    """
    found: dict[str, tuple[int, BookedDiscount, list[tuple[str, Ref]]]] = {}
    for position, discount in enumerate(receipt.discounts or ()):
        rule_id = discount.get("id")
        refs = [(f"discounts[{position}].refs[{place}]", ref) for place, ref in enumerate(discount.get("refs") or ())]
        if rule_id is not None and refs:
            # A rule that is there twice is one rule with all these refs.
            found.setdefault(rule_id, (position, discount, []))[2].extend(refs)
    booked = []
    discounts, bonuses = _said_by_lines(sold)
    for rule_id in sorted(found):
        position, discount, refs = found[rule_id]
        rule = _rule_of(discount)
        is_bonus = rule.is_bonus if rule is not None else _reward_field(discount, "effect") == "bonus"
        by_line = (bonuses if is_bonus else discounts).get(rule_id)
        takes_off = by_line is not None and not is_bonus
        if by_line is None:
            by_line = _said_by_refs([ref for _, ref in refs], by_line_id, is_bonus=is_bonus)
        remembered = _units(refs, by_line, by_line_id, units, is_bonus=is_bonus)
        booked.append(
            Booked(
                rule_id,
                rule,
                _policy(discount, position),
                is_bonus,
                is_balance(_reward_field(discount, "type")),
                takes_off,
                [_ref(ref) for _, ref in refs],
                by_line,
                remembered,
            )
        )
    return booked


def _rule_of(discount: BookedDiscount) -> CompiledRule | None:
    """Return the rule as it was booked; None where the receipt was kept with less than the whole rule."""
    # Its code was shown when it was used: it is not asked for again, and may be one that is refused today (POLICY 13).
    requirement = {name: part for name, part in (discount.get("requirement") or {}).items() if name != "discount_code"}
    document = {name: part for name, part in discount.items() if name != "refs"} | {"requirement": requirement}
    try:
        return compile_rule(read_rules([document])[0])
    except Refused:
        return None


def _reward_field(discount: BookedDiscount, name: str) -> Any:
    return (discount.get("reward") or {}).get(name)


def _policy(discount: BookedDiscount, position: int) -> ReturnPolicy | None:
    policy = (discount.get("limitation") or {}).get("return_policy")
    for known in RETURN_POLICIES:
        if policy == known:
            return known
    if policy is None:
        return None
    sentence = f"{policy!r} is unknown; use one of {', '.join(RETURN_POLICIES)}"
    raise Refused((Fault(f"discounts[{position}].limitation.return_policy", sentence),))


def _ref(ref: Ref) -> BookedRef:
    return BookedRef(
        ref.get("id") or "",
        ref.get("usage") or 0,
        ref.get("amount") or 0,
        ref.get("bonus") or 0,
        ref.get("stamp") or 0,
    )


def _said_by_lines(sold: Iterable[ReceiptLine]) -> tuple[ByRule, ByRule]:
    """Return what the lines say that they were given, as discount and as bonus; where that is 0 it is left out."""
    discounts: ByRule = {}
    bonuses: ByRule = {}
    for index, line in enumerate(sold):
        for entry in line.discount_lines:
            _note(discounts.setdefault(entry.discount_id or "", {}), index, entry.amount)
        for bonus in line.bonus_lines:
            _note(bonuses.setdefault(bonus.discount_id or "", {}), index, bonus.bonus)
    for by_line in (*discounts.values(), *bonuses.values()):
        _only_given(by_line)
    return discounts, bonuses


def _said_by_refs(refs: Iterable[Ref], by_line_id: Mapping[int, int], *, is_bonus: bool) -> dict[int, MinorUnits]:
    """Return what the refs of a discount say that its lines were given, where no line does."""
    by_line: dict[int, MinorUnits] = {}
    for ref in refs:
        for item in ref.get("items") or ():
            line_id = item.get("line_id")
            index = by_line_id.get(line_id) if line_id is not None else None
            if index is not None:
                _note(by_line, index, (item.get("bonus") if is_bonus else item.get("amount")) or 0)
    _only_given(by_line)
    return by_line


def _note(by_line: dict[int, MinorUnits], index: int, amount: MinorUnits) -> None:
    by_line[index] = by_line.get(index, 0) + amount


def _only_given(by_line: dict[int, MinorUnits]) -> None:
    for index in [index for index, amount in by_line.items() if amount <= 0]:
        del by_line[index]


def _units(
    refs: Iterable[tuple[str, Ref]],
    by_line: Mapping[int, MinorUnits],
    by_line_id: Mapping[int, int],
    units: Mapping[int, int],
    *,
    is_bonus: bool,
) -> dict[int, list[Run]]:
    """Return the runs of the lines that were sold; what was voided since is passed over."""
    runs: dict[int, list[Run]] = {}
    for path, ref in refs:
        for entry in ref.get("units") or ():
            line_id = entry.get("line_id")
            index = by_line_id.get(line_id) if line_id is not None else None
            if line_id is not None and index is not None:
                run = _run(entry, is_bonus=is_bonus)
                of_line = runs.setdefault(index, [])
                before = of_line[-1].stop if of_line else 0
                if not before <= run.start < run.stop <= units[line_id] or run.each < 0:
                    sentence = f"these are no units of line {line_id} in their order; evaluate the receipt again"
                    raise Refused((Fault(f"{path}.units", sentence),))
                of_line.append(run)
    if runs:
        path = next(path for path, ref in refs if ref.get("units"))
        for index in {*runs, *by_line}:
            amount = sum((run.stop - run.start) * run.each for run in runs.get(index, ()))
            if amount != by_line.get(index, 0):
                sentence = "what these units were given is not what their lines say; evaluate the receipt again"
                raise Refused((Fault(f"{path}.units", sentence),))
    return runs


def _run(entry: RefUnits, *, is_bonus: bool) -> Run:
    each = entry.get("bonus") if is_bonus else entry.get("amount")
    return Run((entry.get("from") or 0) - 1, entry.get("to") or 0, each or 0, bool(entry.get("stamp")))


def portions_of(runs: Iterable[Run]) -> list[Portion]:
    """Return the runs that were given something."""
    return [(run.start, run.stop, run.each) for run in runs if run.each]
