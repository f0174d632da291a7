"""Blocked usage: what was refused, of which feature and why."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent
from commet_core.foundation.money import plain
from commet_core.foundation.vocabulary import REFUSAL_REASONS
from commet_core.foundation.wording import capitalized, refusal_meaning, refusal_name
from commet_core.reports.compare import Summary
from commet_core.reports.compare.blocked import BlockedFeature
from commet_core.reports.compare.section_titles import refusals_title
from pages.comparison import figures
from pages.comparison.models import models_of
from pages.comparison.opened_figure import Opened, open_figure
from pages.shared.charts import customers as customer_charts
from pages.shared.palette import palette, show
from pages.shared.tables import escaped, label


def blocked(replayed: Replay, summaries: list[Summary]) -> None:
    """What was refused, of which feature and why."""
    found = figures.blocked_features(replayed)
    _blocked_table(replayed, summaries)
    if not found:
        st.success("No candidate refuses anything on this usage.")
        return
    names = {code: feature.name for code, feature in replayed.scenario.catalog.features.items() if feature.name}
    st.markdown(f"**{escaped(refusals_title(found, names))}**")
    figure = customer_charts.blocked_by_feature(found, names, models_of(replayed), palette())
    show(figure, "Share of each feature's units that each candidate refused", key="compare_blocked")
    rows = [
        {
            "Candidate": one.candidate,
            "Feature": names.get(one.feature, one.feature),
            "Reason": refusal_name(one.reason),
            "Events refused": f"{one.blocked_events:,} of {one.events:,}",
            "Units refused": f"{plain(one.blocked)} of {plain(one.demanded)}",
            "Share of units": percent(one.share),
            "Customers": one.customers,
        }
        for one in found
    ]
    st.dataframe(rows, hide_index=True, alt="Refused usage by candidate, feature and reason")
    if patterns := patterns_in_words(found):
        st.caption(patterns)


def patterns_in_words(found: Sequence[BlockedFeature]) -> str:
    """What the patterns of the bars mean, of the reasons that there are."""
    words = {
        "not_in_plan": "crossed bars",
        "paused": "upright lines",
        "not_subscribed": "level lines",
        "spend_cap": "slanted lines",
    }
    shown = [reason for reason in REFUSAL_REASONS if reason in words and any(one.reason == reason for one in found)]
    said = [f"{words[reason]}: {refusal_meaning(reason)}" for reason in shown]
    return f"{capitalized('; '.join(said))}." if said else ""


def _blocked_table(replayed: Replay, summaries: list[Summary]) -> None:
    rows = [
        {
            "Candidate": summary.name,
            "Events refused": f"{summary.blocked_events:,} of {summary.events:,}",
            "Share of usage": percent(summary.blocked_share),
            "Customers refused": f"{summary.customers_blocked:,} of {summary.customers:,}",
            "First refusal (UTC)": f"{summary.first_blocked_at.day} {summary.first_blocked_at:%b %Y, %H:%M}"
            if summary.first_blocked_at
            else "never",
        }
        for summary in summaries
    ]
    st.dataframe(rows, hide_index=True, alt="Refused usage by candidate")
    if replayed.scenario.rows == "aggregate":
        st.caption("Rows of this usage are totals: the share is of units, features weighted by their rows.")
    if replayed.in_markets:  # a list of customers is of one currency
        return
    with st.container(horizontal=True):
        for place, summary in enumerate(summaries):
            if summary.customers_blocked:
                st.button(
                    f"Who {label(summary.name)} refuses",
                    key=f"compare_who_{place}",
                    on_click=open_figure,
                    args=(Opened(summary.name, kind="refused"),),
                )
