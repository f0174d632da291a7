"""Comparison: what candidates bring in and what customers pay, derived from runs. Integers in, exact figures out."""

from commet_core.reports.compare.differences import Side, differences, on_side, price_changes
from commet_core.reports.compare.months import months_in, months_of, rounded
from commet_core.reports.compare.revenue import (
    LINE_PARTS,
    MODEL_PARTS,
    MONTH_PARTS,
    REVENUE_PARTS,
    line_months,
    revenue_by_month,
)
from commet_core.reports.compare.summary import Replayed, Summary, parts_of, summarize

__all__ = [
    "LINE_PARTS",
    "MODEL_PARTS",
    "MONTH_PARTS",
    "REVENUE_PARTS",
    "Replayed",
    "Side",
    "Summary",
    "differences",
    "line_months",
    "months_in",
    "months_of",
    "on_side",
    "parts_of",
    "price_changes",
    "revenue_by_month",
    "rounded",
    "summarize",
]
