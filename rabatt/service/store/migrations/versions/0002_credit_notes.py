"""Returns, credit notes, and their numbers"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_note_numbers",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aid"),
    )
    op.create_table(
        "credit_notes",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("fik_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_by", sa.Text(), nullable=True),
        sa.Column("return_ref", sa.Text(), nullable=True),
        sa.Column("refund", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("aid", "guid"),
        sa.UniqueConstraint("aid", "number", name="credit_notes_by_number"),
        sa.UniqueConstraint("aid", "return_ref", name="credit_notes_by_return"),
    )
    with op.batch_alter_table("credit_notes", schema=None) as batch_op:
        batch_op.create_index("credit_notes_listed", ["aid", "created_at", "guid"], unique=False)

    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("returns", sa.Text(), nullable=True))

    op.create_table(
        "returns",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["aid", "receipt_id"],
            ["receipts.aid", "receipts.receipt_id"],
        ),
        sa.PrimaryKeyConstraint("aid", "ref"),
    )


def downgrade() -> None:
    op.drop_table("returns")
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_column("returns")

    with op.batch_alter_table("credit_notes", schema=None) as batch_op:
        batch_op.drop_index("credit_notes_listed")

    op.drop_table("credit_notes")
    op.drop_table("credit_note_numbers")
