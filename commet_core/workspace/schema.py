"""The tables of a workspace's database. Every one is keyed by the workspace that its rows belong to, but that of people.

Documents are JSON as text: what was saved is what is read, letter by letter, on every database. Moments are ISO 8601 in UTC, as
text. Migrations (`migrations/`) make these tables; a test holds the two equal.
"""

from __future__ import annotations

from typing import Any, Final

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


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False) for name in names]


def _id() -> list[Column[Any]]:
    """A number that the database gives, beside the workspace that the row belongs to."""
    return [Column("id", Integer, primary_key=True), *_texts("workspace")]


def _revisions(of: str, table: str, *more: Column[Any]) -> Table:
    """The revisions of what `table` lists: who made each, when, by which engine, and the document that never changes."""
    return Table(
        f"{of}_revisions",
        METADATA,
        *_texts("workspace"),
        *_numbers(of, "revision"),
        *_texts("author", "saved_at", "engine_version", "document"),
        *more,
        PrimaryKeyConstraint("workspace", of, "revision"),
        ForeignKeyConstraint(["workspace", of], [f"{table}.workspace", f"{table}.id"], name=f"revision_of_{of}"),
    )


WORKSPACES: Final = Table("workspaces", METADATA, Column("workspace", Text, primary_key=True), *_texts("name", "settings"))
"""settings: limits of quotes and how they look, a JSON document."""

PEOPLE: Final = Table(
    "people",
    METADATA,
    *_texts("issuer", "subject", "email", "name", "first_seen"),
    Column("signed_out_at", Text),
    PrimaryKeyConstraint("issuer", "subject"),
)
"""Who has signed in. A provider's issuer and subject name a person; an address may go to another one day."""

MEMBERS: Final = Table(
    "members",
    METADATA,
    *_texts("workspace", "person", "role", "shown", "joined_at"),
    PrimaryKeyConstraint("workspace", "person"),
)
"""shown: how the others see the person, an address where it is verified."""

INVITATIONS: Final = Table(
    "invitations",
    METADATA,
    *_id(),
    *_texts("email", "role", "invited_by", "expires_at"),
    Column("closed_at", Text),
)
"""closed_at: when it was taken up, or back."""

STUDIES: Final = Table(
    "studies",
    METADATA,
    *_id(),
    *_texts("name"),
    Column("archived", Boolean, nullable=False),
    *_numbers("version", "revision"),
    UniqueConstraint("workspace", "id", name="studies_of_workspace"),
)
"""version: rises with every change of the study; revision: that of its latest content."""

STUDY_REVISIONS: Final = _revisions("study", "studies", Column("usage_digest", Text), *_texts("notes", "headline"))

DRAFTS: Final = Table(
    "drafts",
    METADATA,
    *_texts("workspace", "owner", "of"),
    *_numbers("version"),
    *_texts("written_at", "document"),
    PrimaryKeyConstraint("workspace", "owner", "of"),
)
"""What is on a person's screen and not saved. of: the tab that it is in."""

DRAFT_STATES: Final = Table(
    "draft_states",
    METADATA,
    *_texts("workspace", "owner", "of"),
    *_numbers("number"),
    *_texts("document"),
    PrimaryKeyConstraint("workspace", "owner", "of", "number"),
    ForeignKeyConstraint(
        ["workspace", "owner", "of"],
        ["drafts.workspace", "drafts.owner", "drafts.of"],
        name="state_of_draft",
        ondelete="CASCADE",
    ),
)
"""The states that a draft went through, for undo and redo."""

USAGES: Final = Table(
    "usages",
    METADATA,
    *_texts("workspace", "digest", "name", "brought_by", "brought_at"),
    *_numbers("rows"),
    PrimaryKeyConstraint("workspace", "digest"),
)

QUOTES: Final = Table(
    "quotes",
    METADATA,
    *_id(),
    *_texts("number", "state"),
    *_numbers("version", "revision"),
    UniqueConstraint("workspace", "id", name="quotes_of_workspace"),
    UniqueConstraint("workspace", "number", name="numbers_of_quotes"),
)
"""state: of the latest revision."""

QUOTE_REVISIONS: Final = _revisions("quote", "quotes", *_texts("digest", "reasons"))
"""reasons: why it needs approval, a JSON list of sentences."""

LINKS: Final = Table(
    "links",
    METADATA,
    *_id(),
    *_numbers("quote", "revision"),
    Column("token_digest", Text, nullable=False, unique=True),
    *_texts("made_by", "made_at", "expires_at"),
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
    *_texts("workspace", "at", "who", "what", "about", "person"),
)
"""Who did what: how the person was shown, and by which key. Rows are added and never changed: the database itself refuses it."""
