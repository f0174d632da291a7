"""The result folder of interfaces.md: every table of a replay and a summary, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from commet_core.catalog.model_prices import list_version
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.tables import TABLES
from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.whole_files import written_whole
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Candidate, Scenario
from commet_core.scenario.subscriptions import RowProblem
from commet_core.usage.ingest import IngestReport
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA
from commet_core.version import VERSION

Format = Literal["parquet", "csv"]

SUMMARY = "summary.json"


def write_results(
    replayed: Replay, report: IngestReport, folder: Path, form: Format = "parquet", rejects: Path | None = None
) -> None:
    """Writes a result folder; an earlier result in its place is replaced.

    rejects: a Parquet file of every rejected row, where the report lists only the first. Raises InputError where the
    folder holds something else, or cannot be written.
    """
    listed = report.rejects if rejects is None else pa.parquet.read_table(rejects)
    found = pa.concat_tables([listed, left_out_rows(replayed.subscribers.problems)])
    tables = {name: replayed.table(name) for name in TABLES} | {"rejects": found}
    with whole_or_not_at_all(folder) as unfinished:
        for name, table in tables.items():
            if form == "csv":
                (unfinished / f"{name}.csv").write_bytes(to_csv(table))
            else:
                pa.parquet.write_table(without_dictionaries(table), unfinished / f"{name}.parquet")
        text = json.dumps(summary(replayed, report), indent=2, ensure_ascii=False)
        (unfinished / SUMMARY).write_text(text + "\n", "utf-8")


def summary(replayed: Replay, report: IngestReport) -> dict[str, Any]:
    """The run in figures; amounts as text, so that every reader gets them exactly."""
    totals = {run.candidate.name: totals_of(run) for run in replayed.runs}
    left_out = replayed.customers_left_out, replayed.events_left_out
    return run_summary(replayed.scenario, replayed.window, report, replayed.events_in_window, totals, left_out)


def left_out_rows(problems: Iterable[RowProblem]) -> pa.Table:
    """Subscription rows that make no sense, as `rejects` of interfaces.md: their customers are not replayed."""
    rows = [
        (problem.row.file or "subscriptions", problem.row.line, problem.column, problem.value, f"{problem.what}. {problem.fix}")
        for problem in problems
    ]
    columns = zip(*rows, strict=True) if rows else ([] for _ in REJECT_SCHEMA)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, REJECT_SCHEMA, strict=True)], schema=REJECT_SCHEMA
    )


def run_summary(
    scenario: Scenario,
    window: Window,
    report: IngestReport,
    rows_used: int,
    totals: dict[str, dict[str, Any]],
    left_out: tuple[int, int],
) -> dict[str, Any]:
    """The summary of a run, whatever replayed it.

    rows_used: those in the window; totals: of each candidate's customers; left_out: customers, and their rows in the window.
    """
    return {
        "version": VERSION,
        "currency": scenario.catalog.currency,
        "window": {"start": str(window.start), "end": str(window.end)},
        "rows": scenario.rows,
        "start": scenario.start,
        "seed": scenario.seed,
        "baseline": scenario.candidates[scenario.baseline_index()].name,
        "rows_read": report.rows_read,
        "rows_used": rows_used,
        "duplicates": report.duplicates,
        "rejected": report.rows_rejected,
        "without_usage": report.rows_without_usage,
        "customers_left_out": left_out[0],
        "left_out": left_out[1],
        "outside_window": report.rows_used - rows_used - left_out[1],
        "model_prices": list_version() if scenario.catalog.features_by_tokens() else None,
        "candidates": totals,
    }


def plan_of(candidate: Candidate) -> dict[str, str]:
    """What a candidate is, as the summary has it: its plan, or its plan group and how customers choose in it."""
    return {"plan": candidate.plan} if candidate.plan else {"group": str(candidate.group), "choose": candidate.choose}


def totals_of(run: Run) -> dict[str, Any]:
    """A candidate's totals over its customers, as the summary has them."""

    def amount(per_segment: np.ndarray) -> str:
        return str(decimal_of(int(per_segment.sum()), minor_decimals(run.currency)))

    events, served = int(run.segment_events.sum()), int(run.segment_served_events.sum())
    first_blocked, blocked = run.customer_first_blocked
    moment = pa.scalar(int(first_blocked[blocked].min()), pa.timestamp("us", "UTC")).as_py() if blocked.any() else None
    return {
        **plan_of(run.candidate),
        "billed": amount(run.segment_billed),
        "plan_base": amount(run.segment_base),
        "overage": amount(run.segment_overage),
        "purchases": amount(run.segment_purchases),
        "discount": amount(run.segment_discount),
        "credit": amount(run.segment_credit),
        "events": events,
        "served_events": served,
        "blocked_events": events - served,
        "first_blocked_at": None if moment is None else moment.isoformat().replace("+00:00", "Z"),
        "customers": run.customer_count,
        "customers_billed": int(np.count_nonzero(run.customer_billed)),
    }


def without_dictionaries(table: pa.Table) -> pa.Table:
    """The table with its texts written out, as every reader knows them."""
    fields = [
        pa.field(field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def whole_or_not_at_all(folder: Path) -> AbstractContextManager[Path]:
    """A new folder that takes the place of `folder`, or of an earlier result in it, when everything is written."""
    return written_whole(folder, SUMMARY, "an earlier result")
