"""The what-if strip of Compare: terms that are turned move every figure at once, and are then applied to the plan or dropped."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st
from pydantic import ValidationError

from commet_core.decide.terms import candidate_named
from commet_core.foundation.errors import InputError
from commet_core.reports.answer.candidate_rows import CandidateRow
from commet_core.reports.what_if import Knob, WhatIf, buyers, knobs, moved_words, tried_words
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from pages.shared import frame, loading, remembered
from pages.shared import study as studies
from pages.shared.study import Study
from pages.shared.tables import escaped, label

TRIED = "compare_what_if"
_CANDIDATE = "compare_what_if_candidate"


def tried() -> WhatIf:
    """What is tried; nothing where a link holds what cannot be read."""
    try:
        return WhatIf.model_validate_json(remembered.typed(TRIED) or "{}")
    except (ValidationError, ValueError):
        return WhatIf()


def trial(study: Study) -> Study | None:
    """The study with what is tried; None where nothing is, or where it cannot be, which it says."""
    wanted = tried()
    if wanted.changes_nothing:
        return None
    try:
        catalog, candidates = wanted.applied(loading.scenario_of(study))
    except InputError as error:
        frame.show_problems(error, "This cannot be tried.")
        return None
    changed = study.model_copy(update={"catalog": catalog, "candidates": candidates})
    return None if changed == study else changed


def strip(study: Study) -> None:
    """The knobs of one candidate."""
    scenario = loading.scenario_of(study)
    with st.container(border=True, key="what_if"):
        candidate = _candidate(scenario)
        wanted = tried() if tried().candidate == candidate.name else WhatIf(candidate=candidate.name)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for knob in knobs(scenario, candidate):
                _turned(knob, candidate.name, wanted)
            _buyers(scenario, candidate, wanted)


def _candidate(scenario: Scenario) -> Candidate:
    names = [candidate.name for candidate in scenario.candidates]
    baseline = scenario.baseline_index()
    usual = next((name for place, name in enumerate(names) if place != baseline), names[0])
    key = remembered.choice(_CANDIDATE, names, tried().candidate if tried().candidate in names else usual)
    name = st.segmented_control("What if", names, format_func=escaped, key=key, required=True, on_change=_turn_to)
    return candidate_named(scenario, name or usual)


def _turn_to() -> None:
    """Another candidate: what was tried of the one before is dropped."""
    remembered.put(_CANDIDATE, st.session_state[_CANDIDATE])
    _try(WhatIf())


def _turned(knob: Knob, candidate: str, wanted: WhatIf) -> None:
    key = f"compare_try/{candidate}/{knob.term.path}"
    st.session_state[key] = float(wanted.values.get(knob.term.path, knob.term.value))
    st.number_input(
        label(knob.label),
        min_value=0.0,
        step=float(knob.step),
        format=f"%.{knob.decimals}f",
        key=key,
        width=150,
        on_change=_turn,
        args=(candidate, knob, key),
    )


def _turn(candidate: str, knob: Knob, key: str) -> None:
    typed = st.session_state[key]
    value = None if typed is None else Decimal(str(typed))
    _try(tried().having(candidate, knob.term.path, None if value == knob.term.value else value))


def _buyers(scenario: Scenario, candidate: Candidate, wanted: WhatIf) -> None:
    share = buyers(scenario, candidate)
    if share is None:
        return
    key = f"compare_try/{candidate.name}/buyers"
    now = float(share.scaleb(2))
    st.session_state[key] = now if wanted.buyers_percent is None else wanted.buyers_percent
    st.number_input(
        "Buyers, %", 0.0, 100.0, step=5.0, format="%g", key=key, width=130, on_change=_buy, args=(candidate.name, now, key)
    )


def _buy(candidate: str, now: float, key: str) -> None:
    typed = st.session_state[key]
    _try(tried().bought_by(candidate, None if typed in (None, now) else typed))


def _try(wanted: WhatIf) -> None:
    remembered.put(TRIED, None if wanted.changes_nothing else wanted.model_dump_json(exclude_defaults=True))
    studies.write_link()


def effect(study: Study, changed: Study, before: list[CandidateRow], after: list[CandidateRow]) -> None:
    """What the trial does, and the way to keep it or to leave it."""
    wanted = tried()
    rows = [{row.name: row for row in shown}.get(wanted.candidate) for shown in (before, after)]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        words = f"**Tried: {escaped(tried_words(wanted, loading.scenario_of(study)))}.**"
        if rows[0] is not None and rows[1] is not None:
            words += f" {escaped(moved_words(rows[0], rows[1]))}"
        st.markdown(words, width="stretch")
        st.button("Apply to the plan", key="compare_apply", on_click=_apply, args=(changed,))
        st.button("Drop", key="compare_drop", on_click=_try, args=(WhatIf(),))


def _apply(changed: Study) -> None:
    """The plan has these terms from now on; it can be undone."""
    remembered.put(TRIED, None)
    studies.change(catalog=changed.catalog, candidates=changed.candidates)
