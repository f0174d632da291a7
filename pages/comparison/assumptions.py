"""The panel of assumptions: what customers do when an allowance is used up, and how the replay is set up."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.window import window_dates
from commet_core.reports.compare.assumptions import (
    buyers_percent,
    choice_of,
    pack_rules,
    window_between,
    with_choice,
    with_packs,
    with_top_up,
    without_choice,
)
from commet_core.reports.quote.line_up_words import CHOICE_NAMES, choice_of_candidate
from commet_core.scenario.candidates import PERIODS_MAX, Candidate, plans_of
from commet_core.timeline.window import default_window
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.links import page_link
from pages.shared.study import Study
from pages.shared.tables import escaped, label

WHOLE_NUMBER_MAX = 2**53 - 1
"""The most that a number in a browser holds exactly."""

STARTS = {"first_use": "First use", "window": "Window start"}


def panel(study: Study) -> None:
    """The assumptions, adjustable; a change goes into the study, and with it into the link."""
    with st.expander("Baseline, window, and what customers do"):
        for place, candidate in enumerate(study.candidates):
            _candidate(study, place, candidate)
        _run(study)


def _candidate(study: Study, place: int, candidate: Candidate) -> None:
    plans = [study.catalog.plans[code] for code in plans_of(study.catalog, candidate)]
    if not plans:
        named = f"the plan {candidate.plan!r}" if candidate.plan is not None else "its plan"
        gone = named if candidate.group is None else f"the plan group {candidate.group!r}"
        st.error(f"{escaped(candidate.name)}: {escaped(gone)} is gone. Choose another on the Plans page.")
        page_link("pages/plans.py", "Go to Plans")
        return
    if candidate.group is not None:
        _line_up(study, place, candidate)
    plan = next((one for one in plans if choice_of(one) != "none"), plans[0])
    match choice_of(plan):
        case "packs":
            _packs(study, place, candidate)
        case "top_ups":
            _top_ups(study, place, candidate)
        case _:
            st.markdown(f"**{escaped(candidate.name)}**: {without_choice(plan)}")
    problem = st.session_state.get("compare_problem", {}).get(place)
    if problem is not None:
        show_problems(problem)


def _line_up(study: Study, place: int, candidate: Candidate) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"{label(candidate.name)}: who is on which plan",
            list(CHOICE_NAMES),
            format_func=lambda choose: CHOICE_NAMES[choose],
            key=_keep(place, "choose", candidate.choose),
            on_change=_change_line_up,
            args=(place,),
            width=360,
        )
        if candidate.decides:
            st.number_input(
                "May refuse, % of usage",
                min_value=0.0,
                max_value=100.0,
                step=1.0,
                format="%g",
                key=_keep(place, "may_refuse", float(candidate.blocked_share_max.scaleb(2))),
                on_change=_change_line_up,
                args=(place,),
                width=170,
                help="The share of a customer's usage that a plan may refuse and still suit. Others come after all that do.",
            )
        if candidate.choose == "upgrade":
            st.number_input(
                "Moves up after, periods",
                min_value=1,
                max_value=PERIODS_MAX,
                step=1,
                key=_keep(place, "periods", candidate.upgrade_after_periods),
                on_change=_change_line_up,
                args=(place,),
                width=170,
                help="For so many billing periods running the next plan has to have suited a customer better.",
            )
    st.caption(escaped(choice_of_candidate(study.catalog, candidate)))


def _packs(study: Study, place: int, candidate: Candidate) -> None:
    rules, rule = pack_rules(study.catalog, candidate), candidate.purchases
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"{label(candidate.name)}: when credits run out, a customer",
            list(rules),
            format_func=lambda code: rules[code],
            key=_keep(place, "pack", rule.pack),
            on_change=_change_packs,
            args=(place,),
            width=360,
        )
        if rule.pack != "none":
            _limits(place, "packs", rule.max_packs_per_period, buyers_percent(rule.probability), _change_packs)
    if len(rules) == 1:
        st.caption("The catalog has no credit pack for this plan; add one on the Plans page.")


def _top_ups(study: Study, place: int, candidate: Candidate) -> None:
    rule, currency = candidate.top_up, study.catalog.currency.upper()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            f"{label(candidate.name)}: when the balance is used up, a customer adds ({currency})",
            min_value=0.0,
            value=None,
            step=5.0,
            placeholder="Nothing: usage is refused",
            key=_keep(place, "amount", None if rule is None else float(rule.amount)),
            on_change=_change_top_up,
            args=(place,),
            width=360,
        )
        if rule is not None:
            _limits(place, "top-ups", rule.max_per_period, buyers_percent(rule.probability), _change_top_up)


def _limits(place: int, bought: str, most: int | None, percent: float, change: Callable[[int], None]) -> None:
    """The two limits that both purchase rules have."""
    st.number_input(
        f"Most {bought} in a period",
        min_value=0,
        value=None,
        step=1,
        placeholder="no limit",
        key=_keep(place, "most", most),
        on_change=change,
        args=(place,),
        width=170,
        help="What would need more is refused instead. Empty: no limit.",
    )
    st.number_input(
        "Customers who buy, %",
        min_value=0.0,
        max_value=100.0,
        step=5.0,
        format="%g",
        key=_keep(place, "percent", percent),
        on_change=change,
        args=(place,),
        width=170,
        help="The chance that a customer is a buyer in a billing period; who it is depends on the seed alone.",
    )


def _key(place: int, part: str) -> str:
    return f"compare_{part}_{place}"


def _keep(place: int, part: str, value: object) -> str:
    """The widget's key, with what the study says in it: the study is the truth, the widget shows it."""
    key = _key(place, part)
    st.session_state[key] = min(value, WHOLE_NUMBER_MAX) if isinstance(value, int) else value
    return key


