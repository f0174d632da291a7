"""What solve and sweep found, in words: for the terminal, the page and the answer."""

from commet_core.reports.price.figures import figure_rows
from commet_core.reports.price.solve_words import solution_words
from commet_core.reports.price.sweep_words import sweep_words

__all__ = ["figure_rows", "solution_words", "sweep_words"]
