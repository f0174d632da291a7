"""A migration in words and rows: for the terminal, the page and the answer."""

from commet_core.reports.move.ahead import ahead_by_month, ahead_rows, ahead_title, ahead_words
from commet_core.reports.move.rows import strategy_rows, talk_rows
from commet_core.reports.move.words import NOBODY_REACTS, chart_title, migration_words, set_aside, strategy_name

__all__ = [
    "NOBODY_REACTS",
    "ahead_by_month",
    "ahead_rows",
    "ahead_title",
    "ahead_words",
    "chart_title",
    "migration_words",
    "set_aside",
    "strategy_name",
    "strategy_rows",
    "talk_rows",
]
