"""Quotes with their states: a sent revision never changes, an edit is a new revision (sharing.md 1.3 and 1.4)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import day_words
from commet_core.reports.quotation import Quotation, QuoteFile, reasons_for_approval, sellers_views
from commet_core.workspace.differences import differences
from commet_core.workspace.revised import Revised
from commet_core.workspace.schema import QUOTE_REVISIONS, QUOTES
from commet_core.workspace.settings import held_to, read_settings
from commet_core.workspace.workspace import Overtaken, Workspace

State = Literal["draft", "needs_approval", "approved", "sent", "accepted", "declined", "expired"]

KEPT: Final = Revised(QUOTES, QUOTE_REVISIONS, "quote", "number")

STEPS: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        "draft": frozenset({"sent"}),
        "needs_approval": frozenset({"approved"}),
        "approved": frozenset({"sent"}),
        "sent": frozenset({"accepted", "declined", "expired"}),
        "accepted": frozenset(),
        "declined": frozenset(),
        "expired": frozenset(),
    }
)
"""What a quote may become. An edit makes it a draft again, or one that needs approval."""


@dataclass(frozen=True)
class SavedQuote:
    """A quote with one of its revisions. reasons: why it needs approval, in sentences; state: of the latest revision."""

    id: int
    number: str
    state: State
    version: int
    revision: int
    latest: int
    author: str
    saved_at: str
    engine_version: str
    digest: str
    reasons: tuple[str, ...]
    document: dict[str, Any]

    def quote_file(self) -> QuoteFile:
        """The quote, to be worked out again."""
        return QuoteFile.model_validate(self.document)

    def state_on(self, day: date) -> State:
        """The state; one that was sent is expired after the day until which it is valid."""
        over = self.state == "sent" and day > self.quote_file().valid_until
        return "expired" if over else self.state

    def steps_on(self, day: date) -> frozenset[State]:
        """What it may become on a day: after the one until which it is valid it is sent no more, nor accepted or declined."""
        over = day > self.quote_file().valid_until
        return STEPS[self.state] & {"approved", "expired"} if over else STEPS[self.state]


def state_words(state: State) -> str:
    return state.replace("_", " ")


def create_quote(workspace: Workspace, worked_out: Quotation, at: datetime) -> SavedQuote:
    """A new quote with its first revision. Raises InputError where the workspace has one of this number."""
    number = worked_out.quote.number
    try:
        with workspace.writing() as connection:
            document, reasons = _document(workspace, connection, worked_out, 1)
            quote = KEPT.create(workspace, connection, number=number, state=_state(reasons))
            _write_revision(workspace, connection, quote, 1, worked_out, document, reasons, at)
            workspace.note(connection, at, "saved", f"quote {number}, revision 1")
            return _read(workspace, connection, quote, None)
    except IntegrityError:
        raise InputError.of(
            "number", f"the workspace has a quote {number} already", "Give it another number, or edit that one"
        ) from None


def edit_quote(workspace: Workspace, quote: int, version: int, worked_out: Quotation, at: datetime) -> SavedQuote:
    """A new revision; what was sent before stays as it is. Raises Overtaken where somebody changed the quote first."""
    with workspace.writing() as connection:
        before = _read(workspace, connection, quote, None, lock=True)
        document, reasons = _document(workspace, connection, worked_out, before.latest + 1)
        if before.version != version:
            raise _overtaken(before)
        if worked_out.quote.number != before.number:
            raise InputError.of("number", f"the quote is {before.number}, and keeps its number", "Save it as another quote")
        revision = before.latest + 1
        KEPT.step(workspace, connection, quote, before.version, state=_state(reasons), revision=revision)
        _write_revision(workspace, connection, quote, revision, worked_out, document, reasons, at)
        workspace.note(connection, at, "saved", f"quote {before.number}, revision {revision}")
        return _read(workspace, connection, quote, None)


def move_quote(workspace: Workspace, quote: int, version: int, state: State, at: datetime) -> SavedQuote:
    """Approves, sends, accepts, declines. Raises InputError where its state does not allow that, Overtaken as `edit_quote`.

    Only an owner approves: a limit that whoever is held to it may lift is none.
    """
    with workspace.writing("owner" if state == "approved" else "editor") as connection:
        before = _read(workspace, connection, quote, None, lock=True)
        if before.version != version:
            raise _overtaken(before)
        if state not in before.steps_on(at.date()):
            raise _not_allowed(before, state, at.date())
        KEPT.step(workspace, connection, quote, before.version, state=state)
        workspace.note(connection, at, state_words(state), f"quote {before.number}, revision {before.revision}")
        return _read(workspace, connection, quote, None)


def open_quote(workspace: Workspace, quote: int, revision: int | None = None) -> SavedQuote:
    """A quote with its latest revision, or another. Raises InputError where there is none."""
    with workspace.reading() as connection:
        return _read(workspace, connection, quote, revision)


def quotes(workspace: Workspace) -> list[SavedQuote]:
    """All of them with their latest revisions, the newest first."""
    with workspace.reading() as connection:
        chosen = select(QUOTES.c.id).where(workspace.rows(QUOTES)).order_by(QUOTES.c.id.desc())
        return [_read(workspace, connection, quote, None) for quote in connection.execute(chosen).scalars()]


def free_number(workspace: Workspace, number: str) -> str:
    """The number, or where the workspace has a quote of it the first of `number-2`, `number-3` … that is free."""
    with workspace.reading() as connection:
        taken = set(connection.execute(select(QUOTES.c.number).where(workspace.rows(QUOTES))).scalars())
    others = (f"{number}-{count}" for count in itertools.count(2))
    return next(each for each in itertools.chain([number], others) if each not in taken)


def what_changed(workspace: Workspace, quote: int, before: int, after: int) -> list[str]:
    """The difference of two revisions, in words."""
    first, second = (open_quote(workspace, quote, revision).document for revision in (before, after))
    return [line for line in differences(first, second) if not line.startswith("revision was")]


def _state(reasons: list[str]) -> State:
    return "needs_approval" if reasons else "draft"


def _document(
    workspace: Workspace, connection: Connection, worked_out: Quotation, revision: int
) -> tuple[dict[str, Any], list[str]]:
    """The quote as plain values, and why it needs approval by its own limits and those of the workspace."""
    held = held_to(worked_out, read_settings(workspace, connection))
    numbered = worked_out.quote.model_copy(update={"revision": revision})
    return numbered.model_dump(mode="json", exclude_none=True), reasons_for_approval(held, sellers_views(held))


def _not_allowed(before: SavedQuote, state: State, day: date) -> InputError:
    if before.state == "needs_approval" and state == "sent":
        return InputError.of(
            f"quote {before.number}", f"it needs approval: {'; '.join(before.reasons)}", "Have it approved, or change it"
        )
    if state in STEPS[before.state]:
        what = f"it was valid until {day_words(before.quote_file().valid_until)}"
        return InputError.of(f"quote {before.number}", what, "Save it as a new revision that is valid longer")
    allowed = ", ".join(sorted(map(state_words, before.steps_on(day)))) or "nothing else; an edit makes a new revision"
    what = f"it is {state_words(before.state)} and cannot become {state_words(state)}"
    return InputError.of(f"quote {before.number}", what, f"It may become: {allowed}")


def _overtaken(now: SavedQuote) -> InputError:
    what = f"{now.author} changed it first, at {now.saved_at}; it is now {state_words(now.state)}, revision {now.latest}"
    return Overtaken.of(f"quote {now.number}", what, "Open it again and repeat your change")


def _read(workspace: Workspace, connection: Connection, quote: int, revision: int | None, *, lock: bool = False) -> SavedQuote:
    head, row = KEPT.read(workspace, connection, quote, revision, lock=lock)
    return SavedQuote(
        id=head.id,
        number=head.number,
        state=head.state,
        version=head.version,
        revision=row.revision,
        latest=head.revision,
        author=row.author,
        saved_at=row.saved_at,
        engine_version=row.engine_version,
        digest=row.digest,
        reasons=tuple(json.loads(row.reasons)),
        document=json.loads(row.document),
    )


def _write_revision(
    workspace: Workspace,
    connection: Connection,
    quote: int,
    revision: int,
    worked_out: Quotation,
    document: dict[str, Any],
    reasons: list[str],
    at: datetime,
) -> None:
    more = {"digest": worked_out.digest, "reasons": json.dumps(reasons)}
    KEPT.write(workspace, connection, quote, revision, at, document, **more)
