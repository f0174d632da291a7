"""A plan's base prices, one for each interval it is offered on, and the trial before the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import streamlit as st

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import interval_name
from pages.plan_editor import drafts, fields
from pages.plan_editor.model_fields import MODEL_FIELDS
from pages.shared.folds import fold
from pages.shared.glossary import meaning

PRICE_WIDTH: Final = 112
"""Pixels; three stand in a row on a phone."""
USUAL: Final[tuple[Interval, ...]] = ("monthly", "yearly")
OTHERS: Final[tuple[Interval, ...]] = ("weekly", "quarterly", "one_time")


def prices(code: str, model: ConsumptionModel) -> None:
    """The base prices of a plan and its trial."""
    plan = drafts.current().design.group("plans")[code]
    st.markdown("**Base price**", help=meaning("base price", "included", "overage"))
    trial = "Free trial (days)"
    with st.container(horizontal=True):
        _row(code, USUAL)
        if plan.get("prices") or plan.get("trial_days") is not None:
            with st.container(width=PRICE_WIDTH + 8):
                fields.number_in_row(trial, ("plans", code, "trial_days"), placeholder="none")
    fields.problems_below_row(_labels(USUAL), ("plans", code, "prices"))
    fields.problems_below_row({"trial_days": trial}, ("plans", code))
    with st.container():
        if not plan.get("prices"):
            st.caption(MODEL_FIELDS[model].free)
    _other_intervals(code)


def _other_intervals(code: str) -> None:
    """Intervals that few plans have, out of the way until one of them is used."""
    used = drafts.current().design.group("plans")[code].get("prices") or {}
    has_others = any(interval in used for interval in OTHERS)
    fold("Other intervals", f"plans_other_intervals/{code}", partial(_others, code), opened=has_others)


def _others(code: str) -> None:
    st.caption("Allowances are renewed every week on a weekly price, and every month on all others.")
    with st.container(horizontal=True):
        _row(code, OTHERS)
    fields.problems_below_row(_labels(OTHERS), ("plans", code, "prices"))


def _row(code: str, intervals: Sequence[Interval]) -> None:
    for interval, name in _labels(intervals).items():
        with st.container(width=PRICE_WIDTH):
            fields.number_in_row(f"{name} ({drafts.sign()})", ("plans", code, "prices", interval), placeholder="not offered")


def _labels(intervals: Sequence[Interval]) -> dict[str, str]:
    return {interval: interval_name(interval).capitalize() for interval in intervals}
