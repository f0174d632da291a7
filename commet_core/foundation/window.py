"""The window of a replay: whole days, half-open (billing-rules 2.5)."""

from __future__ import annotations

from datetime import date

from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.documents import Document

WINDOW_EARLIEST = date(1970, 1, 1)
WINDOW_LATEST = date(2200, 1, 1)
WINDOW_DAYS_MAX = 50 * 366


class Window(Document):
    """UTC dates, half-open: `start` is in, `end` is not (billing-rules 2.5)."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def window_dates(window: Window) -> tuple[date, date]:
    """First and last day of a window."""
    return window.start, date_of(day_number(window.end) - 1)
