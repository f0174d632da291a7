"""What customers did: a subscriptions file for the study, and which of its rows make no sense."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile as Upload

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.wording import counted
from commet_core.scenario.subscriptions import RowProblem
from commet_core.scenario.subscriptions.example import example_rows
from commet_core.scenario.subscriptions.problems import problem_table
from commet_core.timeline.subscribers import find_subscribers
from commet_core.timeline.window import default_window
from commet_core.usage.usage import Usage
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.kept import by_content
from pages.shared.links import page_link
from pages.shared.spool import spool
from pages.shared.study import Study
from pages.shared.tables import CSV, downloads, escaped
from pages.usage_intake.ways_in import release

ROWS_SHOWN = 200
_UPLOADS = "subscriptions_uploads"
_REFUSED = "subscriptions_refused"
"""Session keys: how many files were taken up; why the last one was not."""

_COLUMNS = """
| Column | What it holds |
| :-- | :-- |
| `customer_id` | who did it, as in the usage |
| `at` | when: a date, which is its start in the catalog's time zone, or a time in UTC |
| `action` | `start`, `change_plan`, `cancel`, `pause`, `resume`, `reactivate`, `buy_pack` or `top_up` |
| `plan`, `interval` | of a start or a change: the plan's code; empty at a start: the candidate's |
| `item` | of a start an offer, of `buy_pack` the pack |
| `amount` | of `top_up`: how much is added |
| `when` | of `cancel`: `period_end` (the default) or `now` |
| `candidate` | for which candidate the row is meant; empty: for all |
"""


def subscriptions(study: Study) -> None:
    """The study's subscriptions file, or the way to give it one."""
    st.subheader("What customers did", anchor=False)
    with st.container(border=True):
        if study.subscriptions is None:
            _upload(study)
        else:
            _present(study)


def _upload(study: Study) -> None:
    """An uploaded file goes to disk at once, and the uploader is emptied."""
    place = st.session_state.setdefault(_UPLOADS, 0)
    file = st.file_uploader(
        "Starts, trials, upgrades, pauses and purchases at a given time, as CSV or Parquet. Without a file every customer starts "
        "as said above, and stays.",
        type=["csv", "parquet", "pq"],
        key=f"subscriptions_upload_{place}",
    )
    if file is not None:
        _take_up(file)
        st.session_state[_UPLOADS] = place + 1
        st.rerun()
    if (refused := st.session_state.get(_REFUSED)) is not None:
        show_problems(refused, "The file cannot be used.")
    with st.expander("What the file needs"):
        st.markdown(
            f"One row is one action of a customer. A customer that the file does not name starts as without it.\n{_COLUMNS}"
        )
        st.download_button(
            "Download an example file",
            lambda: to_csv(example_rows(study.catalog)),
            "subscriptions_example.csv",
            CSV,
            key="subscriptions_example",
            on_click="ignore",
        )


def _take_up(file: Upload) -> None:
    """Makes an uploaded file the study's, unless it cannot be read at all."""
    uploaded, _ = spool(file.name, file)
    release([file])
    st.session_state.pop(_REFUSED, None)
    try:
        loading.subscription_rows(uploaded)
    except InputError as error:
        st.session_state[_REFUSED] = error
    else:
        studies.change(subscriptions=uploaded)


def _present(study: Study) -> None:
    assert study.subscriptions is not None
    try:
        rows = loading.subscription_rows(study.subscriptions)
    except InputError as error:
        show_problems(error)
        st.button("Go on without it", key="subscriptions_remove", on_click=_remove)
        return
    customers = len({row.customer_id for row in rows})
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{escaped(study.subscriptions.name)}**: {counted(len(rows), 'action')} of {counted(customers, 'customer')}.",
            width="stretch",
        )
        st.button("Remove this file", key="subscriptions_remove", on_click=_remove)
    if not study.candidates:
        st.caption("Whether they are possible is checked when plans are chosen for comparison.")
        return
    try:
        problems = impossible(study, loading.usage_of(study))
    except InputError as error:
        show_problems(error, "The actions cannot be checked yet.")
        return
    _problems(problems)


@by_content("Checking the subscriptions")
def impossible(study: Study, usage: Usage) -> tuple[RowProblem, ...]:
    """The rows of the study's file that make no sense on its usage."""
    scenario = loading.scenario_of(study)
    found = find_subscribers(scenario, usage, scenario.window or default_window(usage, scenario.catalog.days))
    return tuple(problem for problem in found.problems if problem.row.file)


def _problems(problems: tuple[RowProblem, ...]) -> None:
    if not problems:
        st.success("Every action is possible under every candidate.")
        return
    customers = len({problem.row.customer_id for problem in problems})
    st.warning(
        f"{counted(customers, 'customer')} {'is' if customers == 1 else 'are'} left out of every candidate, because of "
        f"{counted(len(problems), 'row')} that {'makes' if len(problems) == 1 else 'make'} no sense. All others are replayed."
    )
    table = problem_table(problems)
    st.dataframe(
        table.slice(0, ROWS_SHOWN).to_pandas(),
        hide_index=True,
        height=min(9, table.num_rows + 1) * 35 + 2,
        column_config={
            "file": "File",
            "line": st.column_config.NumberColumn("Line", format="%d"),
            "customer_id": "Customer",
            "at": "At",
            "action": "Action",
            "column": "Column",
            "value": "Value",
            "what": "What is wrong",
            "fix": "What would be right",
        },
        alt="Rows of the subscriptions file that make no sense",
    )
    if table.num_rows > ROWS_SHOWN:
        st.caption(f"The first {ROWS_SHOWN} of {table.num_rows:,} are shown; the download has all of them.")
    downloads("subscription_problems", lambda: {"problems": table}, key="subscription_problems")


def caution(replayed: Replay, *, actions_shown: bool = False) -> None:
    """That somebody is left out, and where to see why. actions_shown: the page shows itself which actions are not possible."""
    if not replayed.customers_left_out:
        return
    one = replayed.customers_left_out == 1
    events = f", with {counted(replayed.events_left_out, 'event')}," if replayed.events_left_out else ""
    st.warning(
        f"{counted(replayed.customers_left_out, 'customer')}{events} {'is' if one else 'are'} left out of every candidate: what "
        f"{'it' if one else 'they'} did is not possible."
    )
    if any(problem.row.file for problem in replayed.subscribers.problems):
        page_link("pages/usage.py", "See which rows of the subscriptions file make no sense")
    elif not actions_shown:
        page_link("pages/customers.py", "See which actions are not possible")


def _remove() -> None:
    studies.change(subscriptions=None)
    st.session_state.pop(_REFUSED, None)
