"""What was refused and where, said on standard error, in sentences or as JSON."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rabatt.cli.screen import printable
from rules import Fault


@dataclass(frozen=True, slots=True)
class Location:
    """Where a document stands: its file, and of a receipt among others its position and line, both from 1."""

    file: str
    position: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The faults of one document: a whole file, or one receipt of it."""

    location: Location
    faults: tuple[Fault, ...]
    receipt_id: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The refusal as plain data, what is not known left out."""
        about = {**asdict(self.location), "receipt_id": self.receipt_id}
        known = {name: value for name, value in about.items() if value is not None}
        return {**known, "faults": [fault.as_data() for fault in self.faults]}

    def sentences(self) -> Iterator[str]:
        """A heading that names the document, then one line per fault."""
        heading = [printable(self.location.file)]
        if self.location.line is not None:
            heading.append(f"line {self.location.line}")
        elif self.location.position is not None:
            heading.append(f"receipt {self.location.position}")
        if self.receipt_id is not None:
            heading.append(f"receipt_id {printable(self.receipt_id)}")
        yield f"{', '.join(heading)}: refused"
        for fault in self.faults:
            yield f"  {printable(fault)}"


class CallRefused(Exception):
    """The call as a whole cannot be carried out: rules, grants, a file or an option are not what they must be."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("\n".join(refusal.sentences()))
        self.refusal = refusal


def report(refusal: Refusal, *, as_json: bool) -> None:
    """Says on standard error what was refused: one line of JSON, or sentences."""
    if as_json:
        print(json.dumps(refusal.as_data()), file=sys.stderr)
        return
    for sentence in refusal.sentences():
        print(sentence, file=sys.stderr)
