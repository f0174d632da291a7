"""What tasks hand over beside events: tables as Arrow streams, sums, and problems; each a row of a kind and its bytes."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from commet_core.engine.pieces import Sums
from commet_core.foundation.errors import InputError, Problem

REJECTS: Final = "rejects"
TALLY: Final = "tally"
COUNTS: Final = "counts"
PROBLEM: Final = "problem"
SUMS: Final = "sums"

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


def sums_to_bytes(sums: Sums) -> bytes:
    """What adds up of a piece; `sums_from_bytes` gives it back. Only what the same program wrote is read."""
    return pickle.dumps(sums)


def sums_from_bytes(content: bytes) -> Sums:
    found: Sums = pickle.loads(content)  # noqa: S301  # Spark hands us what our own task wrote, as it does its functions
    return found


def problems_of(contents: Iterable[bytes]) -> list[Problem]:
    """The problems that tasks found, each once."""
    return list(dict.fromkeys(Problem(*parts) for content in contents for parts in json.loads(content)))
