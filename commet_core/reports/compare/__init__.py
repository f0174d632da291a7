"""Comparison: what candidates bring in and what customers pay, derived from runs. Integers in, exact figures out."""

from commet_core.reports.compare.customer_costs import monthly_costs
from commet_core.reports.compare.differences import (
    PriceChanges,
    Side,
    customer_changes,
    differences,
    on_side,
    price_changes,
    same_outcome,
)
from commet_core.reports.compare.months import MONTHS_IN_YEAR, WEEKS_IN_YEAR, months_in, months_of, rounded
from commet_core.reports.compare.revenue import (
    LINE_PARTS,
    MODEL_PARTS,
    MONTH_PARTS,
    REVENUE_PARTS,
    billed_beyond_window,
    line_months,
    revenue_by_month,
    revenue_parts,
)
from commet_core.reports.compare.summary import Summary, blocked_share, parts_of, summarize

__all__ = [
    "LINE_PARTS",
    "MODEL_PARTS",
    "MONTHS_IN_YEAR",
    "MONTH_PARTS",
    "REVENUE_PARTS",
    "WEEKS_IN_YEAR",
    "PriceChanges",
    "Side",
    "Summary",
    "billed_beyond_window",
    "blocked_share",
    "customer_changes",
    "differences",
    "line_months",
    "monthly_costs",
    "months_in",
    "months_of",
    "on_side",
    "parts_of",
    "price_changes",
    "revenue_by_month",
    "revenue_parts",
    "rounded",
    "same_outcome",
    "summarize",
]
