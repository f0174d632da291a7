"""The tables of a workspace's database. Every one is keyed by the workspace that its rows belong to.

Documents are JSON as text: what was saved is what is read, letter by letter, on every database. Moments are ISO 8601 in UTC, as
text. Migrations (`migrations/`) make these tables; a test holds the two equal.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData()


def _workspace() -> Column[str]:
    return Column("workspace", Text, nullable=False)


STUDIES: Final = Table(
    "studies",
    METADATA,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("name", Text, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("workspace", "id", name="studies_of_workspace"),
)
"""version: rises with every change of the study; revision: that of its latest content."""

STUDY_REVISIONS: Final = Table(
    "study_revisions",
    METADATA,
    _workspace(),
    Column("study", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
    Column("engine_version", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("usage_digest", Text),
    Column("notes", Text, nullable=False),
    Column("headline", Text, nullable=False),
    PrimaryKeyConstraint("workspace", "study", "revision"),
    ForeignKeyConstraint(["workspace", "study"], ["studies.workspace", "studies.id"], name="revision_of_study"),
)

DRAFTS: Final = Table(
    "drafts",
    METADATA,
    _workspace(),
    Column("owner", Text, nullable=False),
    Column("of", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("written_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("workspace", "owner", "of"),
)
"""What is on a person's screen and not saved. of: what it is a draft of, a study's id or nothing."""

USAGES: Final = Table(
    "usages",
    METADATA,
    _workspace(),
    Column("digest", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("brought_by", Text, nullable=False),
    Column("brought_at", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    PrimaryKeyConstraint("workspace", "digest"),
)

QUOTES: Final = Table(
    "quotes",
    METADATA,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("workspace", "id", name="quotes_of_workspace"),
    UniqueConstraint("workspace", "number", name="numbers_of_quotes"),
)
"""state: of the latest revision."""

QUOTE_REVISIONS: Final = Table(
    "quote_revisions",
    METADATA,
    _workspace(),
    Column("quote", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
    Column("engine_version", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    PrimaryKeyConstraint("workspace", "quote", "revision"),
    ForeignKeyConstraint(["workspace", "quote"], ["quotes.workspace", "quotes.id"], name="revision_of_quote"),
)
"""reasons: why it needs approval, a JSON list of sentences."""

LINKS: Final = Table(
    "links",
    METADATA,
    Column("id", Integer, primary_key=True),
    _workspace(),
    Column("quote", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("token_digest", Text, nullable=False, unique=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("revoked_at", Text),
    ForeignKeyConstraint(
        ["workspace", "quote", "revision"],
        ["quote_revisions.workspace", "quote_revisions.quote", "quote_revisions.revision"],
        name="link_of_revision",
    ),
)

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True),
    _workspace(),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", Text, nullable=False),
)
"""Who did what. Rows are added and never changed: the database itself refuses it."""
