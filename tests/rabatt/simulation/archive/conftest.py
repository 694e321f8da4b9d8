"""What the tests of the archive's reader share."""

from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test writes its archive."""
    return tmp_path / "receipts.parquet"
