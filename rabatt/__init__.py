"""The doors to the engine: what a till and an analyst call, the command, the service, the replay, Open2b's receipts.

`from rabatt import compile_rules, evaluate, read_rules`: a name is fetched when it is first asked for, so a till pays
for the engine and for nothing else. The names of `__all__` come with every installation; `Options`, `Simulation`,
`compare` and `replay_rules` are those of a what-if replay, and come with the extra `sim`. Nothing here knows what a
rule gives: the engine alone decides that.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine import (
        Evaluation,
        RuleSet,
        RuleUse,
        Settings,
        SettledLine,
        Settlement,
        TakenBack,
        TooMuchWork,
        compile_rules,
        evaluate,
        evaluate_json,
        returnable,
        settle_return,
        settlement_to_wire,
    )
    from rabatt.simulation import Options as Options
    from rabatt.simulation import Simulation as Simulation
    from rabatt.simulation import compare as compare
    from rabatt.simulation import replay_rules as replay_rules
    from rules import (
        Fault,
        Grant,
        Receipt,
        Refused,
        ReturnedLine,
        Rule,
        read_grants,
        read_receipt,
        read_returned,
        read_rules,
    )

__all__ = [
    "Evaluation",
    "Fault",
    "Grant",
    "Receipt",
    "Refused",
    "ReturnedLine",
    "Rule",
    "RuleSet",
    "RuleUse",
    "Settings",
    "SettledLine",
    "Settlement",
    "TakenBack",
    "TooMuchWork",
    "compile_rules",
    "evaluate",
    "evaluate_json",
    "read_grants",
    "read_receipt",
    "read_returned",
    "read_rules",
    "returnable",
    "settle_return",
    "settlement_to_wire",
]
# Of `rabatt.simulation`, with the extra `sim`: left out of __all__, so that a star takes what every installation has.
_REPLAY = ["Options", "Simulation", "compare", "replay_rules"]


def _fetched(name: str) -> object:
    """Return what the name stands for, and keep it: no name is asked for twice."""
    if name in _REPLAY:
        found = _of_a_replay(name)
    elif name in __all__:
        # `engine` imports `rules`, so whoever only reads documents is the one who gains by this order.
        home = import_module("rules")
        found = getattr(home if name in home.__all__ else import_module("engine"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def _of_a_replay(name: str) -> object:
    try:
        return getattr(import_module("rabatt.simulation"), name)
    except ModuleNotFoundError as missing:
        missing.add_note(f"rabatt.{name} comes with an extra: pip install 'rabatt[sim]'")
        raise


if not TYPE_CHECKING:
    # Type checkers take a module with this function for one that has every name, and would let a misspelt one pass.
    __getattr__ = _fetched


def __dir__() -> list[str]:
    # help() and completion fetch whatever stands here: without its extra a replay is left out.
    return sorted({*globals(), *__all__, *(_REPLAY if find_spec("pyarrow") else ())})
