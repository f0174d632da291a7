"""What customers held: a file of seats and quota for the study, and which of its rows cannot be used."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile as Upload

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.wording import counted
from commet_core.scenario.levels.example import example_rows
from commet_core.scenario.subscriptions import RowProblem
from commet_core.scenario.subscriptions.problems import problem_table
from commet_core.timeline.subscribers import find_subscribers
from commet_core.timeline.window import default_window
from commet_core.usage.usage import Usage
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.kept import by_content
from pages.shared.links import page_link
from pages.shared.row_problems import listed_problems
from pages.shared.spool import spool
from pages.shared.study import Study
from pages.shared.tables import CSV, escaped
from pages.usage_intake.ways_in import release

_UPLOADS = "levels_uploads"
_REFUSED = "levels_refused"
"""Session keys: how many files were taken up; why the last one was not."""

_COLUMNS = """
| Column | What it holds |
| :-- | :-- |
| `customer_id` | who holds it, as in the usage |
| `at` | from when on: a date, or a time in UTC |
| `feature` | the code of seats or a quota |
| `set` | so many are held from then on |
| `change` | so many more, or fewer where below zero; one of `set` and `change` in a row |
"""


def levels(study: Study) -> None:
    """The study's levels file, or the way to give it one; nothing where no feature is held and no file is there."""
    if study.levels is None and not study.catalog.level_features:
        return
    st.header("What customers held", anchor=False)
    with st.container(border=True):
        if study.levels is None:
            _upload(study)
        else:
            _present(study)


def _upload(study: Study) -> None:
    """An uploaded file goes to disk at once, and the uploader is emptied."""
    place = st.session_state.setdefault(_UPLOADS, 0)
    names = ", ".join(_name(study.catalog, code) for code in study.catalog.level_features)
    file = st.file_uploader(
        f"How many {escaped(names)} customers held and since when, as CSV, Parquet or JSON lines. Without a file they hold none.",
        type=["csv", "parquet", "pq", "jsonl", "ndjson"],
        key=f"levels_upload_{place}",
    )
    if file is not None:
        _take_up(file)
        st.session_state[_UPLOADS] = place + 1
        st.rerun()
    if (refused := st.session_state.get(_REFUSED)) is not None:
        show_problems(refused, "The file cannot be used.")
    with st.expander("What the file needs"):
        st.markdown(f"One row is one change, or the number held from then on. It holds until the next row.\n{_COLUMNS}")
        st.download_button(
            "Download an example file",
            lambda: to_csv(example_rows(study.catalog)),
            "levels_example.csv",
            CSV,
            key="levels_example",
            on_click="ignore",
        )


def _name(catalog: Catalog, code: str) -> str:
    return catalog.features[code].name or code


def _take_up(file: Upload) -> None:
    """Makes an uploaded file the study's, unless it cannot be read at all."""
    uploaded, _ = spool(file.name, file)
    release([file])
    st.session_state.pop(_REFUSED, None)
    try:
        loading.level_rows(uploaded)
    except InputError as error:
        st.session_state[_REFUSED] = error
    else:
        studies.change(levels=uploaded)


def _present(study: Study) -> None:
    assert study.levels is not None
    try:
        rows = loading.level_rows(study.levels)
    except InputError as error:
        show_problems(error)
        st.button("Go on without it", key="levels_remove", on_click=_remove)
        return
    customers = len({row.customer_id for row in rows})
    with st.container(horizontal=True, vertical_alignment="center"):
        words = f"{counted(len(rows), 'row')} of {counted(customers, 'customer')}."
        st.markdown(f"**{escaped(study.levels.name)}**: {words}", width="stretch")
        st.button("Remove this file", key="levels_remove", on_click=_remove)
    if not study.candidates:
        st.caption("Whether its rows can be used is checked when plans are chosen for comparison.")
        return
    try:
        problems = unusable(study, loading.usage_of(study))
    except InputError as error:
        show_problems(error, "The rows cannot be checked yet.")
        if not study.catalog.level_features:
            page_link("pages/plans.py", "Give a feature the kind seats or quota", show="features")
        return
    _problems(problems)


@by_content("Checking what was held")
def unusable(study: Study, usage: Usage) -> tuple[RowProblem, ...]:
    """The rows of the study's levels file that cannot be used."""
    scenario = loading.whole_scenario_of(study)
    return find_subscribers(scenario, usage, scenario.window or default_window(usage, scenario.catalog.days)).rejected


def _problems(problems: tuple[RowProblem, ...]) -> None:
    if not problems:
        st.success("Every row can be used.")
        return
    cannot = f"{counted(len(problems), 'row')} cannot be used, and {'is' if len(problems) == 1 else 'are'} left out."
    st.warning(f"{cannot} The other rows count, and every customer is replayed.")
    table = problem_table(problems).drop_columns(["action"])
    listed_problems(table, "level_problems", "Rows of the levels file that cannot be used")


def _remove() -> None:
    studies.change(levels=None)
    st.session_state.pop(_REFUSED, None)
