"""What watches over the service asks: does it live, can it serve, and what has it done."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse

from rabatt.service.context import context_of
from rabatt.service.problems import unavailable
from rabatt.service.schemas.openapi import DESCRIPTIONS, ERROR

router = APIRouter(tags=["operate"])

STATUS = {"application/json": {"schema": {"type": "object", "properties": {"status": {"type": "string"}}}}}


@router.get(
    "/health/live",
    operation_id="live",
    summary="Tell whether the process answers",
    responses={200: {"description": "It does.", "content": STATUS}},
)
async def live() -> Response:
    """Answer, without a look at the store: where this fails, start the process anew."""
    return JSONResponse({"status": "live"})


@router.get(
    "/health/ready",
    operation_id="ready",
    summary="Tell whether requests can be served",
    responses={
        200: {
            "description": "The database answers, has the schema of this version, and takes writes.",
            "content": STATUS,
        },
        503: {"description": DESCRIPTIONS[503], "content": ERROR},
    },
)
async def ready(request: Request) -> Response:
    """Try the store, once a second at most: where this fails, send requests elsewhere until it succeeds."""
    failure = await context_of(request).probe.failure()
    if failure is not None:
        raise unavailable(failure.sentence)
    return JSONResponse({"status": "ready"})


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Tell what was counted",
    responses={200: {"description": "The figures, as Prometheus reads them.", "content": {"text/plain": {}}}},
    response_class=Response,
)
async def metrics(request: Request) -> Response:
    """Answer the figures of the service."""
    context = context_of(request)
    return Response(context.metrics.figures(context.rule_sets.count()), media_type=CONTENT_TYPE_LATEST)
