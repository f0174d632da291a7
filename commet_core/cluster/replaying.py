"""What a task does with its customers: the same replay as on one machine, group by group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import reduce
from itertools import zip_longest
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.cluster.customers import EVENTS_PER_GROUP, CustomerGroup, customer_groups, split_notes
from commet_core.cluster.payload import COUNTS, LEFT_OUT, PROBLEM, left_out_to_json, payload, problems_to_json, to_ipc
from commet_core.engine.replay import Replay, replay_subscribers
from commet_core.engine.results import without_dictionaries
from commet_core.engine.tables import TABLES
from commet_core.foundation.calendar import DAY, day_number
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.timeline.subscribers import find_subscribers
from commet_core.usage.usage import Usage

SPAN_COLUMNS: Final = "first long, last long"
SPAN_SCHEMA: Final = pa.schema([("first", pa.int64()), ("last", pa.int64())])


@dataclass
class Counts:
    """Rows of a partition: usable ones, those in the window, duplicates of each input; the usage's span in microseconds; and
    its features.

    customers    those that were replayed
    left_out     rows in the window of customers whose actions make no sense
    subscribed   customers that have subscription rows
    """

    usable: int = 0
    used: int = 0
    duplicates: list[int] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    features: list[str] = field(default_factory=list)
    customers: int = 0
    left_out: int = 0
    subscribed: list[str] = field(default_factory=list)

    def add(self, group: CustomerGroup, used: int) -> None:
        first, last = group.span
        self.usable += group.usage.event_count
        self.used += used
        self.duplicates = _added(self.duplicates, group.duplicates)
        self.first = first if self.first is None else min(first, self.first)
        self.last = last if self.last is None else max(last, self.last)
        self.features = sorted({*self.features, *group.usage.features})

    def add_replay(self, replayed: Replay) -> None:
        self.customers += replayed.runs[0].customer_count
        self.left_out += replayed.events_left_out
        self.subscribed += {row.customer_id for row in replayed.scenario.subscriptions}

    @classmethod
    def total(cls, parts: Iterable[Counts]) -> Counts:
        parts = [part for part in parts if part.usable]
        return cls(
            usable=sum(part.usable for part in parts),
            used=sum(part.used for part in parts),
            duplicates=reduce(_added, (part.duplicates for part in parts), []),
            first=min((part.first for part in parts if part.first is not None), default=None),
            last=max((part.last for part in parts if part.last is not None), default=None),
            features=sorted({feature for part in parts for feature in part.features}),
            customers=sum(part.customers for part in parts),
            left_out=sum(part.left_out for part in parts),
            subscribed=[customer for part in parts for customer in part.subscribed],
        )


def _added(counts: list[int], more: list[int]) -> list[int]:
    return [one + other for one, other in zip_longest(counts, more, fillvalue=0)]


def replay_partition(
    scenario: Scenario,
    first_files: Sequence[int],
    batches: Iterable[pa.RecordBatch],
    group_events: int = EVENTS_PER_GROUP,
) -> Iterator[pa.RecordBatch]:
    """Events of whole customers, sorted → result tables of each group, notes, and counts: rows of `PAYLOAD_COLUMNS`.

    The scenario has a window; first_files: as `customer_groups` takes them. What is wrong with an input is a row too, so that
    the problems of all partitions are told. Subscription rows of customers without usage are nobody's here.
    """
    notes: list[tuple[str, bytes]] = []
    yield from replay_groups(scenario, customer_groups(split_notes(batches, notes), first_files, group_events))
    yield from (payload(kind, content) for kind, content in notes)


def replay_groups(scenario: Scenario, groups: Iterable[CustomerGroup]) -> Iterator[pa.RecordBatch]:
    """Whole customers → result tables of each group, problems and counts, as `replay_partition`."""
    assert scenario.window is not None
    counts = Counts()
    rows = rows_by_customer(scenario.subscriptions)
    try:
        for group in groups:
            used = _events_within(group.usage, scenario.window)
            counts.add(group, used)
            own = [row for customer in group.usage.customers.to_pylist() for row in rows.get(customer, ())] if rows else []
            if used or own:
                replayed = replay_group(scenario, own, group.usage)
                counts.add_replay(replayed)
                yield from payloads_of(replayed)
    except InputError as error:
        yield payload(PROBLEM, problems_to_json(error))
    yield payload(COUNTS, json.dumps(asdict(counts)).encode())


def rows_by_customer(rows: Iterable[SubscriptionRow]) -> dict[str, list[SubscriptionRow]]:
    """Subscription rows of each customer, in their order."""
    found: dict[str, list[SubscriptionRow]] = {}
    for row in rows:
        found.setdefault(row.customer_id, []).append(row)
    return found


def replay_group(scenario: Scenario, rows: Sequence[SubscriptionRow], usage: Usage) -> Replay:
    """The replay of some customers with their own subscription rows; there may be nobody."""
    assert scenario.window is not None
    own = scenario.model_copy(update={"subscriptions": tuple(rows)})
    return replay_subscribers(own, find_subscribers(own, usage, scenario.window))


def payloads_of(replayed: Replay) -> Iterator[pa.RecordBatch]:
    """The tables of a replay, and the subscription rows that make no sense."""
    yield from (payload(name, to_ipc(without_dictionaries(replayed.table(name)))) for name in TABLES)
    if replayed.problems:
        yield payload(LEFT_OUT, left_out_to_json(replayed.subscribers.problems))


def span_of_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Events of whole customers, sorted → the first and the last time of each group: rows of `SPAN_COLUMNS`."""
    for group in customer_groups(split_notes(batches, [])):
        first, last = group.span
        yield pa.RecordBatch.from_pydict({"first": [first], "last": [last]}, SPAN_SCHEMA)


def _events_within(usage: Usage, window: Window) -> int:
    first, end = day_number(window.start) * DAY, day_number(window.end) * DAY
    return int(np.count_nonzero((usage.times >= first) & (usage.times < end)))
