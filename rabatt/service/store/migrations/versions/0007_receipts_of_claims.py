"""Which receipt a claim is of, and the balances that were given back to cards which nobody can use"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CLAIMS = sa.table(
    "claims",
    *(sa.column(name) for name in ("aid", "ref", "customer_id", "created_at", "receipt")),
)
RECEIPTS = sa.table("receipts", *(sa.column(name) for name in ("aid", "receipt_id", "id", "customer_id")))
RETURNS = sa.table("returns", *(sa.column(name) for name in ("aid", "receipt_id", "request", "created_at")))
INDEXES = (
    ("claims_of_receipt", "receipt", sa.column("receipt").is_not(None)),
    ("claims_naming_a_receipt", "receipt_id", sa.column("receipt_id").is_not(None)),
    ("claims_without_receipt", "purchase_at", sa.column("receipt").is_(None)),
)


def upgrade() -> None:
    op.add_column("claims", sa.Column("receipt_id", sa.Text(), nullable=True))
    op.add_column("claims", sa.Column("receipt", sa.Text(), nullable=True))
    _note_receipts(op.get_bind())
    for name, column, where in INDEXES:
        op.create_index(name, "claims", ["aid", column, "id"], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "stranded_balances",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("credited", sa.BigInteger().with_variant(sa.NUMERIC(40, 0), "postgresql"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["aid", "grant_id"], ["grants.aid", "grants.id"]),
        sa.PrimaryKeyConstraint("aid", "grant_id"),
    )
    op.create_index("stranded_balances_listed", "stranded_balances", ["aid", "created_at", "grant_id"])


def _note_receipts(connection: sa.Connection) -> None:
    """Note the receipt of each claim from which a return was taken, so that it is not taken from it again."""
    of_receipt = sa.and_(RECEIPTS.c.aid == RETURNS.c.aid, RECEIPTS.c.receipt_id == RETURNS.c.receipt_id)
    query = sa.select(RETURNS, RECEIPTS.c.id, RECEIPTS.c.customer_id).join(RECEIPTS, of_receipt)
    for made in connection.execute(query).all():
        claimed = sa.and_(
            CLAIMS.c.aid == made.aid,
            CLAIMS.c.ref == (json.loads(made.request).get("claim_ref") or made.receipt_id),
            CLAIMS.c.customer_id.is_not_distinct_from(made.customer_id),
            # One that came later was booked in full, and still is.
            CLAIMS.c.created_at <= made.created_at,
        )
        connection.execute(sa.update(CLAIMS).where(claimed).values(receipt=made.id))


def downgrade() -> None:
    op.drop_table("stranded_balances")
    for name, *_ in INDEXES:
        op.drop_index(name, "claims")
    # Not in a batch, which would make the table anew: others refer to it.
    op.execute("ALTER TABLE claims DROP COLUMN receipt")
    op.execute("ALTER TABLE claims DROP COLUMN receipt_id")
