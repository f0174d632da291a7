"""What the Forecast page shows, computed once per content: first a few possible futures, the record and more of them beside the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import streamlit as st

from commet_core.decide.forecast import Adjustments, Forecast, begin, begin_changed, paths_of, record_so_far
from commet_core.decide.forecast.ranges import fan_of
from commet_core.decide.forecast.record import Record
from commet_core.decide.forecast.totals import StepTotals
from commet_core.foundation.progress import Progress
from commet_core.reports.answer.candidate_rows import CandidateRow, with_next_year
from commet_core.reports.forecast.rows import Effect, changed_words, effects
from commet_core.reports.forecast.words import span
from pages.comparison import figures as comparison
from pages.shared import loading, remembered
from pages.shared import study as studies
from pages.shared.kept import figure
from pages.shared.study import Study
from pages.shared.work import Work

FIRST_PATHS: Final = 20
BATCHES: Final = ((0, FIRST_PATHS), (FIRST_PATHS, 60), (60, 120), (120, 200))
"""The paths of the page, so many at a time: all after the first while the reader reads."""

MONTHS: Final = (3, 6, 12, 24)
CHANGES: Final = "forecast_changes"
MONTHS_KEY: Final = "forecast_months"
SEEN_KEY: Final = "forecast_seen"
_SHOWN: Final = "forecast_shown"

Changed = Callable[[], None]
"""A field's callback."""

T = TypeVar("T")

_KNOWN: Final[WeakKeyDictionary[Forecast, dict[Callable[[Forecast], Any], Any]]] = WeakKeyDictionary()


def once(made: Forecast, work_out: Callable[[Forecast], T]) -> T:
    """What follows from a forecast alone, worked out once as long as it is kept."""
    known = _KNOWN.setdefault(made, {})
    if work_out not in known:
        known[work_out] = work_out(made)
    found: T = known[work_out]
    return found


def months() -> int:
    """How many months ahead the page shows."""
    chosen = remembered.typed(MONTHS_KEY)
    return int(chosen) if chosen in {str(each) for each in MONTHS} else 12


def changes() -> Adjustments:
    """What the reader has changed; nothing where a link holds what cannot be read."""
    try:
        return Adjustments.model_validate_json(remembered.typed(CHANGES) or "{}")
    except ValueError:
        return Adjustments()


def change(**changed: object) -> None:
    """Changes parts; to be called where the visitor does something."""
    new = Adjustments.model_validate({**changes().model_dump(), **changed})
    text = new.model_dump_json(exclude_defaults=True)
    remembered.put(CHANGES, None if text == "{}" else text)
    studies.write_link()


def begun(study: Study, steps: int) -> Forecast:
    """The forecast of a study without its paths, as the usage shows its parts. Raises InputError where there is too little usage."""
    scenario, usage = loading.ground_of(study)
    content = f"forecast {loading.content_of(study)} {steps}"
    return loading.computed(content, lambda _tell: begin(scenario, usage, steps), "Working out what the forecast is made of")


def shown(study: Study, usual: Forecast, changed: Adjustments) -> tuple[Forecast, list[Work]]:
    """The forecast as far as it is, with at least the first paths; and the work that goes on for the rest of it."""
    content = f"forecast {loading.content_of(study)} {usual.steps}"
    of_paths = f"{content} {changed.model_dump_json()}"
    forecast = usual if changed == Adjustments() else figure(f"{of_paths} begun", lambda: begin_changed(usual, changed))
    _leave_others(of_paths)
    totals: list[StepTotals] = list(
        loading.computed(f"{of_paths} 0", _drawn(forecast, 0), f"Replaying {FIRST_PATHS} possible futures of every customer")
    )
    going_on: list[Work] = []
    record = loading.computed_beside(f"{content} record", lambda tell: (record_so_far(usual, tell),))
    if isinstance(record, Work):
        going_on.append(record)
    for place in range(1, len(BATCHES)):
        more = loading.computed_beside(f"{of_paths} {place}", _drawn(forecast, place))
        if isinstance(more, Work):
            going_on.append(more)
            break
        totals += more
    known: Record | None = None if isinstance(record, Work) else record[0]
    so_far = f"{of_paths}, {len(totals)} paths, record {'to come' if isinstance(record, Work) else 'there'}"
    return figure(so_far, lambda: replace(forecast, totals=tuple(totals), record=known)), going_on


def moved(study: Study, usual: Forecast, made: Forecast) -> str:
    """What the reader's changes come to, on the futures that are there without them."""
    content = f"forecast {loading.content_of(study)} {usual.steps} {Adjustments().model_dump_json()} 0"
    before = loading.computed(content, _drawn(usual, 0), f"Replaying {FIRST_PATHS} possible futures of every customer")
    return changed_words(usual.with_totals(before), made)


def rows(study: Study, made: Forecast) -> list[CandidateRow]:
    """The candidates, with what they bring in over the months ahead."""
    totals = {each.candidate: span(each, made.scenario.catalog.currency) for each in once(made, fan_of) if each.month is None}
    return with_next_year(comparison.candidate_rows(loading.replay_of(study), "earned"), totals)


def _leave_others(of_paths: str) -> None:
    """Ends the paths of what the reader has changed since: only so much goes on for a visitor at a time."""
    before = st.session_state.get(_SHOWN)
    if before not in (None, of_paths):
        for place in range(len(BATCHES)):
            loading.leave_beside(f"{before} {place}")
    st.session_state[_SHOWN] = of_paths


def hanging(study: Study, usual: Forecast) -> list[Effect] | Work:
    return loading.computed_beside(
        f"forecast {loading.content_of(study)} {usual.steps} effects", lambda tell: effects(usual, tell)
    )


def _drawn(forecast: Forecast, place: int) -> Callable[[Progress], list[StepTotals]]:
    first, last = BATCHES[place]
    return lambda tell: paths_of(forecast, range(first, last), tell)


@st.fragment(run_every=1.0)
def going_on(works: list[Work], visitor: str) -> None:
    """How far the work beside the page is; the page is drawn again when some of it is done."""
    for work in works:
        work.want(visitor)
    if any(work.done.is_set() for work in works):
        st.rerun()
    work = works[0]
    st.progress(min(1.0, work.pace.share), work.sentence or "More possible futures are on their way")
