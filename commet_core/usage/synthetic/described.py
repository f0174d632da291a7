"""Usage that somebody describes: how many customers, what the one in the middle uses in a month, and how uneven they are.

What is said holds exactly, not about: so many customers, all there from the first day and in every month; and of each feature
the customer in the middle uses the units said in every month, half of the others no more and half no less. The same
description gives the same events, on every machine.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

import numpy as np
import pyarrow as pa
from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from commet_core.catalog.names import Code
from commet_core.foundation.calendar import DAY, day_number, period_start
from commet_core.foundation.documents import Document, PositiveQuantity
from commet_core.foundation.money import MICRO_DECIMALS, decimal_places, fixed, plain
from commet_core.foundation.progress import Counted, Progress, unheard
from commet_core.usage.synthetic.draws import TABLE_SIZE, child_keys, normal_quantiles, root_key, shares, steady, table_places
from commet_core.usage.usage import EVENT_SCHEMA

Unevenness = Literal["even", "some", "few"]
UNEVENNESS: Final[tuple[Unevenness, ...]] = get_args(Unevenness)

SIZE_SPREAD: Final = MappingProxyType({"even": 0.3, "some": 1.0, "few": 2.0})
"""Standard deviation of the logarithm of what customers use; in published traces of a model service it is near 2."""

TASTE_SPREAD: Final = 0.4
"""How far the order of customers by one feature strays from their order by size, against that order's own spread of 1."""

MONTH_SPREAD: Final = 0.25
"""Standard deviation of the logarithm of a customer's month against its usual one."""

EVENTS_A_MONTH_MAX: Final = 30
"""Of a customer and a feature, while the rows are few."""

ROWS_FULL: Final = 1_000_000
"""From so many rows on a customer's month has fewer of them."""

CUSTOMERS_MAX: Final = 100_000
FEATURES_MAX: Final = 10
TYPICAL_MAX: Final = Decimal(10_000_000)
DAY_MS: Final = 86_400_000
START: Final = date(2026, 1, 1)


def _not_too_much(units: Decimal) -> Decimal:
    if units > TYPICAL_MAX:
        what = f"{plain(units)} is too large for a month of one customer"
        raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": f"Give at most {plain(TYPICAL_MAX)}"})
    return units


class DescribedFeature(Document):
    """What the customer in the middle uses of a feature in a month: more than 0, with at most 6 decimals."""

    code: Code
    typical_units: Annotated[PositiveQuantity, AfterValidator(_not_too_much)]


