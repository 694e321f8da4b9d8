"""The application: its routes, how it starts and stops, and what every answer has in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import exc
from starlette.exceptions import HTTPException

from rabatt.service import problems
from rabatt.service.bearer_tokens import Tokens
from rabatt.service.clock import ServiceClock
from rabatt.service.context import Context
from rabatt.service.entry.access import check_every_route
from rabatt.service.entry.admission import Admission
from rabatt.service.entry.allowed_methods import Methods
from rabatt.service.entry.door import Door
from rabatt.service.evaluation import process
from rabatt.service.ledger import read_ledgers
from rabatt.service.metrics import Metrics
from rabatt.service.pool import Pool, load_ahead
from rabatt.service.proofs import Proofs
from rabatt.service.routes import (
    available_for_receipt,
    claims,
    credit_notes,
    customer_tokens,
    docs_page,
    grants,
    open2b,
    probes,
    receipts,
    returns,
    rules,
    stranded_balances,
)
from rabatt.service.rule_sets import RuleSets
from rabatt.service.schemas.openapi import describe
from rabatt.service.settings import ServiceSettings
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.failures import Unavailable
from rabatt.service.store.migrate import is_up_to_date, migrate
from rabatt.service.store.probe import Probe
from rabatt.service.store.secrets import EVALUATIONS, secret_of
from rules import Refused

ROUTES = (
    available_for_receipt,
    claims,
    rules,
    grants,
    stranded_balances,
    receipts,
    returns,
    credit_notes,
    customer_tokens,
    open2b,
    probes,
    docs_page,
)

# A long evaluation waits as long as so many others of the account before it may take.
TURNS_WAITED_FOR = 5


class SchemaIsOld(Exception):
    """The database is of another version; its text says what to do."""


def create_app(settings: ServiceSettings | None = None, clock: ServiceClock | None = None) -> FastAPI:
    """The service as an ASGI application.

    An SQLite file is made and migrated here. SchemaIsOld where a PostgreSQL database is not migrated; KeyRefused and
    LedgerRefused where the tokens' key or the ledger's file cannot be used.
    """
    settings = settings or ServiceSettings()
    clock = clock or ServiceClock()
    # First of all, so that nothing is begun with a key or a ledger that is refused.
    tokens = Tokens(settings)
    ledgers = read_ledgers(settings.ledger_file)
    store = open_store(settings)
    context = Context(
        settings=settings,
        store=store,
        probe=Probe(store, clock),
        clock=clock,
        tokens=tokens,
        rule_sets=RuleSets(),
        metrics=Metrics(),
        proofs=Proofs(secret_of(store, EVALUATIONS)),
        ledgers=ledgers,
        engine=settings.engine,
        pool=Pool(
            partial(process.make_work, settings, store.identity),
            size=settings.evaluators,
            seconds=settings.evaluation_seconds,
            patience=settings.evaluation_seconds * TURNS_WAITED_FOR,
        ),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        load_ahead(process.__name__)
        yield
        context.pool.close()
        context.store.close()

    app = FastAPI(
        title="Rabatt",
        version=version("rabatt"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        # It would send what exceptions say, customers' data with it, to whoever collects traces.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.context = context
    for routes in ROUTES:
        check_every_route(routes.router.routes)
        app.include_router(routes.router)
    describe(app)
    app.add_exception_handler(problems.Problem, problems.answer_problem)
    app.add_exception_handler(Refused, problems.answer_problem)
    app.add_exception_handler(RequestValidationError, problems.answer_parameters)
    app.add_exception_handler(HTTPException, problems.answer_status)
    for error in (exc.SQLAlchemyError, Unavailable):
        app.add_exception_handler(error, problems.answer_database)
    # Inside the door, which counts and logs what is asked for.
    app.add_middleware(Methods)
    app.add_middleware(Door, metrics=context.metrics, clock=clock, admission=Admission(settings))
    return app


def open_store(settings: ServiceSettings) -> ServiceStore:
    """The store of the settings, with the schema of this version."""
    url = settings.database.get_secret_value()
    if settings.is_sqlite:
        # Without a bound: others may be migrating it, which takes what it takes.
        migrating = ServiceStore(url)
        try:
            migrate(migrating)
        finally:
            migrating.close()
    store = ServiceStore(url, connections=settings.connections, seconds=settings.database_seconds)
    if not settings.is_sqlite and not is_up_to_date(store):
        store.close()
        raise SchemaIsOld("the database has not the schema of this version; run: rabatt migrate")
    return store
