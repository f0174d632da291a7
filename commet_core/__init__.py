"""Replays usage through Metered, Credits and Balance plans, event by event, exactly.

    from commet_core import Scenario, read, replay

    result = replay(Scenario.load("scenario.yaml"), read(["usage.parquet"]).usage)
    result.table("customers").to_pandas()

Names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from commet_core import version

if TYPE_CHECKING:
    from commet_core.catalog.plans import Catalog
    from commet_core.decide.forecast.forecasting import forecast
    from commet_core.decide.results import write_results
    from commet_core.decide.solve import solve
    from commet_core.decide.sweep import sweep
    from commet_core.engine.replay import Replay, replay
    from commet_core.foundation.errors import InputError
    from commet_core.reports.compare import summarize
    from commet_core.scenario.scenario import Scenario
    from commet_core.usage.ingest import read
    from commet_core.usage.synthetic import generate
    from commet_core.usage.usage import Usage

_HOMES = {
    "Catalog": "catalog.plans",
    "InputError": "foundation.errors",
    "Replay": "engine.replay",
    "Scenario": "scenario.scenario",
    "Usage": "usage.usage",
    "forecast": "decide.forecast.forecasting",
    "generate": "usage.synthetic",
    "read": "usage.ingest",
    "replay": "engine.replay",
    "solve": "decide.solve",
    "summarize": "reports.compare",
    "sweep": "decide.sweep",
    "write_results": "decide.results",
}

__version__ = version.VERSION

__all__ = [
    "Catalog",
    "InputError",
    "Replay",
    "Scenario",
    "Usage",
    "__version__",
    "forecast",
    "generate",
    "read",
    "replay",
    "solve",
    "summarize",
    "sweep",
    "write_results",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