class Description(Document):
    """Who uses how much. unevenness: `even`, `some` are heavy, or a `few` make most of the usage."""

    customers: Annotated[int, Field(ge=1, le=CUSTOMERS_MAX)]
    features: Annotated[tuple[DescribedFeature, ...], Field(min_length=1, max_length=FEATURES_MAX)]
    unevenness: Unevenness = "some"
    months: Annotated[int, Field(ge=1, le=36)] = 6
    seed: Annotated[int, Field(ge=0, le=2**31)] = 7

    @field_validator("features")
    @classmethod
    def _each_once(cls, features: tuple[DescribedFeature, ...]) -> tuple[DescribedFeature, ...]:
        codes = [feature.code for feature in features]
        for code in codes:
            if codes.count(code) > 1:
                context = {"what": f"{code!r} is there twice", "fix": "Name each feature once"}
                raise PydanticCustomError("wrong", "{what}", context)
        return features

    @property
    def events_a_month(self) -> int:
        """Rows of a customer and a feature in a month, at most."""
        cells = self.customers * self.months * len(self.features)
        return max(1, min(EVENTS_A_MONTH_MAX, ROWS_FULL // cells))

    @property
    def rows_max(self) -> int:
        """As many rows come out at most."""
        return self.customers * self.months * len(self.features) * self.events_a_month


def describe(description: Description, progress: Progress | None = None) -> pa.Table:
    """The usage of a description, in time order, with the columns of `usage.EVENT_SCHEMA`. What `progress` raises stops it."""
    tell = progress or unheard
    bounds = [
        int(period_start(np.array([day_number(START)]), month, weekly=False)[0]) for month in range(description.months + 1)
    ]
    tables = []
    for place, feature in enumerate(description.features):
        units = monthly_units(description, place)
        for month in range(description.months):
            rows = _rows(description, place, month, units[:, month], bounds[month], bounds[month + 1])
            tables.append((place, *rows))
            tell((place + (month + 1) / description.months) / len(description.features), Counted(feature.code, len(rows[0])))
    return _table(description, tables)


def monthly_units(description: Description, feature: int) -> np.ndarray:
    """What each customer uses of a feature in each month: int64 micros [customer, month], at least one step in every month.

    The customer in the middle (of an even number, both) uses the typical units in every month; those below it never more, those
    above never less.
    """
    typical = description.features[feature].typical_units
    step = 10 ** (MICRO_DECIMALS - decimal_places(typical))
    typical_steps = fixed(typical, MICRO_DECIMALS) // step
    count = description.customers
    keys = _customer_keys(description)
    feature_keys = child_keys(child_keys(keys, 1), feature)
    order = _normal(child_keys(keys, 0)) + TASTE_SPREAD * _normal(feature_keys)
    ranks = np.empty(count, np.int64)
    ranks[np.argsort(order, kind="stable")] = np.arange(count)
    sizes = normal_quantiles()[(2 * ranks + 1) * TABLE_SIZE // (2 * count)] * SIZE_SPREAD[description.unevenness]
    months = _normal(child_keys(feature_keys[:, None], np.arange(description.months)))
    steps = np.rint(typical_steps * steady(np.exp(sizes[:, None] + MONTH_SPREAD * months))).astype(np.int64)
    below, above = (ranks < (count - 1) // 2)[:, None], (ranks > count // 2)[:, None]
    steps = np.where(below, np.minimum(steps, typical_steps), np.where(above, np.maximum(steps, typical_steps), typical_steps))
    return np.maximum(steps, 1) * step


def _customer_keys(description: Description) -> np.ndarray:
    return child_keys(root_key("described", description.seed), np.arange(description.customers))


def _normal(keys: np.ndarray) -> np.ndarray:
    return normal_quantiles()[table_places(keys, 0)]


def _rows(
    description: Description, feature: int, month: int, units: np.ndarray, first_day: int, end_day: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customers, times in microseconds and values in micros of a feature's rows in a month; a customer's add up to its units.

    A customer's first row of the first month is on its first day, so that billing periods are the calendar's months.
    """
    typical = description.features[feature].typical_units
    step = 10 ** (MICRO_DECIMALS - decimal_places(typical))
    count = description.events_a_month
    keys = child_keys(child_keys(child_keys(_customer_keys(description), 2 + feature), month)[:, None], np.arange(count))
    milliseconds = np.sort((shares(keys) * ((end_day - first_day) * DAY_MS)).astype(np.int64), axis=1)
    if month == 0:
        milliseconds[:, 0] %= DAY_MS
    upper = np.cumsum(0.2 + shares(child_keys(keys, 1)), axis=1)
    ends = np.maximum(np.floor((units // step)[:, None] * (upper / upper[:, -1:])).astype(np.int64), 1)  # the first row counts
    ends[:, -1] = units // step
    values = np.diff(ends, axis=1, prepend=0) * step
    there = values > 0
    customers = np.broadcast_to(np.arange(description.customers)[:, None], values.shape)
    return customers[there], first_day * DAY + milliseconds[there] * (DAY // DAY_MS), values[there]


def _table(description: Description, parts: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]) -> pa.Table:
    features = np.concatenate([np.full(len(customers), place, np.int8) for place, customers, _, _ in parts])
    customers, times, values = (np.concatenate([part[column] for part in parts]) for column in (1, 2, 3))
    order = np.lexsort((features, customers, times))
    names = pa.array([f"cus_{number:06d}" for number in range(1, description.customers + 1)])
    codes = pa.array([feature.code for feature in description.features])
    columns = [
        pa.DictionaryArray.from_arrays(customers[order].astype(np.int32), names),
        pa.array(times[order]).cast(EVENT_SCHEMA.field("timestamp").type),
        pa.DictionaryArray.from_arrays(features[order], codes),
        pa.array(values[order]),
    ]
    return pa.Table.from_arrays(columns, names=EVENT_SCHEMA.names)
