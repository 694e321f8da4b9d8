"""`rabatt serve`: the engine over HTTP, until it is stopped."""

from typing import Annotated

import typer

from rabatt.cli.service_call import Database, in_sentences, read_settings, say


def serve(
    database: Database = None,
    host: Annotated[
        str | None,
        typer.Option(help="The address to listen on. Without it RABATT_HOST, else 127.0.0.1.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="The port to listen on; 0: any. Without it RABATT_PORT, else 8080.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="How many processes serve. Without it RABATT_WORKERS, else 1.", show_default=False
        ),
    ] = None,
) -> None:
    """Serve rules, grants, claims and receipts over HTTP.

    Without a database to use it makes one here, rabatt.db, and beside it the key of the tokens, rabatt.key.
    """
    with in_sentences():
        from rabatt.cli.server.running import announce, listen
        from rabatt.cli.server.running import serve as serve_here
        from rabatt.cli.server.workers import run_workers

        settings = read_settings(database=database, host=host, port=port, workers=workers)
        listening = listen(settings)
        if settings.workers == 1:
            serve_here(settings, listening, lambda: announce(listening))
            return
        if settings.is_sqlite:
            say("SQLite lets one process write at a time; several workers are for PostgreSQL")
        run_workers(settings, listening, lambda: announce(listening))
