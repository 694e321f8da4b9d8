"""What is returned over the counter: lines of a receipt, and how much of each."""

from pydantic import BaseModel, ConfigDict, Field

from rules.fault import MOST_FAULTS, Fault, Refused, further
from rules.parse import parse, refused
from rules.refuse import faults_of
from rules.validate import Faulty, reader_of
from rules.values import Integer, Number

MOST_RETURNED = 10_000


class ReturnedLine(BaseModel):
    """Units of one line that come back; all that are left of it where no quantity is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line_id: Integer
    quantity: Number | None = Field(default=None, description="Pieces, or the whole weight of what was weighed.")


def read_returned(data: object) -> tuple[ReturnedLine, ...]:
    """The lines of a list, or of `{"items": […]}`; Refused with every fault.

    Whether the receipt has these lines, and so much of them, is asked where the return is settled.
    """
    document = parse(data)
    entries = document.get("items") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise refused('what comes back is a list, such as [{"line_id": 1, "quantity": 2}]')
    if len(entries) > MOST_RETURNED:
        raise refused(f"more than {MOST_RETURNED} lines come back at once; return them in parts")
    lines: list[ReturnedLine] = []
    faults: list[Fault] = []
    for position, entry in enumerate(entries):
        if len(faults) >= MOST_FAULTS:
            faults.append(further())
            break
        try:
            lines.append(reader_of(ReturnedLine).read(entry))
        except Faulty as faulty:
            faults += faults_of(faulty, ReturnedLine, ("returned", position), MOST_FAULTS - len(faults))
    if faults:
        raise Refused(faults)
    return tuple(lines)
