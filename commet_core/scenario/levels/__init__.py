"""Levels (billing-rules 10.4): how many seats or units of a quota customers held, and since when; rows as they were written.

Rows are read by `files`, checked one by one by `checks`. What they come to under a candidate is the business of `timeline.levels`.
"""

from __future__ import annotations

from commet_core.scenario.subscriptions import Cell, WrittenRow

LEVEL_COLUMNS = ("customer_id", "at", "feature", "set", "change")
REQUIRED_LEVEL_COLUMNS = ("customer_id", "at", "feature")


class LevelRow(WrittenRow):
    """A row of levels. It has `set` or `change`."""

    list_name = "levels"

    feature: Cell = ""
    set: Cell = ""
    change: Cell = ""
