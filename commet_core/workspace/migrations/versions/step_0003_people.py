"""Workspaces, people, their roles, invitations; states of drafts. On Postgres every row is of its workspace for the database too."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

OF_A_WORKSPACE = (
    *("workspaces", "members", "invitations", "studies", "study_revisions", "drafts", "draft_states"),
    *("usages", "quotes", "quote_revisions", "links", "audit"),
)
"""Tables with the column `workspace`. A transaction sees the rows of the workspace that it names, and none where it names none."""

NAMED = "current_setting('commet.workspace', true)"


def upgrade() -> None:
    """The workspace of those who worked alone is there from the start, and its first owner comes when somebody signs in."""
    op.create_table("workspaces", sa.Column("workspace", sa.Text, primary_key=True), *map(_text, ("name", "settings")))
    op.execute("INSERT INTO workspaces VALUES ('alone', 'First workspace', '{}')")
    op.create_table(
        "people",
        *map(_text, ("issuer", "subject", "email", "name", "first_seen")),
        sa.Column("signed_out_at", sa.Text),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    op.create_table(
        "members",
        *map(_text, ("workspace", "person", "role", "shown", "joined_at")),
        sa.PrimaryKeyConstraint("workspace", "person"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer, primary_key=True),
        *map(_text, ("workspace", "email", "role", "invited_by", "expires_at")),
        sa.Column("closed_at", sa.Text),
    )
    op.create_table(
        "draft_states",
        *map(_text, ("workspace", "owner", "of")),
        sa.Column("number", sa.Integer, nullable=False),
        _text("document"),
        sa.PrimaryKeyConstraint("workspace", "owner", "of", "number"),
        sa.ForeignKeyConstraint(
            ["workspace", "owner", "of"],
            ["drafts.workspace", "drafts.owner", "drafts.of"],
            name="state_of_draft",
            ondelete="CASCADE",
        ),
    )
    op.add_column("audit", sa.Column("person", sa.Text, nullable=False, server_default=""))
    if op.get_bind().dialect.name == "postgresql":
        _row_level_security()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _row_level_security() -> None:
    """For the tables' owner too. `*` names every workspace, for backups and for signing in."""
    for table in OF_A_WORKSPACE:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_workspace ON {table} USING ({NAMED} IN (workspace, '*'))")
    op.execute("ALTER TABLE people ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE people FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_sign_in ON people USING ({NAMED} = '*')")
