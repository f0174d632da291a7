"""The Assumptions page: what is assumed about people, where that would change the answer, and how robust the answer is."""

from __future__ import annotations

import streamlit as st

from commet_core.reports.assumption_words import effects_sentences
from pages.answering import figures as answers
from pages.assuming import fields, findings
from pages.shared import candidates, frame, links, loading, subscriptions
from pages.shared import study as studies
from pages.shared.tables import escaped


def main() -> None:
    with frame.page("pages/assumptions.py", "Assumptions"):
        study = studies.current()
        if not study.candidates:
            links.to_plans("There is nothing to assume about yet: choose or design at least one plan.")
            return
        top = st.container()
        left, right = st.columns([2, 3])
        with left:
            fields.assumed(study)
        replayed = loading.current_replay()
        with top:
            subscriptions.caution(replayed)
            found = answers.plain(replayed)
            st.header(escaped(found.sentence), anchor=False)
            for sentence in effects_sentences(replayed):
                st.markdown(escaped(sentence))
            candidates.table(found.rows, key="assume_candidates")
        with right:
            if len(replayed.runs) > 1:
                findings.findings(study, replayed)
            else:
                st.info("There is one candidate, which leads whatever is assumed. Add a second one on the Plans page.")


main()
