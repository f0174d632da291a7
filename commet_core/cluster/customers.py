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
from commet_core.usage.token_grouping import TokenChunks
from commet_core.usage.tokens import NO_MODEL, TOKEN_COUNTS, TokenRows
from commet_core.usage.usage import Usage, check_feature_count

_COLUMNS: Final = ("customer", "ordinal", "time", "feature", "units", "event", "event_again")
_TOKENS: Final = ("model", *TOKEN_COUNTS)


@dataclass(frozen=True)
class CustomerGroup:
    """Usage of some customers, and how many duplicates of each input were left out of it."""

    usage: Usage
    duplicates: list[int]

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
    events: Iterable[pa.RecordBatch], first_files: Sequence[int] = (0,), group_events: int = EVENTS_PER_PIECE
) -> Iterator[CustomerGroup]:
    """Whole customers in groups of about `group_events`: memory is needed for one group, and for the largest customer in it.

    events: sorted by customer, and those of a customer in the order of the input; first_files: of each input the number of
    its first file.
    """
    pending: list[pa.RecordBatch] = []
    count = 0
    for batch in events:
        rest = _as_codes(batch)
        while count + rest.num_rows > group_events and (following := _next_customer(pending, rest)) is not None:
            yield _group([*pending, rest.slice(0, following)], first_files)
            pending, count, rest = [], 0, rest.slice(following)
        pending.append(rest)
        count += rest.num_rows
    if count:
        yield _group(pending, first_files)


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


def _group(batches: Sequence[pa.RecordBatch], first_files: Sequence[int]) -> CustomerGroup:
    """Events of some customers as `Usage`: the files of an input stay together, so that its duplicates are counted."""
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    events = pa.concat_tables(tables, promote_options="default").unify_dictionaries().combine_chunks()
    customers, features = (events[name].chunk(0) for name in ("customer", "feature"))
    check_feature_count(len(features.dictionary))
    times, units = (events[name].to_numpy() for name in ("time", "units"))
    rows = Rows(np.asarray(customers.indices), np.asarray(features.indices).astype(np.int16), times, units)
    keys = _event_keys(events)
    parts = _parts(events["ordinal"].to_numpy(), first_files)
    chunks = [Rows(*(column[part] for column in rows)) for part in parts]
    chunk_keys = [None if keys is None else EventKeys(*(column[part] for column in keys)) for part in parts]
    tokens = _tokens(events, parts)
    usage, duplicates = Usage.from_rows(chunks, customers.dictionary, features.dictionary, chunk_keys, tokens)
    return CustomerGroup(usage, duplicates.tolist())


def _event_keys(events: pa.Table) -> EventKeys | None:
    if events["event"].null_count == events.num_rows:
        return None
    ones, others = (events[name].fill_null(0).to_numpy().view(np.uint64) for name in ("event", "event_again"))
    return EventKeys(ones, others, events["event"].is_valid().to_numpy())


def _tokens(events: pa.Table, parts: Sequence[slice | np.ndarray]) -> TokenChunks | None:
    """What the rows of each input used of AI models; None where no row has tokens."""
    if "model" not in events.column_names:
        return None
    models = events["model"].chunk(0)
    codes = np.asarray(models.indices.fill_null(NO_MODEL)).astype(np.int32)
    rows = TokenRows(codes, *(events[name].fill_null(0).to_numpy() for name in TOKEN_COUNTS))
    return TokenChunks(models.dictionary, [TokenRows(*(column[part] for column in rows)) for part in parts])


def _parts(ordinals: np.ndarray, first_files: Sequence[int]) -> list[slice | np.ndarray]:
    """The rows of each input."""
    if len(first_files) == 1:
        return [slice(None)]
    inputs = np.searchsorted(first_files, ordinals >> FILE_BITS, side="right") - 1
    return [np.flatnonzero(inputs == place) for place in range(len(first_files))]
