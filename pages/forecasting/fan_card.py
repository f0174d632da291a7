"""The fan of all candidates on one chart, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import streamlit as st

from commet_core.decide.forecast import Forecast
from commet_core.decide.forecast.ranges import Range, earned_fan_of, fan_of, ranges_of
from commet_core.foundation.formats import month_words
from commet_core.reports.forecast import words
from pages.forecasting.figures import SEEN_KEY, once
from pages.shared import links, remembered
from pages.shared.charts.forecast_fan import forecast_fan
from pages.shared.glossary import meaning
from pages.shared.palette import palette, show
from pages.shared.tables import escaped, text_columns

SEEN: Final = ("billed", "earned")


def card(made: Forecast) -> None:
    """What is billed, without closing invoices, or earned, month by month."""
    currency = made.scenario.catalog.currency
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = st.empty()
            seen = _seen()
        fan = once(made, fan_of if seen == "billed" else earned_fan_of)
        closing = words.closing_words(made, once(made, ranges_of)) if seen == "billed" else ""
        behind = [escaped(words.drawn_words(made)), meaning("80 % range")]
        behind += [escaped(closing), meaning("closing invoice")] if closing else []
        title.markdown(f"**{escaped(words.fan_title(made, fan, seen))}**", help="\n\n".join(behind))
        months, before = words.history_of(made, seen)
        figure = forecast_fan(before, months, tuple(fan), _models(made), palette(), currency, seen, words.changes_of(made))
        show(figure, alt=_alt(made, fan, seen), key="forecast_fan")
        if lead := words.lead_words(made):
            st.caption(escaped(lead))


def _seen() -> words.Seen:
    key = remembered.choice(SEEN_KEY, SEEN, "billed")
    chosen = st.segmented_control(
        "What is drawn", list(SEEN), format_func=str.capitalize, required=True, label_visibility="collapsed", **links.kept(key)
    )
    return "earned" if chosen == "earned" else "billed"


def table(made: Forecast) -> None:
    """A row a month, a column a candidate."""
    fan, currency = once(made, fan_of), made.scenario.catalog.currency
    names = [candidate.name for candidate in made.scenario.candidates]
    columns: dict[str, list[str]] = {"Month": [*dict.fromkeys(_when(each) for each in fan)]}
    for name in names:
        columns[name] = [words.span(each, currency) for each in fan if each.candidate == name]
    st.dataframe(
        pa.table(columns), hide_index=True, column_config=text_columns(columns, left=("Month",)), alt="80 % ranges by month"
    )


def _when(each: Range) -> str:
    return "All months" if each.month is None else month_words(each.month)


def _models(made: Forecast) -> Mapping[str, str]:
    return {candidate.name: made.scenario.plan(candidate).consumption_model for candidate in made.scenario.candidates}


def _alt(made: Forecast, fan: list[Range], seen: words.Seen) -> str:
    totals = [f"{each.candidate} {words.span(each, made.scenario.catalog.currency)}" for each in fan if each.month is None]
    return f"{seen.capitalize()} a month so far and its range for {made.steps} months; together: {', '.join(totals)}"
