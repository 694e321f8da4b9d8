"""The package works one basket through and says why each of its methods is there: what it shows is run."""

import doctest
import pkgutil
import re
from types import ModuleType

import engine.packing
import engine.packing.pack

# What the others stand on: named where they are explained.
GROUND = {"problem", "tie_order", "pack"}


def test_the_basket_comes_out_as_it_is_written() -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    [basket] = doctest.DocTestFinder(recurse=False).find(engine.packing, "engine.packing")
    results = runner.run(basket, out=said.append)
    assert results.attempted > 10
    assert results.failed == 0, "".join(said)


def test_every_method_says_why_it_is_there() -> None:
    modules = {module.name for module in pkgutil.iter_modules(engine.packing.__path__)}
    named = set(re.findall(r"`(\w+)`", engine.packing.__doc__ or ""))
    assert modules - GROUND <= named


def test_the_package_shows_no_function_in_the_place_of_its_module() -> None:
    for module in pkgutil.iter_modules(engine.packing.__path__):
        assert isinstance(getattr(engine.packing, module.name, None), ModuleType | None)
    assert isinstance(engine.packing.pack, ModuleType)
