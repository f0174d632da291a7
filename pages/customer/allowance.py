"""The Customers page's chart: the allowance over time."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from commet_core.foundation.formats import duration_words
from commet_core.foundation.wording import plural
from commet_core.reports.statement import Statement, allowance, features_used
from commet_core.reports.statement.allowance import Allowance
from commet_core.reports.statement.allowance_title import balance_title, credits_title, used_title
from commet_core.reports.statement.spells import spells
from commet_core.reports.statement.words import feature_name, feature_of
from pages.shared.charts import allowance as charts
from pages.shared.glossary import meaning
from pages.shared.palette import palette, show
from pages.shared.tables import escaped


def section(statement: Statement) -> None:
    head = st.empty()
    terms = meaning("included", "overage", "period", "reset")
    head.header("Allowance", anchor=False, help=terms)
    if statement.event_count == 0:
        st.info("This customer asked for nothing in the window, so there is nothing to draw.")
        return
    drawn = _drawn(statement)
    if drawn is None:
        return
    figure, shown, title = drawn
    head.header("Allowance", anchor=False, help=f"{terms}\n\n{_exactness(shown, statement)}")
    st.markdown(f"**{escaped(title)}**")
    whose = f"Customer {statement.customer_id}, candidate {statement.run.candidate.name}."
    show(figure, f"{title}. {whose} The ledger below holds every event.", key="replay_allowance")


Drawn = tuple[go.Figure, Allowance, str]
"""A chart, what it draws, and what is seen there."""


def _drawn(statement: Statement) -> Drawn | None:
    """The chart of the plan's model; None where there is nothing to draw."""
    of_model = {"metered": _metered, "credits": _credits, "balance": _balance}.get(statement.run.model.name)
    return None if of_model is None else of_model(statement)


def _metered(statement: Statement) -> Drawn | None:
    feature = _feature(statement)
    if not _in_any_plan(statement, feature):
        name = feature_name(statement, feature)
        st.info(escaped(f"The plan does not have {name}: everything asked of it is refused."))
        return None
    shown = allowance.used_of_feature(statement, feature)
    figure = charts.used_of_feature(shown, plural(feature_of(statement, feature).unit), palette())
    return figure, shown, used_title(statement, feature)


def _credits(statement: Statement) -> Drawn:
    shown = allowance.credits_left(statement)
    return charts.credits_left(shown, palette()), shown, credits_title(statement)


def _balance(statement: Statement) -> Drawn:
    shown = allowance.balance_left(statement)
    figure = charts.balance_left(shown, statement.currency, palette())
    return figure, shown, balance_title(statement)


def _in_any_plan(statement: Statement, feature: str) -> bool:
    """Whether a plan that the customer is on in the window has a feature."""
    plans = statement.replayed.scenario.catalog.plans
    return any(spell.stage.plan is not None and feature in plans[spell.stage.plan].features for spell in spells(statement))


def _feature(statement: Statement) -> str:
    """The feature whose units are drawn; at first the one with most events."""
    features = features_used(statement)
    if st.session_state.get("replay_feature") not in features:
        st.session_state["replay_feature"] = features[0]
    chosen: str = st.selectbox(
        "Feature", features, format_func=lambda code: feature_name(statement, code), key="replay_feature", width=320
    )
    return chosen


def _exactness(shown: Allowance, statement: Statement) -> str:
    if shown.whole:
        return "Every event is drawn."
    return (
        f"Of {statement.event_count:,} events the first, last, lowest and highest of every {duration_words(shown.stretch)} are "
        "drawn, each exactly."
    )
