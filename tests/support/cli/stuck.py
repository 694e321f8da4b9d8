"""A server whose work never ends, of three kinds. It says `stuck` on standard error when it is."""

import asyncio
import sys
import time
from typing import NoReturn

import anyio.to_thread
from fastapi import FastAPI
from pydantic import SecretStr

from rabatt.cli.server.running import announce, listen, run
from rabatt.service import ServiceSettings
from rabatt.service.clock import ServiceClock
from rabatt.service.entry.admission import Admission
from rabatt.service.entry.door import Door
from rabatt.service.logs import set_up_logs
from rabatt.service.metrics import Metrics

app = FastAPI()


def for_ever() -> NoReturn:
    """Work without an end."""
    print("stuck", file=sys.stderr, flush=True)
    while True:
        time.sleep(0.001)


@app.get("/thread")
async def in_a_thread() -> None:
    """Wait for a thread, which nobody can tell to stop."""
    await anyio.to_thread.run_sync(for_ever)


@app.get("/loop")
async def on_the_loop() -> None:
    """Let nothing else be done."""
    for_ever()


@app.get("/task")
async def in_a_task() -> None:
    """Wait for nothing."""
    print("stuck", file=sys.stderr, flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve."""
    settings = ServiceSettings(database=SecretStr("sqlite:///never-made.db"), port=0)
    set_up_logs("warning")
    app.add_middleware(Door, metrics=Metrics(), clock=ServiceClock(), admission=Admission(settings))
    listening = listen(settings)
    run(app, settings, listening, lambda: announce(listening))


if __name__ == "__main__":
    main()