def _change_packs(place: int) -> None:
    state, rule = st.session_state, studies.current().candidates[place].purchases
    most = state.get(_key(place, "most"), rule.max_packs_per_period)
    percent = state.get(_key(place, "percent"), buyers_percent(rule.probability))
    _change(place, lambda candidate: with_packs(candidate, state[_key(place, "pack")], most, percent))


def _change_top_up(place: int) -> None:
    state, rule = st.session_state, studies.current().candidates[place].top_up
    most = state.get(_key(place, "most"), None if rule is None else rule.max_per_period)
    percent = state.get(_key(place, "percent"), None if rule is None else buyers_percent(rule.probability))
    _change(place, lambda candidate: with_top_up(candidate, state[_key(place, "amount")], most, percent))


def _change_line_up(place: int) -> None:
    state, now = st.session_state, studies.current().candidates[place]
    percent = state.get(_key(place, "may_refuse"), float(now.blocked_share_max.scaleb(2)))
    periods = state.get(_key(place, "periods"), now.upgrade_after_periods)
    _change(place, lambda candidate: with_choice(candidate, state[_key(place, "choose")], percent, periods))


def _change(place: int, changed: Callable[[Candidate], Candidate]) -> None:
    """Puts a changed candidate into the study; what is wrong with it is shown below its fields and changes nothing."""
    candidates = list(studies.current().candidates)
    problems = st.session_state.setdefault("compare_problem", {})
    problems.pop(place, None)
    try:
        candidates[place] = changed(candidates[place])
        _fits(place, tuple(candidates))
    except InputError as error:
        problems[place] = error
        return
    studies.change(candidates=tuple(candidates))


def _fits(place: int, candidates: tuple[Candidate, ...]) -> None:
    """Raises InputError where a changed candidate cannot be with the catalog, for what is wrong with it since then."""
    now = studies.current()
    before = _problems(now)
    after = _problems(now.model_copy(update={"candidates": candidates}))
    if new := [problem for problem in after if problem.where.startswith(f"candidates.{place}.") and problem not in before]:
        raise InputError(new)


def _problems(study: Study) -> list[Problem]:
    try:
        study.scenario()
    except InputError as error:
        return list(error.problems)
    return []


def _run(study: Study) -> None:
    """How the replay is set up, the same for every candidate."""
    names = [candidate.name for candidate in study.candidates]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(names) > 1:
            st.session_state["compare_baseline"] = study.baseline if study.baseline in names else names[0]
            st.selectbox(
                "Baseline",
                names,
                key="compare_baseline",
                on_change=_set,
                args=("baseline", "compare_baseline"),
                width=170,
                help="Differences are taken against this candidate.",
            )
        st.session_state["compare_start"] = study.start
        st.segmented_control(
            "Subscriptions start",
            list(STARTS),
            format_func=lambda start: STARTS[start],
            key="compare_start",
            required=True,
            on_change=_set,
            args=("start", "compare_start"),
            help="On the day of a customer's first event, or with the window for everybody.",
        )
        _window(study)
        st.session_state["compare_seed"] = min(study.seed, WHOLE_NUMBER_MAX)
        st.number_input(
            "Seed",
            min_value=0,
            max_value=WHOLE_NUMBER_MAX,
            step=1,
            key="compare_seed",
            on_change=_set,
            args=("seed", "compare_seed"),
            width=90,
            help="Decides who is a buyer where fewer than 100 % buy; the same seed gives the same customers again.",
        )


def _window(study: Study) -> None:
    window = study.window
    if window is None:
        try:
            window = default_window(loading.usage_of(study), study.catalog.days)
        except InputError:
            return
    st.date_input(
        f"Window, first and last day ({study.catalog.time_zone})",
        window_dates(window),
        key=f"compare_window_{window.start}_{window.end}",
        on_change=_set_window,
        args=(f"compare_window_{window.start}_{window.end}",),
        format="YYYY-MM-DD",
        width=240,
        help="Usage outside is left out. Whole calendar months make months comparable.",
    )
    if study.window is not None:
        hint = "Back to the whole months that cover the usage."
        st.button("All of the usage", on_click=studies.change, kwargs={"window": None}, help=hint)


def _set(field: str, key: str) -> None:
    if (value := st.session_state[key]) is not None:
        studies.change(**{field: value})


def _set_window(key: str) -> None:
    """A window is set when both of its days are chosen; the one that covers the usage anyway is not worth a word."""
    days = st.session_state[key]
    if len(days) == 2:
        studies.change(window=window_between(*days))
