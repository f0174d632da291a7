"""The Forecast page: what each candidate brings in over the coming months, behind the record of the method on this usage."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from commet_core.decide.forecast import Forecast
from commet_core.decide.forecast.ground import STEPS_MIN
from commet_core.decide.forecast.ranges import fan_of
from commet_core.decide.forecast.tables import TABLES
from commet_core.foundation.errors import InputError
from commet_core.reports.forecast.words import ahead_words, headline, turn_words
from pages.forecasting import fan_card, figures, parts_card, record_card
from pages.shared import candidates, frame, links, loading, remembered, subscriptions
from pages.shared import study as studies
from pages.shared.links import page_link
from pages.shared.study import Described, Generated, Study
from pages.shared.tables import downloads, escaped
from pages.shared.work import Work, visitor


def main() -> None:
    with frame.page("pages/forecast.py", "Forecast"):
        study = studies.current()
        if not study.candidates:
            links.to_plans("There is nothing to forecast yet: choose or design at least one plan.")
            return
        top = st.container()
        _horizon()
        try:
            usual = figures.begun(study, figures.months())
        except InputError as error:
            frame.show_problems(error, "A forecast is not possible from this usage.")
            page_link("pages/usage.py", "Choose other usage, or generate some")
            return
        _page(study, usual, top)


def _horizon() -> None:
    key = remembered.choice(figures.MONTHS_KEY, [str(each) for each in figures.MONTHS], "12")
    st.segmented_control(
        "Months ahead",
        [str(each) for each in figures.MONTHS],
        required=True,
        format_func=lambda months: f"{months} months",
        label_visibility="collapsed",
        **links.kept(key),
    )


def _page(study: Study, usual: Forecast, top: DeltaGenerator) -> None:
    """The answer and its record first, then the candidates, the fan, and what it is made of."""
    made, works = figures.shown(study, usual, figures.changes())
    effects = figures.hanging(study, usual) if not works else None
    if isinstance(effects, Work):
        works = [effects]
    top.header(f"{escaped(headline(made, figures.once(made, fan_of)))}.", anchor=False)
    _cautions(study, made)
    record_card.card(made, tried=made.record is not None or made.calendar.count <= STEPS_MIN)
    candidates.table(figures.rows(study, made), key="forecast_candidates", next_year=f"{ahead_words(made)}, 80 %")
    fan_card.card(made)
    if works:
        figures.going_on(works, visitor())
    parts_card.what_if(usual)
    parts_card.card(
        usual, effects if effects is not None else works[0], figures.moved(study, usual, made) if made.changed else ""
    )
    with st.expander("The same as a table"):
        fan_card.table(made)
    downloads("forecast", lambda: {name: table_of(made) for name, table_of in TABLES.items()}, key="forecast")


def _cautions(study: Study, made: Forecast) -> None:
    if isinstance(study.source, Generated | Described):
        st.caption("This usage is generated: not your customers.")
    for note in (*made.ground.notes, *filter(None, [turn_words(made)])):
        st.caption(escaped(note))
    subscriptions.caution(loading.current_replay())


main()
