"""The Price page: at what price a candidate brings in what is wanted, and what else is possible."""

from __future__ import annotations

import streamlit as st

from pages.pricing import answer, asking, finding
from pages.shared import frame, links, loading
from pages.shared import study as studies


def main() -> None:
    with frame.page("pages/price.py", "Price"):
        study = studies.current()
        if not study.candidates:
            links.to_plans("There is no plan whose price could move yet: choose or design at least one.")
            return
        scenario = loading.scenario_of(study)
        top = st.container()
        asked = asking.question(scenario)
        if asked is not None:
            with top:
                found = finding.found(scenario, loading.ground_of(study)[1], asked)
                answer.answer(found)
                left, right = st.columns(2, gap="medium")
                with left:
                    place = answer.points(found)
                with right:
                    answer.opened(found, place)


main()
