"""The tables of a forecast (interfaces.md): forecast, forecast_leads, forecast_parts, forecast_record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa

from commet_core.decide.forecast.forecasting import Forecast
from commet_core.decide.forecast.mix import Pair, known_at, weights_after
from commet_core.decide.forecast.naive import METHODS
from commet_core.decide.forecast.part_rows import part_rows
from commet_core.decide.forecast.ranges import Range, months_ahead, ranges_of
from commet_core.decide.forecast.record import CandidateRecord
from commet_core.foundation.arrow import amount_type
from commet_core.foundation.money import minor_decimals

FIGURE: Final = pa.decimal128(24, 6)
"""Amounts, customers and shares stand in one column: six decimals hold all of them."""


def forecast_table(made: Forecast) -> pa.Table:
    """A row per candidate, month (null: the horizon) and measure."""
    ranges = ranges_of(made)
    places = minor_decimals(made.scenario.catalog.currency)
    figures = {
        name: pa.array([_figure(each, getattr(each, name), places) for each in ranges], FIGURE)
        for name in ("mean", "p10", "p50", "p90", "closing")
    }
    return pa.table(
        {
            "candidate": pa.array([each.candidate for each in ranges], pa.string()),
            "month": pa.array([each.month for each in ranges], pa.date32()),
            "measure": pa.array([each.measure for each in ranges], pa.string()),
            **figures,
        }
    )


def leads_table(made: Forecast) -> pa.Table:
    """A row per candidate and month (null: the horizon): the share of paths in which it brings in the most."""
    names = [candidate.name for candidate in made.scenario.candidates]
    rows = [
        (name, month, float(np.mean(made.leaders[:, step] == place)))
        for place, name in enumerate(names)
        for step, month in enumerate([*months_ahead(made), None])
    ]
    return _table(rows, {"candidate": pa.string(), "month": pa.date32(), "leads_share": pa.float64()})


def parts_table(made: Forecast) -> pa.Table:
    """A row per part: what it is, with an 80 % range, and where it comes from."""
    rows = [(row.part, row.what, row.feature, row.value, row.low, row.high, row.source) for row in part_rows(made.parts)]
    kinds = {"part": pa.string(), "what": pa.string(), "feature": pa.string()}
    return _table(rows, {**kinds, **dict.fromkeys(("value", "low", "high"), pa.float64()), "source": pa.string()})


def record_table(made: Forecast) -> pa.Table:
    """A row per candidate, method, origin and month that was tried: what was said, and what came."""
    places = minor_decimals(made.scenario.catalog.currency)
    kind = amount_type(made.scenario.catalog.currency)
    rows = [
        (
            method,
            made.calendar.date(made.calendar.first + pair.origin),
            made.calendar.date(made.calendar.first + pair.origin + pair.horizon - 1),
            pair.horizon,
            of_one.candidate,
            *(None if value is None else _minor(value, places) for value in values),
            weight,
            _minor(pair.actual, places),
        )
        for of_one in (made.record.candidates if made.record is not None else ())
        for pair in of_one.pairs
        for method, values, weight in _methods(of_one, pair)
    ]
    kinds = {
        "method": pa.string(),
        "origin": pa.date32(),
        "month": pa.date32(),
        "horizon": pa.int64(),
        "candidate": pa.string(),
    }
    amounts = dict.fromkeys(("p10", "p50", "p90"), kind)
    return _table(rows, {**kinds, **amounts, "weight": pa.float64(), "actual": kind})


TABLES: Final[Mapping[str, Callable[[Forecast], pa.Table]]] = {
    "forecast": forecast_table,
    "forecast_leads": leads_table,
    "forecast_parts": parts_table,
    "forecast_record": record_table,
}


def _methods(of_one: CandidateRecord, pair: Pair) -> list[tuple[str, tuple[float | None, float | None, float | None], float]]:
    """What each method said at a pair's origin, with the weight that it had there."""
    weights, said = weights_after(known_at(of_one.pairs, pair.origin)), of_one.said(pair)
    total = sum(weights[method] for method in METHODS if method in pair.forecasts)
    rows: list[tuple[str, tuple[float | None, float | None, float | None], float]] = []
    for method in METHODS:
        if method in pair.forecasts:
            low, high = (pair.low, pair.high) if method == "ours" else (None, None)
            rows.append((method, (low, pair.forecasts[method], high), weights[method] / total))
    return [*rows, ("mix", (said.low, said.middle, said.high), 1.0)]


def _figure(each: Range, value: float | None, places: int) -> Decimal | None:
    """Amounts as invoices have them, shares with all digits."""
    if value is None:
        return None
    decimals = places if each.measure in ("billed", "earned", "outstanding") else 6
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _minor(value: float, places: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)


def _table(rows: list[tuple[Any, ...]], kinds: Mapping[str, pa.DataType]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in kinds)
    return pa.table({name: pa.array(column, kind) for (name, kind), column in zip(kinds.items(), columns, strict=True)})
