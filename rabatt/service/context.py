"""What every request works with, made once when the service starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from engine import Settings as EngineSettings
from rabatt.service.bearer_tokens import Tokens
from rabatt.service.clock import ServiceClock
from rabatt.service.ledger import Ledgers
from rabatt.service.metrics import Metrics
from rabatt.service.pool import Pool
from rabatt.service.proofs import Proofs
from rabatt.service.rule_sets import RuleSets
from rabatt.service.settings import ServiceSettings
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.probe import Probe

T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """The settings, the store, the clock, the tokens, the rules in memory, what is counted and proven."""

    settings: ServiceSettings
    store: ServiceStore
    probe: Probe
    clock: ServiceClock
    tokens: Tokens
    rule_sets: RuleSets
    metrics: Metrics
    pool: Pool
    proofs: Proofs
    ledgers: Ledgers = field(default_factory=Ledgers)
    engine: EngineSettings = field(default_factory=EngineSettings)
    # What an evaluation may take on the event loop before it is left to a process apart, in steps.
    work_in_place: int = 5_000
    # Long work shares one core with all else: more of it at once would only take longer.
    long_work: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))

    async def in_thread(self, work: Callable[[], T]) -> T:
        """What long work returns; others are served meanwhile."""
        return await anyio.to_thread.run_sync(work, limiter=self.long_work)


def context_of(request: Request) -> Context:
    """The context of the application that serves this request."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - set where the application is made
    return context
