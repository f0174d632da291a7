"""Ranges of what paths come to: joint totals, month by month and over the horizon; bounds are never added up (decisions.md 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from commet_core.decide.forecast.forecasting import Forecast
from commet_core.decide.forecast.mix import Mix
from commet_core.decide.forecast.naive import Method
from commet_core.decide.forecast.shocks import moved_apart, steps_together
from commet_core.decide.forecast.totals import MEASURES, Measure, StepTotals
from commet_core.foundation.money import NANOS, minor_decimals

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Range:
    """Of a candidate's measure in a month, or over the horizon (None): amounts in the currency's unit, customers, or a share.

    closing: of what is billed, the middle of the closing invoices, which are issued only because the window ends
    """

    candidate: str
    month: date | None
    measure: Measure
    mean: float
    p10: float
    p50: float
    p90: float
    closing: float | None = None


def ranges_of(made: Forecast) -> list[Range]:
    """Every candidate, measure and month, the horizon after them."""
    return [
        each
        for place in range(len(made.scenario.candidates))
        for measure in MEASURES
        if made.calendar.unit == "month" or measure not in ("earned", "outstanding")
        for each in _of_measure(made, place, measure)
    ]


def months_ahead(made: Forecast) -> list[date]:
    """The first days of the steps ahead."""
    return [made.calendar.date(made.calendar.origin + step) for step in range(made.steps)]


def fan_of(made: Forecast) -> list[Range]:
    """What is billed without closing invoices, which are issued only because the window ends: what a chart and a headline show."""
    minor = 10 ** minor_decimals(made.scenario.catalog.currency)
    found = []
    for place, candidate in enumerate(made.scenario.candidates):
        drawn = np.stack([totals.billed[place] - totals.closing[place] for totals in made.totals]) / minor
        drawn = np.concatenate([drawn, drawn.sum(axis=1, keepdims=True)], axis=1)
        methods, mix = made.said_without_closing[place], made.mix(place)
        said = methods.forecasts
        for step, month in enumerate([*months_ahead(made), None]):
            low, middle, high = np.quantile(drawn[:, step], QUANTILES).tolist()
            forecasts = {
                method: float(values.sum() if month is None else values[step]) / minor for method, values in said.items()
            }
            low, high = moved_apart(low, middle, high, methods.volatility, _steps(made, step))
            mixed = mix.range_of({**forecasts, "ours": middle}, low, high)
            mean = float(drawn[:, step].mean()) * (mixed.middle / middle if middle > 0 else 1.0)
            found.append(Range(candidate.name, month, "billed", mean, mixed.low, mixed.middle, mixed.high))
    return found


def earned_fan_of(made: Forecast) -> list[Range]:
    """What is earned, by month and over the horizon; nothing where steps are days."""
    if made.calendar.unit != "month":
        return []
    return [each for place in range(len(made.scenario.candidates)) for each in _of_measure(made, place, "earned")]


def _of_measure(made: Forecast, place: int, measure: Measure) -> list[Range]:
    drawn = np.stack([_drawn(totals, place, measure, made.scenario.catalog.currency) for totals in made.totals])
    months: list[date | None] = [*months_ahead(made), None]
    mix, name = made.mix(place), made.scenario.candidates[place].name
    return [_range(made, place, measure, step, drawn[:, step], name, month, mix) for step, month in enumerate(months)]


def _range(
    made: Forecast, place: int, measure: Measure, step: int, drawn: np.ndarray, name: str, month: date | None, mix: Mix
) -> Range:
    mean = float(drawn.mean())
    low, middle, high = np.quantile(drawn, QUANTILES).tolist()
    if measure in ("customers", "blocked_share"):
        return Range(name, month, measure, mean, low, middle, high)
    if measure != "outstanding":
        low, high = moved_apart(low, middle, high, made.said[place].volatility, _steps(made, step))
    forecasts: dict[Method, float] = {"ours": middle}
    if measure == "billed":
        minor = 10 ** minor_decimals(made.scenario.catalog.currency)
        said = made.said[place].forecasts
        forecasts = {method: float(values.sum() if month is None else values[step]) / minor for method, values in said.items()}
        forecasts["ours"] = middle
    mixed = mix.range_of(forecasts, low, high)
    mean *= mixed.middle / middle if middle > 0 else 1.0
    return Range(name, month, measure, mean, mixed.low, mixed.middle, mixed.high, _closing(made, place, measure, step, month))


def _steps(made: Forecast, step: int) -> float:
    """How many steps ahead a month lies; after the last of them comes the horizon."""
    return step + 1 if step < made.steps else steps_together(made.steps)


def _closing(made: Forecast, place: int, measure: Measure, step: int, month: date | None) -> float | None:
    if measure != "billed":
        return None
    minor = 10 ** minor_decimals(made.scenario.catalog.currency)
    closing = [totals.closing[place].sum() if month is None else totals.closing[place, step] for totals in made.totals]
    return float(np.median(closing)) / minor


def _drawn(totals: StepTotals, place: int, measure: Measure, currency: str) -> np.ndarray:
    """float64: a path's figure in each step, and over the horizon."""
    if measure == "customers":
        return np.append(totals.customers[place], totals.ever[place]).astype(float)
    if measure == "blocked_share":
        blocked, asked = (np.append(column[place], column[place].sum()) for column in (totals.blocked, totals.asked))
        return blocked / np.maximum(asked, 1)
    if measure == "billed":
        billed = totals.billed[place]
        return np.append(billed, billed.sum()) / 10 ** minor_decimals(currency)
    if measure == "earned":
        return np.append(totals.earned[place], totals.earned[place].sum()).astype(float) / NANOS
    return np.append(totals.outstanding[place], totals.outstanding[place][-1]).astype(float) / NANOS
