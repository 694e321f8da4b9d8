"""The bodies of `commerce.receipts.*`, and what is wrong with them: a row for each fault, as the source has them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import JSONResponse

from rabatt.open2b.error_rows import NotTaken, malformed
from rabatt.open2b.field_types import StrictModel
from rabatt.service.bodies.read_body import read_content, read_model
from rabatt.service.context import context_of
from rabatt.service.problems import Problem
from rules import Fault, Refused
from rules.fault import MOST_FAULTS, counted, further
from rules.parse import parse

RequestBody = TypeVar("RequestBody", bound=StrictModel)


class RowProblem(Problem):
    """A request with rows: 422 in the shape of every error here, and with the `status` of Open2b's answers."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], many: str | None = None) -> None:
        said = many or ("a fault" if len(rows) == 1 else f"{len(rows)} faults")
        if many is None and len(rows) > MOST_FAULTS:
            rows = [*rows[:MOST_FAULTS], malformed(further(len(rows) - MOST_FAULTS))]
        super().__init__(422, f"the request has {said}", rows)

    def response(self) -> JSONResponse:
        """The answer itself."""
        error = {"code": self.code, "message": self.message, "errors": self.errors}
        return JSONResponse({"status": "error", "error": error}, self.status)


def not_taken(why: NotTaken) -> RowProblem:
    """The answer to a request that is not carried out."""
    return RowProblem([row.as_data() for row in why.rows])


async def read_request(request: Request, model: type[RequestBody]) -> RequestBody:
    """What a body asks for, its decimals exact; a RowProblem with every fault of its fields."""
    try:
        asked = await read_content(request, lambda content: read_model(model, parse(content, exact=True)))
    except Refused as refused:
        raise RowProblem([malformed(fault) for fault in refused.faults], counted(refused.faults)) from None
    items = getattr(getattr(asked, "receipt", None), "items", ())
    most = context_of(request).settings.max_lines
    if len(items) > most:
        fault = Fault("receipt.items", f"a receipt has {most} lines at most; here are {len(items)}")
        raise RowProblem([malformed(fault)])
    return asked
