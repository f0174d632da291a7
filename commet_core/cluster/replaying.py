"""What a task does with its customers: pieces, as on one machine, each encoded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import reduce
from itertools import zip_longest
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.cluster.customers import CustomerGroup, InputFiles, customer_groups, split_notes
from commet_core.cluster.payload import COUNTS, PROBLEM, SUMS, payload, problems_to_json, sums_to_bytes, to_ipc
from commet_core.engine.pieces import EVENTS_PER_PIECE, Piece, replay_piece
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.days import days_in
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import CustomerRow, Scenario
from commet_core.timeline.window import events_within, has_events
from commet_core.usage.ingest.reading.levels import level_notes, nothing_notes
from commet_core.usage.profile import RowsSeen

SPAN_COLUMNS: Final = "first long, last long"
FIRST_COLUMNS: Final = "customer string, first long"
FIRST_SCHEMA: Final = pa.schema([("customer", pa.string()), ("first", pa.int64())])
SPAN_SCHEMA: Final = pa.schema([("first", pa.int64()), ("last", pa.int64())])


@dataclass
class Counts:
    """Rows of a partition: usable ones, duplicates of each input; the usage's span in microseconds; and its features.

    differing    duplicates that differ from the row that counts; same: rows that stand in two files
    rows_seen    of `profile.RowsSeen`
    subscribed   customers that have subscription rows
    said         (what a sentence is about, the sentence) on levels and on names that stand for none
    """

    usable: int = 0
    duplicates: list[int] = field(default_factory=list)
    differing: int = 0
    same: int = 0
    rows_seen: list[int] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    features: list[str] = field(default_factory=list)
    subscribed: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def add(self, group: CustomerGroup, rows: Iterable[CustomerRow]) -> None:
        first, last = group.span
        self.usable += group.usage.event_count
        self.duplicates = _added(self.duplicates, group.duplicates)
        self.differing += group.differing
        self.same += group.same
        self.rows_seen = _added(self.rows_seen, list(RowsSeen.of(group.usage)))
        self.first = first if self.first is None else min(first, self.first)
        self.last = last if self.last is None else max(last, self.last)
        self.features = sorted({*self.features, *group.usage.features})
        self.subscribed += {row.customer_id for row in rows}
        self.said = level_notes(group.usage) | nothing_notes(group.usage) | self.said

    @classmethod
    def total(cls, parts: Iterable[Counts]) -> Counts:
        parts = [part for part in parts if part.usable]
        return cls(
            usable=sum(part.usable for part in parts),
            duplicates=reduce(_added, (part.duplicates for part in parts), []),
            differing=sum(part.differing for part in parts),
            same=sum(part.same for part in parts),
            rows_seen=reduce(_added, (part.rows_seen for part in parts), []),
            first=min((part.first for part in parts if part.first is not None), default=None),
            last=max((part.last for part in parts if part.last is not None), default=None),
            features=sorted({feature for part in parts for feature in part.features}),
            subscribed=[customer for part in parts for customer in part.subscribed],
            said={about: sentence for part in parts for about, sentence in sorted(part.said.items())},
        )


def _added(counts: list[int], more: list[int]) -> list[int]:
    return [one + other for one, other in zip_longest(counts, more, fillvalue=0)]


def replay_partition(
    scenario: Scenario,
    files: InputFiles,
    batches: Iterable[pa.RecordBatch],
    group_events: int = EVENTS_PER_PIECE,
) -> Iterator[pa.RecordBatch]:
    """Events of whole customers, sorted → result tables of each group, notes, and counts: rows of `PAYLOAD_COLUMNS`.

    The scenario has a window; files: as `customer_groups` takes them. What is wrong with an input is a row too, so that
    the problems of all partitions are told. Subscription rows of customers without usage are nobody's here.
    """
    notes: list[tuple[str, bytes]] = []
    yield from replay_groups(scenario, customer_groups(split_notes(batches, notes), files, group_events))
    yield from (payload(kind, content) for kind, content in notes)


def replay_groups(scenario: Scenario, groups: Iterable[CustomerGroup]) -> Iterator[pa.RecordBatch]:
    """Whole customers → result tables of each group, problems and counts, as `replay_partition`."""
    assert scenario.window is not None
    counts = Counts()
    rows = rows_by_customer(scenario.customer_rows)
    try:
        for group in groups:
            own = [row for customer in group.usage.customers.to_pylist() for row in rows.get(customer, ())] if rows else []
            counts.add(group, own)
            if own or has_events(group.usage, scenario.window, scenario.catalog.days):
                yield from encoded(replay_piece(scenario, own, group.usage))
    except InputError as error:
        yield payload(PROBLEM, problems_to_json(error))
    yield payload(COUNTS, json.dumps(asdict(counts)).encode())


def rows_by_customer(rows: Iterable[CustomerRow]) -> dict[str, list[CustomerRow]]:
    """Rows of each customer, in their order."""
    found: dict[str, list[CustomerRow]] = {}
    for row in rows:
        found.setdefault(row.customer_id, []).append(row)
    return found


def encoded(piece: Piece) -> Iterator[pa.RecordBatch]:
    """A piece as rows of `PAYLOAD_COLUMNS`."""
    yield from (payload(name, to_ipc(without_dictionaries(table))) for name, table in piece.tables.items())
    yield payload(SUMS, sums_to_bytes(piece.sums))


def first_uses_of_partition(window: Window, zone: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Events of whole customers, sorted → when each first uses something in the window: rows of `FIRST_COLUMNS`."""
    for group in customer_groups(split_notes(batches, [])):
        firsts, lasts = events_within(group.usage, window, days_in(zone))
        used = np.flatnonzero(lasts > firsts)
        columns = [group.usage.customers.take(pa.array(used)), pa.array(group.usage.times[firsts[used]])]
        yield pa.RecordBatch.from_arrays(columns, schema=FIRST_SCHEMA)


def span_of_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Events of whole customers, sorted → the first and the last time of each group: rows of `SPAN_COLUMNS`."""
    for group in customer_groups(split_notes(batches, [])):
        first, last = group.span
        yield pa.RecordBatch.from_pydict({"first": [first], "last": [last]}, SPAN_SCHEMA)
