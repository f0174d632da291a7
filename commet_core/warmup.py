"""Compiles the kernels, or loads them from disk, before somebody waits for them; on the command line the modules too."""

from __future__ import annotations

import compileall
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from commet_core.catalog.plans import Catalog
from commet_core.decide.forecast import forecast
from commet_core.decide.forecast.ground import CUSTOMERS_MIN, PATHS_MIN
from commet_core.engine.candidate import ledger
from commet_core.engine.replay import replay
from commet_core.foundation.temporary import temporary_folder
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read
from commet_core.usage.tokens import EventTokens
from commet_core.usage.usage import Usage

_CATALOG = {
    "features": {"call": {}, "chat": {}},
    "plans": {
        "metered": {"consumption_model": "metered", "prices": {"monthly": 1}, "features": {"call": {"included": 1}}},
        "credits": {"consumption_model": "credits", "prices": {"monthly": 1}, "features": {"call": {"credits_per_unit": 1}}},
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 1},
            "features": {"call": {"unit_price": 1}, "chat": {"pricing": "ai_model"}},
        },
    },
    "models": {"own/model": {"input": 1, "output": 1}},
    "credit_packs": {"pack": {"credits": 1, "price": 1}},
}


def warm() -> None:
    """Replays an event, and a request to an AI model, under every model and reads a file with rejects.

    Afterwards each kernel is compiled, and kept on disk for the next start.
    """
    scenario = Scenario.model_validate(
        {
            "catalog": Catalog.model_validate(_CATALOG),
            "candidates": [
                {"name": "metered", "plan": "metered"},
                {"name": "credits", "plan": "credits", "purchases": {"pack": "pack"}},
                {"name": "balance", "plan": "balance"},
            ],
        }
    )
    day, tokens = datetime(2026, 1, 1, tzinfo=UTC), [None, EventTokens("own/model", 1, 1)]
    usage = Usage.from_events(["a", "a"], [day, day], ["call", "chat"], [Decimal(2), Decimal(1)], tokens)
    replayed = replay(scenario, usage)
    for run in replayed.runs:
        ledger(scenario, run, 0)
    replayed.table("alerts")
    _warm_forecast()
    with temporary_folder() as folder:
        path = folder / "usage.csv"
        path.write_text("customer_id,timestamp,feature,value\na,2026-01-01,call,1\na,2026-01-01,call,none\na,b\n", "utf-8")
        read([path])


def _warm_forecast() -> None:
    """Forecasts a month for the fewest customers that one is possible from, with a record: its kernels, too."""
    starts = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 5)]
    days = [start + timedelta(days=day) for start in starts for day in range(28)]
    names = [f"c{number:02d}" for number in range(CUSTOMERS_MIN) for _ in days]
    usage = Usage.from_events(names, days * CUSTOMERS_MIN, ["call"] * len(names), [Decimal(1)] * len(names))
    candidate = {"name": "credits", "plan": "credits", "purchases": {"pack": "pack"}}
    scenario = Scenario.model_validate({"catalog": Catalog.model_validate(_CATALOG), "candidates": [candidate]})
    forecast(scenario, usage, 1, paths=PATHS_MIN)


def keep_modules() -> None:
    """Keeps every module of the product as bytecode, also where Python is told not to (PYTHONDONTWRITEBYTECODE): it starts faster."""
    compileall.compile_dir(Path(__file__).parent, quiet=2)


if __name__ == "__main__":
    keep_modules()
    warm()
