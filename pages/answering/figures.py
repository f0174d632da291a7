"""What the Answer page shows: the answer at once, what takes many replays beside the page."""

from __future__ import annotations

from commet_core.engine.replay import Replay
from commet_core.reports.answer.answer import Answer, Evidence, answer
from commet_core.reports.answer.evidence import flips_of, next_year_of
from commet_core.reports.answer.html import to_html
from commet_core.reports.answer.markdown import to_markdown
from commet_core.reports.answer.pdf import to_pdf
from pages.shared import loading
from pages.shared.kept import by_content
from pages.shared.study import Study
from pages.shared.work import Work

MONTHS_AHEAD = 12


@by_content("Working out the answer")
def plain(replayed: Replay) -> Answer:
    """The answer without what takes many replays."""
    return answer(replayed)


def flips(study: Study, replayed: Replay) -> Evidence | Work:
    """The flip points, or the work that looks for them."""
    content = f"answer {loading.content_of(study)} flips"
    return loading.computed_beside(content, lambda tell: flips_of(replayed, tell))


def next_year(study: Study, replayed: Replay) -> Evidence | Work:
    """Next year, or the work on it."""
    content = f"answer {loading.content_of(study)} next year"
    return loading.computed_beside(content, lambda tell: next_year_of(replayed, MONTHS_AHEAD, tell))


def together(*found: Evidence | Work) -> Evidence:
    """What there is so far."""
    there = [each for each in found if isinstance(each, Evidence)]
    return Evidence(
        flips=next((each.flips for each in there if each.flips is not None), None),
        next_year=next((each.next_year for each in there if each.next_year is not None), None),
        forecast=next((each.forecast for each in there if each.forecast), ()),
    )


def document(replayed: Replay, evidence: Evidence, form: str) -> bytes:
    """The answer as it is taken away: `md`, `html` or `pdf`."""
    made = answer(replayed, evidence)
    if form == "pdf":
        return to_pdf(made)
    return (to_html(made) if form == "html" else to_markdown(made)).encode()
