"""Receipts, returns and claims are told apart by store; what of a credit note was settled with its return"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from unicodedata import normalize

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

AT_A_TIME = 1_000
LONGEST = 255
# As PostgreSQL named it by itself.
OF_RECEIPT = "returns_aid_receipt_id_fkey"
# What refers to another of them comes after it.
KEYS = {
    "receipts": ("aid", "receipt_id", "store_id"),
    "claims": ("aid", "ref", "slot"),
    "returns": ("aid", "ref", "store_id"),
}
FORMER_KEYS = {"receipts": ("aid", "receipt_id"), "claims": ("aid", "ref"), "returns": ("aid", "ref")}


def upgrade() -> None:
    op.add_column("receipts", sa.Column("store_id", sa.Text(), nullable=True))
    op.add_column("returns", sa.Column("store_id", sa.Text(), nullable=True))
    op.add_column("claims", sa.Column("store_id", sa.Text(), nullable=True))
    op.add_column("claims", sa.Column("slot", sa.Text(), server_default="", nullable=False))
    op.add_column("credit_notes", sa.Column("return_store", sa.Text(), nullable=True))
    op.add_column("credit_notes", sa.Column("settlements", sa.Text(), nullable=True))
    _name_stores(op.get_bind())
    # A number was there once until now.
    op.execute(
        "UPDATE returns SET store_id = (SELECT store_id FROM receipts "
        "WHERE receipts.aid = returns.aid AND receipts.receipt_id = returns.receipt_id)"
    )
    op.execute(
        "UPDATE credit_notes SET return_store = (SELECT store_id FROM returns "
        "WHERE returns.aid = credit_notes.aid AND returns.ref = credit_notes.return_ref) WHERE return_ref IS NOT NULL"
    )
    _give_keys(KEYS)
    with op.batch_alter_table("credit_notes") as batch_op:
        batch_op.drop_constraint("credit_notes_by_return", type_="unique")
        batch_op.create_unique_constraint("credit_notes_by_return", ["aid", "return_ref", "return_store"])


def downgrade() -> None:
    # Fails, and changes nothing, where a number or a ref is there twice.
    with op.batch_alter_table("credit_notes") as batch_op:
        batch_op.drop_constraint("credit_notes_by_return", type_="unique")
        batch_op.create_unique_constraint("credit_notes_by_return", ["aid", "return_ref"])
        batch_op.drop_column("return_store")
        batch_op.drop_column("settlements")
    _give_keys(FORMER_KEYS)
    # Not in a batch, which would make the table anew: others refer to it.
    op.execute("ALTER TABLE receipts DROP COLUMN store_id")
    op.execute("ALTER TABLE returns DROP COLUMN store_id")
    op.execute("ALTER TABLE claims DROP COLUMN slot")
    op.execute("ALTER TABLE claims DROP COLUMN store_id")


def _name_stores(connection: sa.Connection) -> None:
    """Fill in the store of every receipt, from its document."""
    query = sa.text(
        "SELECT aid, receipt_id, document FROM receipts WHERE (aid, receipt_id) > (:aid, :receipt_id) "
        "ORDER BY aid, receipt_id LIMIT :most"
    )
    named = sa.text("UPDATE receipts SET store_id = :store WHERE aid = :aid AND receipt_id = :receipt_id")
    last = {"aid": "", "receipt_id": ""}
    while rows := connection.execute(query, {**last, "most": AT_A_TIME}).all():
        last = {"aid": rows[-1].aid, "receipt_id": rows[-1].receipt_id}
        connection.execute(
            named,
            [{"aid": row.aid, "receipt_id": row.receipt_id, "store": _store_key(row.document)} for row in rows],
        )


def _store_key(document: str) -> str:
    # As `store_key` of rabatt/service/identifiers.py is at this revision.
    store_id = normalize("NFC", json.loads(document)["store"]["id"])
    if len(store_id) <= LONGEST and "\0" not in store_id:
        return store_id
    return f"sha256:{sha256(store_id.encode()).hexdigest()}"


def _give_keys(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Give the tables these keys; a return refers to that of its receipt."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _make_anew(connection, keys)
        return
    op.drop_constraint(OF_RECEIPT, "returns", type_="foreignkey")
    for table, key in keys.items():
        op.drop_constraint(f"{table}_pkey", table, type_="primary")
        op.create_primary_key(f"{table}_pkey", table, list(key))
    of_receipt = list(keys["receipts"])
    op.create_foreign_key(OF_RECEIPT, "returns", "receipts", of_receipt, of_receipt)


def _make_anew(connection: sa.Connection, keys: Mapping[str, tuple[str, ...]]) -> None:
    """SQLite gives a table another key only by making it anew, here with all else that it has.

    What refers to it is looked at again at the end of the transaction, when all of its rows are there again.
    """
    op.execute("PRAGMA defer_foreign_keys=ON")
    there, copies, anew = sa.MetaData(), sa.MetaData(), sa.MetaData()
    there.reflect(connection, only=list(keys))
    for name in reversed(list(keys)):
        copy = sa.Table(
            f"{name}_kept", copies, *(sa.Column(each.name, each.type) for each in there.tables[name].columns)
        )
        copy.create(connection)
        connection.execute(sa.insert(copy).from_select(list(copy.columns.keys()), sa.select(there.tables[name])))
        op.drop_table(name)
    for name, key in keys.items():
        table = _with_key(there.tables[name], anew, key, keys["receipts"])
        copy = copies.tables[f"{name}_kept"]
        table.create(connection)
        connection.execute(sa.insert(table).from_select(list(copy.columns.keys()), sa.select(copy)))
        copy.drop(connection)


def _with_key(there: sa.Table, anew: sa.MetaData, key: Sequence[str], of_receipt: Sequence[str]) -> sa.Table:
    """The table with another key, and with its columns, constraints and indexes."""
    columns = [
        sa.Column(
            column.name,
            column.type,
            nullable=column.nullable and column.name not in key,
            server_default=column.server_default,
        )
        for column in there.columns
    ]
    table = sa.Table(there.name, anew, *columns, sa.PrimaryKeyConstraint(*key))
    for unique in there.constraints:
        if isinstance(unique, sa.UniqueConstraint):
            table.append_constraint(sa.UniqueConstraint(*unique.columns.keys(), name=unique.name))
    if there.name == "returns":
        referred = [f"receipts.{column}" for column in of_receipt]
        table.append_constraint(sa.ForeignKeyConstraint(of_receipt, referred, name=OF_RECEIPT))
    for index in there.indexes:
        where = index.dialect_options["sqlite"]["where"]
        indexed = [table.columns[column.name] for column in index.columns]
        sa.Index(index.name, *indexed, unique=index.unique, sqlite_where=where)
    return table
