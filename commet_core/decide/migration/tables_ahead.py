"""The tables of a migration on possible futures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from commet_core.decide.migration.ahead import P10, P50, P90, MigrationAhead
from commet_core.decide.migration.tables import nano, table_of_rows, talk_table
from commet_core.foundation.arrow import PRICE_TYPE


def ahead_table(made: MigrationAhead) -> pa.Table:
    """A row for each strategy and month ahead (null: all of them): what is earned more than by staying, less what the move costs."""
    rows: list[dict[str, Any]] = [
        {
            "strategy": outcome.strategy.text,
            "month": month,
            **{name: nano(outcome.gained(share, place)) for name, share in (("p10", P10), ("p50", P50), ("p90", P90))},
        }
        for outcome in made.outcomes
        for place, month in [*enumerate(made.months), (None, None)]
    ]
    kinds = {"strategy": pa.string(), "month": pa.date32()} | dict.fromkeys(("p10", "p50", "p90"), PRICE_TYPE)
    return table_of_rows(rows, kinds)


def paths_table(made: MigrationAhead) -> pa.Table:
    """A row for each strategy and path, from 0, over all months ahead. payback: null where it does not pay back within them."""
    rows: list[dict[str, Any]] = [
        {
            "strategy": outcome.strategy.text,
            "path": number,
            "gained": nano(sum(path.gained)),
            "billed_more": nano(path.billed),
            "cost": nano(path.cost),
            "moved": path.moved,
            "above_rise": path.above,
            "payback": path.payback,
        }
        for outcome in made.outcomes
        for number, path in enumerate(outcome.paths)
    ]
    kinds = {"strategy": pa.string(), "payback": pa.date32()} | dict.fromkeys(("path", "moved", "above_rise"), pa.int64())
    return table_of_rows(rows, kinds | dict.fromkeys(("gained", "billed_more", "cost"), PRICE_TYPE))


TABLES_AHEAD: Final[Mapping[str, Callable[[MigrationAhead], pa.Table]]] = {
    "migration_ahead": ahead_table,
    "migration_paths": paths_table,
    "talk_to_first": lambda made: talk_table(made.first),
}
