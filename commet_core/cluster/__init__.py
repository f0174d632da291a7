"""The replay on Apache Spark: the same numbers as on one machine, to the last digit, for any number of partitions.

    from commet_core.cluster import replay_frame, replay_paths, start_session

    with replay_paths(start_session(), scenario, ["hdfs:///usage/2026"]) as replayed:
        replayed.table("customers")                 a Spark DataFrame, as the other tables and `rejects` are
        replayed.write(Path("/shared/results"))     the result folder of interfaces.md

Raw rows are read where they are, by the rules of files (`reading`). Events travel to the partition of their customer and
are sorted there; each partition replays whole customers, a group at a time (`replaying`). All tables come out of that one
pass (`cluster`) and are kept until `close`.

Names are imported when they are first used, so that a missing pyspark is an InputError and not a traceback.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from commet_core.foundation.errors import InputError

if TYPE_CHECKING:
    from commet_core.cluster.cluster import replay_frame, replay_paths
    from commet_core.cluster.forecasting import paths_on
    from commet_core.cluster.outcome import SparkReplay
    from commet_core.cluster.session import plain_errors, start_session

_HOMES = {
    "SparkReplay": "outcome",
    "paths_on": "forecasting",
    "plain_errors": "session",
    "replay_frame": "cluster",
    "replay_paths": "cluster",
    "start_session": "session",
}

__all__ = ["SparkReplay", "paths_on", "plain_errors", "replay_frame", "replay_paths", "start_session"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import_module("pyspark")
    except ImportError:
        fix = "Install it with `pip install 'commet-simulator[spark]'`, or replay on this machine alone"
        raise InputError.of("Spark", "pyspark is not installed", fix) from None
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
