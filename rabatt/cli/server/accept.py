"""Taking connections in: so many and no more, of which one address has no more than its share."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from rabatt.cli.server.connection import Watched, spelled
from rabatt.cli.service_call import say
from rabatt.service import ServiceSettings
from rabatt.service.client_addresses import client_of, networks_of
from rabatt.service.clock import random_id
from rabatt.service.entry.admission import ALL, Holder, Pot, too_many
from rabatt.service.logs import log

# Files that the process opens for other ends: those of the database, the log, what it loads.
OTHER_FILES = 128
FILES_OF_A_STORE_CONNECTION = 4
# After the system had no room for another file.
PAUSE_SECONDS = 0.1
BEGIN_SECONDS = 10


class Acceptor:
    """Takes connections from a socket while there is room; the others wait with the system until there is."""

    def __init__(self, settings: ServiceSettings, connect: Callable[[], Watched]) -> None:
        self.connect = connect
        self.proxies = networks_of(settings.proxies)
        self.pot = Pot(room_for_clients(settings), {"address": settings.address_share})
        self.has_room = asyncio.Event()

    async def run(self, listening: socket.socket) -> None:
        """Take connections until it is cancelled."""
        loop = asyncio.get_running_loop()
        listening.setblocking(False)
        while True:
            while self.pot.exceeded([ALL]):
                self.has_room.clear()
                await self.has_room.wait()
            try:
                client, address = await loop.sock_accept(listening)
            except OSError:
                # The client is gone already, or there is no room for its file.
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                self.take(client, str(address[0]))
            except Exception as error:  # noqa: BLE001 - as below
                # One connection that cannot be taken shall not keep all later ones out.
                log.error("a connection could not be taken", exc_info=error)
                client.close()

    def take(self, client: socket.socket, host: str) -> None:
        """Begin to serve a connection, or say whose share is exceeded."""
        owner = client_of(host, "", self.proxies)
        holders: list[Holder] = [ALL] if owner is None else [ALL, ("address", owner)]
        exceeded = self.pot.exceeded(holders)
        if exceeded is None:
            ConnectionSlot(self, holders).begin(client)
            return
        problem = too_many(exceeded, self.pot.limits[str(exceeded[0])], "connections at once")
        with suppress(OSError):
            client.send(spelled(problem, random_id()))
        client.close()


class ConnectionSlot:
    """What a connection holds until it is lost."""

    def __init__(self, acceptor: Acceptor, holders: list[Holder]) -> None:
        self.acceptor = acceptor
        self.holders = holders
        self.beginning: asyncio.Task[None] | None = None
        acceptor.pot.take(holders)

    def begin(self, client: socket.socket) -> None:
        """Hand the connection to the loop. Nobody waits for it: one that ends as it begins shall hold up no other."""
        self.beginning = asyncio.create_task(self.connect(client))

    async def connect(self, client: socket.socket) -> None:
        """Make what serves it."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                await loop.connect_accepted_socket(self.connection, client)
        except OSError:
            self.leave()
            client.close()

    def connection(self) -> Watched:
        """What serves it, and says when it is over."""
        made = self.acceptor.connect()
        made.on_lost = self.lost
        return made

    def lost(self) -> None:
        """Give it up, also where it had not begun."""
        self.leave()
        if self.beginning is not None:
            self.beginning.cancel()

    def leave(self) -> None:
        """Give it up, once."""
        holders, self.holders = self.holders, []
        self.acceptor.pot.give(holders)
        self.acceptor.has_room.set()


def room_for_clients(settings: ServiceSettings) -> int:
    """The most connections of clients that this process may have; the system's limit of files is raised for them."""
    try:
        import resource
    except ImportError:
        return settings.max_clients
    others = OTHER_FILES + FILES_OF_A_STORE_CONNECTION * settings.connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.max_clients + others
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return settings.max_clients
    most = max(soft - others, 1)
    say(
        f"the system lets this process open {soft} files: {most} connections of clients at once, not the settings' more"
    )
    return most
