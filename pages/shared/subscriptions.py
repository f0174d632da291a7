"""What customers did: a subscriptions file for the study, and which of its rows make no sense."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.vocabulary import ACTIONS
from commet_core.foundation.wording import action_name, action_needs, counted
from commet_core.scenario.subscriptions import RowProblem
from commet_core.scenario.subscriptions.example import example_rows
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

_COLUMNS = """
| Column | What it holds |
| :-- | :-- |
| `customer_id` | who did it, as in the usage |
| `at` | when: a date, which is its start in the catalog's time zone, or a time in UTC |
| `action` | one of those below |
| `plan`, `interval` | of a start or a change: the plan's code; empty at a start: the candidate's |
| `item`, `amount`, `when`, `until`, `cycles`, `promo_code` | what the action needs, as below |
| `market` | of a start: the market in which the customer is billed; empty: the catalog's currency |
| `candidate` | for which candidate the row is meant; empty: for all |
"""


_ACTION_ROWS = [f"| `{action}` | {action_name(action)}: {action_needs(action)} |" for action in ACTIONS]


FILE = RowFile(
    field="subscriptions",
    types=["csv", "parquet", "pq"],
    read=loading.subscription_rows,
    noun="action",
    unchecked="Whether they are possible is checked when plans are chosen for comparison.",
    needs="One row is one action of a customer. A customer that the file does not name starts as without it.\n"
    + "\n".join([_COLUMNS, "| Action | What it does, and what it needs |", "| :-- | :-- |", *_ACTION_ROWS]),
    example=example_rows,
)

_LABEL = "Subscriptions file; without one everybody starts as above, and stays"
_MEANING = "Starts, trials, upgrades, pauses, purchases, at their times."


def subscriptions(study: Study) -> None:
    """The study's subscriptions file, or the way to give it one."""
    st.header("What customers did", anchor=False, help=_MEANING)
    row_files.section(FILE, study, _LABEL, lambda: _checked(study))


def _checked(study: Study) -> None:
    try:
        problems = impossible(study, loading.usage_of(study))
    except InputError as error:
        show_problems(error, "The actions cannot be checked yet.")
        return
    _problems(problems)


@by_content("Checking the subscriptions")
def impossible(study: Study, usage: Usage) -> tuple[RowProblem, ...]:
    """The rows of the study's file that make no sense on its usage."""
    scenario = loading.whole_scenario_of(study)
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
    listed_problems(problem_table(problems), "subscription_problems", "Rows of the subscriptions file that make no sense")


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
