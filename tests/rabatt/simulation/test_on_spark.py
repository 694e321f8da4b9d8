"""The same simulation on Spark, master and executors as processes of their own: the same bytes as on one machine."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rabatt.simulation import Options, compare
from rabatt.simulation.results_folder import NAMES
from rules import read_grants, read_rules
from tests.support.places import EXAMPLES
from tests.support.simulation.archives import archive, write_lines
from tests.support.simulation.parquet_archives import of_columns, write_parquet
from tests.support.simulation.returning_archives import returning_archive

MISSING = (
    "there is no pyspark here: pip install '.[spark]'"
    if importlib.util.find_spec("pyspark") is None
    else "there is no Java here, which Spark runs on: apt install openjdk-17-jre-headless"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ
    else ""
)

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

ROOT = EXAMPLES.parent


# What lives for seconds is sooner done where Java compiles little.
SOON = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A session whose two executors are processes of their own, as on a cluster."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - not installed everywhere

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("SPARK_LOCAL_HOSTNAME", "localhost")
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .appName("rabatt")
        .config("spark.ui.enabled", "false")
        .config("spark.executor.memory", "1g")
        .config("spark.driver.extraJavaOptions", SOON)
        .config("spark.executor.extraJavaOptions", SOON)
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.executorEnv.PYTHONPATH", os.environ["PYTHONPATH"])
        .getOrCreate()
    )
    yield session
    session.stop()


def differing(left: Path, right: Path) -> list[str]:
    """The files of two folders of results that are not the same bytes."""

    def content(path: Path) -> bytes | None:
        return path.read_bytes() if path.exists() else None

    return [name for name in NAMES if content(left / name) != content(right / name)]


def test_a_shops_autumn(spark: Any, tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "receipts": EXAMPLES / "autumn.jsonl",
        "rules": read_rules((EXAMPLES / "rules.json").read_bytes()),
        "draft": read_rules((EXAMPLES / "draft.json").read_bytes()),
        "without": ["thirty-off-400"],
        "grants": EXAMPLES / "grants.json",
        "options": Options(customer_group="attributes.club"),
    }
    compare(**asked, out=tmp_path / "here")
    compare(**asked, out=tmp_path / "there", engine="spark")
    assert differing(tmp_path / "here", tmp_path / "there") == []
    # It was Spark that did it, on executors of their own.
    assert len(spark.sparkContext.statusTracker().getJobIdsForGroup()) > 0


def test_small_archives_with_faults_and_grants(spark: Any, tmp_path: Path) -> None:
    assert spark.version
    for seed in (3, 17):
        small = archive(seed)
        lines = write_lines(small.receipts, tmp_path / f"{seed}.jsonl")
        question = small.question
        rules, draft = read_rules(list(question.rules)), read_rules(list(question.draft)) if question.draft else ()
        asked: dict[str, Any] = {
            "receipts": lines,
            "rules": rules,
            "draft": draft,
            "without": question.without,
            "grants": None if question.grants is None else read_grants(list(question.grants), rules),
        }
        compare(**asked, out=tmp_path / f"here-{seed}")
        compare(**asked, out=tmp_path / f"there-{seed}", engine="spark")
        assert differing(tmp_path / f"here-{seed}", tmp_path / f"there-{seed}") == []


def test_what_came_back_in_lines_and_in_columns(spark: Any, tmp_path: Path) -> None:
    assert spark.version
    small = returning_archive(20_001)
    receipts = [of_columns(receipt) for receipt in small.receipts]
    question = small.question
    asked: dict[str, Any] = {
        "receipts": [
            write_lines(receipts[::2], tmp_path / "half.jsonl"),
            write_parquet(receipts[1::2], tmp_path / "half.parquet"),
        ],
        "rules": read_rules(list(question.rules)),
        "draft": read_rules(list(question.draft)),
        "without": question.without,
        "grants": None if question.grants is None else read_grants(list(question.grants)),
        "options": Options(settings=question.settings),
    }
    compare(**asked, out=tmp_path / "here")
    compare(**asked, out=tmp_path / "there", engine="spark")
    assert (tmp_path / "here" / "returns.parquet").exists()
    assert differing(tmp_path / "here", tmp_path / "there") == []
