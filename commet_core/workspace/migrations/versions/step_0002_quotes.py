"""Quotes, their revisions, and read-only links to them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """A link points at one revision of a quote, which never changes."""
    op.create_table(
        "quotes",
        sa.Column("id", sa.Integer, primary_key=True),
        *map(_text, ("workspace", "number", "state")),
        *map(_number, ("version", "revision")),
        sa.UniqueConstraint("workspace", "id", name="quotes_of_workspace"),
        sa.UniqueConstraint("workspace", "number", name="numbers_of_quotes"),
    )
    op.create_table(
        "quote_revisions",
        *(_text("workspace"), _number("quote"), _number("revision")),
        *map(_text, ("author", "saved_at", "engine_version", "document", "digest", "reasons")),
        sa.PrimaryKeyConstraint("workspace", "quote", "revision"),
        sa.ForeignKeyConstraint(["workspace", "quote"], ["quotes.workspace", "quotes.id"], name="revision_of_quote"),
    )
    op.create_table(
        "links",
        sa.Column("id", sa.Integer, primary_key=True),
        *(_text("workspace"), _number("quote"), _number("revision")),
        sa.Column("token_digest", sa.Text, nullable=False, unique=True),
        *map(_text, ("made_by", "made_at", "expires_at")),
        sa.Column("revoked_at", sa.Text),
        sa.ForeignKeyConstraint(
            ["workspace", "quote", "revision"],
            ["quote_revisions.workspace", "quote_revisions.quote", "quote_revisions.revision"],
            name="link_of_revision",
        ),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)
