"""Comparison: what candidates bring in and what customers pay, derived from runs. Integers in, exact figures out."""

from commet_core.engine.totals import blocked_share
from commet_core.reports.compare.differences import PriceChanges, Side, differences, on_side, price_changes, same_outcome
from commet_core.reports.compare.months import months_in, months_of, rounded
from commet_core.reports.compare.revenue import (
    LINE_PARTS,
    MODEL_PARTS,
    MONTH_PARTS,
    REVENUE_PARTS,
    billed_beyond_window,
    line_months,
    revenue_by_month,
)
from commet_core.reports.compare.summary import Replayed, Summary, parts_of, summarize

__all__ = [
    "LINE_PARTS",
    "MODEL_PARTS",
    "MONTH_PARTS",
    "REVENUE_PARTS",
    "PriceChanges",
    "Replayed",
    "Side",
    "Summary",
    "billed_beyond_window",
    "blocked_share",
    "differences",
    "line_months",
    "months_in",
    "months_of",
    "on_side",
    "parts_of",
    "price_changes",
    "revenue_by_month",
    "rounded",
    "same_outcome",
    "summarize",
]
