"""What the Answer page shows: the answer at once, what takes many replays beside the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from commet_core.decide.flip_points import FlipPoint, flip_points
from commet_core.decide.standing import Range
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.reports.answer.answer import Evidence, answer
from commet_core.reports.answer.evidence import next_year_of, usual_ranges, why_of
from commet_core.reports.answer.html import to_html
from commet_core.reports.answer.markdown import to_markdown
from commet_core.reports.answer.pdf import to_pdf
from pages.shared import loading
from pages.shared.kept import by_content
from pages.shared.study import Study
from pages.shared.work import Work

MONTHS_AHEAD = 12
_ASKED = "answer_asked"
"""Session key: what is worked out beside the page, by its kind."""


plain = by_content("Working out the answer")(answer)


@by_content()
def _usual_ranges(replayed: Replay) -> list[Range]:
    return usual_ranges(replayed.scenario)


def flips(study: Study, replayed: Replay, ranges: Sequence[Range] | None = None) -> list[FlipPoint] | Work:
    """The flip points of the usual assumptions over their usual ranges, or of some; or the work that looks for them."""
    asked = _usual_ranges(replayed) if ranges is None else list(ranges)
    content = f"flips {loading.content_of(study)} {asked!r}"
    _alone("flips", content)
    return loading.computed_beside(content, lambda tell: flip_points(replayed.scenario, replayed.usage, asked, tell))


def next_year(study: Study, replayed: Replay) -> Evidence | Work:
    """Next year, or the work on it."""
    content = f"answer {loading.content_of(study)} next year"
    _alone("next year", content)
    return loading.computed_beside(content, lambda tell: next_year_of(replayed, MONTHS_AHEAD, tell))


def next_year_if_any(study: Study, replayed: Replay) -> Evidence | None:
    """Next year as far as it is known; it is being worked out beside the page where it is not, and there is room for that."""
    try:
        ahead = next_year(study, replayed)
    except InputError:
        return None
    return None if isinstance(ahead, Work) else ahead


def _alone(kind: str, content: str) -> None:
    """Ends what is worked out of this kind for a study that the visitor has changed since."""
    asked: dict[str, str] = st.session_state.setdefault(_ASKED, {})
    if asked.get(kind, content) != content:
        loading.leave_beside(asked[kind])
    asked[kind] = content


def together(found: list[FlipPoint] | Work | None, ahead: Evidence | Work | None) -> Evidence:
    known = found if isinstance(found, list) else None
    if not isinstance(ahead, Evidence):
        return Evidence(flips=known)
    return Evidence(flips=known, next_year=ahead.next_year, forecast=ahead.forecast)


def document(replayed: Replay, evidence: Evidence, form: str) -> bytes:
    """The answer as it is taken away, with why candidates differ: `md`, `html` or `pdf`."""
    made = answer(replayed, replace(evidence, why=why_of(replayed) if len(replayed.scenario.candidates) > 1 else ()))
    if form == "pdf":
        return to_pdf(made)
    return (to_html(made) if form == "html" else to_markdown(made)).encode()
