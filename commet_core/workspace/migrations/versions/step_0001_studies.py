"""Studies, their revisions, drafts, usages, and the list of who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SQLITE = "CREATE TRIGGER audit_{kind} BEFORE {kind} ON audit BEGIN SELECT RAISE(ABORT, 'the audit list is append-only'); END"


def upgrade() -> None:
    """A text column has what was saved, letter by letter."""
    op.create_table(
        "studies",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("workspace"),
        _text("name"),
        sa.Column("archived", sa.Boolean, nullable=False),
        _number("version"),
        _number("revision"),
        sa.UniqueConstraint("workspace", "id", name="studies_of_workspace"),
    )
    op.create_table(
        "study_revisions",
        *(_text("workspace"), _number("study"), _number("revision")),
        *map(_text, ("author", "saved_at", "engine_version", "document")),
        sa.Column("usage_digest", sa.Text),
        *map(_text, ("notes", "headline")),
        sa.PrimaryKeyConstraint("workspace", "study", "revision"),
        sa.ForeignKeyConstraint(["workspace", "study"], ["studies.workspace", "studies.id"], name="revision_of_study"),
    )
    op.create_table(
        "drafts",
        *map(_text, ("workspace", "owner", "of")),
        _number("version"),
        *map(_text, ("written_at", "document")),
        sa.PrimaryKeyConstraint("workspace", "owner", "of"),
    )
    op.create_table(
        "usages",
        *map(_text, ("workspace", "digest", "name", "brought_by", "brought_at")),
        _number("rows"),
        sa.PrimaryKeyConstraint("workspace", "digest"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True),
        *map(_text, ("workspace", "at", "who", "what", "about")),
    )
    _append_only()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _append_only() -> None:
    """The database refuses to change or remove a row of the audit list, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for kind in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(kind=kind))
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'the audit list is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
