"""The Customers page's actions: try one on the customer, see all that are tried, undo them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from commet_core.engine.replay import Replay
from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import day_words
from commet_core.foundation.vocabulary import ActionKind
from commet_core.foundation.wording import action_name
from commet_core.reports.quote.typed import number_text
from commet_core.reports.statement import Statement
from commet_core.reports.statement.acting import stage_at
from commet_core.reports.statement.action_form import ASKED, Field, fields_of, filled, possible_kinds
from commet_core.reports.statement.action_words import action_words
from commet_core.reports.statement.spells import stage_words
from commet_core.reports.statement.trying import Refusal, possible_without, refusals
from commet_core.scenario.subscriptions import SubscriptionRow
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.tables import escaped
from pages.shared.work import Held

SCOPE_NAMES = {"all": "Every candidate", "one": "This one"}

_REFUSED = "replay_action_refused"
"""Session key: the action that was not possible, and why not."""


def form(statement: Statement) -> None:
    """What to try, when, and the button that does it."""
    st.header("Try an action", anchor=False)
    with st.container(border=True):
        what, details = st.columns([1, 2], gap="medium")
        with what:
            kind = _kind(statement)
        day, hour, scope = st.columns(3, gap="medium", vertical_alignment="bottom")
        with day:
            at = _day(statement, kind)
        with hour:
            clock = st.time_input("Time (UTC)", value=None, key="replay_action_time", step=900)
        fields = fields_of(statement, kind, _begins(statement, at) if clock is None else datetime.combine(at, clock, UTC))
        with details:
            entered, below = _fields(fields)
        with scope:
            candidate = _scope(statement, kind)
        common = {"customer_id": statement.customer_id, "action": kind, "candidate": candidate}
        moment = at.isoformat() if clock is None else f"{at.isoformat()}T{clock:%H:%M}"
        row = SubscriptionRow.model_validate(common | {"at": moment} | filled(fields, entered))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Try it", key="replay_action_try", on_click=_try, args=(statement.replayed, row))
            st.caption(escaped(_present_words(statement, at)), width="content")
        if statement.run.candidate.decides:
            st.caption(
                "The plan cannot be changed here: this line-up itself decides on which of its plans each customer is, by the rule "
                "that is chosen for it on the Plans page."
            )
        _refused(row, fields, below)


def _kind(statement: Statement) -> ActionKind:
    kinds = possible_kinds(statement)
    if st.session_state.get("replay_action_kind") not in kinds:
        st.session_state["replay_action_kind"] = kinds[0]
    kind: ActionKind = st.selectbox("What", kinds, format_func=action_name, key="replay_action_kind")
    return kind


def _day(statement: Statement, kind: ActionKind) -> date:
    """A day of the subscription in the window; at first one in its middle, of what is about its start the first."""
    window, begins = statement.replayed.window, ASKED[kind].begins
    first, last = max(date_of(statement.start_day), window.start), window.end - timedelta(days=1)
    key = "replay_action_first_day" if begins else "replay_action_day"
    kept = st.session_state.get(key)
    if not isinstance(kept, date) or not first <= kept <= last:
        st.session_state[key] = first if begins else first + (last - first) // 2
    day: date = st.date_input("Day", min_value=first, max_value=last, format="YYYY-MM-DD", key=key)
    return day


def _fields(fields: Sequence[Field]) -> tuple[dict[str, str], dict[str, DeltaGenerator]]:
    """What is chosen and typed, by the fields' names; and the places below them, for what is wrong there."""
    entered, below = {}, {}
    for field, column in zip(fields, st.columns(len(fields), gap="medium") if fields else (), strict=True):
        with column:
            entered[field.name] = _entered(field)
            below[field.name] = st.container()
    return entered, below


def _entered(field: Field) -> str:
    key, options = f"replay_action_{field.name}", field.options
    if options is not None:
        if st.session_state.get(key) not in options:
            st.session_state[key] = field.first
        return st.selectbox(field.label, list(options), format_func=lambda code: options[code].words, key=key) or ""
    if field.is_day:
        day = st.date_input(field.label, value=None, format="YYYY-MM-DD", key=key)
        return day.isoformat() if isinstance(day, date) else ""
    return number_text(st.text_input(field.label, field.first or "", key=key))


def _scope(statement: Statement, kind: ActionKind) -> str:
    """For which candidate an action is meant: '' for all."""
    own = statement.run.candidate.name
    if ASKED[kind].of_one:
        return own
    if len(statement.replayed.runs) == 1:
        return ""
    chosen = st.segmented_control(
        "Under", list(SCOPE_NAMES), default="all", format_func=SCOPE_NAMES.__getitem__, key="replay_action_scope", required=True
    )
    return own if chosen == "one" else ""


def _present_words(statement: Statement, at: date) -> str:
    """What the customer is on at the day, so that one knows what an action would change."""
    begun = stage_at(statement, _begins(statement, at))
    return f"On {day_words(at)}: {stage_words(statement.replayed.scenario.catalog, begun)}"


def _begins(statement: Statement, day: date) -> datetime:
    """The first instant of a day in the catalog's time zone, which is what a date without a time stands for."""
    return statement.time(statement.run.timeline.days.start(day_number(day)))


