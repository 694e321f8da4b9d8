"""Why a rule gave nothing, as data: the path of what failed, what it wanted, what it saw (SPEC 9)."""

from typing import Any, NamedTuple


class Rejected(NamedTuple):
    """A requirement or limitation that does not hold: where in the rule, what it wanted, what it saw."""

    path: str
    wanted: Any
    saw: Any
