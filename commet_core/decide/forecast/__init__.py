"""Next year: a forecast is future usage, replayed (decisions.md 3).

    made = forecast(scenario, usage, months=12)
    forecast_table(made)

`history` is what is known, `parts` what paths are made of, `paths` draws them, `replayed` replays them, `record` tries all of it on
the past, and `ranges` says what follows.
"""

from __future__ import annotations

from commet_core.decide.forecast.adjustments import Adjustments
from commet_core.decide.forecast.forecasting import Forecast, begin, begin_changed, forecast, paths_of, record_so_far
from commet_core.decide.forecast.tables import forecast_table, record_table
from commet_core.decide.forecast.written import write_forecast

__all__ = [
    "Adjustments",
    "Forecast",
    "begin",
    "begin_changed",
    "forecast",
    "forecast_table",
    "paths_of",
    "record_so_far",
    "record_table",
    "write_forecast",
]
