"""Generated usage that looks like a product's own: the same arguments give the same events, on every machine.

Each day every customer has a rate of events per feature (synthetic_customers). The whole part of a rate is the number of
events, its fraction the chance of one more; the time in the day and the value of an event are drawn from tables.
Customer 7 is the same customer with the same events however many customers and months are asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from commet_core.calendar import DAY, day_number, period_start
from commet_core.errors import InputError, Problem
from commet_core.money import MICROS, fixed, parse_decimal
from commet_core.synthetic_customers import HOUR_MS, Customers, DayLevels, Draw, daily_levels
from commet_core.synthetic_draws import TABLE_BITS, TABLE_SIZE, child_keys, log_normal_quantiles, shares, table_places
from commet_core.synthetic_presets import PRESETS, Preset, UsageFeature
from commet_core.usage_files import write_usage
from commet_core.validation import unknown_name

__all__ = ["PRESETS", "Preset", "generate", "write_usage"]

CUSTOMERS_MAX = 5_000_000
MONTHS_MAX = 60
CUSTOMER_MONTHS_MAX = 30_000_000
EVENTS_MAX = 1_000_000_000
YEAR_MAX = 9000
DAY_MS = 24 * HOUR_MS
DEFAULT_START = date(2026, 1, 1)

TABLE_SCHEMA = pa.schema(
    [
        ("customer_id", pa.dictionary(pa.int32(), pa.string())),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("feature", pa.dictionary(pa.int8(), pa.string())),
        ("value", pa.int64()),
    ]
)


def generate(
    preset: str, customers: int, months: int, seed: int, start: date = DEFAULT_START, events: int | None = None
) -> pa.Table:
    """The usage of some customers over some months, in time order, with the columns of `usage.EVENT_SCHEMA`.

    preset     a code of PRESETS
    customers  accounts; those that have not arrived by the end, or never use anything, have no rows
    months     from `start`; half-open, whole months
    events     about how many events in all (within 1 % from 100,000 on): every rate is scaled alike. Without it the
               preset's own rates hold, and a customer's events do not depend on the number of other customers.

    Values are int64 micros. Raises InputError, with every problem of the arguments.
    """
    _check(preset, customers, months, seed, start, events)
    chosen = PRESETS[preset]
    first_day = day_number(start)
    end_day = int(period_start(np.array([first_day]), months, weekly=False)[0])
    population = Customers.of(chosen, customers, seed)
    expected = _expected_events(chosen, population, first_day, end_day)
    if expected == 0:
        what = f"none of the {customers:,} customers uses anything in the months asked for"
        raise InputError.of("customers", what, "Ask for more customers or months, or take another seed")
    scale = 1.0 if events is None else events / expected
    if scale * expected > EVENTS_MAX:
        what = f"{customers:,} customers would have about {expected:,.0f} events in {months} months"
        raise InputError.of("events", what, f"Ask for fewer customers or months, or give events, at most {EVENTS_MAX:,}")
    return pa.Table.from_batches(_batches(chosen, population, first_day, end_day, scale), TABLE_SCHEMA)


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


def _expected_events(preset: Preset, customers: Customers, first_day: int, end_day: int) -> float:
    """The events that unscaled rates add up to: the number generated differs from it by chance alone."""
    used = np.zeros(len(customers.keys))
    days_held = np.zeros(len(customers.keys))
    for levels in daily_levels(preset, customers, first_day, end_day):
        used[levels.here] += levels.used
        days_held[levels.here] += 1
    expected = 0.0
    for feature, tastes in zip(preset.features, customers.tastes, strict=True):
        amounts = days_held * (tastes > 0) if feature.stock else used * tastes
        expected += feature.events_per_day * math.fsum(amounts)
    return expected


def _batches(preset: Preset, customers: Customers, first_day: int, end_day: int, scale: float) -> Iterator[pa.RecordBatch]:
    """The events of one day after another."""
    product = _Product.of(preset)
    names = pa.array([f"cus_{number:06d}" for number in range(1, len(customers.keys) + 1)])
    for levels in daily_levels(preset, customers, first_day, end_day):
        batch = _day_events(product, customers, levels, scale, names)
        if batch.num_rows:
            yield batch


@dataclass(frozen=True, eq=False)
class _Product:
    """A preset's features as arrays: one entry per feature, or one table of quantiles per feature.

    rates       float64 [feature, 1]: events per day of an average customer
    stocks      bool [feature, 1]
    steps       int64 micros: what a value is a multiple of
    values      int64 micros, the tables one after another
    times       int64 milliseconds of a local day, TABLE_SIZE + 1 quantiles
    names       str
    """

    rates: np.ndarray
    stocks: np.ndarray
    steps: np.ndarray
    values: np.ndarray
    times: np.ndarray
    names: pa.Array

    @classmethod
    def of(cls, preset: Preset) -> _Product:
        features = preset.features
        return cls(
            rates=np.array([[feature.events_per_day] for feature in features]),
            stocks=np.array([[feature.stock] for feature in features]),
            steps=np.array([_step(feature) for feature in features], np.int64),
            values=np.concatenate([_values(feature) for feature in features]),
            times=_times_of_day(preset.hours),
            names=pa.array([feature.code for feature in features]),
        )


def _step(feature: UsageFeature) -> int:
    return int(MICROS // 10**feature.decimals)


def _values(feature: UsageFeature) -> np.ndarray:
    """Quantiles of an event's value, int64 micros, at least one step of the feature."""
    step = _step(feature)
    mean_steps = fixed(parse_decimal(feature.units_per_event), 6) / step
    steps = np.rint(log_normal_quantiles(feature.spread) * mean_steps).astype(np.int64)
    return np.maximum(steps, 1) * step


