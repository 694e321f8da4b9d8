"""A kind of reward and a limitation, each added in a copy: what a stranger has to touch, and what finds the rest."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.support.places import ROOT

# By file: what is there, and what stands there afterwards.
Edits: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]

NEW: Final = "discount_item_amount"
# Money off the cheapest unit of each set. Each place but the first is one that the type checker asks for.
KIND: Final[Edits] = {
    "rules/reward.py": [
        ('Literal[\n    "discount_amount", ', f'Literal[\n    "{NEW}", "discount_amount", '),
        (
            '        case "discount_debit":\n',
            (
                f'        case "{NEW}":\n'
                '            return KindTraits("amount", "always", "items or mixes", "by unit", "never", 0)\n'
                '        case "discount_debit":\n'
            ),
        ),
    ],
    "engine/rewards/unit_value.py": [('case "discount_amount" | ', f'case "{NEW}" | "discount_amount" | ')],
    "engine/rewards/kinds.py": [
        (
            '        case "discount_debit":\n',
            (
                f'        case "{NEW}":\n'
                '            return Kind(percent_of_cheapest, False, False, "where little remains", _value_each_time)\n'
                '        case "discount_debit":\n'
            ),
        ),
    ],
}
# What this kind gives each set is found by the module that serves a percent off the cheapest unit.
KIND_CASE: Final = {
    "title": "Money off the cheapest of two",
    "spec": "6.discount_amount",
    "rules": [
        {
            "id": "pair",
            "requirement": {"item": {"items": [{"id": "a"}, {"id": "b"}], "quantity": 2}},
            "reward": {"type": NEW, "value": 70},
        }
    ],
    "items": [("a", 500), ("b", 60)],
    "expect": {"net_amount": 500, "items": [{}, {"discount_lines": [{"amount": 60, "discount_id": "pair"}]}]},
}

# For small purchases only.
LIMITATION: Final[Edits] = {
    "rules/limitation.py": [
        (
            "    stamp_expire_days: Days",
            '    discount_lines: Limit = Field(default=-1, description="Lines at most.")\n    stamp_expire_days: Days',
        ),
    ],
    "engine/compiled/limitations.py": [
        (
            "    if days >= 0:\n        yield",
            (
                "    if (lines := limitation.discount_lines) >= 0:\n"
                '        yield ("limitation.discount_lines", lines), partial(_lines, lines)\n'
                "    if days >= 0:\n        yield"
            ),
        ),
        (
            "def _days(",
            (
                "def _lines(most: int) -> LimitationCheck:\n"
                "    return LimitationCheck(\n"
                '        "limitation.discount_lines",\n'
                "        most,\n"
                "        lambda occasion: len(occasion.basket.receipt.items) <= most,\n"
                "        lambda occasion: len(occasion.basket.receipt.items),\n"
                "    )\n\n\n"
                "def _days("
            ),
        ),
    ],
}
LIMITATION_CASE: Final = {
    "title": "For one line only",
    "spec": "5.active",
    "rules": [
        {
            "id": "small",
            "reward": {"type": "discount_percent", "value": 10},
            "limitation": {"discount_lines": 1, "dynamic_purchase_to_days": 9},
        }
    ],
    "items": [("a", 500), ("b", 60)],
    "expect": {
        "net_amount": None,
        "reasons": {"small": {"path": "limitation.discount_lines", "wanted": 1, "saw": 2}},
    },
}


class Copy:
    """The rules, the engine and the golden cases' test in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Copy them, without any case."""
        self.folder = folder
        for name in ("rules", "engine"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "tests/support").mkdir(parents=True)
        tests = ("tests/test_cases.py", "tests/support/golden.py", "tests/support/places.py")
        for name in ("pyproject.toml", *tests):
            shutil.copy(ROOT / name, folder / name)

    def edit(self, edits: Edits) -> None:
        """Put what is new in its places; each is there once."""
        for name, changes in edits.items():
            path = self.folder / name
            text = path.read_text()
            for before, after in changes:
                assert text.count(before) == 1, (name, before)
                text = text.replace(before, after)
            path.write_text(text)

    def errors(self) -> list[tuple[str, str]]:
        """Return the file and the sentence of each error that mypy finds."""
        # What was found out of a file is kept, but for those that are edited at once after they were copied.
        found = self._run("mypy", "--cache-dir", str(self.folder / ".cache"), "rules", "engine")
        assert found.returncode in {0, 1}, found.stderr
        return re.findall(r"^(\S+):\d+: error: (.*)$", found.stdout, re.MULTILINE)

    def case(self, written: Mapping[str, Any]) -> str:
        """Add a golden case, and return what pytest says once it ran it."""
        items = [{"id": one, "gross_amount": gross, "eligible_for_discount": True} for one, gross in written["items"]]
        receipt = {"receipt_id": "R", "store": {"id": "s"}, "purchase_at": "2026-01-02T12:00:00Z", "items": items}
        document = {**written, "receipt": receipt}
        del document["items"]
        expect = {name: value for name, value in written["expect"].items() if value is not None}
        folder = self.folder / "tests/cases/new"
        folder.mkdir(parents=True)
        (folder / "just-added.json").write_text(json.dumps({**document, "expect": expect}))
        ran = self._run("pytest", "-q", "-p", "no:cacheprovider", "tests/test_cases.py", "-k", "just-added")
        return ran.stdout + ran.stderr

    def _run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    made = Copy(tmp_path)
    yield made
    shutil.rmtree(tmp_path)


def test_a_kind_known_to_the_language_alone_is_an_error_in_every_place_that_must_know_it(copy: Copy) -> None:
    first = KIND["rules/reward.py"][0]
    copy.edit({"rules/reward.py": [first]})
    errors = copy.errors()
    assert sorted({name for name, _ in errors}) == sorted(KIND)
    assert len(errors) == len(KIND)
    assert all(NEW in sentence and "Never" in sentence for _, sentence in errors)
    # And in each place that is left, whichever were seen to before.
    copy.edit(
        {
            "rules/reward.py": KIND["rules/reward.py"][1:],
            "engine/rewards/unit_value.py": KIND["engine/rewards/unit_value.py"],
        }
    )
    assert [name for name, _ in copy.errors()] == ["engine/rewards/kinds.py"]


@pytest.mark.long
def test_a_kind_takes_four_files_and_its_golden_case(copy: Copy) -> None:
    copy.edit(KIND)
    assert copy.errors() == []
    assert "passed" in (said := copy.case(KIND_CASE)), said
    assert "failed" not in said, said


@pytest.mark.long
def test_a_limitation_takes_two_files_and_its_golden_case(copy: Copy) -> None:
    copy.edit(LIMITATION)
    assert copy.errors() == []
    assert "passed" in (said := copy.case(LIMITATION_CASE)), said
    assert "failed" not in said, said
