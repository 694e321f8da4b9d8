"""The law of the reader: what columns tell of a receipt that is not suspect is what the receipt has as an object."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from rabatt.simulation.archive import Unreadable, open_archive
from rabatt.simulation.archive.facts import ReadPlan
from tests.support.simulation.purchases import (
    ALL,
    FIELDS,
    PURCHASES,
    Document,
    assert_told_by_columns,
    documents_of,
    read,
)
from tests.support.simulation.twists import Twist, twisted, twists

ASKED = st.builds(
    ReadPlan,
    fields=st.sampled_from((FIELDS, frozenset())),
    whole_customer=st.booleans(),
    whole_store=st.booleans(),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive") / "receipts.parquet"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    receipts=st.lists(st.sampled_from(PURCHASES), min_size=1, max_size=5),
    changes=st.lists(twists(), min_size=1, max_size=3),
    asked=ASKED,
    batch_receipts=st.sampled_from((1, 2, 16_384)),
)
def test_columns_of_any_type_tell_what_the_receipt_has(
    file: Path, receipts: Sequence[Document], changes: Sequence[Twist], asked: ReadPlan, batch_receipts: int
) -> None:
    try:
        pq.write_table(twisted(receipts, changes), file, row_group_size=3)
    except pa.ArrowNotImplementedError:
        # There is no such Parquet.
        reject()
    try:
        open_archive([file])
    except Unreadable:
        # Without one of these there is no receipt to be read.
        assert {path[0] for path, _, _ in changes} & {"receipt_id", "purchase_at", "store"}
        return
    batches = read(file, asked, batch_receipts)
    assert sum(facts.count for facts in batches) == len(receipts)
    for facts in batches:
        assert_told_by_columns(facts, asked)
        backwards = np.arange(facts.count)[::-1]
        assert list(facts.documents(backwards)) == documents_of(facts)[::-1]


def test_of_plain_receipts_none_is_suspect(file: Path) -> None:
    pq.write_table(twisted(PURCHASES, ()), file)
    (facts,) = read(file)
    assert assert_told_by_columns(facts, ALL) == len(PURCHASES)
