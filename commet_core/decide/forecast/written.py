"""A forecast as a folder: its tables, and what they rest on in figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from commet_core.decide.forecast.forecasting import Forecast
from commet_core.decide.forecast.naive import METHODS
from commet_core.decide.forecast.tables import TABLES
from commet_core.engine.result_folder import SUMMARY, Format, whole_or_not_at_all
from commet_core.foundation.spreadsheets import to_csv
from commet_core.version import VERSION


def write_forecast(made: Forecast, folder: Path, form: Format = "parquet") -> None:
    """Writes the tables and a summary; an earlier result in their place is replaced.

    Raises InputError where the folder holds something else, or cannot be written.
    """
    with whole_or_not_at_all(folder) as unfinished:
        for name, table_of in TABLES.items():
            if form == "csv":
                (unfinished / f"{name}.csv").write_bytes(to_csv(table_of(made)))
            else:
                pq.write_table(table_of(made), unfinished / f"{name}.parquet")
        text = json.dumps(summary_of(made), indent=2, ensure_ascii=False)
        (unfinished / SUMMARY).write_text(text + "\n", "utf-8")


def summary_of(made: Forecast) -> dict[str, Any]:
    """What a forecast rests on."""
    calendar = made.calendar
    return {
        "version": VERSION,
        "currency": made.scenario.catalog.currency,
        "history": {"start": str(calendar.date(calendar.first)), "end": str(calendar.date(calendar.origin))},
        "forecast": {"start": str(calendar.date(calendar.origin)), "end": str(calendar.date(calendar.origin + made.steps))},
        "step": calendar.unit,
        "paths": len(made.totals),
        "seed": made.seed,
        "baseline": made.scenario.candidates[made.scenario.baseline_index()].name,
        "notes": list(made.ground.notes),
        "changes": made.parts.adjustments.model_dump(mode="json"),
        "candidates": {candidate.name: _of_candidate(made, place) for place, candidate in enumerate(made.scenario.candidates)},
    }


def _of_candidate(made: Forecast, place: int) -> dict[str, Any]:
    mix, said = made.mix(place), made.said[place].forecasts
    figures: dict[str, Any] = {
        "weights": mix.among(said),
        "width": mix.width,
        "pairs": mix.pairs,
    }
    if made.record is not None:
        record = made.record.candidates[place]
        wape: dict[str, float | None] = {"mix": record.wape(None)}
        wape |= {method: record.wape(method) for method in METHODS}
        figures |= {"held": sum(record.held), "wape": {method: off for method, off in wape.items() if off is not None}}
    return figures
