"""A slow, plain twin of the simulator, written from billing-rules alone.

It shares no code with ``commet_core`` and uses nothing but the standard library: one customer after another, one moment
after another, as a billing engine lives through them, in exact decimals. Where the two disagree, the rules decide. Every
rule is a short function that cites its number.

The arithmetic runs in a decimal context that raises on any inexact result, so that nothing is ever rounded except by a
function that says which way.
"""

from .admission import packs_for
from .amounts import (
    EXACT,
    event_cost,
    event_credits,
    minor_unit_digits,
    rounded_half_up,
    rounded_share,
    rounded_up,
    rounded_up_count,
)
from .buyers import hash_mix, is_buyer
from .events import Event, Tokens
from .periods import base_is_charged_after, months_after, simulation_window
from .plans import Pack, billing_interval, change_is_immediate, terms_of
from .simulation import TABLES, simulate
from .tables import shared_by_cumulative_rounding
from .tokens import prices_of, token_cost

__all__ = [
    "EXACT",
    "TABLES",
    "Event",
    "Pack",
    "Tokens",
    "base_is_charged_after",
    "billing_interval",
    "change_is_immediate",
    "event_cost",
    "event_credits",
    "hash_mix",
    "is_buyer",
    "minor_unit_digits",
    "months_after",
    "packs_for",
    "prices_of",
    "rounded_half_up",
    "rounded_share",
    "rounded_up",
    "rounded_up_count",
    "shared_by_cumulative_rounding",
    "simulate",
    "simulation_window",
    "terms_of",
    "token_cost",
]
