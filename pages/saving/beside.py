"""Two saved studies, or two revisions, side by side: what differs in words, in figures, and which term makes how much."""

from __future__ import annotations

from typing import Final

import streamlit as st

from commet_core.decide.bridge import Bridge, bridge
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.reports.compare.bridge_words import about, step_rows, waterfall, why_title
from commet_core.reports.compare.two_studies import figure_rows, rest_in_words
from commet_core.scenario.side_by_side import side_by_side
from commet_core.workspace import studies as saved_studies
from commet_core.workspace.differences import in_words
from commet_core.workspace.studies import Study
from pages.comparison import figures
from pages.comparison.models import models_of
from pages.saving.headlines import study_of
from pages.shared import frame, links, loading, remembered, workspaces
from pages.shared.charts.waterfall import waterfall_chart
from pages.shared.palette import palette, show
from pages.shared.study import Study as OnScreen
from pages.shared.tables import escaped, text_table

WANTED: Final = "saved_beside"
SIDES: Final = {"saved_first": "One", "saved_second": "Other"}
_CANDIDATE: Final = "saved_bridge"


def side_by_side_of(found: list[Study]) -> None:
    """A choice of two of all revisions, and what is between them."""
    names = [study.name for study in found]
    revisions = {
        f"{study.name}, revision {each.revision}" + (f" ({study.id})" if names.count(study.name) > 1 else ""): each
        for study in found
        for each in reversed(saved_studies.revisions(workspaces.current(), study.id))
    }
    if len(revisions) < 2:
        return
    key = remembered.choice(WANTED, [True, False], False)
    if not st.toggle("Set two side by side", **links.kept(key)):
        return
    chosen = []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for place, (side, label) in enumerate(SIDES.items()):
            usual = list(revisions)[1 - place]
            with st.container(width=360):
                options = list(revisions)
                st.selectbox(label, options, **links.kept(remembered.choice(side, options, usual)))
            chosen.append(revisions[st.session_state[side]])
    try:
        _between(*chosen)
    except InputError as error:
        frame.show_problems(error)


def _between(first: Study, second: Study) -> None:
    lines = in_words(first.content.document, second.content.document)
    st.markdown("\n".join(f"- {escaped(line)}" for line in lines) or "They say the same.")
    was, now = study_of(first.content), study_of(second.content)
    before, after = loading.replay_of(was), loading.replay_of(now)
    rows = figure_rows(before, after)
    text_table(rows, left=("Candidate",), key="saved_beside_figures")
    for study, replayed in ((first, before), (second, after)):
        _engine(study, replayed)
    shared = [each.name for each in was.candidates if each.name in {other.name for other in now.candidates}]
    if shared:
        _why(was, now, before, after, shared)


def _engine(study: Study, replayed: Replay) -> None:
    """Says where this version gives other figures than were saved."""
    saved, given = study.content.headline, figures.headline(replayed)
    if saved and saved != given:
        words = "; ".join(f"{name} was {saved.get(name, 'not there')}" for name in given if saved.get(name) != given[name])
        st.caption(escaped(f"{study.name}, revision {study.revision}, was saved by version {study.engine_version}: {words}."))


def _why(was: OnScreen, now: OnScreen, before: Replay, after: Replay, shared: list[str]) -> None:
    key = remembered.choice(_CANDIDATE, shared, shared[0])
    st.segmented_control("Why it differs", shared, required=True, **links.kept(key))
    name = str(st.session_state[key])
    try:
        both, found = _bridge(was, now, name)
    except InputError as error:
        st.markdown(escaped(f"The difference of {name} cannot be taken apart: {error.problems[0].what}."))
        return
    st.markdown(escaped(about(found)))
    if found.steps:
        st.markdown(f"**{escaped(why_title(found, both.currency, both.scenario.catalog))}**")
        bars = waterfall(found, figures.billed_minor(both, found.baseline), both.currency, both.scenario.catalog)
        show(
            waterfall_chart(bars, models_of(both), palette(), both.currency),
            f"From {found.baseline} to {found.candidate}, step by step",
            key="saved_bridge_chart",
        )
        rows = {head: cells for head, cells in step_rows(found, both.currency, both.scenario.catalog).items() if any(cells)}
        text_table(rows, left=("Step", "From", "To"), key="saved_bridge_steps")
    if rest := rest_in_words(before, after, name, found):
        st.markdown(escaped(rest))


def _bridge(was: OnScreen, now: OnScreen, name: str) -> tuple[Replay, Bridge]:
    scenario, usage = side_by_side(loading.scenario_of(was), loading.scenario_of(now), name), loading.usage_of(now)
    key = f"side by side {usage.digest} {scenario.model_dump_json()}"
    both = loading.computed(key, lambda tell: replay(scenario, usage, tell), "Replaying both")
    last = scenario.candidates[-1].name
    return both, loading.computed(f"bridge of {key}", lambda tell: bridge(both, last, tell), "Taking the difference apart")
