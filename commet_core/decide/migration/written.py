"""A migration as a folder: its tables, the plan of every strategy as a subscriptions file, and what they rest on in figures."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commet_core.decide.migration.ahead import MigrationAhead
from commet_core.decide.migration.migrating import Migration
from commet_core.decide.migration.tables import TABLES, plan_table
from commet_core.decide.migration.tables_ahead import TABLES_AHEAD
from commet_core.engine.result_folder import SUMMARY, Format, whole_or_not_at_all
from commet_core.foundation.spreadsheets import to_csv
from commet_core.version import VERSION


def write_migration(made: Migration, folder: Path, form: Format = "parquet", said: Sequence[str] = ()) -> None:
    """Writes the tables, `plan-STRATEGY.csv` for each strategy, and a summary; an earlier result in their place is replaced.

    said: the answer in words. Raises InputError where the folder holds something else, or cannot be written.
    """
    with whole_or_not_at_all(folder) as unfinished:
        for name, table_of in TABLES.items():
            _write(table_of(made), unfinished / f"{name}.{form}")
        for outcome in made.outcomes:
            _write(plan_table(outcome), unfinished / plan_file(outcome.strategy.text))
        _write_summary({**_asked(made), "strategies": _strategies(made), "answer": list(said)}, unfinished)


def write_ahead(made: MigrationAhead, folder: Path, form: Format = "parquet", said: Sequence[str] = ()) -> None:
    """The same of a migration on possible futures, which has no plan: who is there at a renewal is another on each."""
    with whole_or_not_at_all(folder) as unfinished:
        for name, table_of in TABLES_AHEAD.items():
            _write(table_of(made), unfinished / f"{name}.{form}")
        of_paths = {
            outcome.strategy.text: {
                "paid_back": outcome.paid_back,
                "payback": None if outcome.payback is None else str(outcome.payback),
            }
            for outcome in made.outcomes
        }
        ahead = {"months": len(made.months), "paths": made.paths, "strategies": of_paths, "answer": list(said)}
        _write_summary({**_asked(made.first), **ahead}, unfinished)


def plan_file(strategy: str) -> str:
    """The file's name: `plan-waves-3-1-newest.csv`."""
    return f"plan-{re.sub(r'[^a-z0-9.]+', '-', strategy.lower()).strip('-')}.csv"


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        path.write_bytes(to_csv(table))
    else:
        pq.write_table(table, path, compression="lz4", store_schema=False)


def _write_summary(summary: dict[str, Any], folder: Path) -> None:
    (folder / SUMMARY).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _asked(made: Migration) -> dict[str, Any]:
    ground = made.ground
    return {
        "version": VERSION,
        "currency": made.currency,
        "from": made.old.name,
        "to": made.new.name,
        "at": str(ground.at),
        "window": {"start": str(ground.window.start), "end": str(ground.window.end)},
        "rise": str(ground.rise),
        "customers": len(ground.ids),
        "can_move": len(ground.there),
        "start_later": ground.newcomers,
        "seed": made.scenario.seed,
    }


def _strategies(made: Migration) -> dict[str, Any]:
    return {
        outcome.strategy.text: {
            "plan": plan_file(outcome.strategy.text),
            "moved": len(outcome.moved),
            "payback": None if outcome.payback is None else str(outcome.payback),
            "cannot_move": dict(outcome.stuck),
        }
        for outcome in made.outcomes
    }
