"""What all benchmarks share: turns, processes, the history, and pages of which only what was made is replaced."""

import json
import os
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path

import pytest

from benchmarks.engine.run import BENCHMARK as ENGINE
from benchmarks.measure import at_share, by_turns, cpu_seconds, peaks_of, run_python, watched
from benchmarks.page import count_text, replaced, table
from benchmarks.peers.run import BENCHMARK as PEERS
from benchmarks.record import Benchmark, rounded
from benchmarks.service.load import BENCHMARK as LOAD
from benchmarks.simulation.run import BENCHMARK as SIMULATION

ON_LINUX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="what a process takes is read from /proc")
ALL = pytest.mark.parametrize("one", [ENGINE, LOAD, SIMULATION, PEERS], ids=["engine", "load", "simulation", "peers"])


def test_who_is_first_changes_from_round_to_round() -> None:
    order: list[str] = []

    def side(name: str) -> str:
        order.append(name)
        return name

    sides = {name: partial(side, name) for name in "abc"}
    assert list(by_turns(sides, 3)) == [{"a": "a", "b": "b", "c": "c"}] * 3
    assert "".join(order) == "abcbcacab"


def test_what_takes_long_is_done_once() -> None:
    assert len(list(by_turns({"a": lambda: 1}, 3, most_seconds=-1))) == 1


@pytest.mark.parametrize(("share", "least"), [(0.5, 51), (0.99, 100), (1, 100)])
def test_a_share_of_the_times_does_not_go_beyond(share: float, least: int) -> None:
    assert at_share(list(range(100, 0, -1)), share) == least


def test_a_fresh_interpreter_has_the_packages_of_its_checkout(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text("")
    program = "import engine; print(engine.__file__)"
    assert Path(run_python("-c", program, tree=tmp_path, installed=False).strip()) == tmp_path / "engine.py"
    assert Path(run_python("-c", program, tree=tmp_path, installed=True).strip()) != tmp_path / "engine.py"


@ON_LINUX
def test_what_a_process_takes_is_known() -> None:
    assert peaks_of(os.getpid())[os.getpid()] > 10_000
    assert cpu_seconds(os.getpid()) > 0


@ON_LINUX
def test_a_process_that_fails_is_told_with_its_complaint() -> None:
    with pytest.raises(SystemExit, match="KeyError"):
        watched("benchmarks.simulation.once", {"how": "plain", "archive": "", "rules": "unknown", "draft": "no"})


def test_numbers_are_recorded_with_four_digits() -> None:
    assert rounded({"a": [1234.56, 0.123456], "b": (7, "x", None, True)}) == {
        "a": [1235.0, 0.1235],
        "b": [7, "x", None, True],
    }


def test_a_run_is_a_line_of_history(tmp_path: Path) -> None:
    benchmark = Benchmark(tmp_path / "history.jsonl", 7, lambda _: [], unrecorded=("growth",))
    for number in range(2):
        benchmark.record(benchmark.described({"rows": [number], "growth": 1}))
    first, second = map(json.loads, benchmark.history.read_text("utf-8").splitlines())
    assert list(first) == ["commit", "date", "machine", "python", "seed", "rows"]
    assert (first["rows"], second["rows"], benchmark.last()) == ([0], [1], second)


def test_the_command_line_measures_prints_records_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "page.md"
    written.write_text("above\n<!-- a:begin -->\nold\n<!-- a:end -->\nbelow")
    benchmark = Benchmark(
        tmp_path / "history.jsonl", 7, lambda data: [f"{data['rows']}"], lambda data: {written: {"a": [data["commit"]]}}
    )
    monkeypatch.setattr(sys, "argv", ["run", "--record", "--page"])
    benchmark.main(ArgumentParser(), lambda _: {"rows": 3})
    monkeypatch.setattr(sys, "argv", ["run", "--last", "--record"])
    benchmark.main(ArgumentParser(), lambda _: {"rows": 4})
    assert capsys.readouterr().out.splitlines() == ["3", "3"]
    assert benchmark.history.read_text("utf-8").count("\n") == 1
    assert f"\n{benchmark.last()['commit']}\n" in written.read_text()


@ALL
def test_what_was_recorded_can_be_shown_again(one: Benchmark) -> None:
    assert len(list(one.tables(one.last()))) > 2


@ALL
def test_the_pages_have_a_place_for_everything_and_tables_are_well_formed(one: Benchmark) -> None:
    for path, tables in one.pages(one.last()).items():
        text = path.read_text("utf-8")
        for name, lines in tables.items():
            text = replaced(text, name, lines)
            assert "\n".join(lines) in text
            assert replaced(text, name, lines) == text
        shown = [part.splitlines() for part in text.split("\n\n") if part.startswith("|")]
        assert all(len({line.count("|") for line in lines}) == 1 for lines in shown)


def test_a_table_has_numbers_to_the_right() -> None:
    assert table("what |> many", [["a", 1], ["b", ""]]) == [
        "| what | many |",
        "| --- | ---: |",
        "| a | 1 |",
        "| b |  |",
    ]


@pytest.mark.parametrize(
    ("number", "digits", "text"), [(1_234_567, 99, "1 234 567"), (1_234_567, 3, "1 230 000"), (99.6, 3, "100")]
)
def test_thousands_are_set_apart(number: float, digits: int, text: str) -> None:
    assert count_text(number, digits) == text


@pytest.mark.parametrize(
    ("begin", "end"), [("<!-- a:begin -->", "<!-- a:end -->"), ("<!-- made by a -->", "<!-- end of what a made -->")]
)
def test_only_what_is_between_the_marks_is_replaced(begin: str, end: str) -> None:
    once = replaced(f"above\n{begin}\nold\n{end}\nbelow", "a", ["| \\1 |"])
    assert once == f"above\n{begin}\n\n| \\1 |\n\n{end}\nbelow"
    assert replaced(once, "a", ["| \\1 |"]) == once
    for text in ("", begin, f"{end}\n{begin}\n", f"{once}{once}"):
        with pytest.raises(ValueError, match="two marks of a"):
            replaced(text, "a", [])
    with pytest.raises(ValueError, match="two marks of b"):
        replaced(once, "b", [])
