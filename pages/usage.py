"""Usage: bring it, see how it was read, say what its rows mean, and what it looks like."""

from __future__ import annotations

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.usage.profile import Profile
from commet_core.usage.usage import Usage
from pages.shared import frame, loading
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.levels import levels
from pages.shared.study import Described, Generated, Study
from pages.shared.subscriptions import subscriptions
from pages.usage_intake import pending
from pages.usage_intake.assumptions import assumptions
from pages.usage_intake.fit import fit
from pages.usage_intake.reading import reading
from pages.usage_intake.shape import profile_of, shape, totals
from pages.usage_intake.ways_in import ways_in


def main() -> None:
    with frame.page("pages/usage.py", "Usage"):
        if st.session_state.pop("usage_go_compare", False):
            st.switch_page("pages/compare.py", query_params=studies.link())
        progress = st.container()
        with progress:
            pending.admit()
        study = studies.current()
        with progress:
            usage, found = _present(study)
        if found is not None:
            totals(study, found)
        ways_in(study, found)
        reading(study)
        if usage is not None and found is not None:
            fit(study, usage, found)
            assumptions(study, usage)
            subscriptions(study)
            levels(study)
            shape(study, usage, found)


def _present(study: Study) -> tuple[Usage | None, Profile | None]:
    """The study's usage and its totals; a message and None where it cannot be read."""
    try:
        usage = loading.usage_of(study)
    except InputError as error:
        lead = (
            "The usage cannot be generated." if isinstance(study.source, Generated | Described) else "The usage cannot be read."
        )
        show_problems(error, lead)
        return None, None
    found = profile_of(usage)
    if found is None:
        st.warning("This usage has no events. Ask for more customers or months below, or bring your own.")
    return usage, found


main()
