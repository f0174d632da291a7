"""What came out of a replay on Spark: tables as DataFrames, the summary, and the result folder of interfaces.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
from pyspark.sql import DataFrame

from commet_core.cluster.accounting import RejectPlaces
from commet_core.cluster.payload import REJECTS, from_ipc
from commet_core.cluster.tables import decoded, numbered_rejects
from commet_core.decide.difference_tables import decision_tables
from commet_core.engine.outcome import Outcome
from commet_core.engine.result_folder import whole_or_not_at_all, write_summary, write_table

TIMES_AS_MICROSECONDS: Final = ("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")


@dataclass(frozen=True, eq=False)
class SparkReplay:
    """A scenario replayed on Spark. `close` frees what the cluster keeps of it; it is a context manager too.

    outcome        what it came to; the report's `rejects` are the first, `self.rejects` all of them
    payloads       the pieces' tables (cluster.payload), kept on the cluster
    schemas        of each result table
    reject_places  where rejected rows stand
    kept           what of the payloads the cluster keeps
    """

    outcome: Outcome
    payloads: DataFrame
    schemas: Mapping[str, pa.Schema]
    reject_places: RejectPlaces
    kept: DataFrame

    def table(self, name: str) -> DataFrame:
        """A result table of interfaces.md: all candidates, in no particular order."""
        return decoded(self.payloads, name, from_ipc, self.schemas[name])

    @property
    def rejects(self) -> DataFrame:
        """Every rejected row, in no particular order."""
        found = numbered_rejects(self.payloads, self.reject_places).drop("number")
        if not self.outcome.problems:
            return found
        return found.unionByName(self.payloads.sparkSession.createDataFrame(self.outcome.left_out_rows))

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
        for name, table in decision_tables(self.outcome).items():
            write_table(table, folder, name, "parquet")
        write_summary(self.outcome, folder)

    def close(self) -> None:
        """Frees what the cluster keeps; the tables cannot be asked for any more."""
        self.kept.unpersist()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.close()
