"""The billing calendar (billing-rules 2)."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

ONE_TIME = "one_time"
INTERVALS = ("weekly", "monthly", "quarterly", "yearly", ONE_TIME)  # shortest to longest
MONTHS_PER_INTERVAL = {"monthly": 1, "quarterly": 3, "yearly": 12}


class Window(NamedTuple):
    start: datetime
    end: datetime


ZONE: ContextVar[str] = ContextVar("ZONE", default="UTC")
"""2.7: where days are days."""


def midnight(day: date) -> datetime:
    """2.7: the first instant of a day there, which is not always midnight."""
    zone = ZONE.get()
    return datetime.combine(day, time(), tzinfo=UTC) if zone == "UTC" else first_instant(day, zone)


@cache
def first_instant(day: date, zone: str) -> datetime:
    """Looked for hour by hour, minute by minute: a clock that is set back late at night begins no day anew."""
    there, at = ZoneInfo(zone), datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=28)
    for step in (timedelta(hours=1), timedelta(minutes=1)):
        while (at + step).astimezone(there).date() < day:
            at += step
    return at + timedelta(minutes=1)


def day_at(at: datetime) -> date:
    """The day in which a moment lies."""
    zone = ZONE.get()
    if zone == "UTC":
        return at.date()
    day = at.astimezone(ZoneInfo(zone)).date()
    while midnight(day + timedelta(days=1)) <= at:
        day += timedelta(days=1)
    return day


def first_day_after(at: datetime) -> date:
    """8.2: at 00:00 the day is still unused, at any later time it is used."""
    day = day_at(at)
    return day if at == midnight(day) else day + timedelta(days=1)


def whole_days(start: datetime, end: datetime) -> int:
    """2.7: by dates, and how much of each day has passed; one of 23 or 25 hours is one day."""
    first, last = day_at(start), day_at(end)
    is_short = end - midnight(last) < start - midnight(first)
    return max(0, (last - first).days - is_short)


def billing_day_before(day: date, billing_day: int) -> date:
    """2.2: the last billing day up to a day."""
    if day.day >= billing_day:
        return day.replace(day=billing_day)
    return (day.replace(day=1) - timedelta(days=1)).replace(day=billing_day)


def day_from(written: Any) -> date:
    """A date as YAML gives it: a date already, or ISO text."""
    return written if isinstance(written, date) else date.fromisoformat(written)


def days_in_month(year: int, month: int) -> int:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return (first_of_next - timedelta(days=1)).day


def months_after(anchor: date, months: int) -> date:
    """2.2: the anchor's day of a later month, or that month's last day if it is shorter."""
    years, month_index = divmod(anchor.month - 1 + months, 12)
    year, month = anchor.year + years, month_index + 1
    return date(year, month, min(anchor.day, days_in_month(year, month)))


def simulation_window(scenario: Mapping[str, Any], timestamps: Sequence[datetime]) -> Window | None:
    """2.5: as stated, else the whole calendar months that cover the usage; None when there is neither."""
    stated = scenario.get("window")
    if stated:
        return Window(midnight(day_from(stated["start"])), midnight(day_from(stated["end"])))
    if not timestamps:
        return None
    first, last = day_at(min(timestamps)), day_at(max(timestamps))
    return Window(midnight(first.replace(day=1)), midnight(months_after(last.replace(day=1), 1)))


def period_start_day(anchor: date, interval: str | None, index: int) -> date:
    """2.2, 2.3: weeks for weekly plans, months from the anchor for every other."""
    return anchor + timedelta(days=7 * index) if interval == "weekly" else months_after(anchor, index)


def periods_per_charge(interval: str) -> int:
    """2.4: how many billing periods a charge of the base price pays for; not asked of one_time and free plans."""
    return MONTHS_PER_INTERVAL.get(interval, 1)


def base_is_charged_after(interval: str | None, periods: int) -> bool:
    """2.4: each week, month, 3 months or 12 months; once and never again; never for a free plan (7.1)."""
    return interval not in (None, ONE_TIME) and periods == periods_per_charge(str(interval))


def interval_end_day(anchor: date, interval: str, index: int) -> date | None:
    """The end of the interval that a base charged at period ``index`` pays for; a one-time price has none."""
    if interval == ONE_TIME:
        return None
    return period_start_day(anchor, interval, index + periods_per_charge(interval))
