"""A replay as the result folder of interfaces.md: of one in memory, or of a usage of any size, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commet_core.decide.difference_tables import decision_tables
from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import EVENTS_PER_PIECE, Piece, Sums, nobody_replayed, replay_pieces
from commet_core.engine.replay import Replay
from commet_core.engine.result_folder import Format, ResultTables, whole_or_not_at_all, write_summary
from commet_core.foundation.progress import Counted, Progress, unheard
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.window import default_window
from commet_core.usage.ingest import IngestReport
from commet_core.usage.level_marks import used_up
from commet_core.usage.usage import Usage

MoreTables = Callable[[Outcome], Mapping[str, pa.Table]]
"""Tables that are made of what a replay came to."""


def write_results(
    replayed: Replay, report: IngestReport, folder: Path, form: Format = "parquet", rejects: Path | None = None
) -> None:
    """Writes a result folder; an earlier result in its place is replaced.

    rejects: a Parquet file of every rejected row, where the report lists only the first. Raises InputError where the
    folder holds something else, or cannot be written.
    """
    piece = Piece.of(replayed)
    outcome = Outcome.of(replayed, report, piece.sums)
    with whole_or_not_at_all(folder) as unfinished:
        with ResultTables(unfinished, form) as tables:
            tables.add(piece.tables)
            tables.add_rejects([*_rejects(report, rejects), outcome.left_out_rows])
            tables.finish()
            tables.add(decision_tables(outcome))
        write_summary(outcome, unfinished)


def replay_into(
    scenario: Scenario,
    usage: Usage,
    report: IngestReport,
    folder: Path,
    form: Format = "parquet",
    rejects: Path | None = None,
    progress: Progress | None = None,
    events_per_piece: int = EVENTS_PER_PIECE,
    more: MoreTables = lambda _outcome: {},
) -> Outcome:
    """Replays a scenario into a result folder piece by piece: in the memory that some pieces need, however large the usage.

    rejects: a Parquet file of every rejected row. more: further tables of the folder, by name. progress: what it raises stops the replay, and nothing is written. Raises
    as `replay` and `write_results` do.
    """
    scenario = scenario.model_copy(update={"window": scenario.window or default_window(usage, scenario.catalog.days)})
    with whole_or_not_at_all(folder) as unfinished:
        with ResultTables(unfinished, form) as tables:
            tables.add_rejects(_rejects(report, rejects))
            sums = []
            for piece in _told(replay_pieces(scenario, usage, Piece.of, events_per_piece), usage, progress or unheard):
                tables.add(piece.tables)
                sums.append(piece.sums)
            outcome = Outcome(scenario, report, used_up(usage.features), Sums.total(sums))
            if outcome.sums.customers == 0:
                raise nobody_replayed(scenario, usage, outcome.sums.left_out)
            tables.add_rejects([outcome.left_out_rows])
            tables.finish()
            tables.add({**more(outcome), **decision_tables(outcome)})
        write_summary(outcome, unfinished)
    return outcome


def _told(pieces: Iterable[Piece], usage: Usage, tell: Progress) -> Iterator[Piece]:
    done = 0
    for piece in pieces:
        done += piece.event_count
        tell(done / max(1, usage.event_count), Counted(f"Replaying: {done:,} of {usage.event_count:,} events", done))
        yield piece


def _rejects(report: IngestReport, path: Path | None) -> Iterator[pa.Table]:
    if path is None:
        yield report.rejects
        return
    with pq.ParquetFile(path) as file:
        yield file.schema_arrow.empty_table()
        yield from (pa.Table.from_batches([batch]) for batch in file.iter_batches())
