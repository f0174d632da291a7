"""A replay on a cluster, from raw rows to result tables: what Spark does, in which order.

All tables come out of one pass over the events and are kept until `SparkReplay.close`. Without a window in the scenario the
sorted events are kept as well, and asked for their first and last day before the replay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial, reduce
from itertools import accumulate
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from commet_core.catalog.request_prices import RequestPrices
from commet_core.cluster.accounting import NUMBERED_REJECTS, RejectPlaces, readings_of, reject_places, report_of
from commet_core.cluster.customers import InputFiles
from commet_core.cluster.inputs import Input, input_of_frame, inputs_of_paths
from commet_core.cluster.outcome import SparkReplay
from commet_core.cluster.payload import COUNTS, PAYLOAD_COLUMNS, PROBLEM, SUMS, TALLY, problems_of, sums_from_bytes
from commet_core.cluster.reading import EVENT_COLUMNS, read_partition
from commet_core.cluster.replaying import (
    FIRST_COLUMNS,
    SPAN_COLUMNS,
    Counts,
    encoded,
    first_uses_of_partition,
    replay_partition,
    span_of_partition,
)
from commet_core.cluster.stored import payloads_of_store, places_of_rejects
from commet_core.cluster.tables import first_rejects
from commet_core.cluster.tally import Tally
from commet_core.cluster.tasks import in_tasks
from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import Piece, Sums, nobody_replayed, replay_piece
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.calendar import moment
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.priced_requests import request_prices
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.settling import has_limits, settled
from commet_core.timeline.window import default_window
from commet_core.usage.ingest.reading.gathering import WantedMapping
from commet_core.usage.ingest.rejects.report import IngestReport, nothing_usable
from commet_core.usage.level_marks import used_up
from commet_core.usage.store import open_store, store_named
from commet_core.usage.usage import Usage

PARTITIONS_FOR_A_PART: Final = 4
"""Spark reads up to 128 MB at a time: of Parquet some ten million events, which become ten times as large to be sorted."""


def replay_paths(
    spark: SparkSession,
    scenario: Scenario,
    paths: Sequence[str | Path],
    mapping: WantedMapping = None,
    partitions: int | None = None,
) -> SparkReplay:
    """Replays usage in files that the cluster can read: Parquet, CSV or JSON lines; files, folders or patterns. Or in a usage
    store, which is on a file system that the driver and all workers share.

    mapping: as `ingest.read` takes it. partitions: of the customers; by default by the size of the input. Raises
    InputError, with all problems that were found, where an input cannot be used.
    """
    if (store := store_named(paths, mapping)) is not None:
        return _replayed_store(spark, scenario, store.absolute(), partitions)
    return _replayed(scenario, inputs_of_paths(spark, paths, mapping), partitions)


def replay_frame(
    scenario: Scenario, frame: DataFrame, mapping: WantedMapping = None, partitions: int | None = None, name: str = "usage"
) -> SparkReplay:
    """Replays usage in a DataFrame, whose order is the order of the input. name: as messages and `rejects` give it.

    Otherwise as `replay_paths`.
    """
    return _replayed(scenario, [input_of_frame(frame, mapping, name)], partitions)


def _replayed_store(spark: SparkSession, scenario: Scenario, store: Path, partitions: int | None) -> SparkReplay:
    opened = open_store(store)
    scenario = scenario.model_copy(update={"window": scenario.window or default_window(opened.usage, scenario.catalog.days)})
    assert scenario.window is not None
    scenario = settled(scenario, opened.usage, scenario.window)
    payloads = payloads_of_store(spark, scenario, store, opened.usage, opened.report, partitions)
    return _outcome(scenario, payloads, lambda _told: (opened.report, places_of_rejects(opened.report)))


def _replayed(scenario: Scenario, inputs: Sequence[Input], partitions: int | None) -> SparkReplay:
    if scenario.corrections == "net":
        inputs = [given.with_corrections for given in inputs]
    events = _by_customer(inputs, partitions, request_prices(scenario))
    if scenario.window is not None:
        return _of_events(scenario, inputs, events)
    events.persist()
    try:
        return _of_events(_with_default_window(scenario, events), inputs, events)
    finally:
        events.unpersist()


def _by_customer(inputs: Sequence[Input], partitions: int | None, prices: RequestPrices | None) -> DataFrame:
    """Events (`EVENT_COLUMNS`), those of a customer in one partition and in the order of the input."""
    readings = [replace(given.reading, prices=prices) for given in inputs]
    read = [
        in_tasks(given.rows, partial(read_partition, reading), EVENT_COLUMNS)
        for given, reading in zip(inputs, readings, strict=True)
    ]
    events = reduce(DataFrame.unionByName, read)
    return events.repartition(partitions or _partitions(inputs), "customer").sortWithinPartitions("customer", "ordinal")


def _partitions(inputs: Sequence[Input]) -> int:
    """One for each core at least, and several for each part that Spark reads: sorting one should not need the disk."""
    parts = sum(given.rows.rdd.getNumPartitions() for given in inputs)
    return max(inputs[0].rows.sparkSession.sparkContext.defaultParallelism, PARTITIONS_FOR_A_PART * parts)


def _with_default_window(scenario: Scenario, events: DataFrame) -> Scenario:
    """The scenario with the whole months that cover everybody's usage as its window (billing-rules 2.5)."""
    spans = in_tasks(events, span_of_partition, SPAN_COLUMNS)
    first, last = spans.agg(f.min("first"), f.max("last")).collect()[0]
    window = default_window(_usage_at([] if first is None else [moment(first), moment(last)]), scenario.catalog.days)
    return scenario.model_copy(update={"window": window})


