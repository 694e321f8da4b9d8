"""What claims are held against: former bounds of rules, the scope that made a claim, and the service's own secrets"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scope", sa.Text(), nullable=True))
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.add_column(sa.Column("former_bounds", sa.Text(), nullable=True))
    # What changed rules were before is not known: nothing bounds the purchases of that time.
    op.execute("UPDATE rules SET former_bounds = '{}' WHERE updated_at <> created_at")


def downgrade() -> None:
    # Not in a batch, which would make the table anew: others refer to it.
    op.execute("ALTER TABLE rules DROP COLUMN former_bounds")
    op.execute("ALTER TABLE claims DROP COLUMN scope")
    op.drop_table("secrets")