def _times_of_day(hours: tuple[float, ...]) -> np.ndarray:
    """Quantiles of the time of an event in a local day, int64 milliseconds, from 0 to the day's end."""
    upper_shares = np.concatenate([[0.0], np.cumsum(hours) / sum(hours)])
    ends_ms = np.arange(len(upper_shares)) * HOUR_MS
    return np.rint(np.interp(np.arange(TABLE_SIZE + 1) / TABLE_SIZE, upper_shares, ends_ms)).astype(np.int64)


def _day_events(product: _Product, customers: Customers, levels: DayLevels, scale: float, names: pa.Array) -> pa.RecordBatch:
    """All events of one day, in time order. A cell is one feature of one customer that is there on the day."""
    here = levels.here
    tastes = customers.tastes[:, here]
    rates = product.rates * np.where(product.stocks, tastes > 0, tastes * levels.used)
    day_keys = child_keys(child_keys(customers.keys[here], Draw.EVENTS), levels.day)
    cell_keys = child_keys(day_keys, np.arange(len(tastes))[:, None])
    counts = np.floor(rates * scale + shares(cell_keys)).astype(np.int64).ravel()

    cells = np.repeat(np.arange(len(counts)), counts)
    places = np.arange(len(cells)) - np.repeat(np.cumsum(counts) - counts, counts)
    keys = child_keys(cell_keys.ravel()[cells], places)
    features, customer_places = np.divmod(cells, max(len(here), 1))
    customer_indexes = here[customer_places]

    milliseconds = _milliseconds(product, keys, customers.time_zone_ms[customer_indexes])
    stock_factors = np.where(product.stocks, tastes * levels.held, 1.0).ravel()
    values = _event_values(product, keys, features, stock_factors[cells])
    order = _time_order(milliseconds)
    columns = [
        pa.DictionaryArray.from_arrays(customer_indexes[order].astype(np.int32), names),
        pa.array(levels.day * DAY + milliseconds[order] * 1000).cast(TABLE_SCHEMA.field("timestamp").type),
        pa.DictionaryArray.from_arrays(features[order].astype(np.int8), product.names),
        pa.array(values[order]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=TABLE_SCHEMA)


def _milliseconds(product: _Product, keys: np.ndarray, time_zone_ms: np.ndarray) -> np.ndarray:
    """The time in the UTC day, int64: a quantile of the local day, and a place between it and the next."""
    quantiles = table_places(keys, 1)
    from_ms = product.times[quantiles]
    between = ((product.times[quantiles + 1] - from_ms) * table_places(keys, 2)) >> TABLE_BITS
    return (from_ms + between - time_zone_ms) % DAY_MS


def _event_values(product: _Product, keys: np.ndarray, features: np.ndarray, stock_factors: np.ndarray) -> np.ndarray:
    """int64 micros, a multiple of the feature's step; a stock follows how much the customer holds."""
    values = product.values[features * TABLE_SIZE + table_places(keys, 0)]
    stocks = np.flatnonzero(product.stocks.ravel()[features])
    if len(stocks):
        steps = product.steps[features[stocks]]
        scaled = np.rint(values[stocks] * stock_factors[stocks] / steps).astype(np.int64)
        values[stocks] = np.maximum(scaled, 1) * steps
    return values


def _time_order(milliseconds: np.ndarray) -> np.ndarray:
    """The places of the events in time order, equal times in the order given (faster than a stable argsort)."""
    return np.sort((milliseconds << 32) | np.arange(len(milliseconds))) & (2**32 - 1)
