"""The Move page: it opens with every way to move as a row, asks otherwise as it is told, and names whom to talk to first."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support.compare_page import BALANCE, CREDITS, METERED, study_of
from support.said_on_page import shown

from commet_core.foundation.window import Window
from commet_core.reports.move import NOBODY_REACTS
from pages.shared import frame
from pages.shared.study import Study, sample

APP = str(Path(__file__).parents[2] / "app.py")
MONTHS = [f"2026-0{month}-03" for month in range(1, 7)]
USAGE = [
    *[("ann", day, "call") for day in MONTHS for _ in range(12)],
    *[("bob", day, "call") for day in MONTHS for _ in range(30)],
]


def half_a_year(*candidates: object) -> Study:
    """Ann makes 12 calls a month and bob 30."""
    return study_of(candidates or (METERED, CREDITS), rows=USAGE, window=Window(start=date(2026, 1, 1), end=date(2026, 7, 1)))


def opened(study: Study) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state["study"] = study
    app.session_state["history_states"] = [{"study": study, "study_unfinished": None, "plans_draft": None}]
    app.run()
    app.switch_page("pages/move.py").run()
    assert not app.exception
    return app


def test_it_is_in_the_navigation_after_assumptions() -> None:
    assert list(frame.GROUPS["Decide"].values()) == ["Price", "Forecast", "Assumptions", "Move"]


def test_it_opens_with_its_answer_and_asks_otherwise_as_it_is_told() -> None:
    app = opened(half_a_year())
    assert (
        app.header[0]
        .value.replace("\\", "")
        .startswith("Moving 2 customers from Metered to Credits at the next renewal, from 1 Apr 2026, earns $")
    )
    assert app.caption[0].value.replace("\\", "") == NOBODY_REACTS  # what the sentence rests on stands below it
    assert "2 customers can move." in shown(app)
    app.text_input(key="move_day").set_value("2026-05-01").run()
    assert "from 1 May 2026" in app.header[0].value
    app.button_group(key="move_from").set_value("Credits").run()
    assert "from Credits to Metered" in app.header[0].value
    app.text_input(key="move_day").set_value("soon").run()
    assert "'soon' is not a date. Write it as 2026-04-01." in shown(app)
    app.text_input(key="move_day").set_value("2026-07-01").run()
    assert "2026-07-01 is not inside the window." in shown(app)
    assert not app.exception


def test_a_way_is_looked_at_and_its_fields_move_it() -> None:
    app = opened(half_a_year())
    app.session_state["remembered"] = {"move_chosen": "cap"}
    app.number_input(key="move_cap").set_value(5).run()
    app.number_input(key="move_capped").set_value(2).run()
    assert "At the renewal, rises capped at 5 % for 2 months" in shown(app)
    assert not app.exception


def test_with_one_candidate_it_says_where_to_go() -> None:
    assert "There is one candidate, and customers move from one to another" in shown(opened(half_a_year(METERED)))
    assert "There is no candidate yet" in shown(opened(study_of([])))


@pytest.mark.parametrize(
    ("candidates", "said"),
    [((METERED, CREDITS, BALANCE), "from Metered to Balance"), ((BALANCE, CREDITS, METERED), "from Balance to Metered")],
    ids=["to the leader", "from the leader to the next best"],
)
def test_it_moves_to_whom_the_answer_advises(candidates: tuple[object, ...], said: str) -> None:
    """Metered bills $67, Credits $54 and Balance $72."""
    app = opened(study_of(candidates))
    assert said in app.header[0].value


def test_in_the_next_months_it_is_of_possible_futures_and_has_no_day() -> None:
    app = opened(sample())
    app.button_group(key="move_ahead").set_value("3").run()
    assert not app.exception
    assert "from 1 Jul 2026, earns $" in shown(app)
    assert re.search(r"over the next 3 months, and pays back in \d+ of 20 possible futures", shown(app))
    assert not [field for field in app.text_input if field.key == "move_day"]
    assert app.session_state["remembered"]["move_ahead"] == "3"  # in the link, and kept
    app.session_state["remembered"] = {**app.session_state["remembered"], "move_chosen": "now"}
    app.run()
    assert re.search(
        r"All at once: (ahead of|behind) staying in \d of 3 months, in the middle of 20 possible futures", shown(app)
    )


def test_where_no_months_ahead_can_be_drawn_it_says_why_and_goes_back() -> None:
    app = opened(half_a_year())
    app.button_group(key="move_ahead").set_value("6").run()
    assert not app.exception
    assert "a forecast needs 20" in shown(app)
    app.button_group(key="move_ahead").set_value("0").run()
    assert app.header[0].value.startswith("Moving 2 customers")
