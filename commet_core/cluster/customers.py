"""What a task does with the events of its partition, which come sorted: whole customers at a time, as `Usage`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.cluster.reading import FILE_BITS
from commet_core.engine.pieces import EVENTS_PER_PIECE
from commet_core.usage.grouping import EventKeys, Rows
from commet_core.usage.ingest.reading.repeats import differing_repeats, last_of_each, same_in_two_files
from commet_core.usage.ingest.reading.spool import SpooledRows
from commet_core.usage.token_grouping import TokenChunks
from commet_core.usage.tokens import NO_MODEL, TOKEN_COUNTS, TokenRows
from commet_core.usage.usage import Usage, check_feature_count

_COLUMNS: Final = ("customer", "ordinal", "time", "feature", "units", "event", "event_again")
_TOKENS: Final = ("model", *TOKEN_COUNTS)


@dataclass(frozen=True)
class InputFiles:
    """The files of the inputs, which are numbered in their order.

    first: of each input the number of its first file; with_ids: whether its rows have event ids; takes_last: whether of
    rows with the same id the last counts
    """

    first: tuple[int, ...] = (0,)
    with_ids: tuple[bool, ...] = (True,)
    takes_last: bool = False


ONE_FILE: Final = InputFiles()


@dataclass(frozen=True)
class CustomerGroup:
    """Usage of some customers, and how many duplicates of each input were left out of it.

    differing: of them have another time, feature or value than the row that counts. same: rows that stand in two files.
    """

    usage: Usage
    duplicates: list[int]
    differing: int = 0
    same: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Microseconds of the first and the last event."""
        return int(self.usage.times.min()), int(self.usage.times.max())


def split_notes(batches: Iterable[pa.RecordBatch], notes: list[tuple[str, bytes]]) -> Iterator[pa.RecordBatch]:
    """The events of a partition; notes among them, each with its kind, are put on the list."""
    for batch in batches:
        is_event = batch["note"].is_null()
        if is_event.true_count < batch.num_rows:
            found = batch.filter(pc.invert(is_event))
            notes.extend(zip(found["feature"].to_pylist(), found["note"].to_pylist(), strict=True))
        yield batch.filter(is_event)


def customer_groups(
    events: Iterable[pa.RecordBatch], files: InputFiles = ONE_FILE, group_events: int = EVENTS_PER_PIECE
) -> Iterator[CustomerGroup]:
    """Whole customers in groups of about `group_events`: memory is needed for one group, and for the largest customer in it.

    events: sorted by customer, and those of a customer in the order of the input.
    """
    pending: list[pa.RecordBatch] = []
    count = 0
    for batch in events:
        rest = _as_codes(batch)
        while count + rest.num_rows > group_events and (following := _next_customer(pending, rest)) is not None:
            yield _group([*pending, rest.slice(0, following)], files)
            pending, count, rest = [], 0, rest.slice(following)
        pending.append(rest)
        count += rest.num_rows
    if count:
        yield _group(pending, files)


