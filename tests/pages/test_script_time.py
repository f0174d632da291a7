"""What saves a page's script time shows what was shown without it."""

from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
import pytest
from plotly.tools import return_figure_from_figure_or_data
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from pages.shared import kept
from pages.shared.drawing import Drawing
from pages.shared.palette import LIGHT
from pages.shared.state_lookup import Looked, look_without_copy
from pages.shared.study import sample


def spec(figure: go.Figure) -> str:
    """What Streamlit sends of a figure."""
    return str(pio.to_json(return_figure_from_figure_or_data(figure, validate_figure=True), validate=False))


def test_what_a_browser_is_sent_of_a_chart_is_worked_out_once_and_is_the_same() -> None:
    drawing = Drawing(LIGHT, money_axis="$")
    drawing.add_scatter(x=[datetime(2026, 1, day) for day in range(1, 4)], y=[1.5, float("nan"), None], name="a")  # noqa: DTZ001
    figure = drawing.figure()
    assert spec(figure) == spec(go.Figure({"data": drawing.traces, "layout": drawing.layout}))
    assert figure.to_dict() is figure.to_dict()


def test_a_document_is_written_once_and_another_at_its_place_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    study = sample()
    text = kept.text_of(study)
    assert text == study.model_dump_json()
    assert kept.text_of(study) is text
    other = study.model_copy(update={"seed": 8})
    monkeypatch.setitem(kept._TEXTS, id(other), kept._TEXTS[id(study)])  # as if it had got a number that was given back
    assert kept.text_of(other) == other.model_dump_json() != text
    number = id(study)
    del study
    assert number not in kept._TEXTS


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SafeSessionState, "filtered_state", SafeSessionState.filtered_state)
    look_without_copy()


@pytest.mark.usefixtures("looked")
def test_the_state_is_looked_up_as_it_would_be_in_a_copy() -> None:
    state = SafeSessionState(SessionState(), lambda: None)
    state["kept"], state["nothing"] = 1, None
    whole: Any = state.filtered_state
    assert isinstance(whole, Looked)
    assert ("kept" in whole, "other" in whole, whole["kept"], whole["nothing"]) == (True, False, 1, None)
    assert dict(whole) == {"kept": 1, "nothing": None}
    with pytest.raises(KeyError):
        whole["other"]


def fields() -> None:
    """A page with fields that are empty because the session says so."""
    import streamlit as st

    for key in ("text", "number", "choice"):
        st.session_state[key] = None
    st.text_input("Text", key="text")
    st.number_input("Number", key="number")
    st.selectbox("Choice", ["a"], key="choice")
    st.session_state["said"] = sorted(st.session_state)


@pytest.mark.usefixtures("looked")
def test_fields_stay_empty_where_the_session_says_so() -> None:
    app = AppTest.from_function(fields).run()
    assert not app.exception
    assert (app.text_input[0].value, app.number_input[0].value, app.selectbox[0].value) == (None, None, None)
    assert app.session_state["said"] == ["choice", "number", "text"]
