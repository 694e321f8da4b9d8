"""Options that no simulation can follow are refused with what to write instead."""

from typing import Any

import pytest

from rabatt.simulation import Options


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        pytest.param({"since": "2024-13-01"}, "since '2024-13-01' is no day; write it as 2026-01-31", id="no month"),
        pytest.param({"until": "20240101"}, "until '20240101' is no day", id="no dashes"),
        pytest.param({"since": "2024-02-02", "until": "2024-02-01"}, "until 2024-02-01 is before since", id="reversed"),
        pytest.param({"brought": "half"}, "brought 'half' is unknown; use keep or strip", id="brought"),
        pytest.param({"customer_group": "attributes."}, "write it as attributes.segment", id="group"),
        pytest.param({"uplifts": (5, -1)}, "uplift -1 shall be a whole percent from 0 to 1000", id="uplift below 0"),
        pytest.param({"uplifts": (2.5,)}, "uplift 2.5 shall be a whole percent", id="half a percent"),
        pytest.param({"batch_receipts": 0}, "batch_receipts shall be at least 1", id="no batch"),
    ],
)
def test_what_can_not_be_followed(chosen: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        Options(**chosen)
    assert sentence in str(refused.value)


def test_a_day_alone_may_be_both_ends() -> None:
    assert Options(since="2024-02-29", until="2024-02-29").group_path is None
    assert Options(customer_group="attributes.segment").group_path == ("attributes", "segment")
