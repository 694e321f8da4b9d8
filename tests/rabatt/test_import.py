"""What `import rabatt` offers, that it is what the packages offer, and that nobody pays for what was not asked for."""

import ast
import json
import subprocess
import sys

import pytest

import rabatt
from tests.support.cli.shop import environment
from tests.support.places import ROOT

WITHOUT_THE_EXTRA = "import sys; sys.modules['pyarrow'] = None; import rabatt; "
SHOW_MODULES = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def answer(program: str) -> str:
    """What a fresh interpreter prints: here another test may have imported anything."""
    return subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True, env=environment()
    ).stdout


def loaded(program: str) -> set[str]:
    """The modules that are there once the program has run."""
    return set(json.loads(answer(f"{program}\n{SHOW_MODULES}")))


def test_a_till_pays_for_the_engine_and_for_nothing_else() -> None:
    asked = loaded("import rabatt; rabatt.evaluate; rabatt.compile_rules; rabatt.read_rules; rabatt.settle_return")
    assert asked == loaded("import engine") | {"rabatt"}
    assert asked.isdisjoint({"typer", "fastapi", "pyarrow", "sqlalchemy"})


def test_who_asks_for_nothing_pays_for_nothing() -> None:
    assert loaded("import rabatt").isdisjoint({"rules", "engine", "pydantic"})


def test_who_reads_documents_does_not_pay_for_the_engine() -> None:
    asked = loaded("from rabatt import read_rules")
    assert "rules" in asked
    assert "engine" not in asked


def test_everything_that_the_packages_offer_is_offered_and_is_the_same() -> None:
    # Which package a name is from is not written here: simulation is found by what it hands out.
    program = """
import rabatt, engine, rules, sys
names = [*rabatt.__all__, *rabatt._REPLAY]
got = {name: getattr(rabatt, name) for name in names}
simulation = sys.modules[[name for name in sys.modules if name.split(".")[-1] == "simulation"][0]]
for package in (engine, rules, simulation):
    for name in package.__all__:
        assert got.pop(name) is getattr(package, name), name
print(got)
"""
    assert answer(program).strip() == "{}"


def test_the_types_are_told_of_every_name_that_is_offered() -> None:
    tree = ast.parse((ROOT / "rabatt" / "__init__.py").read_text())
    [block, _] = [node for node in tree.body if isinstance(node, ast.If)]
    told = [alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(told) == sorted([*rabatt.__all__, *rabatt._REPLAY])


def test_no_module_of_the_package_takes_the_name_of_what_is_offered() -> None:
    # Importing rabatt.evaluate would put the module in the place of the function.
    program = """
import pkgutil, rabatt
print({module.name for module in pkgutil.iter_modules(rabatt.__path__)} & set(dir(rabatt)))
"""
    assert answer(program).strip() == "set()"


def test_without_its_extra_a_replay_says_which_to_install() -> None:
    program = "\ntry:\n    rabatt.compare\nexcept ModuleNotFoundError as missing:\n    print(*missing.__notes__)"
    assert answer(WITHOUT_THE_EXTRA + program) == "rabatt.compare comes with an extra: pip install 'rabatt[sim]'\n"


def test_without_its_extra_all_the_rest_can_be_asked_for() -> None:
    offered = (
        "shown = set(dir(rabatt)); from rabatt import *; print(shown & {'compare', 'evaluate'}, evaluate.__name__)"
    )
    assert answer(WITHOUT_THE_EXTRA + offered) == "{'evaluate'} evaluate\n"
    assert answer("import rabatt; print({'compare', 'evaluate'} <= set(dir(rabatt)))") == "True\n"


def test_a_name_is_asked_for_once() -> None:
    program = "import rabatt; rabatt.Settings; del rabatt.__getattr__; print(rabatt.Settings.__module__)"
    assert answer(program) == "engine.settings\n"


def test_a_name_that_is_not_offered_is_said_as_of_any_module() -> None:
    with pytest.raises(AttributeError, match=r"^module 'rabatt' has no attribute 'evalute'$"):
        rabatt.evalute  # type: ignore[attr-defined]  # noqa: B018