def _as_codes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Customers, features and models as codes, which take a fraction of the memory; tokens where an event has any."""
    named = {name: batch[name].dictionary_encode() for name in ("customer", "feature", "model")}
    columns = _COLUMNS if batch["model"].null_count == batch.num_rows else (*_COLUMNS, *_TOKENS)
    return pa.RecordBatch.from_arrays([named.get(name, batch[name]) for name in columns], names=columns)


def _next_customer(pending: Sequence[pa.RecordBatch], batch: pa.RecordBatch) -> int | None:
    """The first row of the batch that is not of the customer whose events are the last ones pending; None: there is none."""
    last = _customer(pending[-1], -1) if pending else _customer(batch, 0)
    customers = batch["customer"]
    code = pc.index(customers.dictionary, last).as_py()
    other = np.flatnonzero(np.asarray(customers.indices) != code)
    return int(other[0]) if len(other) else None


def _customer(batch: pa.RecordBatch, row: int) -> pa.Scalar:
    return pa.scalar(batch["customer"][row].as_py(), pa.string())


def _group(batches: Sequence[pa.RecordBatch], files: InputFiles) -> CustomerGroup:
    """Events of some customers as `Usage`: the rows of an input stay together, so that its duplicates are counted."""
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    events = pa.concat_tables(tables, promote_options="default").unify_dictionaries().combine_chunks()
    customers, features = (events[name].chunk(0) for name in ("customer", "feature"))
    check_feature_count(len(features.dictionary))
    chunks = _chunks(events, files)
    lost = [0] * len(chunks)
    if files.takes_last:
        chunks, lost = last_of_each(chunks)
    rows, keys = [chunk.rows for chunk in chunks], [chunk.keys for chunk in chunks]
    tokens = _token_chunks(events, chunks)
    usage, duplicates = Usage.from_rows(rows, customers.dictionary, features.dictionary, keys, tokens)
    differing = differing_repeats(chunks) if duplicates.any() else 0
    counts = [count + more for count, more in zip(duplicates.tolist(), lost, strict=True)]
    return CustomerGroup(usage, counts, differing, _same_in_two_files(events, files))


def _chunks(events: pa.Table, files: InputFiles) -> list[SpooledRows]:
    ordinals = events["ordinal"].to_numpy()
    inputs = np.searchsorted(files.first, ordinals >> FILE_BITS, side="right") - 1
    columns, keys, tokens = _rows(events), _event_keys(events), _tokens(events)
    chunks = []
    for place, with_ids in enumerate(files.with_ids):
        part = slice(None) if len(files.first) == 1 else np.flatnonzero(inputs == place)
        own_keys = EventKeys(*(column[part] for column in keys)) if keys is not None and with_ids else None
        own_tokens = None if tokens is None else TokenRows(*(column[part] for column in tokens))
        chunks.append(SpooledRows(place, Rows(*(column[part] for column in columns)), own_keys, own_tokens))
    return chunks


def _rows(events: pa.Table) -> Rows:
    customers, features = (events[name].chunk(0).indices for name in ("customer", "feature"))
    times, units = (events[name].to_numpy() for name in ("time", "units"))
    return Rows(np.asarray(customers), np.asarray(features).astype(np.int16), times, units)


def _same_in_two_files(events: pa.Table, files: InputFiles) -> int:
    """How many rows of inputs without event ids stand in an earlier file too."""
    if all(files.with_ids):
        return 0
    numbers = events["ordinal"].to_numpy() >> FILE_BITS
    columns = _rows(events)
    without = [file for file in np.unique(numbers) if not files.with_ids[np.searchsorted(files.first, file, "right") - 1]]
    parts = [(int(file), np.flatnonzero(numbers == file)) for file in without]
    return same_in_two_files(
        [SpooledRows(file, Rows(*(column[part] for column in columns)), None, None) for file, part in parts]
    )[0]


def _event_keys(events: pa.Table) -> EventKeys | None:
    if events["event"].null_count == events.num_rows:
        return None
    ones, others = (events[name].fill_null(0).to_numpy().view(np.uint64) for name in ("event", "event_again"))
    return EventKeys(ones, others, events["event"].is_valid().to_numpy())


def _tokens(events: pa.Table) -> TokenRows | None:
    """What rows used of AI models; None where no row has tokens."""
    if "model" not in events.column_names:
        return None
    codes = np.asarray(events["model"].chunk(0).indices.fill_null(NO_MODEL)).astype(np.int32)
    return TokenRows(codes, *(events[name].fill_null(0).to_numpy() for name in TOKEN_COUNTS))


def _token_chunks(events: pa.Table, chunks: Sequence[SpooledRows]) -> TokenChunks | None:
    found = [chunk.tokens for chunk in chunks if chunk.tokens is not None]
    return TokenChunks(events["model"].chunk(0).dictionary, found) if found else None
