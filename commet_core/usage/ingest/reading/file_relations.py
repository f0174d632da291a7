"""Each format as a relation that `usage_query` reads: one row per record, a term for each column that is mapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from commet_core.usage.ingest.reading.csv_records import RECORD_BYTES_MAX, Layout
from commet_core.usage.ingest.reading.duckdb_sources import (
    ARROW_SOURCE,
    PARQUET_SOURCE,
    array_source,
    documents_source,
    identifier,
    literal_path,
    unfolded_source,
)
from commet_core.usage.ingest.reading.later_columns import with_later_columns
from commet_core.usage.ingest.reading.nested_terms import pointer
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.row_terms import inexact_json, relation_of, with_nested
from commet_core.usage.ingest.reading.typed_terms import typed_term
from commet_core.usage.ingest.reading.unit_terms import with_units_apart
from commet_core.usage.ingest.reading.usage_query import Relation, Term
from commet_core.usage.ingest.recognise.columns import ColumnMapping
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.nested import NestedValue
from commet_core.usage.ingest.rejects.reasons import Reason

FILE: Final = "filename"
"""DuckDB's column for the path of a row's file."""


def layout_of(shape: FileShape) -> Layout:
    """How the records of a text file are written."""
    if shape.format != "csv":
        return Layout(field_count=1)
    return Layout(len(shape.columns), shape.delimiter or ",", '"', header_records=1 + len(shape.above))


def relation(shape: FileShape, mapping: ColumnMapping, mended: Path | None = None, paths: Sequence[Path] = ()) -> Relation:
    """A file read through a mapping; of Arrow batches the rows registered as `ARROW_SOURCE`.

    mended: a copy without broken records, which is read by one thread, as quotes may span lines. paths: several files of
    this shape, read as one.
    """
    mapping = with_later_columns(shape, mapping)
    return relation_of(rows_of(shape, mapping, mended, paths), mapping)


def rows_of(
    shape: FileShape,
    mapping: ColumnMapping,
    mended: Path | None = None,
    paths: Sequence[Path] = (),
    also: Sequence[str] = (),
) -> Rows:
    """The rows of a file, with a term for each name that the mapping reads, and `also` for these; otherwise as `relation`."""
    names = [*mapping.all_names(), *also]
    if shape.format == "arrow":
        rows = _typed_rows(shape, names, ARROW_SOURCE, {})
    elif shape.format == "parquet":
        rows = _typed_rows(shape, names, PARQUET_SOURCE, {"path": literal_path(shape.path)})
    elif shape.format == "json array":
        rows = _json(json_source(shape), {"path": literal_path(shape.path)}, shape, names)
    else:
        rows = _text_rows(shape, names, mended, paths)
    return with_units_apart(rows, mapping)


def json_source(shape: FileShape) -> str:
    """The rows of a JSON array, or of documents that hold arrays, as a relation with the column `json`."""
    if not shape.rows_at:
        return array_source(shape.compressed)
    with shape.path.open("rb") as file:
        is_array = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") and not shape.compressed
    documents = array_source(shape.compressed) if is_array else documents_source(shape.path, shape.compressed)
    return unfolded_source(documents, shape.rows_at, around=shape.has_around)


def _typed_rows(shape: FileShape, names: Sequence[str], sql: str, parameters: Mapping[str, object]) -> Rows:
    columns = {name: typed_term(identifier(name), kind) for name, kind in zip(shape.columns, shape.types, strict=True)}
    return with_nested(Rows(sql, parameters, columns), _nested_read(shape, names))


def _nested_read(shape: FileShape, names: Sequence[str]) -> list[NestedValue]:
    """The values inside objects that are read."""
    return [value for value in shape.nested if value.name in names and value.name not in shape.columns]


def _text_rows(shape: FileShape, names: Sequence[str], mended: Path | None, paths: Sequence[Path]) -> Rows:
    """CSV or JSON lines."""
    is_csv = shape.format == "csv"
    options = {
        "auto_detect": "false",
        "header": str(is_csv).lower(),
        "skip": str(len(shape.above) if mended else shape.skipped),
        "strict_mode": str(is_csv).lower(),
        "quote": "'\"'" if is_csv else "''",
        "escape": "'\"'" if is_csv else "''",
        "compression": "'gzip'" if shape.compressed and not mended else "'none'",
        "max_line_size": str(RECORD_BYTES_MAX),
        "hive_partitioning": "false",
        "parallel": str(mended is None).lower(),
        **({"filename": "true"} if paths else {}),
    }
    written = ", ".join(f"{name} = {value}" for name, value in options.items())
    source = f"read_csv($path, delim = $delimiter, columns = $columns, {written})"
    layout = layout_of(shape)
    fields = [f"c{index}" for index in range(layout.field_count)]
    parameters = {
        "path": [literal_path(path) for path in paths] or literal_path(mended or shape.path),
        "delimiter": layout.delimiter,
        "columns": dict.fromkeys(fields, "VARCHAR"),
    }
    if is_csv:
        columns = {name: Term(f"c{place}") for place, name in enumerate(shape.columns)}
        rows = Rows(source, parameters, columns, file=FILE if paths else None)
        return with_nested(rows, _nested_read(shape, names))
    lines = f"(SELECT c0 AS json{f', {FILE}' if paths else ''} FROM {source} WHERE trim(c0) <> '')"  # noqa: S608  (constants)
    return _json(lines, parameters, shape, names, FILE if paths else None)


def _json(rows: str, parameters: Mapping[str, object], shape: FileShape, names: Sequence[str], file: str | None = None) -> Rows:
    """Rows of one column `json`, of which each value that is read is taken out."""
    in_texts = [value for value in _nested_read(shape, names) if value.text_keys]
    texts = {".".join(keys): keys for keys in (value.keys[: value.text_keys] for value in in_texts)}
    keys_of = {value.name: value.keys for value in shape.nested} | texts
    opened = {value.name for value in in_texts}
    pointers = {name: pointer(keys_of.get(name, (name,))) for name in (*names, *texts) if name not in opened}
    terms = {name: Term(f"found[{place}]") for place, name in enumerate(pointers, start=1)}
    found = "CASE WHEN json_valid(json) THEN json_extract_string(json, $pointers) END AS found"
    inexact = {
        name: inexact_json(terms[name].sql, "json", f"$pointers[{place}]") for place, name in enumerate(pointers, start=1)
    }
    extracted = f"(SELECT json, {found}{f', {file}' if file else ''} FROM {rows})"  # noqa: S608  (constants)
    reason = f"""CASE WHEN NOT json_valid(json) THEN {Reason.NOT_JSON}
        WHEN json_type(json) <> 'OBJECT' THEN {Reason.NOT_AN_OBJECT} ELSE 0 END"""
    with_pointers = {**parameters, "pointers": list(pointers.values())}
    return with_nested(Rows(extracted, with_pointers, terms, inexact, reason, "CAST(json AS VARCHAR)", file), in_texts)
