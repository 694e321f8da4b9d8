"""Open2b's receipts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "open2b_accounts",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("catalogue", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=True),
        sa.Column("last_receipt", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_item", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("aid"),
    )
    op.create_table(
        "open2b_customers",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("aid", "id"),
    )
    op.create_table(
        "open2b_receipts",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number_key", BINARY_TEXT, nullable=False),
        sa.Column("status", BINARY_TEXT, nullable=False),
        sa.Column("creation_time", BINARY_TEXT, nullable=False),
        sa.Column("update_time", BINARY_TEXT, nullable=False),
        sa.Column("issue_date", BINARY_TEXT, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=True),
        sa.Column("customer_name", BINARY_TEXT, nullable=False),
        sa.Column("address", BINARY_TEXT, nullable=False),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("taxed_total", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("inside", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "id"),
    )
    with op.batch_alter_table("open2b_receipts", schema=None) as batch_op:
        batch_op.create_index("open2b_receipts_by_number", ["aid", "number_key"], unique=False)
        batch_op.create_index("open2b_receipts_by_creation", ["aid", "creation_time"], unique=False)
        batch_op.create_index("open2b_receipts_by_customer", ["aid", "customer"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("open2b_receipts", schema=None) as batch_op:
        batch_op.drop_index("open2b_receipts_by_customer")
        batch_op.drop_index("open2b_receipts_by_creation")
        batch_op.drop_index("open2b_receipts_by_number")

    op.drop_table("open2b_receipts")
    op.drop_table("open2b_customers")
    op.drop_table("open2b_accounts")
