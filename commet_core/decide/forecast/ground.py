"""What a forecast may stand on: a history that is long enough, or words on what is missing (decisions.md 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from commet_core.decide.forecast.history import History, cut_usage
from commet_core.decide.forecast.steps import Steps, Unit, step_of, steps_between
from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.days import Days, days_in
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.formats import day_words
from commet_core.foundation.window import WINDOW_LATEST, Window
from commet_core.foundation.wording import counted
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.window import default_window, no_usage_within
from commet_core.usage.usage import Usage

STEPS_MIN: Final = 3
CUSTOMERS_MIN: Final = 20
STEPS_AHEAD_MAX: Final = 60
PATHS_MAX: Final = 10_000
PATHS_MIN: Final = 10
DAYS_QUIET_MAX: Final = 2
"""With usage on most days, a history that is silent for longer than this before its end has been cut off there."""

SYNTHETIC_WAY: Final = "Bring more of it, or forecast from generated usage like yours, which says that it is generated"


@dataclass(frozen=True)
class Ground:
    """A history to forecast from. notes: sentences on what of the usage is left out, or looks odd."""

    history: History
    notes: tuple[str, ...]


def check_asked(steps: int, paths: int, unit: Unit) -> None:
    """Raises InputError where so many steps or paths cannot be forecast."""
    problems = []
    if not 1 <= steps <= STEPS_AHEAD_MAX:
        fix = f"Ask for 1 to {STEPS_AHEAD_MAX} {unit}s; nothing holds for longer than it has been seen"
        problems.append(Problem(f"{unit}s", f"{steps:,} {unit}s ahead cannot be forecast", fix))
    if not PATHS_MIN <= paths <= PATHS_MAX:
        fix = f"Ask for {PATHS_MIN} to {PATHS_MAX:,} possible futures"
        problems.append(Problem("paths", f"{paths:,} paths give no range", fix))
    if problems:
        raise InputError(problems)


def ground_of(scenario: Scenario, usage: Usage, steps_ahead: int, unit: Unit = "month") -> Ground:
    """The history of a scenario. Raises InputError, with all that is missing, where there is too little of it."""
    window = scenario.window or default_window(usage, scenario.catalog.days)
    inside = cut_usage(usage, window, scenario.catalog.days)
    if inside.event_count == 0:
        raise no_usage_within(usage, window, scenario.catalog.days)
    steps, notes = _steps_of(inside, window, unit, scenario.catalog.time_zone)
    if steps.count >= 1:
        history = History.of(scenario.model_copy(update={"window": window}), inside, steps)
        problems = _too_little(history, notes)
    else:
        problems = [Problem("usage", ". ".join([f"there is no whole {unit} of it", *notes]), SYNTHETIC_WAY)]
    if problems:
        raise InputError(problems)
    if steps.date(steps.origin + steps_ahead) > WINDOW_LATEST:
        raise InputError.of(f"{unit}s", f"they end after {WINDOW_LATEST}", "Ask for fewer")
    return Ground(history, (*notes, *_gaps(history)))


def _steps_of(usage: Usage, window: Window, unit: Unit, zone: str) -> tuple[Steps, list[str]]:
    """The whole steps of usage, and what of it no step holds. Raises InputError where the last step has no usage."""
    notes = []
    days = days_in(zone)
    first_day, last_day = (date_of(days.of(int(at))) for at in (usage.times.min(), usage.times.max()))
    steps = steps_between(window.start, window.end, unit, zone)
    end = steps.date(steps.origin)
    if end < window.end:
        notes.append(
            f"The window ends on {day_words(window.end)}, within a month: the forecast begins on {day_words(end)}, and"
            " usage after that is not used"
        )
    elif _cut_off(usage, days, day_number(end)):
        origin = step_of(last_day, unit)
        notes.append(
            f"Usage ends on {day_words(last_day)}, within a month: the forecast begins on"
            f" {day_words(steps.date(origin))}, and usage after that is not used"
        )
        steps = steps.up_to(max(steps.first, origin))
    began = step_of(first_day, unit)
    if unit == "month" and _begins_late(usage, days, first_day - steps.date(max(began, steps.first))):
        began += 1
        notes.append(
            f"Usage begins on {day_words(first_day)}, within a month: whole months are counted from {day_words(steps.date(began))}"
        )
    if began > steps.first:
        steps = Steps(unit, began, max(began, steps.origin), zone)
    if steps.count and last_day < steps.date(steps.origin - 1):
        what = f"there is none in the last {unit}: the last event is of {day_words(last_day)}"
        raise InputError.of("usage", what, "End the window where the usage ends, or bring the usage that is missing")
    return steps, notes


def _cut_off(usage: Usage, calendar: Days, end_day: int) -> bool:
    """Whether usage stops inside the last step though there was usage on most days before."""
    days = np.unique(calendar.of(usage.times))
    days = days[days < end_day]
    quiet = end_day - 1 - int(days[-1])
    same_step = date_of(int(days[-1])).replace(day=1) == date_of(end_day - 1).replace(day=1)
    return same_step and quiet > _usual_quiet(days)


def _begins_late(usage: Usage, calendar: Days, late: timedelta) -> bool:
    """Whether usage begins so long after the step that it has not been there before, for afterwards there is some on most days."""
    return late.days > DAYS_QUIET_MAX and late.days > _usual_quiet(np.unique(calendar.of(usage.times)))


def _usual_quiet(days: np.ndarray) -> int:
    """For so many days there may be no usage and nothing is missing. days: those with usage, ascending."""
    return max(DAYS_QUIET_MAX, int(np.diff(days).max(initial=1)) - 1)


def _too_little(history: History, notes: Sequence[str]) -> list[Problem]:
    """What is missing. notes: on what of the usage no whole step holds."""
    unit, problems = history.steps.unit, []
    if history.steps.count < STEPS_MIN:
        what = f"there {'is' if history.steps.count == 1 else 'are'} {counted(history.steps.count, f'whole {unit}')} of it"
        problems.append(Problem("usage", ". ".join([f"{what}, and a forecast needs {STEPS_MIN}", *notes]), SYNTHETIC_WAY))
    customers = history.usage.customer_count
    if customers < CUSTOMERS_MIN:
        what = f"there {'is' if customers == 1 else 'are'} {counted(customers, 'customer')} in it"
        problems.append(Problem("usage", f"{what}, and a forecast needs {CUSTOMERS_MIN}", SYNTHETIC_WAY))
    return problems


def _gaps(history: History) -> list[str]:
    """Steps without any usage: people who paused, or files that are missing."""
    empty = np.flatnonzero(~history.active.any(axis=0))
    if len(empty) == 0:
        return []
    days = ", ".join(day_words(history.steps.date(history.steps.first + int(step))) for step in empty[:5])
    more = f" and {len(empty) - 5} more" if len(empty) > 5 else ""
    which = f"{counted(len(empty), history.steps.unit)} ({days}{more})"
    meaning = "the forecast takes it that everybody was silent; if files are missing, bring them first"
    return [f"There is no usage at all in {which}: {meaning}"]
