"""What customers held: a file of seats and quota for the study, and which of its rows cannot be used."""

from __future__ import annotations

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.wording import counted
from commet_core.scenario.levels.example import example_rows
from commet_core.scenario.subscriptions import RowProblem
from commet_core.scenario.subscriptions.problems import problem_table
from commet_core.timeline.subscribers import find_subscribers
from commet_core.timeline.window import default_window
from commet_core.usage.usage import Usage
from pages.shared import loading, row_files
from pages.shared.frame import show_problems
from pages.shared.kept import by_content
from pages.shared.links import page_link
from pages.shared.row_files import RowFile
from pages.shared.row_problems import listed_problems
from pages.shared.study import Study
from pages.shared.tables import escaped

_COLUMNS = """
| Column | What it holds |
| :-- | :-- |
| `customer_id` | who holds it, as in the usage |
| `at` | from when on: a date, or a time in UTC |
| `feature` | the code of seats or a quota |
| `set` | so many are held from then on |
| `change` | so many more, or fewer where below zero; one of `set` and `change` in a row |
"""


FILE = RowFile(
    field="levels",
    types=["csv", "parquet", "pq", "jsonl", "ndjson"],
    read=loading.level_rows,
    noun="row",
    unchecked="Whether its rows can be used is checked when plans are chosen for comparison.",
    needs=f"One row is one change, or the number held from then on. It holds until the next row.\n{_COLUMNS}",
    example=example_rows,
)


def levels(study: Study) -> None:
    """The study's levels file, or the way to give it one; nothing where no feature is held and no file is there."""
    if study.levels is None and not study.catalog.level_features:
        return
    st.header("What customers held", anchor=False)
    names = escaped(", ".join(study.catalog.features[code].name or code for code in study.catalog.level_features))
    label = f"How many {names} customers held and since when, as CSV, Parquet or JSON lines. Without a file they hold none."
    row_files.section(FILE, study, label, lambda: _checked(study))


def _checked(study: Study) -> None:
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
