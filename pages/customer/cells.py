"""Small pieces of text that the sections of the Customers page share."""

from __future__ import annotations

import re

from commet_core.reports.statement import Statement
from pages.shared.tables import escaped


def cell_text(text: str) -> str:
    """Text that stays in its cell of a Markdown table and is shown as it is."""
    return escaped(" ".join(text.split()))


def unbroken(words: str) -> str:
    """Words that stay on one line."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def file_name(what: str, statement: Statement) -> str:
    """A name, without its ending, that every system takes for a file about this customer."""
    name = f"{what}-{statement.run.candidate.name}-{statement.customer_id}"
    return re.sub(r"[^\w.-]+", "-", name)[:120].strip("-.")
