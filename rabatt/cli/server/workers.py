"""Several processes that serve on one socket, and the one that watches over them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory
from threading import Thread

from prometheus_client.multiprocess import mark_process_dead

from rabatt.cli.server.running import GRACE_SECONDS, on_stop, serve
from rabatt.cli.service_call import in_sentences, say
from rabatt.service import ServiceSettings
from rabatt.service.app import open_store
from rabatt.service.bearer_tokens import Tokens
from rabatt.service.metrics import FOLDER_VARIABLE

# A worker that can't start is not started again at once.
PAUSE_SECONDS = 1


def run_workers(settings: ServiceSettings, listening: socket.socket, announce: Callable[[], None]) -> None:
    """Serve in as many processes as the settings say until a signal says to stop."""
    # What is wrong with the database or the key is said once, here.
    Tokens(settings)
    open_store(settings).close()
    with TemporaryDirectory(prefix="rabatt-metrics-") as folder:
        # Workers read it when they import prometheus_client, and keep their figures together there.
        os.environ[FOLDER_VARIABLE] = folder
        Workers(settings, listening).run(announce)


class Workers:
    """The processes; one that ends by itself is replaced."""

    def __init__(self, settings: ServiceSettings, listening: socket.socket) -> None:
        self.settings = settings
        self.listening = listening
        self.running: dict[BaseProcess, Connection] = {}
        self.is_stopping = False
        # So that a signal wakes what waits for the processes.
        self.woken, self.wake = os.pipe()
        self.ends_at = float("inf")

    def run(self, announce: Callable[[], None]) -> None:
        """Start them, replace those that end, and at last wait for all to end."""
        on_stop(self.stop)
        for _ in range(self.settings.workers):
            self.start()
        waiting = set(self.running.values())
        while not self.is_stopping:
            connection.wait([*(process.sentinel for process in self.running), *waiting, self.woken])
            if waiting and (ready := {one for one in waiting if one.poll()}):
                waiting -= ready
                if not waiting and all(process.is_alive() for process in self.running):
                    announce()
            for process in [process for process in self.running if not process.is_alive()]:
                waiting.discard(self.running[process])
                self.replace(process)
        self.end()

    def start(self) -> None:
        """Start one more, as soon as the system lets it."""
        while not self.is_stopping:
            ours, theirs = get_context("spawn").Pipe(duplex=False)
            process = get_context("spawn").Process(target=work, args=(self.settings, self.listening, theirs))
            try:
                process.start()
            except OSError as problem:
                # It ended before it had read what to do, or there is no room for one more.
                ours.close()
                say(f"a worker cannot be started: {problem.strerror or problem}; it is tried again")
                time.sleep(PAUSE_SECONDS)
                continue
            finally:
                theirs.close()
            self.running[process] = ours
            break
        if self.is_stopping:
            self.stop()

    def replace(self, process: BaseProcess) -> None:
        """Start another one instead of one that ended."""
        self.running.pop(process).close()
        mark_process_dead(process.pid)  # type: ignore[no-untyped-call]
        # A signal from the terminal reaches all at once: a worker may end before this process knows why.
        time.sleep(PAUSE_SECONDS)
        if not self.is_stopping:
            say(f"a worker ended with exit code {process.exitcode}; another one is started")
            self.start()

    def stop(self) -> None:
        """Tell all of them to stop."""
        if not self.is_stopping:
            self.ends_at = time.monotonic() + GRACE_SECONDS + PAUSE_SECONDS
            os.write(self.wake, b"!")
        self.is_stopping = True
        for process in list(self.running):
            if process.is_alive():
                process.terminate()

    def end(self) -> None:
        """Wait for all of them, but not for ever."""
        for process in self.running:
            process.join(max(self.ends_at - time.monotonic(), 0))
            if process.is_alive():
                process.kill()
                process.join()


def work(settings: ServiceSettings, listening: socket.socket, ready: Connection) -> None:
    """Serve in a process of its own, for as long as the one that started it lives."""
    with in_sentences():
        Thread(target=end_with_parent, daemon=True).start()
        serve(settings, listening, lambda: ready.send(True))


def end_with_parent() -> None:
    """End this process when the one that started it is gone, however that was ended."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), 15)
