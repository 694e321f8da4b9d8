"""Leave out each check of the engine in turn, and see that a test notices: `python -m tests.mutation [FILE …]`.

The tests are collected once. Then a process is forked for each mutant, in which the functions of the module get the
code of the mutant; it runs the tests until one fails, those first that are about the module. What survives them all and
is not known to be equivalent is printed, and fails the run; so does an equivalent one that is not found any more.
"""

import gc
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, mutants_of
from tests.support.places import ROOT

MODULES = [
    "engine/qualify.py",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "engine/compiled").glob("[a-z]*.py")),
]
# Those first that are about what is mutated; what none of them notices, the others may.
TESTS = (
    "tests/engine/test_qualify.py",
    "tests/engine/grants",
    "tests/engine/compiled",
    "tests/test_cases.py",
    "tests/engine/index",
    "tests/engine/explanation",
    "tests/engine/test_evaluate.py",
    "tests/engine/rewards",
    "tests/test_against_reference.py",
)
AT_ONCE = 2
# What all tests take many times over; a mutant that takes more never ends.
MOST_SECONDS = 300
NOTICED = 1


class Mutation:
    """Runs the collected tests on every mutant of some modules, in the place of running them once."""

    def __init__(self, modules: Sequence[str]) -> None:
        """Begin with nothing found."""
        self.modules = modules
        self.noticed = 0
        self.equivalent: set[tuple[str, str]] = set()
        self.surviving: list[tuple[str, str]] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all mutants; and first none, since what fails without any change would seem to notice everything."""
        if not all(passed for _, _, passed in self._runs(session, iter([("", None)]))):
            raise pytest.UsageError("the tests fail on the engine as it is written")
        written = ((module, mutant) for module in self.modules for mutant in mutants_of((ROOT / module).read_text()))
        for module, mutant, passed in self._runs(session, written):
            assert mutant is not None
            name = (module, mutant.name)
            if not passed:
                self.noticed += 1
            elif name in EQUIVALENT:
                self.equivalent.add(name)
            else:
                self.surviving.append(name)
                print(f"survives: {module}:{mutant.line} {mutant.name}", flush=True)
        return True

    def _runs(
        self, session: pytest.Session, mutants: Iterator[tuple[str, Mutant | None]]
    ) -> Iterator[tuple[str, Mutant | None, bool]]:
        """Yield each mutant once all tests passed, or one failed."""
        under_way: dict[int, tuple[str, Mutant | None]] = {}
        more = True
        while more or under_way:
            while more and len(under_way) < AT_ONCE:
                one = next(mutants, None)
                more = one is not None
                if one is not None:
                    under_way[_begun(session, *one)] = one
            if under_way:
                child, status = os.wait()
                yield (*under_way.pop(child), not status)


def _begun(session: pytest.Session, module: str, mutant: Mutant | None) -> int:
    """Start the tests on a mutant, and return the process."""
    child = os.fork()
    if child:
        return child
    # By the time of the processor, so that it does not matter how busy the machine is.
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    code = NOTICED
    try:
        if mutant is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            put_in_place(mutant, ROOT / module)
        code = 0 if _all_pass(session.items, Path(module).stem) else NOTICED
    finally:
        os._exit(code)


def _all_pass(items: Sequence[pytest.Item], about: str) -> bool:
    # The sort is stable: the others stay in the order they are listed in.
    for item in sorted(items, key=lambda item: item.path.stem != f"test_{about}"):
        for report in runtestprotocol(item, nextitem=None, log=False):
            if report.failed:
                return False
    return True


def put_in_place(mutant: Mutant, path: Path) -> None:
    """Give the functions of a module the code of the mutant; those that are made later are made of it."""
    changed = {_known_as(code): code for code in _codes(compile(mutant.tree, str(path), "exec"))}
    functions = [one for one in gc.get_objects() if isinstance(one, FunctionType)]
    for function in functions:
        if function.__code__.co_filename == str(path):
            code = changed.get(_known_as(function.__code__))
            # A closure whose mutant looks at less than it is made anew with the function around it.
            if code is not None and code.co_freevars == function.__code__.co_freevars:
                function.__code__ = code


def _known_as(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def main(modules: Sequence[str]) -> int:
    """Run all mutants of some modules, print what came of them, and return the exit code."""
    begun_at = time.monotonic()
    mutation = Mutation(modules)
    code = pytest.main([*TESTS, "-q", "-n", "0", "-p", "no:cacheprovider", "-s", "-m", "unit"], plugins=[mutation])
    stale = [name for name in EQUIVALENT if name[0] in modules and name not in mutation.equivalent]
    for name in stale:
        print(f"listed as equivalent, but not found, or noticed: {name}")
    noticed, equivalent, surviving = mutation.noticed, len(mutation.equivalent), len(mutation.surviving)
    print(f"{noticed} noticed, {equivalent} equivalent, {surviving} survive; {time.monotonic() - begun_at:.0f} s")
    return int(code) or int(bool(stale or surviving))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or MODULES))
