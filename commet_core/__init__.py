"""Replays usage through Metered, Credits and Balance plans, event by event, exactly.

    from commet_core import Scenario, read, replay

    result = replay(Scenario.load("scenario.yaml"), read(["usage.parquet"]).usage)
    result.table("customers").to_pandas()

Names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from commet_core import version

if TYPE_CHECKING:
    from commet_core.catalog import Catalog
    from commet_core.compare import summarize
    from commet_core.errors import InputError
    from commet_core.ingest import read
    from commet_core.replay import Replay, replay
    from commet_core.results import write_results
    from commet_core.scenario import Scenario
    from commet_core.synthetic import generate
    from commet_core.usage import Usage

_HOMES = {
    "Catalog": "catalog",
    "InputError": "errors",
    "Replay": "replay",
    "Scenario": "scenario",
    "Usage": "usage",
    "generate": "synthetic",
    "read": "ingest",
    "replay": "replay",
    "summarize": "compare",
    "write_results": "results",
}

__version__ = version.VERSION

__all__ = [
    "Catalog",
    "InputError",
    "Replay",
    "Scenario",
    "Usage",
    "__version__",
    "generate",
    "read",
    "replay",
    "summarize",
    "write_results",
]


class _Package(ModuleType):
    """The package, in which `replay` is the function: the import system would put the module of that name in its place."""

    @property
    def replay(self) -> Any:
        return import_module(f"{__name__}.replay").replay

    @replay.setter
    def replay(self, module: ModuleType) -> None:
        pass


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
