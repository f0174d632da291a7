"""Levels (billing-rules 10.4): how many seats or units of a quota customers held, and since when; rows as they were written.

Rows are read by `files`, checked one by one by `checks`. What they come to under a candidate is the business of `timeline.levels`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from commet_core.foundation.documents import Document
from commet_core.scenario.subscriptions import Cell

LEVEL_COLUMNS = ("customer_id", "at", "feature", "set", "change")
REQUIRED_LEVEL_COLUMNS = ("customer_id", "at", "feature")


class LevelRow(Document):
    """A row as it was written; empty cells are ''. It has `set` or `change`.

    file   the file's name; '' where the row stands in the scenario itself
    line   the line in the file, or the row's place in the scenario, from 1
    """

    file: str = ""
    line: Annotated[int, Field(ge=0)] = 0
    customer_id: Cell = ""
    at: Cell = ""
    feature: Cell = ""
    set: Cell = ""
    change: Cell = ""

    @property
    def where(self) -> str:
        """The row's place, as problems name it."""
        return f"{self.file}, line {self.line}" if self.file else f"levels, row {self.line}"
