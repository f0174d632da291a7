"""A migration in words and rows: for the terminal, the page and the answer."""

from commet_core.reports.move.rows import StrategyRow, TalkRow, strategy_rows, talk_rows
from commet_core.reports.move.words import chart_title, migration_words, strategy_name

__all__ = ["StrategyRow", "TalkRow", "chart_title", "migration_words", "strategy_name", "strategy_rows", "talk_rows"]