def _settled(scenario: Scenario, events: DataFrame) -> Scenario:
    """The scenario with what its promo codes with limits come to over everybody (billing-rules 9.3): one pass, where it has some."""
    if not has_limits(scenario):
        return scenario
    assert scenario.window is not None
    firsts = in_tasks(
        events, partial(first_uses_of_partition, scenario.window, scenario.catalog.time_zone), FIRST_COLUMNS
    ).collect()
    moments = [moment(row["first"]) for row in firsts]
    usage = Usage.from_events([row["customer"] for row in firsts], moments, ["feature"] * len(firsts), [1] * len(firsts))
    return settled(scenario, usage, scenario.window)


@dataclass(frozen=True)
class _Told:
    """What tasks said beside tables: contents of each kind, the counts of all of them, and everything they handed over."""

    contents: dict[str, list[bytes]]
    counts: Counts
    payloads: DataFrame


def _of_events(scenario: Scenario, inputs: Sequence[Input], events: DataFrame) -> SparkReplay:
    scenario = _settled(scenario, events)
    payloads = in_tasks(events, partial(replay_partition, scenario, _files_of(inputs)), PAYLOAD_COLUMNS)
    return _outcome(scenario, payloads, partial(_account_of_inputs, inputs))


def _account_of_inputs(inputs: Sequence[Input], told: _Told) -> tuple[IngestReport, RejectPlaces]:
    """The report on reading, put together from the tallies, and where rejected rows stand."""
    tallies = [Tally.from_bytes(content) for content in told.contents[TALLY]]
    places = reject_places(inputs, tallies)
    rejects = (
        first_rejects(told.payloads, places) if any(tally.reasons for tally in tallies) else NUMBERED_REJECTS.empty_table()
    )
    readings = readings_of(inputs, tallies, rejects)
    _raise([problem for reading in readings for problem in nothing_usable(reading)])
    return report_of(readings, told.counts, rejects), places


def _outcome(
    scenario: Scenario, payloads: DataFrame, account: Callable[[_Told], tuple[IngestReport, RejectPlaces]]
) -> SparkReplay:
    """The replay, done: one pass over the events, whose tables stay on the cluster."""
    schemas = _schemas(scenario)
    payloads = payloads.persist()
    kinds = (TALLY, COUNTS, PROBLEM, SUMS)
    try:
        found = payloads.where(payloads.kind.isin(*kinds)).collect()
        contents = {kind: [bytes(row.payload) for row in found if row.kind == kind] for kind in kinds}
        _raise(problems_of(contents[PROBLEM]))
        counts = Counts.total(Counts(**json.loads(content)) for content in contents[COUNTS])
        report, places = account(_Told(contents, counts, payloads))
        without_usage = _without_usage(scenario, counts)
        sums = Sums.total([without_usage.sums, *map(sums_from_bytes, contents[SUMS])])
        if sums.customers == 0:
            _raise(nobody_replayed(scenario, _usage_of_span(counts), sums.left_out).problems)
    except BaseException:
        payloads.unpersist()
        raise
    whole = payloads if without_usage.sums.customers == 0 else _with_piece(payloads, without_usage)
    return SparkReplay(Outcome(scenario, report, used_up(counts.features), sums), whole, schemas, places, payloads)


def _without_usage(scenario: Scenario, counts: Counts) -> Piece:
    """The piece, on the driver, of those whose subscription rows are all that there is of them."""
    seen = set(counts.subscribed)
    return replay_piece(scenario, [row for row in scenario.customer_rows if row.customer_id not in seen], _usage_at([]))


def _with_piece(payloads: DataFrame, piece: Piece) -> DataFrame:
    """The tasks' tables, and those of another piece."""
    return payloads.unionByName(payloads.sparkSession.createDataFrame(pa.Table.from_batches(encoded(piece))))


def _files_of(inputs: Sequence[Input]) -> InputFiles:
    """The files of the inputs, by number, and what their mappings say of duplicates."""
    mappings = [given.mapping for given in inputs]
    return InputFiles(
        tuple(accumulate((len(given.files) for given in inputs[:-1]), initial=0)),
        tuple(mapping.has("event_id") for mapping in mappings),
        takes_last=any(mapping.rules.duplicates == "last" for mapping in mappings),
    )


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(problems)


def _usage_of_span(counts: Counts) -> Usage:
    """Usage from the first to the last time of all that there is."""
    return _usage_at([moment(at) for at in (counts.first, counts.last) if at is not None])


def _schemas(scenario: Scenario) -> dict[str, pa.Schema]:
    """The schema of each result table: that of a replay of one event."""
    assert scenario.window is not None
    probe = replay_piece(scenario, (), _usage_at([moment(scenario.window.span(scenario.catalog.days)[0])]))
    return {name: without_dictionaries(table).schema for name, table in probe.tables.items()}


def _usage_at(moments: Sequence[datetime]) -> Usage:
    """One event at each of these times, to ask the local replay what it makes of them."""
    count = len(moments)
    return Usage.from_events(["customer"] * count, moments, ["feature"] * count, [1] * count)
