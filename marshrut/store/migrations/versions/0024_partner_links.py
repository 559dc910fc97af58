"""The page of a case asks for its partners' links by the case."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("partner_links_case", "partner_links", ["case_id", "issued_at"])


def downgrade() -> None:
    op.drop_index("partner_links_case", "partner_links")
