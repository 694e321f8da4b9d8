"""Uses of rules are counted, and requests repeated"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SUM = sa.BigInteger().with_variant(postgresql.NUMERIC(40, 0), "postgresql")
# In two parts, since SQLite's sum of whole numbers fails where it is too large.
USES = """
INSERT INTO rule_uses (aid, discount_id, shard, lines, usage, amount, bonus, customers)
SELECT aid, discount_id, 0, count(*), sum(usage),
    sum(amount / 1000000) * 1000000 + sum(amount % 1000000),
    sum(bonus / 1000000) * 1000000 + sum(bonus % 1000000),
    count(DISTINCT customer_id)
FROM claim_lines WHERE NOT is_cancelled GROUP BY aid, discount_id
"""
CUSTOMERS = """
INSERT INTO rule_customers (aid, discount_id, customer_id, lines)
SELECT aid, discount_id, customer_id, count(*) FROM claim_lines
WHERE NOT is_cancelled AND customer_id IS NOT NULL GROUP BY aid, discount_id, customer_id
"""


def upgrade() -> None:
    op.create_table(
        "rule_uses",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("discount_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("usage", sa.BigInteger(), nullable=False),
        sa.Column("amount", SUM, nullable=False),
        sa.Column("bonus", SUM, nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "discount_id", "shard"),
    )
    op.create_table(
        "rule_customers",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("discount_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "discount_id", "customer_id"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aid", "subject", "key"),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index("idempotency_keys_by_time", ["created_at"], unique=False)

    op.execute(USES)
    op.execute(CUSTOMERS)
    with op.batch_alter_table("claim_lines", schema=None) as batch_op:
        batch_op.drop_index("claim_lines_of_rule")

    with op.batch_alter_table("credit_notes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("booking", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("credit_notes", schema=None) as batch_op:
        batch_op.drop_column("booking")

    with op.batch_alter_table("claim_lines", schema=None) as batch_op:
        batch_op.create_index("claim_lines_of_rule", ["aid", "discount_id"], unique=False)

    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index("idempotency_keys_by_time")

    op.drop_table("idempotency_keys")
    op.drop_table("rule_customers")
    op.drop_table("rule_uses")
