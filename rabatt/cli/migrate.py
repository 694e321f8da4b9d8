"""`rabatt migrate`: the database with the schema of this version."""

from rabatt.cli.service_call import Database, in_sentences, read_settings


def migrate(database: Database = None) -> None:
    """Bring the database to the schema of this version; nothing is done where it has it."""
    with in_sentences():
        from rabatt.service.store import migrate as steps
        from rabatt.service.store.connect import ServiceStore

        store = ServiceStore(read_settings(database=database).database.get_secret_value(), connections=1)
        try:
            before, after = steps.migrate(store)
        finally:
            store.close()
        print(f"before: {before or 'empty'}")
        print(f"after: {after}")
