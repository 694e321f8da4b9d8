"""What a caller may choose for a simulation, beyond its rules."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal, TypeAlias

from engine import Settings
from rabatt.receipt_files import AmountUnit, Conversions, EligibleLines
from rules.values import known_zones

BroughtDiscounts: TypeAlias = Literal["keep", "strip"]
Duplicates: TypeAlias = Literal["once", "keep"]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LARGEST_UPLIFT: Final = 1000
_CHOICES: Final = {
    "brought": ("keep", "strip"),
    "eligible": ("marked", "all"),
    "amounts": ("minor", "major"),
    "duplicates": ("once", "keep"),
}
# Of the archive at a time; more take memory, fewer time.
BATCH_RECEIPTS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Options:
    """The period, the policy and the assumptions of a simulation, and how its archive is read.

    `since` and `until` are days as purchases are dated, both included (YYYY-MM-DD); grants are those from before them.
    `brought` says whether the discounts that the archive carries stay. `customer_group` names a field of the customer,
    such as `attributes.segment`, by which figures are told apart. `uplifts` are percents of more receipts at which the
    result is worked out.

    With `eligible="all"` every line may take discounts, whatever it says. Amounts are in the smallest unit, with
    `amounts="major"` in whole coins (49.90). `timezone` names the zone of times that say none, and in which days are
    cut; without it such times are refused. A receipt that is there again, the same in all, counts once, with
    `duplicates="keep"` each time.

    With `strict` the first receipt that is refused ends the simulation. Without `prune` every receipt becomes an object
    and is evaluated in both worlds, which changes nothing but the time it takes. A ValueError names what can't be used.
    """

    since: str | None = None
    until: str | None = None
    brought: BroughtDiscounts = "keep"
    settings: Settings = field(default_factory=Settings)
    customer_group: str | None = None
    uplifts: tuple[int, ...] = (0, 5, 10)
    eligible: EligibleLines = "marked"
    amounts: AmountUnit = "minor"
    timezone: str | None = None
    duplicates: Duplicates = "once"
    strict: bool = False
    prune: bool = True
    batch_receipts: int = BATCH_RECEIPTS

    def __post_init__(self) -> None:
        """Refuse what no simulation can follow."""
        for name in ("since", "until"):
            _check_day(name, getattr(self, name))
        if self.since is not None and self.until is not None and self.until < self.since:
            message = f"until {self.until} is before since {self.since}"
            raise ValueError(message)
        for name, known in _CHOICES.items():
            chosen = getattr(self, name)
            if chosen not in known:
                message = f"{name} {chosen!r} is unknown; use {' or '.join(known)}"
                raise ValueError(message)
        if self.timezone is not None and self.timezone not in known_zones():
            message = f"timezone {self.timezone!r} is unknown; write it as Europe/Oslo"
            raise ValueError(message)
        if self.customer_group is not None and not all(self.customer_group.split(".")):
            message = f"customer_group {self.customer_group!r} names no field; write it as attributes.segment"
            raise ValueError(message)
        for uplift in self.uplifts:
            if type(uplift) is not int or not 0 <= uplift <= _LARGEST_UPLIFT:
                message = f"uplift {uplift!r} shall be a whole percent from 0 to {_LARGEST_UPLIFT}"
                raise ValueError(message)
        if self.batch_receipts < 1:
            message = "batch_receipts shall be at least 1"
            raise ValueError(message)
        # No receipt of an archive shall be refused for the work that it takes.
        object.__setattr__(self, "settings", replace(self.settings, max_work=None))

    @property
    def conversions(self) -> Conversions:
        """Return what is made of a receipt before it is read."""
        return Conversions(self.eligible, self.amounts, self.timezone)

    @property
    def group_path(self) -> tuple[str, ...] | None:
        """Return the path of the field that tells customers apart."""
        return None if self.customer_group is None else tuple(self.customer_group.split("."))


def _check_day(name: str, text: str | None) -> None:
    if text is None:
        return
    try:
        is_day = _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        is_day = False
    if not is_day:
        message = f"{name} {text!r} is no day; write it as 2026-01-31"
        raise ValueError(message)
