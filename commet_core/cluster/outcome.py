"""What came out of a replay on Spark: tables as DataFrames, the summary, and the result folder of interfaces.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from commet_core.cluster.accounting import RejectPlaces
from commet_core.cluster.payload import REJECTS, from_ipc
from commet_core.cluster.tables import decoded, numbered_rejects
from commet_core.engine.results import SUMMARY, left_out_rows, plan_of, run_summary, whole_or_not_at_all
from commet_core.foundation.calendar import moment
from commet_core.foundation.errors import Problem
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Candidate, Scenario
from commet_core.scenario.subscriptions import RowProblem
from commet_core.usage.ingest.rejects.report import IngestReport

TIMES_AS_MICROSECONDS: Final = ("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
AMOUNTS: Final = ("billed", "plan_base", "overage", "purchases", "discount", "credit")
COUNTS: Final = ("events", "served_events", "blocked_events")


@dataclass(frozen=True, eq=False)
class SparkReplay:
    """A scenario replayed on Spark. `close` frees what the cluster keeps of it; it is a context manager too.

    scenario       with the window that was replayed
    report         what became of every row that was read; `rejects` in it are the first, `self.rejects` all of them
    features       all that occur in the usage
    events_in_window   rows that were used
    payloads       the tasks' tables (spark.payload), kept on the cluster
    schemas        of each result table
    reject_places  where rejected rows stand
    left_out       subscription rows that make no sense; their customers are not replayed
    events_left_out   rows of theirs in the window
    kept           what of the payloads the cluster keeps, where it is not all of them
    """

    scenario: Scenario
    report: IngestReport
    features: tuple[str, ...]
    events_in_window: int
    payloads: DataFrame
    schemas: Mapping[str, pa.Schema]
    reject_places: RejectPlaces
    left_out: tuple[RowProblem, ...] = ()
    events_left_out: int = 0
    kept: DataFrame | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the actions of customers who were left out."""
        return tuple(problem.problem for problem in self.left_out)

    @property
    def customers_left_out(self) -> int:
        """Customers whose actions make no sense."""
        return len({problem.row.customer_id for problem in self.left_out} - {""})

    @property
    def window(self) -> Window:
        assert self.scenario.window is not None
        return self.scenario.window

    @property
    def features_without_plan(self) -> dict[str, list[str]]:
        """Features of the usage that a candidate's plan does not have: feature → names of candidates."""
        return self.scenario.features_without_plan(self.features)

    def table(self, name: str) -> DataFrame:
        """A result table of interfaces.md: all candidates, in no particular order."""
        return decoded(self.payloads, name, from_ipc, self.schemas[name])

    @property
    def rejects(self) -> DataFrame:
        """Every rejected row, in no particular order."""
        found = numbered_rejects(self.payloads, self.reject_places).drop("number")
        if not self.left_out:
            return found
        return found.unionByName(self.payloads.sparkSession.createDataFrame(left_out_rows(self.left_out)))

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The run in figures, as `summary.json` has them."""
        left_out = self.customers_left_out, self.events_left_out
        return run_summary(self.scenario, self.window, self.report, self.events_in_window, self._totals(), left_out)

    def _totals(self) -> dict[str, dict[str, Any]]:
        """Per candidate the totals of `customers`, in the scenario's order."""
        sums = [f.sum(name).alias(name) for name in (*AMOUNTS, *COUNTS)]
        first_blocked = f.min(f.unix_micros("first_blocked_at")).alias("first_blocked_at")
        customers = f.count("*").alias("customers")
        billed = f.count_if(f.col("billed") != 0).alias("customers_billed")
        rows = self.table("customers").groupBy("candidate").agg(*sums, first_blocked, customers, billed).collect()
        totals = {row["candidate"]: row.asDict() for row in rows}
        return {candidate.name: _total(candidate, totals[candidate.name]) for candidate in self.scenario.candidates}

    def write(self, folder: Path) -> None:
        """Writes the result folder, each table as a folder of Parquet files; an earlier result in its place is replaced.

        The folder is on a file system that the driver and all workers share. Raises InputError where it holds something
        else, or cannot be written; then nothing is written.
        """
        with whole_or_not_at_all(folder) as unfinished:
            self.write_tables(unfinished)

    def write_tables(self, folder: Path) -> None:
        """Writes the tables and the summary into a folder, as `write` does."""
        for name, rows in {**{name: self.table(name) for name in self.schemas}, REJECTS: self.rejects}.items():
            rows.write.option(*TIMES_AS_MICROSECONDS).parquet((folder / f"{name}.parquet").as_uri())
        text = json.dumps(self.summary, indent=2, ensure_ascii=False)
        (folder / SUMMARY).write_text(text + "\n", "utf-8")

    def close(self) -> None:
        """Frees what the cluster keeps; the tables cannot be asked for any more."""
        (self.payloads if self.kept is None else self.kept).unpersist()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.close()


def _total(candidate: Candidate, row: Mapping[str, Any]) -> dict[str, Any]:
    micros = row["first_blocked_at"]
    return {
        **plan_of(candidate),
        **{name: str(row[name]) for name in AMOUNTS},
        **{name: row[name] for name in COUNTS},
        "first_blocked_at": None if micros is None else moment(micros).isoformat().replace("+00:00", "Z"),
        "customers": row["customers"],
        "customers_billed": row["customers_billed"],
    }
