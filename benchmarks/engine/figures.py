"""All that one run measured, as a value that is written to JSON and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from benchmarks.changes import Changes
from benchmarks.growth import Point
from benchmarks.road import Row
from benchmarks.worst import Worst


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a run; times in microseconds where nothing else is said, `read_receipt` is that of a receipt.

    What only the long run measures (changes, stages, growth, worst) is empty after a short one.
    """

    receipt_bytes: int
    pydantic: float
    read_receipt: float
    import_milliseconds: float
    rows: Sequence[Row]
    changes: Changes | None
    stages: Mapping[str, Mapping[str, float]]
    growth: Mapping[str, Sequence[Point]]
    worst: Sequence[Worst]

    @property
    def share_optimal(self) -> float:
        """Return the share of the rows whose searches were all exact."""
        return sum(row.optimal for row in self.rows) / len(self.rows)


def as_data(figures: Figures) -> dict[str, Any]:
    """Return the figures as plain data, times to a tenth of a microsecond."""
    return {name: _rounded(value) for name, value in asdict(figures).items()}


def from_data(data: Mapping[str, Any]) -> Figures:
    """Return the figures that `as_data` gave."""
    known = {field.name: data[field.name] for field in fields(Figures)}
    known["rows"] = [Row(**row) for row in data["rows"]]
    known["changes"] = data["changes"] and Changes(**data["changes"])
    known["growth"] = {name: [Point(**point) for point in points] for name, points in data["growth"].items()}
    known["worst"] = [Worst(**worst) for worst in data["worst"]]
    return Figures(**known)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4 if value < 1 else 3 if value < 10 else 1)
    if isinstance(value, dict):
        return {name: _rounded(member) for name, member in value.items()}
    return [_rounded(member) for member in value] if isinstance(value, list | tuple) else value
