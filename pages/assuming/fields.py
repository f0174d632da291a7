"""The assumptions as sliders, each with what it does and what evidence there is, and the ranges that are tried."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import streamlit as st

from commet_core.decide.standing import Range, names_that_matter, today, usual_range
from commet_core.reports.assumption_words import between_words, nearest, read_range, values_of, written_range
from commet_core.reports.assumption_words import value_words as words
from commet_core.scenario.assumptions import NAMES, Assumptions
from commet_core.scenario.scenario import Scenario
from pages.shared import loading, remembered
from pages.shared import study as studies
from pages.shared.study import Study
from pages.shared.tables import escaped

THRESHOLDS = {
    "leaving.share": ("leaving.rise", "A rise counts from"),
    "leaving_refused.share": ("leaving_refused.refused", "Refusals count from"),
}
"""What an assumption is judged by, beside its share."""


def assumed(study: Study) -> None:
    """A slider for each assumption that can matter here."""
    scenario = loading.scenario_of(study)
    st.markdown("### What is assumed")
    for name in names_that_matter(scenario):
        named = NAMES[name]
        with st.container(border=True):
            _slider(study, name, named.title, today(scenario, name), f"{named.sentence}\n\n{escaped(named.evidence)}")
            if name in THRESHOLDS:
                threshold, label = THRESHOLDS[name]
                _slider(study, threshold, label, study.assumptions.value(threshold))
    if study.assumptions != Assumptions():
        st.button("Assume nothing", key="assume_nothing", on_click=studies.change, kwargs={"assumptions": Assumptions()})


EACH_ITS_OWN = "each candidate its own"
"""In place of a value where candidates say different things."""


def _slider(study: Study, name: str, label: str, value: Decimal | None, meaning: str | None = None) -> None:
    options: list[Decimal | str] = [*([EACH_ITS_OWN] if value is None else []), *values_of(name)]
    key = f"assume/{name}"
    st.session_state[key] = EACH_ITS_OWN if value is None else nearest(values_of(name), value)
    st.select_slider(
        label, options, key=key, format_func=partial(_words, name), on_change=_say, args=(study, name, key), help=meaning
    )


def _words(name: str, option: Decimal | str) -> str:
    return option if isinstance(option, str) else words(name, option)


def _say(study: Study, name: str, key: str) -> None:
    """What the slider says goes into the study."""
    chosen = st.session_state[key]
    if isinstance(chosen, Decimal):
        studies.change(assumptions=study.assumptions.having({name: chosen}))


def ranges(scenario: Scenario) -> list[Range]:
    """The ranges that are tried: the usual ones, or those that the visitor has chosen."""
    return [read_range(name, remembered.typed(_key(name))) or usual_range(name) for name in names_that_matter(scenario)]


def choose_ranges(scenario: Scenario) -> None:
    """A slider with two ends for each assumption that is tried."""
    for asked in ranges(scenario):
        options, key = values_of(asked.name), f"assume_between/{asked.name}"
        st.session_state[key] = (nearest(options, asked.low), nearest(options, asked.high))
        st.select_slider(
            NAMES[asked.name].title,
            options,
            key=key,
            format_func=partial(words, asked.name),
            on_change=_try,
            args=(asked.name, key),
            help=between_words(asked),
        )


def _try(name: str, key: str) -> None:
    chosen = st.session_state[key]
    if isinstance(chosen, tuple):
        remembered.put(_key(name), written_range(*chosen))
        studies.write_link()


def _key(name: str) -> str:
    return f"assume_range/{name}"
