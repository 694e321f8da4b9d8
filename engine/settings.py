"""What a caller may choose for an evaluation: rounding, the work of the search, the size of a receipt."""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from engine.money import ROUNDINGS, Rounding
from rules import Refused
from rules.limitation import ReturnPolicy

RoundingMode: TypeAlias = Literal["Down", "HalfDown", "HalfEven", "HalfUp"]
RoundingRule: TypeAlias = Literal["PerItem", "PerLine", "Total"]

ROUNDING_RULES: Final = ("PerItem", "PerLine", "Total")
RETURN_POLICIES: Final[tuple[ReturnPolicy, ...]] = get_args(ReturnPolicy)


class TooMuchWork(Refused):
    """What was asked takes more steps than the settings allow (`max_work`); `work` is how many had been counted."""

    work = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """One policy for a whole evaluation (SPEC 6).

    `max_units` is the most units a receipt may have; `max_steps` is how many steps the search for the best selection
    may take before it returns the best found with `optimal` false. `max_work` bounds what can't be left out, too: an
    evaluation or an explanation that takes more steps in all is refused with TooMuchWork; None for no bound. A step is
    about a microsecond of plain CPython. `return_policy` is for returned goods, where their rule has none of its
    own. A ValueError names a word or number it can't use.
    """

    mode: RoundingMode = "HalfUp"
    rule: RoundingRule = "PerLine"
    max_units: int = 1_000_000
    max_steps: int = 90_000
    return_policy: ReturnPolicy = "as_paid"
    max_work: int | None = 10_000_000
    rounding: Rounding = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what no evaluation can follow."""
        if self.mode not in ROUNDINGS:
            message = f"mode {self.mode!r} is unknown; use one of {', '.join(ROUNDINGS)}"
            raise ValueError(message)
        if self.rule not in ROUNDING_RULES:
            message = f"rule {self.rule!r} is unknown; use one of {', '.join(ROUNDING_RULES)}"
            raise ValueError(message)
        if self.return_policy not in RETURN_POLICIES:
            message = f"return_policy {self.return_policy!r} is unknown; use one of {', '.join(RETURN_POLICIES)}"
            raise ValueError(message)
        for name in ("max_units", "max_steps", "max_work"):
            number = getattr(self, name)
            if name == "max_work" and number is None:
                continue
            if type(number) is not int or number < 1:
                message = f"{name} shall be a whole number of at least 1"
                raise ValueError(message)
        object.__setattr__(self, "rounding", ROUNDINGS[self.mode])
