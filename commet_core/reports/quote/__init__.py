"""Quotes: what plans cost at a usage that somebody types in. Nothing is computed here; the simulator replays made-up usage."""

from commet_core.reports.quote.candidate_quotes import Allowance, Quote, QuoteLine, Refusal, quotes
from commet_core.reports.quote.held import starting_levels
from commet_core.reports.quote.made_up import (
    LEVEL_MAX,
    last_plans,
    made_up_usage,
    monthly_cost,
    one_month,
    one_year,
    refused_units,
    too_much,
)
from commet_core.reports.quote.units import UNITS_MAX, read_units, rounded_units

__all__ = [
    "LEVEL_MAX",
    "UNITS_MAX",
    "Allowance",
    "Quote",
    "QuoteLine",
    "Refusal",
    "last_plans",
    "made_up_usage",
    "monthly_cost",
    "one_month",
    "one_year",
    "quotes",
    "read_units",
    "refused_units",
    "rounded_units",
    "starting_levels",
    "too_much",
]
