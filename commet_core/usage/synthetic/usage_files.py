"""Writes usage to files that the simulator, and others, can read (interfaces.md, Usage)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICRO_DECIMALS
from commet_core.foundation.whole_files import file_written_whole
from commet_core.usage.tokens import TOKEN_COLUMNS

ROWS_PER_BATCH = 1_000_000
VALUE_TYPE = pa.decimal128(18, MICRO_DECIMALS)

FILE_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("feature", pa.string()),
        ("value", VALUE_TYPE),
        ("event_id", pa.string()),
    ]
)

TOKENS_SCHEMA = pa.schema([("model", pa.string()), *((name, pa.int64()) for name in TOKEN_COLUMNS)])
"""Columns after those above, where events use AI models."""

PARQUET_OPTIONS = {
    "compression": "zstd",
    "use_dictionary": ["customer_id", "feature", "value", "model"],
    "column_encoding": {"timestamp": "DELTA_BINARY_PACKED", "event_id": "DELTA_BYTE_ARRAY"},
}


def write_usage(table: pa.Table, path: Path | str) -> None:
    """Writes a table with the columns of `usage.EVENT_SCHEMA` to a .parquet or .csv file, and an `event_id` per row.

    The file is there whole or not at all. Raises InputError for another suffix or where it cannot be written.
    """
    path = Path(path)
    writers: dict[str, Callable[[pa.Table, Path], None]] = {".parquet": _write_parquet, ".csv": _write_csv}
    if path.suffix.lower() not in writers:
        raise InputError.of(
            str(path), f"usage is not written as {path.suffix or 'a file without suffix'}", "Use .parquet or .csv"
        )
    with file_written_whole(path) as unfinished:
        writers[path.suffix.lower()](table, unfinished)


def _write_parquet(table: pa.Table, path: Path) -> None:
    with pa.parquet.ParquetWriter(path, _file_schema(table), **PARQUET_OPTIONS) as writer:
        for rows in _file_rows(table):
            writer.write_table(rows)


def _write_csv(table: pa.Table, path: Path) -> None:
    options = pa.csv.WriteOptions(quoting_style="needed" if _needs_quotes(table) else "none", quoting_header="none")
    schema = pa.schema([(name, pa.string()) for name in _file_schema(table).names])
    with pa.csv.CSVWriter(path, schema, write_options=options) as writer:
        for rows in _file_rows(table):
            texts = [
                rows["customer_id"],
                _iso_times(rows["timestamp"]),
                rows["feature"],
                _plain_texts(rows["value"]),
                rows["event_id"],
                *(rows[name].cast(pa.string()) for name in rows.column_names[len(FILE_SCHEMA) :]),
            ]
            writer.write_table(pa.table(texts, schema=schema))


def _needs_quotes(table: pa.Table) -> bool:
    """Whether a name holds what CSV must quote. (Where one does, all texts are quoted.)"""
    names = [pc.unique(table[column]).cast(pa.string()) for column in ("customer_id", "feature")]
    return any(pc.any(pc.match_substring_regex(texts, '[",\\r\\n]')).as_py() for texts in names)


def _file_schema(table: pa.Table) -> pa.Schema:
    return pa.schema([*FILE_SCHEMA, *TOKENS_SCHEMA]) if "model" in table.column_names else FILE_SCHEMA


def _file_rows(table: pa.Table) -> Iterator[pa.Table]:
    """The table with the columns of a file, a batch of rows at a time."""
    schema = _file_schema(table)
    for first in range(0, max(table.num_rows, 1), ROWS_PER_BATCH):
        rows = table.slice(first, ROWS_PER_BATCH)
        columns = [
            rows["customer_id"].cast(pa.string()),
            rows["timestamp"],
            rows["feature"].cast(pa.string()),
            _decimals(rows["value"]),
            _event_ids(first, rows.num_rows),
            *(rows[field.name].cast(field.type) for field in schema if field.name in TOKENS_SCHEMA.names),
        ]
        yield pa.table(columns, schema=schema)


def _decimals(micros: pa.ChunkedArray) -> pa.Array:
    """int64 micros ≥ 0 as decimals: the same digits, with the point six places from the right."""
    digits = np.zeros((len(micros), 2), "<i8")
    digits[:, 0] = micros.to_numpy()
    return pa.Array.from_buffers(VALUE_TYPE, len(micros), [None, pa.py_buffer(digits)])


def _event_ids(first: int, count: int) -> pa.Array:
    numbers = pa.array(np.arange(first + 1, first + count + 1)).cast(pa.string())
    return pc.binary_join_element_wise("evt_", pc.utf8_lpad(numbers, 9, "0"), "")


def _iso_times(times: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = times.cast(pa.timestamp("us")).cast(pa.string())
    texts = pc.utf8_rtrim(pc.utf8_rtrim(pc.replace_substring(texts, " ", "T"), "0"), ".")
    return pc.binary_join_element_wise(texts, "Z", "")


def _plain_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals without trailing zeros."""
    return pc.utf8_rtrim(pc.utf8_rtrim(values.cast(pa.string()), "0"), ".")