def _try(replayed: Replay, row: SubscriptionRow) -> None:
    """Takes an action into the study, or keeps why it is not possible."""
    problems = refusals(replayed, row)
    st.session_state[_REFUSED] = (row, problems) if problems else None
    if not problems:
        studies.change(actions=(*studies.current().actions, row))


def _refused(row: SubscriptionRow, fields: Sequence[Field], below: dict[str, DeltaGenerator]) -> None:
    """Why the action that the form still says is not possible: below the field that is wrong, else below all."""
    asked, problems = st.session_state.get(_REFUSED) or (None, ())
    if asked != row:
        return
    whole: list[Refusal] = []
    for problem in problems:
        place = next((field.name for field in fields if problem.column in field.columns), None)
        if place is None:
            whole.append(problem)
        else:
            below[place].markdown(f":red[{escaped(_refusal_words(problem))}]")
    if whole:
        st.error("\n\n".join(escaped(_refusal_words(problem)) for problem in whole))


def _refusal_words(problem: Refusal) -> str:
    what = f"it {problem.what}" if problem.what.startswith("is ") else problem.what
    return f"Not possible under {problem.candidate}: {what}. {problem.fix}."


def tried(statement: Statement) -> None:
    """The actions of this customer that are tried under this candidate, each to be undone; and how many others there are."""
    own = _places(statement.customer_id, statement.run.candidate.name)
    if own:
        st.markdown("**Tried on this customer**")
        _undoable(statement.replayed, own)
    others = [place for place in range(len(studies.current().actions)) if place not in own]
    if others:
        with st.expander(f"Other actions that are tried: {len(others):,}"):
            _undoable(statement.replayed, others, whose=True)
    if own or others:
        st.button("Undo all", key="replay_undo_all", on_click=studies.change, kwargs={"actions": ()})
        st.caption("All pages follow what is tried here, Compare too, and the link in the address bar holds it.")


def impossible(replayed: Replay) -> None:
    """Actions that are no longer possible, since plans or usage changed; their customers are left out until they are undone."""
    actions = studies.current().actions
    for problem in (problem for problem in replayed.subscribers.problems if problem.row in actions):
        place = actions.index(problem.row)
        words = action_words(replayed.scenario.catalog, actions[place])
        st.error(escaped(f"{problem.row.customer_id}, {words}: {problem.what}. {problem.fix}."))
        st.button("Undo", key=f"replay_undo_impossible_{place}", on_click=_undo, args=(replayed, place))


def without_replay(error: InputError) -> None:
    """Where nothing can be replayed, perhaps for the sake of actions: all of them, to be undone."""
    actions = studies.current().actions
    if not actions or isinstance(error, Held):
        raise error
    catalog = studies.current().catalog
    show_problems(error, "Nothing can be replayed.")
    st.markdown("**Actions that are tried**")
    st.markdown("\n".join(f"- {escaped(f'{row.customer_id}, {action_words(catalog, row)}')}" for row in actions))
    st.button("Undo all", key="replay_undo_all", on_click=studies.change, kwargs={"actions": ()})


def _places(customer_id: str, candidate: str) -> list[int]:
    """Which of the study's actions are in effect for a customer under a candidate."""
    actions = enumerate(studies.current().actions)
    return [place for place, row in actions if row.customer_id == customer_id and row.candidate in ("", candidate)]


def _undoable(replayed: Replay, places: Sequence[int], *, whose: bool = False) -> None:
    names = {run.candidate.name for run in replayed.runs}
    for place in places:
        row = studies.current().actions[place]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Undo",
                key=f"replay_undo_{place}",
                on_click=_undo,
                args=(replayed, place),
                help=f"Undo: {_listed(replayed, row)}",
            )
            customer = f"{row.customer_id}, " if whose else ""
            st.markdown(escaped(f"{customer}{_listed(replayed, row)}{_effect(row, names)}"), width="stretch")


def _listed(replayed: Replay, row: SubscriptionRow) -> str:
    return action_words(replayed.scenario.catalog, row)


def _effect(row: SubscriptionRow, names: set[str]) -> str:
    if not row.candidate:
        return " (every candidate)" if len(names) > 1 else ""
    return f" ({row.candidate} alone)" if row.candidate in names else f" (not in effect: {row.candidate} is not compared)"


def _undo(replayed: Replay, place: int) -> None:
    """Takes an action back, and with it those that are impossible without it."""
    actions = studies.current().actions
    gone, left = actions[place], (*actions[:place], *actions[place + 1 :])
    rows = [row for row in replayed.scenario.subscriptions if row.customer_id == gone.customer_id and row.file]
    names = {"", *(run.candidate.name for run in replayed.runs)}
    own = [row for row in left if row.customer_id == gone.customer_id and row.candidate in names]
    kept = possible_without(replayed.scenario, replayed.usage, gone.customer_id, [*rows, *own])
    lost = [row for row in own if row not in kept]
    studies.change(actions=tuple(row for row in left if row not in lost))
    if lost:
        words = "; ".join(_listed(replayed, row) for row in lost)
        st.session_state["notice"] = escaped(f"Undone with it, being impossible without it: {words}.")
