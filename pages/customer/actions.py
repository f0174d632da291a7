"""The Customers page's actions: try one on the customer, see all that are tried, undo them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import day_words
from commet_core.foundation.money import symbol
from commet_core.foundation.vocabulary import ActionKind
from commet_core.foundation.wording import action_name
from commet_core.reports.statement import Statement
from commet_core.reports.statement.acting import (
    OF_ONE_CANDIDATE,
    action_words,
    change_words,
    changes_at,
    pack_words,
    packs_at,
    possible_kinds,
    possible_without,
    problems_of_another,
    stage_at,
    usual_change,
)
from commet_core.reports.statement.spells import stage_words
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.timeline.stages import Stage
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.tables import escaped
from pages.shared.work import Held

CANCEL_NAMES = {"period_end": "At the end of what is paid for", "now": "At once"}
SCOPE_NAMES = {"all": "Every candidate", "one": "This candidate alone"}

_REFUSED = "replay_action_refused"
"""Session key: the action that was not possible, and why not."""


def form(statement: Statement) -> None:
    """What to try, when, and the button that does it."""
    st.header("Try an action on this customer", anchor=False)
    with st.container(border=True):
        what, details = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
        with what:
            kind = _kind(statement)
        day, hour, scope = st.columns(3, gap="medium", vertical_alignment="bottom")
        with day:
            at = _day(statement)
        with hour:
            clock = st.time_input("Time (UTC), optional", value=None, key="replay_action_time", step=900)
        with details:
            cells = _details(statement, kind, _begins(statement, at) if clock is None else datetime.combine(at, clock, UTC))
        with scope:
            candidate = _scope(statement, kind)
        common = {"customer_id": statement.customer_id, "action": kind, "candidate": candidate}
        moment = at.isoformat() if clock is None else f"{at.isoformat()}T{clock:%H:%M}"
        row = SubscriptionRow.model_validate(common | {"at": moment} | cells)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Try it", key="replay_action_try", on_click=_try, args=(statement.replayed, row))
            st.caption(escaped(_present_words(statement, at)), width="content")
        if statement.run.candidate.decides:
            st.caption(
                "The plan cannot be changed here: this line-up itself decides on which of its plans each customer is, by the rule "
                "that is chosen for it on the Plans page."
            )
        _refusal(row)


def _kind(statement: Statement) -> ActionKind:
    kinds = possible_kinds(statement)
    if st.session_state.get("replay_action_kind") not in kinds:
        st.session_state["replay_action_kind"] = kinds[0]
    kind: ActionKind = st.selectbox("What", kinds, format_func=action_name, key="replay_action_kind")
    return kind


def _day(statement: Statement) -> date:
    """A day of the subscription in the window; at first one in its middle."""
    window = statement.replayed.window
    first, last = max(date_of(statement.start_day), window.start), window.end - timedelta(days=1)
    kept = st.session_state.get("replay_action_day")
    if not isinstance(kept, date) or not first <= kept <= last:
        st.session_state["replay_action_day"] = first + (last - first) // 2
    day: date = st.date_input("Day", min_value=first, max_value=last, format="YYYY-MM-DD", key="replay_action_day")
    return day


def _details(statement: Statement, kind: ActionKind, at: datetime) -> dict[str, str]:
    """What else an action of a kind says: its cells."""
    if kind == "change_plan":
        return _change(statement, at)
    if kind == "buy_pack":
        return {"item": _pack(statement, at)}
    if kind == "top_up":
        amount = st.text_input(f"Amount, {statement.currency.upper()}", "20", key="replay_action_amount")
        return {"amount": amount.strip().removeprefix(symbol(statement.currency))}
    if kind == "cancel":
        return {
            "when": st.selectbox(
                "When it takes effect", CANCEL_NAMES, format_func=CANCEL_NAMES.__getitem__, key="replay_action_when"
            )
        }
    return {}


def _change(statement: Statement, at: datetime) -> dict[str, str]:
    catalog = statement.replayed.scenario.catalog
    options = {_option(stage): stage for stage in changes_at(statement, at)}
    if st.session_state.get("replay_action_plan") not in options:
        st.session_state["replay_action_plan"] = _option(usual_change(statement, at))
    chosen = st.selectbox(
        "To", list(options), format_func=lambda key: change_words(catalog, options[key]), key="replay_action_plan"
    )
    stage = options.get(chosen, Stage(None, None))
    return {"plan": stage.plan or "", "interval": stage.interval or ""}


def _option(stage: Stage | None) -> str | None:
    return None if stage is None else f"{stage.plan} {stage.interval}"


def _pack(statement: Statement, at: datetime) -> str:
    catalog = statement.replayed.scenario.catalog
    packs = packs_at(statement, at)
    if st.session_state.get("replay_action_pack") not in packs:
        st.session_state["replay_action_pack"] = next(iter(packs), None)
    chosen = st.selectbox("Pack", packs, format_func=lambda code: pack_words(catalog, code), key="replay_action_pack")
    return chosen or ""


def _scope(statement: Statement, kind: ActionKind) -> str:
    """For which candidate an action is meant: '' for all."""
    own = statement.run.candidate.name
    if kind in OF_ONE_CANDIDATE:
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
    return f"On {day_words(at)} this customer is on {stage_words(statement.replayed.scenario.catalog, begun)}."


def _begins(statement: Statement, day: date) -> datetime:
    """The first instant of a day in the catalog's time zone, which is what a date without a time stands for."""
    return statement.time(statement.run.timeline.days.start(day_number(day)))


def _try(replayed: Replay, row: SubscriptionRow) -> None:
    """Takes an action into the study, or keeps why it is not possible."""
    problems = problems_of_another(replayed, row)
    st.session_state[_REFUSED] = (row, problems) if problems else None
    if not problems:
        studies.change(actions=(*studies.current().actions, row))


def _refusal(row: SubscriptionRow) -> None:
    """Why the action that the form still says is not possible."""
    asked, problems = st.session_state.get(_REFUSED) or (None, ())
    if asked == row:
        words = [f"Not possible under {problem.where}: {problem.what}. {problem.fix}." for problem in problems]
        st.error("\n\n".join(escaped(sentence) for sentence in words))


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
        st.button("Undo all", key="replay_undo_all", on_click=_undo_all)
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
    st.button("Undo all", key="replay_undo_all", on_click=_undo_all)


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


def _undo_all() -> None:
    studies.change(actions=())
