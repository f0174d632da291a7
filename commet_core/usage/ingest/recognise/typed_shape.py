"""The shape of rows whose columns have types: of a Parquet file, or in Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import duckdb
import pyarrow as pa

from commet_core.foundation.duckdbs import lent_duckdb
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.damaged_files import damaged_parquet
from commet_core.usage.ingest.reading.duckdb_sources import ARROW_SOURCE, PARQUET_SOURCE, identifier, literal_path
from commet_core.usage.ingest.reading.nested_terms import in_struct as struct_value
from commet_core.usage.ingest.reading.typed_terms import as_text
from commet_core.usage.ingest.recognise.columns import REQUIRED
from commet_core.usage.ingest.recognise.file_shape import PREVIEW_ROWS, SNIFFED_ROWS, FileShape, Format
from commet_core.usage.ingest.recognise.nested import NestedValue, in_struct
from commet_core.usage.ingest.recognise.nested_sample import names_with, with_json
from commet_core.usage.ingest.recognise.plain_parquet import durations, first_rows
from commet_core.usage.ingest.recognise.sample import Sample
from commet_core.usage.ingest.recognise.shapes import recognise_shape


def parquet_shape(path: Path) -> FileShape:
    """Raises InputError where the file is damaged."""
    if (found := first_rows(path)) is not None:
        shape = _shape_of(path.name, "parquet", found.columns, found.types, (), found.rows)
        return replace(shape, path=path, rows=found.count)
    parameters = {"path": literal_path(path)}
    with lent_duckdb() as connection:
        try:
            shape = _typed_shape(
                path.name, "parquet", connection.sql(f"FROM {PARQUET_SOURCE}", params=parameters), durations(path)
            )
            count = f"SELECT count(*) FROM {PARQUET_SOURCE}"  # noqa: S608  (constants)
            ((rows,),) = connection.sql(count, params=parameters).fetchall()
        except (duckdb.Error, UnicodeError, RuntimeError):  # the last two: names that are not UTF-8
            raise damaged_parquet(path.name) from None
    return replace(shape, path=path, rows=int(rows))


def arrow_shape(source: ArrowSource) -> FileShape:
    """Of the schema where it says enough, else of the first rows too."""
    if source.schema is None:
        return _table_shape(source, _first_rows(source.open))
    shape = _table_shape(source, source.schema.empty_table())
    by_names = shape.recognised.code in ("own", "other") and all(shape.mapping.has(ours) for ours in REQUIRED)
    return shape if by_names or source.first is None else _table_shape(source, _first_rows(source.first))


def _table_shape(source: ArrowSource, table: pa.Table) -> FileShape:
    with lent_duckdb() as connection:
        connection.register(ARROW_SOURCE, table)
        shape = _typed_shape(source.name, "arrow", connection.sql(f"FROM {ARROW_SOURCE}"))
    return replace(shape, columns=tuple(table.schema.names), rows=source.rows or 0, source=source)


def _first_rows(open_rows: Callable[[], AbstractContextManager[pa.RecordBatchReader]]) -> pa.Table:
    with open_rows() as reader:
        first = next(iter(reader), None)
        return pa.Table.from_batches([] if first is None else [first.slice(0, SNIFFED_ROWS)], reader.schema)


def _typed_shape(
    file: str, form: Format, relation: duckdb.DuckDBPyRelation, lengths: Mapping[tuple[str, ...], str] = MappingProxyType({})
) -> FileShape:
    """The shape of rows whose columns have types. lengths: the types of lengths of time, by their keys."""
    columns = tuple(relation.columns)
    types = tuple(lengths.get((name,), str(kind)) for name, kind in zip(columns, relation.types, strict=True))
    structs = [value for name, kind in zip(columns, relation.types, strict=True) for value in in_struct(name, kind)]
    structs = [replace(value, type=lengths.get(value.keys, value.type)) for value in structs]
    terms = [as_text(identifier(name), kind) for name, kind in zip(columns, types, strict=True)]
    terms += [as_text(struct_value(identifier(value.keys[0]), value.keys[1:]), value.type) for value in structs]
    rows = relation.project(", ".join(terms)).limit(SNIFFED_ROWS).fetchall()
    return _shape_of(file, form, columns, types, structs, rows)


def _shape_of(
    file: str,
    form: Format,
    columns: tuple[str, ...],
    types: tuple[str, ...],
    structs: Sequence[NestedValue],
    rows: Sequence[tuple[str | None, ...]],
) -> FileShape:
    """rows: the first, a text for each column and then for each value in structs."""
    named = [*columns, *(value.name for value in structs)]
    preview = tuple(row[: len(columns)] for row in rows[:PREVIEW_ROWS])
    nested, sample = with_json(columns, [dict(zip(named, row, strict=True)) for row in rows])
    nested = (*structs, *nested)
    sample = Sample(names_with(columns, nested), sample.rows)
    recognised = recognise_shape(sample)
    return FileShape(Path(), file, form, columns, types, preview, recognised, 0, nested=nested, sample=sample)
