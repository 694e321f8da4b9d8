"""One engine in a process of its own, asked by lines of JSON: `python -m benchmarks.peers.worker NAME`.

It says `{"version": …}` or `{"missing": …}`. Then each line it is given is answered by one line:
`{"rules": […], "receipts": […]}` by the seconds it took to build the rules; `{"answer": n}` by what the receipt in that
place gets and the seconds that took; `{"time": n, "seconds": s}` by the median microseconds of a call over the first n
receipts, all of them as many times as there is time for, once at least.
"""

import gc
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.measure import timed
from benchmarks.peers.flat import conditions_of, facts_of, holds
from benchmarks.peers.matchers import zen_table


def _as_it_is(given: Any) -> Any:
    return given


@dataclass(slots=True)
class Adapter:
    """An engine: `build` returns the rules made ready and is timed once, `answer` again and again, the others never.

    `lay_out` returns a receipt in the form that suits the engine best, `told` an answer as plain data: the ids of the
    rules that match, or what each gives by line.
    """

    version: str
    answer: Callable[[Any, Any], Any]
    build: Callable[[Any], Any] = _as_it_is
    lay_out: Callable[[Any], Any] = _as_it_is
    told: Callable[[Any], Any] = _as_it_is
    rules: Any = None
    receipts: list[Any] = field(default_factory=list)

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a request."""
        match request:
            case {"rules": rules, "receipts": receipts}:
                gc.unfreeze()
                self.rules, seconds = timed(lambda: self.build(rules))
                self.receipts = [self.lay_out(receipt) for receipt in receipts]
                # As a service does with its rules once they are compiled.
                gc.collect()
                gc.freeze()
                return {"seconds": seconds}
            case {"answer": place}:
                started = perf_counter()
                answer = self.answer(self.rules, self.receipts[place])
                seconds = perf_counter() - started
                return {"answer": self.told(answer), "seconds": seconds}
            case {"time": receipts, "seconds": seconds}:
                return {"median": self._time(receipts, seconds)}
            case _:
                raise ValueError(f"unknown request: {', '.join(request)}")

    def _time(self, receipts: int, seconds: float) -> float:
        answer, rules = self.answer, self.rules
        taken: list[float] = []
        ends_at = perf_counter() + seconds
        while not taken or perf_counter() < ends_at:
            for receipt in self.receipts[:receipts]:
                started = perf_counter()
                answer(rules, receipt)
                taken.append(perf_counter() - started)
        return median(taken) * 1e6


def rabatt() -> Adapter:
    """Return the engine that all others are compared with."""
    engine, documents = import_module("engine"), import_module("rules")
    return Adapter(
        version("rabatt"),
        build=lambda rules: engine.compile_rules(documents.read_rules(rules)),
        lay_out=documents.read_receipt,
        answer=engine.evaluate,
        told=lambda answer: [one.rule.id for one in answer.trace.qualified],
    )


def rabatt_matching() -> Adapter:
    """Return the engine's first steps alone: the rules that qualify, without a choice, amounts or a result."""
    steps, adapter = import_module("engine.evaluate"), rabatt()

    def answer(rule_set: Any, receipt: Any) -> Any:
        basket = steps.lay_out(receipt, rule_set.rules_by_id, steps.DEFAULT_SETTINGS)
        wallet = steps.open_wallet(None, rule_set.rules_by_id, receipt.customer_id)
        return steps.qualified_of(rule_set.candidates(basket), basket, wallet, rule_set)

    adapter.answer, adapter.told = answer, lambda answer: [one.rule.id for one in answer]
    return adapter


def plain() -> Adapter:
    """Return no engine: every rule's conditions compared by a Python function."""
    return Adapter(
        "–",
        build=lambda rules: [conditions_of(rule) for rule in rules],
        lay_out=facts_of,
        answer=lambda rules, receipt: [conditions.rule_id for conditions in rules if holds(conditions, receipt)],
    )


def zen() -> Adapter:
    """Return one decision, compiled once by the static loader, over JSON text: the engine reads that faster than dicts.

    `create_decision` instead took three times as long for a receipt.
    """
    module = import_module("zen")

    def build(rules: Any) -> Any:
        engine = module.ZenEngine({"loader": {"type": "static", "content": {"shop": zen_table(rules)}}})
        # Compiled when first asked, if not before.
        engine.evaluate("shop", json.dumps({"keys": [], "units": {}}))
        return engine

    return Adapter(
        version("zen-engine"),
        build=build,
        lay_out=json.dumps,
        answer=lambda engine, receipt: engine.evaluate("shop", receipt)["result"],
        told=lambda answer: [row["rule"] for row in answer],
    )


def rule_engine() -> Adapter:
    """Return one parsed rule each."""
    module = import_module("rule_engine")
    return Adapter(
        version("rule-engine"),
        build=lambda rules: [(rule_id, module.Rule(text)) for rule_id, text in rules],
        lay_out=lambda receipt: {**receipt, "keys": set(receipt["keys"])},
        answer=lambda rules, receipt: [rule_id for rule_id, rule in rules if rule.matches(receipt)],
    )


def panzi_json_logic() -> Adapter:
    """Return the logic applied as it is: there is nothing to prepare."""
    apply = import_module("json_logic").jsonLogic
    return Adapter(
        version("panzi-json-logic"),
        answer=lambda rules, receipt: [rule_id for rule_id, logic in rules if apply(logic, receipt)],
    )


def django_oscar() -> Adapter:
    """Return django-oscar's applicator, which needs a whole Django set up."""
    shop = import_module("benchmarks.peers.oscar_shop").Oscar()
    return Adapter(version("django-oscar"), build=shop.build, lay_out=shop.lay_out, answer=shop.answer, told=shop.told)


ADAPTERS = (rabatt, rabatt_matching, plain, zen, rule_engine, panzi_json_logic, django_oscar)


def main() -> None:
    """Answer requests until there are none."""
    try:
        adapter = next(one for one in ADAPTERS if one.__name__ == sys.argv[1].replace("-", "_"))()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return
    print(json.dumps({"version": adapter.version}), flush=True)
    for line in sys.stdin:
        print(json.dumps(adapter.reply(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
