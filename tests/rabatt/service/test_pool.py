"""The processes for long work: who gets one, when one is ended, and that none is left over."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rabatt.service.pool import NoTurn, Pool, TookTooLong, WorkerEnded, WorkerFailed
from tests.support.processes import is_running
from tests.support.service.jobs import make_work
from tests.support.waiting import PATIENCE


@asynccontextmanager
async def pool(size: int = 2, seconds: float = PATIENCE, patience: float = PATIENCE) -> AsyncIterator[Pool]:
    """A pool that is closed at the end."""
    made = Pool(make_work, size=size, seconds=seconds, patience=patience)
    try:
        yield made
    finally:
        made.close()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another process brings about."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - no event tells of another process
            await asyncio.sleep(0.005)


async def there(path: Path) -> int:
    """The process id that a file holds, once it is there."""
    await until(lambda: path.exists() and path.read_text() != "")
    return int(await asyncio.to_thread(path.read_text))


async def gone(pid: int) -> None:
    """Wait until a process is no more."""
    await until(lambda: not is_running(pid))


def test_an_account_never_has_all_processes(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=2) as processes:
            first = asyncio.create_task(processes.run("a", ("until", str(tmp_path / "1"), str(tmp_path / "go"))))
            second = asyncio.create_task(processes.run("a", ("until", str(tmp_path / "2"), str(tmp_path / "go"))))
            await there(tmp_path / "1")
            # While a's first is under way and its second waits, b is served.
            assert await processes.run("b", ("echo", 1)) == ("echo", 1)
            assert not (tmp_path / "2").exists()
            (tmp_path / "go").touch()
            assert await first == await second

    asyncio.run(main())


def test_accounts_take_turns(tmp_path: Path) -> None:
    async def main() -> None:
        done: list[str] = []

        async def noted(processes: Pool, account: str, name: str) -> None:
            await processes.run(account, ("echo", name))
            done.append(name)

        async with pool(size=1) as processes:
            first = asyncio.create_task(processes.run("a", ("until", str(tmp_path / "1"), str(tmp_path / "go"))))
            await there(tmp_path / "1")
            waiting = []
            for account, name in (("a", "a2"), ("a", "a3"), ("a", "a4"), ("b", "b1"), ("c", "c1"), ("b", "b2")):
                waiting.append(asyncio.create_task(noted(processes, account, name)))
                await asyncio.sleep(0)
            (tmp_path / "go").touch()
            await asyncio.gather(first, *waiting)
        assert done == ["a2", "b1", "c1", "a3", "b2", "a4"]

    asyncio.run(main())


def test_what_takes_too_long_is_ended_with_its_process(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=1, seconds=0.2) as processes:
            with pytest.raises(TookTooLong):
                await processes.run("a", ("for ever", str(tmp_path / "1")))
            assert not is_running(await there(tmp_path / "1"))
            assert await processes.run("a", ("echo", 1)) == ("echo", 1)

    asyncio.run(main())


def test_time_counts_from_when_the_job_has_what_it_needs(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=1, seconds=2) as processes:
            job = asyncio.create_task(processes.run("a", ("prepare until", str(tmp_path / "go"))))
            done, _ = await asyncio.wait([job], timeout=2.5)
            assert not done
            (tmp_path / "go").touch()
            assert is_running(await job)

    asyncio.run(main())


def test_nobody_loses_patience_while_the_first_makes_ready(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=2, patience=1) as processes:
            first = asyncio.create_task(processes.run("a", ("prepare until", str(tmp_path / "go"))))
            await asyncio.sleep(0)
            waiting = [asyncio.create_task(processes.run("a", ("echo", number))) for number in range(3)]
            done, _ = await asyncio.wait([first, *waiting], timeout=1.5)
            assert not done
            (tmp_path / "go").touch()
            assert is_running(await first)
            assert await asyncio.gather(*waiting) == [("echo", number) for number in range(3)]

    asyncio.run(main())


def test_a_process_that_ends_fails_its_job_alone() -> None:
    async def main() -> None:
        async with pool(size=1) as processes:
            before = await processes.run("a", ("pid",))
            with pytest.raises(WorkerEnded):
                await processes.run("a", ("exit",))
            after = await processes.run("a", ("pid",))
            assert before != after
            # One that ends between two jobs fails none.
            os.kill(after, signal.SIGKILL)
            await gone(after)
            assert is_running(await processes.run("a", ("pid",)))

    asyncio.run(main())


def test_a_fault_is_logged_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with pool(size=1) as processes:
            with caplog.at_level(logging.ERROR), pytest.raises(WorkerFailed):
                await processes.run("a", ("fail", "kim@example.org"))
            # The process goes on.
            assert await processes.run("a", ("echo", 1)) == ("echo", 1)

    asyncio.run(main())
    [record] = caplog.records
    fields = record.__dict__["fields"]
    assert "in work" in fields["traceback"]
    assert "ValueError" in fields["traceback"]
    assert "kim" not in fields["traceback"] + record.getMessage()


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=1, patience=0.05) as processes:
            first = asyncio.create_task(processes.run("a", ("until", str(tmp_path / "1"), str(tmp_path / "go"))))
            await there(tmp_path / "1")
            with pytest.raises(NoTurn):
                await processes.run("a", ("echo", 1))
            with pytest.raises(NoTurn):
                await processes.run("b", ("echo", 1))
            (tmp_path / "go").touch()
            await first
            assert await processes.run("b", ("echo", 1)) == ("echo", 1)

    asyncio.run(main())


def test_who_gives_up_loses_no_process(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=1) as processes:
            first = asyncio.create_task(processes.run("a", ("until", str(tmp_path / "1"), str(tmp_path / "go"))))
            await there(tmp_path / "1")
            waiting = [asyncio.create_task(processes.run("b", ("echo", number))) for number in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            (tmp_path / "go").touch()
            await first
            # Its turn has come by now, in the moment in which it is given up.
            waiting[1].cancel()
            ends = await asyncio.gather(*waiting, return_exceptions=True)
            assert isinstance(ends[0], asyncio.CancelledError)
            assert ends[2] == ("echo", 2)
            assert await processes.run("c", ("echo", 9)) == ("echo", 9)

    asyncio.run(main())


def test_what_nobody_wants_any_more_is_not_begun(tmp_path: Path) -> None:
    async def unwanted() -> bool:
        return False

    async def wanted() -> bool:
        return True

    async def main() -> None:
        async with pool(size=1) as processes:
            assert await processes.run("a", ("for ever", str(tmp_path / "1")), unwanted) is None
            assert await processes.run("a", ("echo", 1), wanted) == ("echo", 1)
            assert not (tmp_path / "1").exists()

    asyncio.run(main())


def test_an_account_gets_the_process_that_knows_its_rules(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=3) as processes:
            jobs = {
                account: asyncio.create_task(
                    processes.run(account, ("until", str(tmp_path / account), str(tmp_path / "go")))
                )
                for account in "abc"
            }
            for account in jobs:
                await there(tmp_path / account)
            (tmp_path / "go").touch()
            pids = {account: await job for account, job in jobs.items()}
            assert len(set(pids.values())) == 3
            for account in "cbabca":
                assert await processes.run(account, ("pid",)) == pids[account]

    asyncio.run(main())


def test_closing_ends_what_is_under_way(tmp_path: Path) -> None:
    async def main() -> None:
        async with pool(size=1) as processes:
            job = asyncio.create_task(processes.run("a", ("for ever", str(tmp_path / "1"))))
            pid = await there(tmp_path / "1")
            processes.close()
            with pytest.raises(WorkerEnded):
                await job
            await gone(pid)
            with pytest.raises(WorkerEnded):
                await processes.run("a", ("echo", 1))

    asyncio.run(main())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_all_processes_lets_a_job_be_finished(tmp_path: Path, number: signal.Signals) -> None:
    async def main() -> None:
        async with pool(size=1) as processes:
            job = asyncio.create_task(processes.run("a", ("until", str(tmp_path / "1"), str(tmp_path / "go"))))
            os.kill(await there(tmp_path / "1"), number)
            (tmp_path / "go").touch()
            assert is_running(await job)

    asyncio.run(main())


PARENT = """
import asyncio, os, sys
from rabatt.service.pool import Pool
from tests.support.service.jobs import make_work
async def main():
    pool = Pool(make_work, size=1, seconds=100, patience=100)
    print(await pool.run("a", ("pid",)), flush=True)
    job = asyncio.create_task(pool.run("a", ("for ever", sys.argv[1])))
    while not os.path.exists(sys.argv[1]):
        await asyncio.sleep(0.01)
    END
if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("pool.close()", id="at its end", marks=pytest.mark.long),
        pytest.param("os._exit(1)", id="without a word", marks=pytest.mark.long),
        pytest.param("os.kill(os.getpid(), 9)", id="by being killed"),
    ],
)
def test_no_process_is_left_over_when_the_service_ends_in_the_middle_of_a_job(tmp_path: Path, end: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT.replace("END", end))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "begun")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.stdout.strip().isdigit(), ended.stderr
    asyncio.run(gone(int(ended.stdout)))


def test_only_what_is_asked_of_a_pool_starts_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("rabatt.service.pool.PROCESSES.Process", started.append)

    async def main() -> None:
        async with pool(size=4):
            pass

    asyncio.run(main())
    assert started == []
