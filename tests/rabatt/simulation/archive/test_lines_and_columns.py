"""Receipts are the same whether they lie in lines of JSON or in columns, in one file or in many."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine import Settings
from tests.support.simulation.archives import archive, write_lines
from tests.support.simulation.comparing import (
    SOME,
    assert_is_that_of_plain_replay,
    outputs,
    seeds,
    simulated,
)
from tests.support.simulation.parquet_archives import in_utc, of_columns, write_parquet
from tests.support.simulation.plain_replay import Document, Question, plain_replay

FORMATS = pytest.mark.parametrize("form", ["lines", "columns"])
PIECE: Document = {"id": "tea", "gross_amount": 100, "eligible_for_discount": True}
RECEIPT: Document = {"receipt_id": "1", "store": {"id": "s"}, "purchase_at": "2024-05-02T12:00:00Z", "items": [PIECE]}
TEN_OFF: Document = {
    "id": "ten",
    "requirement": {"item": {"items": [{"id": "coffee"}]}},
    "reward": {"type": "discount_amount", "value": 10},
}


@seeds(SOME, first=7_000)
def test_one_file_or_many_and_lines_or_columns_change_no_byte(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        receipts = [of_columns(receipt) for receipt in small.receipts]
        folder = tmp_path / str(seed)
        for part in range(3):
            (folder / f"day={part}").mkdir(parents=True)
            write_parquet(receipts[part::3], folder / f"day={part}" / "part.parquet")
        lines = outputs(small.question, [write_lines(receipts, folder / "all.jsonl")], folder / "from lines")
        columns = outputs(small.question, [write_parquet(receipts, folder / "all.parquet")], folder / "from columns")
        parts = outputs(small.question, sorted(folder.glob("day=*")), folder / "from parts")
        # Where a receipt at fault stands is told, and that is another place.
        faults = [refused_in(one) for one in (lines, columns, parts)]
        assert faults[0] == faults[1] == faults[2]
        assert lines == columns == parts


def refused_in(output: dict[str, bytes]) -> list[str]:
    """Take the refused receipts out of an output, and return the paths of their faults in some order of their own.

    What columns lack is missing, where a line may say null.
    """
    lines = output.pop("refused.jsonl", b"").decode().splitlines()
    return sorted(" ".join(fault["path"] for fault in json.loads(line)["faults"]) for line in lines)


@seeds(SOME, first=8_000)
def test_times_may_be_moments_as_columns_have_them(block: range, tmp_path: Path) -> None:
    for seed in block:
        small = archive(seed)
        receipts = in_utc(of_columns(receipt) for receipt in small.receipts)
        question = small.question._replace(since="2024-03-31", until="2024-05-04")
        moments = simulated(question, [write_parquet(receipts, tmp_path / f"{seed}.parquet", with_moments=True)])
        assert_is_that_of_plain_replay(moments, small, plain_replay(receipts, question))


def written(receipts: Sequence[Document], form: str, folder: Path) -> Path:
    """Write receipts in one of the two forms, and return where they are."""
    if form == "lines":
        return write_lines(receipts, folder / "receipts.jsonl")
    return write_parquet(receipts, folder / "receipts.parquet")


@FORMATS
def test_a_receipt_at_fault_outside_the_period_is_none_of_it(form: str, tmp_path: Path) -> None:
    receipts = [{**RECEIPT, "receipt_id": None, "purchase_at": "2024-05-01T12:00:00Z"}, RECEIPT]
    summary = simulated(Question([TEN_OFF], since="2024-05-02"), [written(receipts, form, tmp_path)]).summary
    assert (summary["archive"]["receipts"], summary["archive"]["refused"]) == (1, 0)


@FORMATS
@pytest.mark.parametrize("prune", [True, False])
@pytest.mark.parametrize("most", [9, 1_000_000])
def test_more_pieces_than_the_limit_are_refused_whether_or_not_a_rule_wants_them(
    form: str, prune: bool, most: int, tmp_path: Path
) -> None:
    receipts = [{**RECEIPT, "items": [{**PIECE, "quantity": most + more}], "receipt_id": str(more)} for more in (0, 1)]
    question = Question([TEN_OFF], settings=Settings(max_units=most))
    summary = simulated(question, [written(receipts, form, tmp_path)], prune=prune).summary
    assert (summary["archive"]["receipts"], summary["archive"]["refused"]) == (1, 1)


@FORMATS
def test_what_columns_cannot_hold_is_no_more_work(form: str, tmp_path: Path) -> None:
    receipt = {**RECEIPT, "items": [{**PIECE, "line_id": 2}, {**PIECE, "line_id": 1}]}
    summary: Any = simulated(Question([TEN_OFF]), [written([receipt], form, tmp_path)]).summary
    assert (summary["archive"]["evaluated"], summary["archive"]["evaluated_twice"]) == (0, 0)
