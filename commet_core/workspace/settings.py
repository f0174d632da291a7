"""What a workspace's owners have settled: limits that a seller keeps to alone, and how quotes look."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import Connection, select, update

from commet_core.foundation.documents import Document
from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import Quotation, QuoteFile
from commet_core.reports.quotation.quote_file import Limits
from commet_core.workspace.schema import WORKSPACES
from commet_core.workspace.workspace import Overtaken, Workspace

LOGO_LETTERS_MAX = 3_000_000


class Settings(Document):
    """seller: the name that quotes are from. logo: a PNG that was drawn anew (`reports.quotation.logo`), in base64."""

    seller: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#1F4E9E"
    logo: Annotated[str, Field(max_length=LOGO_LETTERS_MAX)] = ""
    limits: Limits = Limits()

    @property
    def logo_png(self) -> bytes | None:
        return base64.b64decode(self.logo) if self.logo else None


def settings_of(workspace: Workspace) -> Settings:
    """What is settled at this moment."""
    with workspace.reading() as connection:
        return read_settings(workspace, connection)


def read_settings(workspace: Workspace, connection: Connection) -> Settings:
    """The same in a transaction that goes on."""
    text = connection.execute(select(WORKSPACES.c.settings).where(workspace.rows(WORKSPACES))).scalar()
    return Settings.model_validate_json(text or "{}")


def settle(workspace: Workspace, before: Settings, after: Settings, at: datetime) -> None:
    """Changes what is settled. before: what was read. Raises InputError for who is no owner, Overtaken where another was first."""
    own = workspace.rows(WORKSPACES)
    with workspace.writing("owner") as connection:
        connection.execute(select(WORKSPACES.c.workspace).where(own).with_for_update())
        if read_settings(workspace, connection) != before:
            raise Overtaken.of(
                "settings", "another owner changed them meanwhile", "Look at what they are now, and repeat your change"
            )
        text = after.model_dump_json(exclude_defaults=True)
        if connection.execute(update(WORKSPACES).where(own).values(settings=text)).rowcount != 1:
            raise InputError.of("workspace", "it is not there", "Ask whoever runs the server")
        workspace.note(connection, at, "settled", "limits and look of quotes")


def within(quote: QuoteFile, settled: Settings) -> QuoteFile:
    """A quote held to the workspace's limits where its own are not stricter."""
    margins = [limit for limit in (quote.limits.margin_min, settled.limits.margin_min) if limit is not None]
    discounts = [
        limit for limit in (quote.limits.discount_percent_max, settled.limits.discount_percent_max) if limit is not None
    ]
    limits = Limits(margin_min=max(margins, default=None), discount_percent_max=min(discounts, default=None))
    return quote.model_copy(update={"limits": limits})


def held_to(worked_out: Quotation, settled: Settings) -> Quotation:
    """The same of a quote that is worked out."""
    return replace(worked_out, quote=within(worked_out.quote, settled))
