"""What the service is compared with: a handler that only validates a receipt and sends it back.

`echo` is that handler alone in an application; `service` is the whole service with the same handler as one more route,
behind the same token, log lines and metrics.
"""

import sys
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request, Response

from rabatt.cli.server.running import listen, run
from rabatt.service import ServiceSettings, create_app
from rabatt.service.bearer_tokens import Principal
from rabatt.service.bodies.read_body import read_bytes
from rabatt.service.entry.access import DISCOUNTS_USE, AccountId, Direct, allow
from rabatt.service.logs import set_up_logs
from rules import read_receipt
from rules.serialise import serialise

echo = FastAPI(openapi_url=None)
router = APIRouter(prefix="/v1/accounts/{aid}", route_class=Direct)


@echo.post("/echo")
async def answer(request: Request) -> Response:
    """Return the receipt as it came, every field of it checked."""
    return Response(serialise(read_receipt(await request.body()).document), media_type="application/json")


@router.post("/echo")
async def answer_behind_the_doors(
    request: Request, _aid: AccountId, _principal: Annotated[Principal, allow(*DISCOUNTS_USE)]
) -> Response:
    """Return the same, for the bearer of a token."""
    return Response(serialise(read_receipt(await read_bytes(request)).document), media_type="application/json")


def main(name: str) -> None:
    """Serve one of the two as `rabatt serve` serves."""
    settings = ServiceSettings()
    set_up_logs(settings.log_level)
    app = echo
    if name == "service":
        app = create_app()
        app.include_router(router)
    run(app, settings, listen(settings), lambda: None)


if __name__ == "__main__":
    main(sys.argv[1])
