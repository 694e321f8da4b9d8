"""One engine in a process of its own, asked by lines of JSON: `python -m benchmarks.peers.worker NAME`.

It says `{"version": …}` or `{"missing": …}`. Then each line it is given is answered by one line:
`{"rules": […], "receipts": […]}` by the seconds it took to build the rules; `{"answer": n}` by what the receipt in that
place gets and the seconds that took; `{"time": n, "seconds": s}` by the median microseconds of a call over the first n
receipts, all of them as many times as there is time for, once at least.
"""

import gc
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from statistics import median
from time import perf_counter
from typing import Any, Protocol

from benchmarks.peers.flat import conditions_of, facts_of, holds
from benchmarks.peers.matchers import zen_table


class Adapter(Protocol):
    """An engine: `build` is timed once, `answer` again and again, the others never."""

    version: str

    def build(self, rules: Sequence[Any]) -> None:
        """Make the rules ready."""

    def lay_out(self, receipt: Any) -> Any:
        """Return the receipt in the form that suits the engine best."""

    def answer(self, receipt: Any) -> Any:
        """Return what the engine says of the receipt."""

    def told(self, answer: Any) -> Any:
        """Return an answer as plain data."""


class Matcher:
    """What most have in common: the answer is a list of the ids of rules that match."""

    def lay_out(self, receipt: Any) -> Any:
        """Return the receipt as it is."""
        return receipt

    def told(self, answer: Any) -> Any:
        """Return the answer as it is."""
        return answer


class Rabatt:
    """The engine that all others are compared with."""

    def __init__(self) -> None:
        engine, rules = import_module("engine"), import_module("rules")
        self._compile, self._evaluate = engine.compile_rules, engine.evaluate
        self._steps = import_module("engine.evaluate")
        self._read_rules, self._read_receipt = rules.read_rules, rules.read_receipt
        self.version = version("rabatt")

    def build(self, rules: Sequence[Any]) -> None:
        self._rule_set = self._compile(self._read_rules(rules))

    def lay_out(self, receipt: Any) -> Any:
        return self._read_receipt(receipt)

    def answer(self, receipt: Any) -> Any:
        return self._evaluate(self._rule_set, receipt)

    def told(self, answer: Any) -> Any:
        return [one.rule.id for one in answer.trace.qualified]


class RabattMatching(Rabatt):
    """The engine's first steps alone: the rules that qualify, without a choice, amounts or a result."""

    def answer(self, receipt: Any) -> Any:
        basket = self._steps.lay_out(receipt, self._rule_set.rules_by_id, self._steps.DEFAULT_SETTINGS)
        wallet = self._steps.open_wallet(None, self._rule_set.rules_by_id, receipt.customer_id)
        return self._steps.qualified_of(self._rule_set.candidates(basket), basket, wallet, self._rule_set)

    def told(self, answer: Any) -> Any:
        return [one.rule.id for one in answer]


class PlainScan(Matcher):
    """No engine: every rule's conditions compared by a Python function."""

    def __init__(self) -> None:
        self.version = "–"

    def build(self, rules: Sequence[Any]) -> None:
        self._conditions = [conditions_of(rule) for rule in rules]

    def lay_out(self, receipt: Any) -> Any:
        return facts_of(receipt)

    def answer(self, receipt: Any) -> Any:
        return [conditions.rule_id for conditions in self._conditions if holds(conditions, receipt)]


class ZenTable(Matcher):
    """One decision, compiled once by the engine's static loader, over JSON text: it reads text faster than dicts.

    `create_decision` instead took three times as long for a receipt.
    """

    def __init__(self) -> None:
        self._zen: Any = import_module("zen")
        self.version = version("zen-engine")

    def build(self, rules: Sequence[Any]) -> None:
        self._engine = self._zen.ZenEngine({"loader": {"type": "static", "content": {"shop": zen_table(rules)}}})
        # Compiled when first asked, if not before.
        self._engine.evaluate("shop", json.dumps({"keys": [], "units": {}}))

    def lay_out(self, receipt: Any) -> Any:
        return json.dumps(receipt)

    def answer(self, receipt: Any) -> Any:
        return self._engine.evaluate("shop", receipt)["result"]

    def told(self, answer: Any) -> Any:
        return [row["rule"] for row in answer]


class RuleEngine(Matcher):
    """One parsed rule each."""

    def __init__(self) -> None:
        self._module: Any = import_module("rule_engine")
        self.version = version("rule-engine")

    def build(self, rules: Sequence[Any]) -> None:
        self._rules = [(rule_id, self._module.Rule(text)) for rule_id, text in rules]

    def lay_out(self, receipt: Any) -> Any:
        return {**receipt, "keys": set(receipt["keys"])}

    def answer(self, receipt: Any) -> Any:
        return [rule_id for rule_id, rule in self._rules if rule.matches(receipt)]


class PanziJsonLogic(Matcher):
    """The logic is applied as it is: there is nothing to prepare."""

    def __init__(self) -> None:
        self._apply: Any = import_module("json_logic").jsonLogic
        self.version = version("panzi-json-logic")

    def build(self, rules: Sequence[Any]) -> None:
        self._rules = rules

    def answer(self, receipt: Any) -> Any:
        apply = self._apply
        return [rule_id for rule_id, logic in self._rules if apply(logic, receipt)]


def oscar() -> Adapter:
    """Return django-oscar's applicator, which needs a whole Django set up."""
    made: Adapter = import_module("benchmarks.peers.oscar_shop").Oscar()
    return made


ADAPTERS: dict[str, Callable[[], Adapter]] = {
    "rabatt": Rabatt,
    "rabatt-matching": RabattMatching,
    "plain": PlainScan,
    "zen": ZenTable,
    "rule-engine": RuleEngine,
    "panzi-json-logic": PanziJsonLogic,
    "django-oscar": oscar,
}


class Worker:
    """An adapter with the receipts it was given; `reply` answers one request."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._receipts: list[Any] = []

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a request."""
        match request:
            case {"rules": rules, "receipts": receipts}:
                return self._build(rules, receipts)
            case {"answer": place}:
                started = perf_counter()
                answer = self._adapter.answer(self._receipts[place])
                seconds = perf_counter() - started
                return {"answer": self._adapter.told(answer), "seconds": seconds}
            case {"time": receipts, "seconds": seconds}:
                return {"median": self._time(receipts, seconds)}
            case _:
                message = f"unknown request: {', '.join(request)}"
                raise ValueError(message)

    def _build(self, rules: Sequence[Any], receipts: Sequence[Any]) -> dict[str, Any]:
        gc.unfreeze()
        gc.collect()
        started = perf_counter()
        self._adapter.build(rules)
        seconds = perf_counter() - started
        self._receipts = [self._adapter.lay_out(receipt) for receipt in receipts]
        # As a service does with its rules once they are compiled.
        gc.collect()
        gc.freeze()
        return {"seconds": seconds}

    def _time(self, receipts: int, seconds: float) -> float:
        answer = self._adapter.answer
        taken = []
        ends_at = perf_counter() + seconds
        while True:
            for receipt in self._receipts[:receipts]:
                started = perf_counter()
                answer(receipt)
                taken.append(perf_counter() - started)
            if perf_counter() >= ends_at:
                return median(taken) * 1e6


def main() -> None:
    """Answer requests until there are none."""
    try:
        adapter = ADAPTERS[sys.argv[1]]()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return
    worker = Worker(adapter)
    print(json.dumps({"version": adapter.version}), flush=True)
    for line in sys.stdin:
        print(json.dumps(worker.reply(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
