"""The first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rule_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("aid"),
    )
    op.create_table(
        "claims",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("purchase_at", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("aid", "ref"),
        sa.UniqueConstraint("aid", "id", name="claims_by_id"),
    )
    op.create_table(
        "customer_tokens",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "type", "value"),
    )
    with op.batch_alter_table("customer_tokens", schema=None) as batch_op:
        batch_op.create_index("customer_tokens_of_customer", ["aid", "customer_id"], unique=False)

    op.create_table(
        "receipts",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("purchase_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("update", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "receipt_id"),
        sa.UniqueConstraint("aid", "id", name="receipts_by_id"),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index("receipts_of_customer", ["aid", "customer_id", "purchase_at", "id"], unique=False)

    op.create_table(
        "rules",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("purchase_from", sa.BigInteger(), nullable=True),
        sa.Column("purchase_to", sa.BigInteger(), nullable=True),
        sa.Column("visible_from", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("granted_to_everyone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "id"),
    )
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.create_index("rules_changed", ["aid", "version"], unique=False)
        batch_op.create_index("rules_listed", ["aid", "created_at", "id"], unique=False)

    op.create_table(
        "claim_lines",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("discount_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("usage", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("stamps_spent", sa.Text(), nullable=True),
        sa.Column("is_cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["aid", "claim_id"],
            ["claims.aid", "claims.id"],
        ),
        sa.PrimaryKeyConstraint("aid", "claim_id", "grant_id"),
    )
    with op.batch_alter_table("claim_lines", schema=None) as batch_op:
        batch_op.create_index("claim_lines_of_rule", ["aid", "discount_id"], unique=False)

    op.create_table(
        "grants",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("discount_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.Column("is_derived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("usage", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bonus", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stamps", sa.Text(), nullable=True),
        sa.Column("stamps_owed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("debit_balance", sa.BigInteger(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["aid", "discount_id"],
            ["rules.aid", "rules.id"],
        ),
        sa.PrimaryKeyConstraint("aid", "id"),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index("grants_of_customer", ["aid", "customer_id", "discount_id"], unique=False)
        batch_op.create_index("grants_of_rule", ["aid", "discount_id", "created_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index("grants_of_rule")
        batch_op.drop_index("grants_of_customer")

    op.drop_table("grants")
    with op.batch_alter_table("claim_lines", schema=None) as batch_op:
        batch_op.drop_index("claim_lines_of_rule")

    op.drop_table("claim_lines")
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.drop_index("rules_listed")
        batch_op.drop_index("rules_changed")

    op.drop_table("rules")
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index("receipts_of_customer")

    op.drop_table("receipts")
    with op.batch_alter_table("customer_tokens", schema=None) as batch_op:
        batch_op.drop_index("customer_tokens_of_customer")

    op.drop_table("customer_tokens")
    op.drop_table("claims")
    op.drop_table("accounts")
