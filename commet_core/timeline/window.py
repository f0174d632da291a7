"""What of a usage lies in a window, and the window where none is stated (billing-rules 2.5)."""

from __future__ import annotations

from datetime import date

import numpy as np

from commet_core.foundation.calendar import date_of, day_number, whole_months
from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import WINDOW_DAYS_MAX, Window
from commet_core.scenario.scenario import Start
from commet_core.usage.level_marks import is_level
from commet_core.usage.usage import Usage


def default_window(usage: Usage, days: Days) -> Window:
    """The whole calendar months that cover the usage (billing-rules 2.5, 2.7). Raises InputError where there is none."""
    if usage.event_count == 0:
        raise InputError.of("usage", "there are no events", "Give a file with at least one usable row")
    start, end = whole_months(*_span(usage, days))
    window = Window(start=start, end=end)
    if window.days > WINDOW_DAYS_MAX:
        what = f"the usage lies from {start} to {end}, longer than {WINDOW_DAYS_MAX // 366} years"
        raise InputError.of("window", what, "Check the timestamps, or give a window")
    return window


def plain_anchors(usage: Usage, window: Window, days: Days, start: Start, firsts: np.ndarray) -> np.ndarray:
    """int64 day numbers on which customers start of themselves (billing-rules 2.5). firsts: their first events."""
    return np.full(len(firsts), day_number(window.start)) if start == "window" else days.of(usage.times[firsts])


def has_events(usage: Usage, window: Window, days: Days) -> bool:
    """Whether any event lies in the window, or a level may be held in it."""
    if any(map(is_level, usage.features)):
        return True
    firsts, lasts = events_within(usage, window, days)
    return bool(np.any(lasts > firsts))


def _span(usage: Usage, days: Days) -> tuple[date, date]:
    """The days of the first and the last event."""
    return date_of(days.of(int(usage.times.min()))), date_of(days.of(int(usage.times.max())))


def no_usage_within(usage: Usage, window: Window, days: Days) -> InputError:
    if usage.event_count == 0:
        return InputError.of("usage", "there are no events to replay in any window", "Give a file with at least one usable row")
    first, last = _span(usage, days)
    what = f"no event lies from {window.start} up to {window.end}; the usage is from {first} to {last}"
    return InputError.of("window", what, "Choose a window that covers some of the usage")


def events_within(usage: Usage, window: Window, days: Days) -> np.ndarray:
    """int64, two rows, one entry per customer of the usage: its first event in the window, and the one after its last."""
    return np.stack(_events_within(usage.offsets, usage.times, *window.span(days)))


@compiled
def _events_within(offsets, times, start, end):  # type: ignore[no-untyped-def]
    """Per customer the first event at or after `start` and the first at or after `end`."""
    customers = len(offsets) - 1
    firsts = np.empty(customers, np.int64)
    lasts = np.empty(customers, np.int64)
    for customer in range(customers):
        own = times[offsets[customer] : offsets[customer + 1]]
        firsts[customer] = offsets[customer] + np.searchsorted(own, start)
        lasts[customer] = offsets[customer] + np.searchsorted(own, end)
    return firsts, lasts
