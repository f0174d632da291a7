"""A profile of usage: what is asked for when, by whom, and how unevenly. Exact integers from the events as they are.

Units of different features do not add up, so whatever compares customers counts one feature's units, or events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self

import numpy as np
import pyarrow as pa

from commet_core.foundation.arrow import UNIT_TYPE, decimals
from commet_core.foundation.calendar import DAY, WEEK_DAYS, date_of, day_number, first_day, month_number
from commet_core.foundation.days import UTC_DAYS, Days
from commet_core.foundation.money import MICRO_DECIMALS, MICROS, decimal_of
from commet_core.foundation.sums import sum_by_index
from commet_core.usage.usage import Usage

if TYPE_CHECKING:
    from commet_core.foundation.window import Window

Step = Literal["day", "week", "month"]

TOP_SHARES: Final = (Fraction(1, 100), Fraction(1, 10), Fraction(1, 5))
"""The parts of all customers, largest first, whose share of the usage is told."""

CURVE_POINTS: Final = 200
DAYS_SHOWN_MAX: Final = 400
WEEKS_SHOWN_MAX: Final = 400
ROWS_LOOKED_AT: Final = 200_000
_MONDAY_OFFSET: Final = 3
"""1970-01-01 was a Thursday: day 0 is the fourth of its week."""


@dataclass(frozen=True)
class FeatureTotal:
    """What was asked for of one feature. `largest_value`: of a single row. `customers`: those with any row of it."""

    feature: str
    events: int
    units: Decimal
    customers: int
    largest_value: Decimal


@dataclass(frozen=True)
class TopShare:
    """The largest customers and their share of the usage.

    `part` of all customers is `customers`, rounded up; `customers_part` is what these are of all.
    """

    part: Fraction
    customers: int
    customers_part: Fraction
    share: Fraction


@dataclass(frozen=True, eq=False)
class Concentration:
    """How much of the usage the largest customers make, by events or by units of one feature.

    `customers`: those with any. `curve`: (part of these customers, largest first; their share of the usage), from
    (0, 0) to (1, 1).
    """

    customers: int
    top: tuple[TopShare, ...]
    curve: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, eq=False)
class Presence:
    """In which calendar months customers use anything. Months are those from the usage's first to its last.

    every_month   customers that use something in each month from their first to their last
    with_gaps     customers with at least one month without usage between two with
    arrived_later customers whose first month is not the usage's first
    left_before   customers whose last month is not the usage's last
    gap_months    months without usage between first and last → customers, ascending
    """

    months: int
    every_month: int
    with_gaps: int
    arrived_later: int
    left_before: int
    gap_months: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Profile:
    """The totals of a usage. `first_day` and `last_day` are UTC dates, both with usage; features: most events first."""

    customers: int
    events: int
    first_day: date
    last_day: date
    features: tuple[FeatureTotal, ...]
    presence: Presence

    @property
    def days(self) -> int:
        """Days from the first with usage to the last, both counted."""
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class Outside:
    """Usage that a window leaves out (billing-rules 2.5). `customers`: those with no event inside the window."""

    events_before: int
    events_after: int
    customers: int

    @property
    def events(self) -> int:
        return self.events_before + self.events_after


def profile(usage: Usage) -> Profile | None:
    """The totals of a usage; None where it has no events."""
    if usage.event_count == 0:
        return None
    return Profile(
        customers=usage.customer_count,
        events=usage.event_count,
        first_day=date_of(int(usage.times.min()) // DAY),
        last_day=date_of(int(usage.times.max()) // DAY),
        features=feature_totals(usage),
        presence=presence(usage),
    )


def feature_totals(usage: Usage) -> tuple[FeatureTotal, ...]:
    """What was asked for of each feature, most events first; ties in order of the code."""
    indexes, count = usage.feature_indexes, len(usage.features)
    events = np.bincount(indexes, minlength=count)
    units = _wide_sums(indexes, usage.values, count)
    largest = np.zeros(count, np.int64)
    np.maximum.at(largest, indexes, usage.values)
    pairs = np.unique(event_customers(usage) * count + indexes)
    customers = np.bincount(pairs % count, minlength=count)
    return tuple(
        FeatureTotal(
            feature=usage.features[feature],
            events=int(events[feature]),
            units=decimal_of(units[feature], MICRO_DECIMALS),
            customers=int(customers[feature]),
            largest_value=decimal_of(int(largest[feature]), MICRO_DECIMALS),
        )
        for feature in np.argsort(-events, kind="stable").tolist()
    )


def _wide_sums(indexes: np.ndarray, values: np.ndarray, count: int) -> list[int]:
    """Exact sums of groups as Python integers: together customers may use more than 64 bits hold."""
    high = sum_by_index(indexes, values >> 32, count).tolist()
    low = sum_by_index(indexes, values & 0xFFFFFFFF, count).tolist()
    return [(top << 32) + rest for top, rest in zip(high, low, strict=True)]


def looks_aggregated(usage: Usage) -> bool:
    """Whether rows look like totals of many requests: most stand at full ten minutes, and most values are above 1.

    Single requests come at any second; counts of an hour or a day come at the round times that begin or end them. Of very
    many rows some are looked at.
    """
    return RowsSeen.of(usage).look_aggregated


class RowsSeen(NamedTuple):
    """Rows that were looked at, and of them those at full ten minutes and those with values above 1."""

    looked_at: int
    at_round_times: int
    above_one: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        step = 1 + usage.event_count // ROWS_LOOKED_AT
        times, values = usage.times[::step], usage.values[::step]
        at_round_times = np.count_nonzero(times % (DAY // 144) == 0)
        return cls(len(times), int(at_round_times), int(np.count_nonzero(values > MICROS)))

    @property
    def look_aggregated(self) -> bool:
        return 10 * self.at_round_times >= 9 * self.looked_at and 2 * self.above_one > self.looked_at


def step_for(days: int) -> Step:
    """The finest step that draws so many days as a readable number of points."""
    if days <= DAYS_SHOWN_MAX:
        return "day"
    return "week" if days <= WEEKS_SHOWN_MAX * WEEK_DAYS else "month"


def activity(usage: Usage, step: Step, features: Sequence[str]) -> pa.Table:
    """What was asked for of some features by day, week (from Monday) or month of the usage's span, empty ones included.

    Columns: start (date), feature, events (int64), units (decimal). By start, then feature as given.
    """
    steps = _steps_of(usage.times // DAY, step)
    first, last = int(steps.min()), int(steps.max())
    places = _places(usage, features)[usage.feature_indexes]
    chosen = places >= 0
    cells, count = ((steps - first) * len(features) + places)[chosen], (last - first + 1) * len(features)
    units = [decimal_of(sum_, MICRO_DECIMALS) for sum_ in _wide_sums(cells, usage.values[chosen], count)]
    starts = np.repeat(_start_days(np.arange(first, last + 1), step), len(features))
    return pa.table(
        {
            "start": pa.array(starts.astype(np.int32), pa.int32()).cast(pa.date32()),
            "feature": pa.array(list(features) * (last - first + 1), pa.string()),
            "events": pa.array(np.bincount(cells, minlength=count).astype(np.int64)),
            "units": pa.array(units, pa.decimal128(38, MICRO_DECIMALS)),
        }
    )


def _places(usage: Usage, features: Sequence[str]) -> np.ndarray:
    """int64, one per feature of the usage: where it stands in `features`, or -1."""
    return np.array([features.index(name) if name in features else -1 for name in usage.features], np.int64)


def _steps_of(days: np.ndarray, step: Step) -> np.ndarray:
    if step == "day":
        return days
    return (days + _MONDAY_OFFSET) // WEEK_DAYS if step == "week" else month_number(days)


def _start_days(steps: np.ndarray, step: Step) -> np.ndarray:
    if step == "day":
        return steps
    return steps * WEEK_DAYS - _MONDAY_OFFSET if step == "week" else first_day(steps)


def concentration(usage: Usage, feature: str | None = None) -> Concentration:
    """How unevenly usage is spread over customers: by events, or by units of one feature (those who use it)."""
    amounts = _amounts_by_customer(usage, feature)
    amounts = np.sort(amounts[amounts > 0])[::-1]
    running = _running_sums(amounts)
    total, customers = running[-1], len(amounts)
    if total == 0:
        return Concentration(0, (), ())
    top = [(part, ceil(part * customers)) for part in TOP_SHARES]
    points = sorted({customers * point // CURVE_POINTS for point in range(CURVE_POINTS + 1)})
    return Concentration(
        customers=customers,
        top=tuple(TopShare(part, count, Fraction(count, customers), Fraction(running[count], total)) for part, count in top),
        curve=tuple((Fraction(point, customers), Fraction(running[point], total)) for point in points),
    )


def _running_sums(amounts: np.ndarray) -> list[int]:
    """Exact sums of the first 0, 1, … amounts, as Python integers: their total may pass 64 bits."""
    running = [0]
    for amount in amounts.tolist():
        running.append(running[-1] + amount)
    return running


def _amounts_by_customer(usage: Usage, feature: str | None) -> np.ndarray:
    return np.diff(usage.offsets) if feature is None else units_by_customer(usage, feature)


def units_by_customer(usage: Usage, feature: str) -> np.ndarray:
    """int64 micros of a feature, one per customer. They fit 64 bits: `Usage` checks it."""
    rows = usage.feature_indexes == usage.features.index(feature)
    return sum_by_index(event_customers(usage)[rows], usage.values[rows], usage.customer_count)


def event_customers(usage: Usage) -> np.ndarray:
    """int64, one per event: its customer."""
    return np.repeat(np.arange(usage.customer_count), np.diff(usage.offsets))


def presence(usage: Usage) -> Presence:
    """In which months customers are there, arrive, pause and leave."""
    active, firsts, lasts = months_active(usage)
    gaps = lasts - firsts + 1 - active
    counts = np.bincount(gaps) if len(gaps) else np.empty(0, np.int64)
    first, last = int(firsts.min()), int(lasts.max())
    return Presence(
        months=last - first + 1,
        every_month=int(np.count_nonzero(gaps == 0)),
        with_gaps=int(np.count_nonzero(gaps > 0)),
        arrived_later=int(np.count_nonzero(firsts > first)),
        left_before=int(np.count_nonzero(lasts < last)),
        gap_months=tuple((gap, int(counts[gap])) for gap in np.flatnonzero(counts).tolist()),
    )


def months_active(usage: Usage) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per customer (int64): calendar months with usage, the number of the first such month, and of the last."""
    months = month_number(usage.times // DAY)
    begins = np.ones(len(months), bool)
    begins[1:] = months[1:] != months[:-1]
    begins[usage.offsets[:-1]] = True
    running = np.concatenate([[0], np.cumsum(begins)])
    active = running[usage.offsets[1:]] - running[usage.offsets[:-1]]
    return active, months[usage.offsets[:-1]], months[usage.offsets[1:] - 1]


def customers_by_size(usage: Usage, features: Sequence[str], by: str | None = None) -> pa.Table:
    """One row per customer, largest first by events or by units of the feature `by`; ties in order of the id.

    Columns: customer_id, events, for each of `features` its units under "units of" and its code, first_day, last_day,
    months_active, months_without (calendar months without usage between first and last).
    """
    sizes = _amounts_by_customer(usage, by)
    order = np.lexsort([np.arange(len(sizes)), -sizes])
    active, first_months, last_months = months_active(usage)
    columns = {
        "customer_id": usage.customers.take(pa.array(order)),
        "events": pa.array(np.diff(usage.offsets)[order]),
    }
    for feature in features:
        columns[f"units of {feature}"] = decimals(units_by_customer(usage, feature)[order], UNIT_TYPE)
    columns["first_day"] = _dates(usage.times[usage.offsets[:-1]][order])
    columns["last_day"] = _dates(usage.times[usage.offsets[1:] - 1][order])
    columns["months_active"] = pa.array(active[order])
    columns["months_without"] = pa.array((last_months - first_months + 1 - active)[order])
    return pa.table(columns)


def _dates(times: np.ndarray) -> pa.Array:
    return pa.array((times // DAY).astype(np.int32), pa.int32()).cast(pa.date32())


def outside(usage: Usage, window: Window, days: Days = UTC_DAYS) -> Outside:
    """What a window leaves out of a usage."""
    start, end = window.span(days)
    before = usage.times < start
    after = ~before & (usage.times >= end)
    inside = np.concatenate([[0], np.cumsum(~(before | after))])
    events_inside = inside[usage.offsets[1:]] - inside[usage.offsets[:-1]]
    return Outside(int(before.sum()), int(after.sum()), int(np.count_nonzero(events_inside == 0)))


def window_of(first: date, last: date) -> Window:
    """The window of the days from `first` to `last`, both counted."""
    from commet_core.foundation.window import Window  # noqa: PLC0415  # documents are dear

    return Window(start=first, end=date_of(day_number(last) + 1))
