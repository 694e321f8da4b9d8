"""What is measured beside the road: memory and import time of a fresh process, and where all this was measured."""

import gc
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import get_clock_info, perf_counter_ns, thread_time_ns

ROOT = Path(__file__).parent.parent

# The time of this thread on the processor: what other processes take from it is no property of ours. Where that clock
# is coarse (Windows), the wall's.
_FINE = 1e-6
now: Callable[[], int] = thread_time_ns if get_clock_info("thread_time").resolution <= _FINE else perf_counter_ns


def seconds_of(call: Callable[[], object]) -> float:
    """Return how long one call takes, the first and only one."""
    gc.collect()
    started = perf_counter_ns()
    call()
    return (perf_counter_ns() - started) / 1e9


def in_fresh_process(program: str) -> str:
    """Return what a program prints, run by an interpreter of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


_IMPORT = "from time import perf_counter_ns as now; start = now(); import engine; print((now() - start) / 1e6)"


def import_milliseconds(rounds: int = 7) -> float:
    """Return how long the first import of the engine takes at best, the interpreter's own start left out."""
    return min(float(in_fresh_process(_IMPORT)) for _ in range(rounds))


_MEMORY = """
from benchmarks.measure import peak_megabytes
from benchmarks.workload import Knobs, make_workload
from engine import compile_rules, evaluate
from rules import read_receipt, read_rules
workload = make_workload(Knobs({rules}, {matches}))
before = peak_megabytes()
rule_set = compile_rules(read_rules(workload.rules))
evaluate(rule_set, read_receipt(workload.receipt_json))
print(peak_megabytes() - before)
"""


def memory_megabytes(rules: int, matches: int) -> float:
    """Return by how much the peak memory of a process grows by reading and compiling rules and evaluating a receipt."""
    return float(in_fresh_process(_MEMORY.format(rules=rules, matches=matches)))


def peak_megabytes() -> float:
    """Return the peak memory of this process."""
    import resource  # noqa: PLC0415 - Windows lacks it, and measures all the rest

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def machine_kind() -> str:
    """Return what kind of machine this is, without its name."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {_processor()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def commit() -> str:
    """Return the commit that is measured, with a plus sign where files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
