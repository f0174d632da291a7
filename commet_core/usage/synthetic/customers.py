"""The customers behind generated usage: who they are, and how much each of them uses on each day.

Nothing here knows of events yet. A customer is a key (synthetic_draws); all that it is and does follows from the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from commet_core.foundation.calendar import date_of, month_number
from commet_core.usage.synthetic.draws import (
    child_keys,
    log_normal_quantiles,
    middle_shares,
    normal_quantiles,
    root_key,
    shares,
    steady,
    table_places,
    waiting_quantiles,
    with_mean_one,
)
from commet_core.usage.synthetic.presets import Preset

DAYS_PER_MONTH = 365.25 / 12
BURST_DAYS = 3
BURST_SPREAD = 0.6
GROWTH_FACTOR_MAX = 20.0
"""Growth stops when a customer has become this many times as large."""
GROWTH_PER_MONTH_MIN = -0.5
HOUR_MS = 3_600_000


class Draw(IntEnum):
    """What a customer's key is asked for."""

    SIZE = 0
    TASTE = 1
    ADOPTION = 2
    ESTABLISHED = 3
    ARRIVAL = 4
    LIFETIME = 5
    GROWTH = 6
    TIME_ZONE = 7
    BURST_OFFSET = 8
    IDLE_MONTH = 9
    BURST = 10
    DAY = 11
    EVENTS = 12


@dataclass(frozen=True, eq=False)
class Customers:
    """A population; one entry per customer, but for `tastes`, which has one row per feature.

    keys            uint64
    sizes           float64: usage against that of an average customer, when it arrives
    tastes          float64 [feature, customer]: how much of a feature against the customer's size; 0: does not use it
    arrival_days    int64, days since the usage begins; 0 for those that are there from the start
    departure_days  int64: the first day on which the customer has left
    daily_growth    float64: factor from one day to the next
    time_zone_ms    int64 milliseconds ahead of UTC
    """

    keys: np.ndarray
    sizes: np.ndarray
    tastes: np.ndarray
    arrival_days: np.ndarray
    departure_days: np.ndarray
    daily_growth: np.ndarray
    time_zone_ms: np.ndarray

    @classmethod
    def of(cls, preset: Preset, count: int, seed: int) -> Customers:
        """The first `count` customers of a preset and a seed; a larger count adds customers and changes none."""
        keys = child_keys(root_key(preset.code, seed), np.arange(count))
        waits = _drawn(waiting_quantiles(), keys, Draw.ARRIVAL) * preset.arrival_days
        arrivals = np.where(shares(child_keys(keys, Draw.ESTABLISHED)) < preset.established_share, 0, waits).astype(np.int64)
        lifetimes = _drawn(waiting_quantiles(), keys, Draw.LIFETIME) * (DAYS_PER_MONTH / preset.churn_per_month)
        growth = preset.growth_per_month + preset.growth_spread * _drawn(normal_quantiles(), keys, Draw.GROWTH)
        return cls(
            keys=keys,
            sizes=_drawn(log_normal_quantiles(preset.size_spread), keys, Draw.SIZE),
            tastes=_tastes(preset, keys),
            arrival_days=arrivals,
            departure_days=arrivals + 1 + lifetimes.astype(np.int64),
            daily_growth=steady((1 + np.maximum(growth, GROWTH_PER_MONTH_MIN)) ** (1 / DAYS_PER_MONTH)),
            time_zone_ms=_time_zones(preset, keys),
        )


@dataclass(frozen=True, eq=False)
class DayLevels:
    """What the customers that are there do on one day.

    day     days since 1970
    here    int64: the places in `Customers` of those that are customers on this day and do not pause this month
    used    float64, one per entry of `here`: usage today against an average customer's average day; 0 on a day without
    held    float64, one per entry of `here`: how much the customer holds (stocks), against an average customer
    """

    day: int
    here: np.ndarray
    used: np.ndarray
    held: np.ndarray


def daily_levels(preset: Preset, customers: Customers, first_day: int, end_day: int) -> Iterator[DayLevels]:
    """One `DayLevels` per day from `first_day` to before `end_day` (days since 1970)."""
    grown = np.ones(len(customers.keys))
    day_table = _day_quantiles(preset)
    week_mean = sum(preset.week) / len(preset.week)
    for day in range(first_day, end_day):
        since_start = day - first_day
        there = (customers.arrival_days <= since_start) & (since_start < customers.departure_days)
        here = np.flatnonzero(there & ~_idle(preset, customers.keys, day))
        keys = customers.keys[here]
        held = customers.sizes[here] * grown[here]
        used = held * _drawn(day_table, child_keys(keys, Draw.DAY), day) * _bursts(preset, keys, day)
        yield DayLevels(day, here, used * (preset.week[date_of(day).weekday()] / week_mean), held)
        np.multiply(grown, customers.daily_growth, out=grown, where=there)
        np.minimum(grown, GROWTH_FACTOR_MAX, out=grown)


def _drawn(table: np.ndarray, keys: np.ndarray, number: int) -> np.ndarray:
    """For each key an entry of a table of quantiles."""
    return table[table_places(child_keys(keys, number), 0)]


def _tastes(preset: Preset, keys: np.ndarray) -> np.ndarray:
    numbers = np.arange(len(preset.features))[:, None]
    amounts = log_normal_quantiles(preset.taste_spread)[table_places(child_keys(child_keys(keys, Draw.TASTE), numbers), 0)]
    adoption_shares = np.array([[feature.adoption_share] for feature in preset.features])
    return np.where(shares(child_keys(child_keys(keys, Draw.ADOPTION), numbers)) < adoption_shares, amounts, 0.0)


def _time_zones(preset: Preset, keys: np.ndarray) -> np.ndarray:
    upper_shares = np.cumsum([share for _, share in preset.time_zones])[:-1]
    ahead_ms = np.array([round(hours * HOUR_MS) for hours, _ in preset.time_zones], np.int64)
    return ahead_ms[np.searchsorted(steady(upper_shares), shares(child_keys(keys, Draw.TIME_ZONE)), side="right")]


def _day_quantiles(preset: Preset) -> np.ndarray:
    """How much of an average day a day is: nothing on the days without use, log-normal on the others; mean 1."""
    active = np.exp(preset.day_spread * normal_quantiles())
    return with_mean_one(
        np.where(middle_shares() < 1 - preset.active_day_share, 0.0, _spread_over(active, preset.active_day_share))
    )


def _spread_over(quantiles: np.ndarray, upper_share: float) -> np.ndarray:
    """A table of quantiles squeezed into the upper share of all entries."""
    within = (middle_shares() - (1 - upper_share)) / upper_share
    return quantiles[np.clip(within * len(quantiles), 0, len(quantiles) - 1).astype(np.int64)]


def _idle(preset: Preset, keys: np.ndarray, day: int) -> np.ndarray:
    """bool: the customer uses nothing in the calendar month of this day."""
    month = int(month_number(np.array([day]))[0])
    return shares(child_keys(child_keys(keys, Draw.IDLE_MONTH), month)) < preset.idle_month_share


def _bursts(preset: Preset, keys: np.ndarray, day: int) -> np.ndarray:
    """float64: 1, or the factor of the burst that the day lies in."""
    offsets = table_places(child_keys(keys, Draw.BURST_OFFSET), 0) % BURST_DAYS
    stretches = child_keys(child_keys(keys, Draw.BURST), (day + offsets) // BURST_DAYS)
    factors = preset.burst_factor * _drawn(log_normal_quantiles(BURST_SPREAD), stretches, 1)
    return np.where(shares(stretches) < preset.burst_share, np.maximum(factors, 1), 1.0)
