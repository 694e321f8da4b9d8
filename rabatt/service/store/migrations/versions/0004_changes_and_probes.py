"""What tells two histories of the rules apart, and a row to try writing on"""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As service.store.changes has it.
CHANGE_BYTES = 12


def upgrade() -> None:
    op.add_column("accounts", sa.Column("change", sa.Text(), server_default="", nullable=False))
    op.add_column("rules", sa.Column("change", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "rule_changes",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "version"),
    )
    op.create_table(
        "probes",
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot"),
    )
    _name_what_is_there()


def _name_what_is_there() -> None:
    """Give each account's rules as they are a name: another one in each database that is migrated."""
    accounts = sa.table("accounts", sa.column("aid"), sa.column("version"), sa.column("change"))
    rules = sa.table("rules", sa.column("aid"), sa.column("change"))
    history = sa.table("rule_changes", sa.column("aid"), sa.column("version"), sa.column("change"))
    connection = op.get_bind()
    for aid, version in connection.execute(sa.select(accounts.c.aid, accounts.c.version)).all():
        name = token_hex(CHANGE_BYTES)
        connection.execute(accounts.update().where(accounts.c.aid == aid).values(change=name))
        connection.execute(rules.update().where(rules.c.aid == aid).values(change=name))
        connection.execute(history.insert().values(aid=aid, version=version, change=name))


def downgrade() -> None:
    op.drop_table("probes")
    op.drop_table("rule_changes")
    # Not as a batch, which lays the table out anew and takes what refers to it along.
    op.drop_column("rules", "change")
    op.drop_column("accounts", "change")
