"""The window of a replay: whole days, half-open (billing-rules 2.5)."""

from __future__ import annotations

from datetime import date

from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.days import Days
from commet_core.foundation.documents import Document

WINDOW_EARLIEST = date(1970, 1, 1)
WINDOW_LATEST = date(2200, 1, 1)
WINDOW_DAYS_MAX = 50 * 366


class Window(Document):
    """Dates of the calendar's time zone, half-open: `start` is in, `end` is not (billing-rules 2.5, 2.7)."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def span(self, days: Days) -> tuple[int, int]:
        """The instants of its start and its end, in microseconds since 1970, where days begin so."""
        return days.start(day_number(self.start)), days.start(day_number(self.end))


def window_dates(window: Window) -> tuple[date, date]:
    """First and last day of a window."""
    return window.start, date_of(day_number(window.end) - 1)
