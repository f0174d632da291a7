"""Generated usage that looks like a product's own: the same arguments give the same events, on every machine.

Customers have sizes, habits and a rate of use for each day (synthetic_customers); a day's rates become events
(synthetic_events). All that is random is drawn from keys that do not depend on one another (synthetic_draws).
Customer 7 is the same customer with the same events however many customers and months are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from commet_core.foundation.calendar import day_number, period_start
from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.progress import Counted, Progress, unheard
from commet_core.usage.synthetic.customers import Customers, DayLevels, daily_levels
from commet_core.usage.synthetic.events import EventTables, day_events, schema_of
from commet_core.usage.synthetic.presets import PRESETS, Preset
from commet_core.usage.synthetic.usage_files import write_usage

__all__ = ["PRESETS", "Preset", "expected_events", "generate", "write_usage"]

CUSTOMERS_MAX = 5_000_000
MONTHS_MAX = 60
CUSTOMER_MONTHS_MAX = 30_000_000
EVENTS_MAX = 1_000_000_000
YEAR_MAX = 9000
DEFAULT_START = date(2026, 1, 1)


def generate(
    preset: str,
    customers: int,
    months: int,
    seed: int,
    start: date = DEFAULT_START,
    events: int | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """The usage of some customers over some months, in time order, with the columns of `usage.EVENT_SCHEMA`, and those of
    tokens where the preset's customers use AI models.

    preset     a code of PRESETS
    customers  accounts; those that have not arrived by the end, or never use anything, have no rows
    months     from `start`; half-open, whole months
    events     about how many events in all (within 1 % from 100,000 on): every rate is scaled alike. Without it the
               preset's own rates hold, and a customer's events do not depend on the number of other customers.
    progress   told with every day of the usage how far the generation is; what it raises stops it

    Values are int64 micros. Raises InputError, with every problem of the arguments.
    """
    _check(preset, customers, months, seed, start, events)
    tell = progress or unheard
    span = _Span.of(preset, customers, months, seed, start)
    expected = span.expected_events(tell)
    if expected == 0:
        what = f"none of the {customers:,} customers uses anything in the months asked for"
        raise InputError.of("customers", what, "Ask for more customers or months, or take another seed")
    scale = 1.0 if events is None else events / expected
    if scale * expected > EVENTS_MAX:
        what = f"{customers:,} customers would have about {expected:,.0f} events in {months} months"
        raise InputError.of("events", what, f"Ask for fewer customers or months, or give events, at most {EVENTS_MAX:,}")
    return pa.Table.from_batches(_batches(span, scale, tell), schema_of(span.preset))


def expected_events(preset: str, customers: int, months: int, seed: int, start: date = DEFAULT_START) -> int:
    """About how many events `generate` makes of these arguments, at a small part of the time. Raises InputError as it does."""
    _check(preset, customers, months, seed, start, None)
    return round(_Span.of(preset, customers, months, seed, start).expected_events())


def _check(preset: str, customers: int, months: int, seed: int, start: date, events: int | None) -> None:
    problems = [] if preset in PRESETS else [unknown_name("preset", "preset", preset, PRESETS)]
    problems += _out_of_range("customers", customers, 1, CUSTOMERS_MAX)
    problems += _out_of_range("months", months, 1, MONTHS_MAX)
    problems += _out_of_range("seed", seed, 0, 2**63 - 1)
    problems += _out_of_range("events", 1 if events is None else events, 1, EVENTS_MAX)
    if not 1970 <= start.year <= YEAR_MAX:
        problems.append(Problem("start", f"{start} cannot be used", f"Give a date from 1970 to {YEAR_MAX}"))
    if not problems and customers * months > CUSTOMER_MONTHS_MAX:
        what = f"{customers:,} customers over {months} months are too many at once"
        problems.append(Problem("customers", what, f"Customers times months may be at most {CUSTOMER_MONTHS_MAX:,}"))
    if problems:
        raise InputError(problems)


def _out_of_range(where: str, number: int, least: int, most: int) -> list[Problem]:
    fits = isinstance(number, int) and not isinstance(number, bool) and least <= number <= most
    return [] if fits else [Problem(where, f"{number!r} cannot be used", f"Give a whole number from {least} to {most}")]


@dataclass(frozen=True, eq=False)
class _Span:
    """A population from `first_day` to before `end_day` (days since 1970)."""

    preset: Preset
    customers: Customers
    first_day: int
    end_day: int

    @classmethod
    def of(cls, preset: str, customers: int, months: int, seed: int, start: date) -> _Span:
        first_day = day_number(start)
        end_day = int(period_start(np.array([first_day]), months, weekly=False)[0])
        return cls(PRESETS[preset], Customers.of(PRESETS[preset], customers, seed), first_day, end_day)

    def days(self) -> Iterator[DayLevels]:
        return daily_levels(self.preset, self.customers, self.first_day, self.end_day)

    def expected_events(self, tell: Progress = unheard) -> float:
        """The events that unscaled rates add up to: the number generated differs from it by chance alone."""
        used = np.zeros(len(self.customers.keys))
        days_held = np.zeros(len(self.customers.keys))
        for levels in self.days():
            tell(0.0, f"Working out how many events: {levels.day - self.first_day + 1} of {self.end_day - self.first_day} days")
            used[levels.here] += levels.used
            days_held[levels.here] += 1
        expected = 0.0
        for feature, tastes in zip(self.preset.features, self.customers.tastes, strict=True):
            amounts = days_held * (tastes > 0) if feature.stock else used * tastes
            expected += feature.events_per_day * math.fsum(amounts)
        return expected


def _batches(span: _Span, scale: float, tell: Progress) -> Iterator[pa.RecordBatch]:
    """The events of one day after another."""
    tables = EventTables.of(span.preset)
    names = pa.array([f"cus_{number:06d}" for number in range(1, len(span.customers.keys) + 1)])
    rows = 0
    for day, levels in enumerate(span.days(), 1):
        batch = day_events(tables, span.customers, levels, scale, names)
        rows += batch.num_rows
        tell(day / (span.end_day - span.first_day), Counted(f"Generating: {rows:,} events", rows))
        if batch.num_rows:
            yield batch
