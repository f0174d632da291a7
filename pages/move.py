"""The Move page: how customers get to another candidate, what each way brings in, and whom to talk to first."""

from __future__ import annotations

import streamlit as st

from commet_core.decide.migration import Migration, MigrationAhead
from pages.answering import figures as answers
from pages.moving import ahead, answer, asking, finding
from pages.shared import frame, links, loading
from pages.shared import study as studies


def main() -> None:
    with frame.page("pages/move.py", "Move"):
        study = studies.current()
        if len(study.candidates) < 2:
            which = "There is one candidate" if study.candidates else "There is no candidate yet"
            links.to_plans(f"{which}, and customers move from one to another: choose or design two.")
            return
        scenario, usage = loading.ground_of(study)
        top = st.container()
        asked = asking.question(scenario, usage, answers.plain(loading.current_replay()).order)
        if asked is not None:
            with top:
                made = finding.found(scenario, usage, asked)
                _shown(made)


def _shown(made: Migration | MigrationAhead) -> None:
    """The answer, the months of the way that is looked at, and whom to talk to."""
    if isinstance(made, MigrationAhead):
        ahead.answer(made)
    else:
        answer.answer(made)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if isinstance(made, MigrationAhead):
            ahead.chosen(made)
        else:
            answer.chosen(made)
    with right:
        answer.talk(made.first if isinstance(made, MigrationAhead) else made)


main()
