"""The fan of all candidates on one chart, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from commet_core.decide.forecast import Forecast
from commet_core.decide.forecast.ranges import Range, fan_of, ranges_of
from commet_core.foundation.formats import month_words
from commet_core.reports.forecast.words import closing_words, history_of, lead_words, span
from pages.shared.charts.forecast_fan import forecast_fan
from pages.shared.palette import palette, show
from pages.shared.tables import escaped, text_columns


def card(made: Forecast) -> None:
    """What is billed, month by month, without closing invoices."""
    fan, currency = fan_of(made), made.scenario.catalog.currency
    with st.container(border=True):
        st.markdown(f"**Billed a month, 80 % range of {len(made.totals):,} possible futures**")
        months, before = history_of(made)
        figure = forecast_fan(before, months, tuple(fan), _models(made), palette(), currency)
        show(figure, alt=_alt(made, fan), key="forecast_fan")
        for words in (lead_words(made), closing_words(made, ranges_of(made))):
            if words:
                st.caption(escaped(words))


def table(made: Forecast) -> None:
    """A row a month, a column a candidate."""
    fan, currency = fan_of(made), made.scenario.catalog.currency
    names = [candidate.name for candidate in made.scenario.candidates]
    columns: dict[str, list[str]] = {"Month": [*dict.fromkeys(_when(each) for each in fan)]}
    for name in names:
        columns[name] = [span(each, currency) for each in fan if each.candidate == name]
    st.dataframe(columns, hide_index=True, column_config=text_columns(columns, left=("Month",)), alt="80 % ranges by month")


def _when(each: Range) -> str:
    return "All months" if each.month is None else month_words(each.month)


def _models(made: Forecast) -> Mapping[str, str]:
    return {candidate.name: made.scenario.plan(candidate).consumption_model for candidate in made.scenario.candidates}


def _alt(made: Forecast, fan: list[Range]) -> str:
    totals = [f"{each.candidate} {span(each, made.scenario.catalog.currency)}" for each in fan if each.month is None]
    return f"Billed a month so far and its range for {made.steps} months; together: {', '.join(totals)}"
