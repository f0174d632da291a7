"""What tasks hand over beside events: tables as Arrow streams, and problems; each a row of a kind and its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.subscriptions import RowProblem, SubscriptionRow

REJECTS: Final = "rejects"
TALLY: Final = "tally"
COUNTS: Final = "counts"
PROBLEM: Final = "problem"
LEFT_OUT: Final = "left_out"

PAYLOAD_COLUMNS: Final = "kind string, payload binary"
PAYLOAD_SCHEMA: Final = pa.schema([("kind", pa.string()), ("payload", pa.binary())])


def payload(kind: str, content: bytes) -> pa.RecordBatch:
    """One row of `PAYLOAD_COLUMNS`."""
    return pa.RecordBatch.from_arrays([pa.array([kind]), pa.array([content], pa.binary())], schema=PAYLOAD_SCHEMA)


def to_ipc(table: pa.Table) -> bytes:
    """A table as an Arrow stream, compressed."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def from_ipc(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(content).read_all()


def problems_to_json(error: InputError) -> bytes:
    return json.dumps([[problem.where, problem.what, problem.fix] for problem in error.problems]).encode()


def left_out_to_json(problems: Iterable[RowProblem]) -> bytes:
    """Subscription rows that make no sense."""
    return json.dumps([[one.row.model_dump(), one.column, one.what, one.fix] for one in problems]).encode()


def left_out_of(contents: Iterable[bytes]) -> tuple[RowProblem, ...]:
    """The subscription rows that make no sense, in the order of the file."""
    found = [RowProblem(SubscriptionRow(**row), *words) for content in contents for row, *words in json.loads(content)]
    return tuple(sorted(found, key=lambda problem: problem.row.line))


def problems_of(contents: Iterable[bytes]) -> list[Problem]:
    """The problems that tasks found, each once."""
    return list(dict.fromkeys(Problem(*parts) for content in contents for parts in json.loads(content)))
