"""The billing calendar (billing-rules 2)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

ONE_TIME = "one_time"
INTERVALS = ("weekly", "monthly", "quarterly", "yearly", ONE_TIME)  # shortest to longest
MONTHS_PER_INTERVAL = {"monthly": 1, "quarterly": 3, "yearly": 12}


class Window(NamedTuple):
    start: datetime
    end: datetime


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


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
    first, last = min(timestamps).date(), max(timestamps).date()
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
