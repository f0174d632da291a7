"""One day's rates of use become events, each with a time and a value.

The whole part of a rate is the number of events, its fraction the chance of one more. The time in the day and the value
of an event are drawn from tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from commet_core.foundation.calendar import DAY
from commet_core.foundation.money import MICROS, fixed, parse_decimal
from commet_core.usage.synthetic.customers import HOUR_MS, Customers, DayLevels, Draw
from commet_core.usage.synthetic.draws import TABLE_BITS, TABLE_SIZE, child_keys, log_normal_quantiles, shares, table_places
from commet_core.usage.synthetic.presets import Preset, UsageFeature
from commet_core.usage.synthetic.token_draws import TOKEN_FIELDS, TokenTables

DAY_MS = 24 * HOUR_MS

TABLE_SCHEMA = pa.schema(
    [
        ("customer_id", pa.dictionary(pa.int32(), pa.string())),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("feature", pa.dictionary(pa.int8(), pa.string())),
        ("value", pa.int64()),
    ]
)


def schema_of(preset: Preset) -> pa.Schema:
    """The columns of a preset's events: with those of tokens where some use an AI model."""
    return pa.schema([*TABLE_SCHEMA, *TOKEN_FIELDS]) if any(feature.models for feature in preset.features) else TABLE_SCHEMA


@dataclass(frozen=True, eq=False)
class EventTables:
    """A preset's features as arrays: one entry per feature, or one table of quantiles per feature.

    rates       float64 [feature, 1]: events per day of an average customer
    stocks      bool [feature, 1]
    steps       int64 micros: what a value is a multiple of
    values      int64 micros, the tables one after another
    times       int64 milliseconds of a local day, TABLE_SIZE + 1 quantiles
    names       str
    tokens      None where no event uses an AI model
    schema      of the events
    """

    rates: np.ndarray
    stocks: np.ndarray
    steps: np.ndarray
    values: np.ndarray
    times: np.ndarray
    names: pa.Array
    tokens: TokenTables | None
    schema: pa.Schema

    @classmethod
    def of(cls, preset: Preset) -> EventTables:
        features = preset.features
        return cls(
            rates=np.array([[feature.events_per_day] for feature in features]),
            stocks=np.array([[feature.stock] for feature in features]),
            steps=np.array([_step(feature) for feature in features], np.int64),
            values=np.concatenate([_values(feature) for feature in features]),
            times=_times_of_day(preset.hours),
            names=pa.array([feature.code for feature in features]),
            tokens=TokenTables.of(preset),
            schema=schema_of(preset),
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


def day_events(tables: EventTables, customers: Customers, levels: DayLevels, scale: float, names: pa.Array) -> pa.RecordBatch:
    """All events of one day, in time order. A cell is one feature of one customer that is there on the day."""
    here = levels.here
    tastes = customers.tastes[:, here]
    rates = tables.rates * np.where(tables.stocks, tastes > 0, tastes * levels.used)
    day_keys = child_keys(child_keys(customers.keys[here], Draw.EVENTS), levels.day)
    cell_keys = child_keys(day_keys, np.arange(len(tastes))[:, None])
    counts = np.floor(rates * scale + shares(cell_keys)).astype(np.int64).ravel()

    cells = np.repeat(np.arange(len(counts)), counts)
    places = np.arange(len(cells)) - np.repeat(np.cumsum(counts) - counts, counts)
    keys = child_keys(cell_keys.ravel()[cells], places)
    features, customer_places = np.divmod(cells, max(len(here), 1))
    customer_indexes = here[customer_places]

    milliseconds = _milliseconds(tables, keys, customers.time_zone_ms[customer_indexes])
    stock_factors = np.where(tables.stocks, tastes * levels.held, 1.0).ravel()
    values = _event_values(tables, keys, features, stock_factors[cells])
    order = _time_order(milliseconds)
    columns = [
        pa.DictionaryArray.from_arrays(customer_indexes[order].astype(np.int32), names),
        pa.array(levels.day * DAY + milliseconds[order] * 1000).cast(TABLE_SCHEMA.field("timestamp").type),
        pa.DictionaryArray.from_arrays(features[order].astype(np.int8), tables.names),
        pa.array(values[order]),
    ]
    if tables.tokens is not None:
        columns += tables.tokens.columns(keys[order], features[order])
    return pa.RecordBatch.from_arrays(columns, schema=tables.schema)


def _milliseconds(tables: EventTables, keys: np.ndarray, time_zone_ms: np.ndarray) -> np.ndarray:
    """The time in the UTC day, int64: a quantile of the local day, and a place between it and the next."""
    quantiles = table_places(keys, 1)
    from_ms = tables.times[quantiles]
    between = ((tables.times[quantiles + 1] - from_ms) * table_places(keys, 2)) >> TABLE_BITS
    return (from_ms + between - time_zone_ms) % DAY_MS


def _event_values(tables: EventTables, keys: np.ndarray, features: np.ndarray, stock_factors: np.ndarray) -> np.ndarray:
    """int64 micros, a multiple of the feature's step; a stock follows how much the customer holds."""
    values = tables.values[features * TABLE_SIZE + table_places(keys, 0)]
    stocks = np.flatnonzero(tables.stocks.ravel()[features])
    if len(stocks):
        steps = tables.steps[features[stocks]]
        scaled = np.rint(values[stocks] * stock_factors[stocks] / steps).astype(np.int64)
        values[stocks] = np.maximum(scaled, 1) * steps
    return values


def _time_order(milliseconds: np.ndarray) -> np.ndarray:
    """The places of the events in time order, equal times in the order given (faster than a stable argsort)."""
    return np.sort((milliseconds << 32) | np.arange(len(milliseconds))) & (2**32 - 1)
