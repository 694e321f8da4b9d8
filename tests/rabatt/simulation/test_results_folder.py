"""The folder of results holds all of one run or nothing of it, however a run ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rabatt.simulation.results_folder import NAMES, SUMMARY, FolderRefused, open_folder
from tests.support.processes import started
from tests.support.waiting import PATIENCE

OURS = json.dumps({"format": 1, "question": {}})


def fill(folder: Path, mark: str, *names: str) -> None:
    for name in names or NAMES:
        (folder / name).write_text(OURS if name == SUMMARY else mark)


def shown(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.name != SUMMARY}


def test_no_folder_is_left_that_was_made_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(ZeroDivisionError), open_folder(tmp_path / "there" / "new" / "out"):
        _ = 1 // 0
    assert not list((tmp_path / "there").iterdir())


def test_all_results_appear_at_once_and_nothing_else_stays(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    with open_folder(out) as work:
        fill(work, "first")
        (work / "rows-0.arrow").write_text("rows")
        assert not (out / SUMMARY).exists()
    assert {path.name for path in out.iterdir()} == set(NAMES)


def test_later_results_take_the_place_of_all_earlier_ones(tmp_path: Path) -> None:
    with open_folder(tmp_path) as work:
        fill(work, "first")
    (tmp_path / "notes.txt").write_text("mine")
    with open_folder(tmp_path) as work:
        fill(work, "second", "by_rule.parquet", SUMMARY)
    assert shown(tmp_path) == {"by_rule.parquet": "second", "notes.txt": "mine"}


def test_a_run_that_fails_changes_nothing(tmp_path: Path) -> None:
    with open_folder(tmp_path) as work:
        fill(work, "first")
    before = shown(tmp_path)
    with pytest.raises(FileNotFoundError), open_folder(tmp_path) as work:
        fill(work, "second", "by_rule.parquet", "no such folder/file")
    assert shown(tmp_path) == before


def test_files_of_somebody_else_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / SUMMARY).write_text("[]")
    with pytest.raises(FolderRefused) as refused, open_folder(tmp_path):
        pass
    assert refused.value.path == str(tmp_path)
    assert refused.value.sentence == "summary.json there is not of a simulation; name another folder, or remove it"
    assert (tmp_path / SUMMARY).read_text() == "[]"


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(FolderRefused, match="name another folder"), open_folder(tmp_path / "out"):
        pass


def test_two_runs_at_once_do_not_meet(tmp_path: Path) -> None:
    with open_folder(tmp_path) as work:
        with pytest.raises(FolderRefused, match="another simulation is writing there"), open_folder(tmp_path):
            pass
        fill(work, "first")
    assert (tmp_path / SUMMARY).exists()


KILLED = """
import signal, sys
from pathlib import Path
from rabatt.simulation.results_folder import NAMES, open_folder
import rabatt.simulation.results_folder as folder
replaced = 0
class Dying(type(Path())):
    def replace(self, target):
        global replaced
        replaced += 1
        if replaced == int(sys.argv[2]):
            print("now", flush=True)
            signal.pause()
        return super().replace(target)
with open_folder(Path(sys.argv[1])) as work:
    work = Dying(work)
    for name in NAMES:
        (work / name).write_text('{"format": 1, "question": {}}' if name == "summary.json" else "second")
    folder._take_over(work, Path(sys.argv[1]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing can be killed here")
@pytest.mark.parametrize("moment", [1, 4, len(NAMES)])
def test_a_run_that_is_killed_while_it_hands_over_mixes_nothing(tmp_path: Path, moment: int) -> None:
    with open_folder(tmp_path) as work:
        fill(work, "first")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(moment)]
    with started(command, stdout=subprocess.PIPE, env=environment) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"now\n"
        killed.kill()
        killed.wait(PATIENCE)
    # No summary: whoever looks knows that nothing here is whole. And nothing is of the first run.
    assert not (tmp_path / SUMMARY).exists()
    assert "first" not in {path.read_text() for path in tmp_path.glob("*.parquet")}
    with open_folder(tmp_path) as work:
        fill(work, "third", "by_day.parquet", SUMMARY)
    assert shown(tmp_path) == {"by_day.parquet": "third"}
