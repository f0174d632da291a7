"""Each format as a relation that `usage_query` reads: one row per record, a term for each column that is mapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from commet_core.usage.ingest.reading.csv_records import RECORD_BYTES_MAX, Layout
from commet_core.usage.ingest.reading.duckdb_sources import ARROW_SOURCE, PARQUET_SOURCE, array_source, identifier, literal_path
from commet_core.usage.ingest.reading.nested_terms import pointer
from commet_core.usage.ingest.reading.row_terms import Rows, inexact_json, relation_of, with_nested
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


def parquet_relation(shape: FileShape, mapping: ColumnMapping) -> Relation:
    return relation_of(_typed_rows(shape, mapping, PARQUET_SOURCE, {"path": literal_path(shape.path)}), mapping)


def arrow_relation(shape: FileShape, mapping: ColumnMapping) -> Relation:
    """Rows registered as `ARROW_SOURCE`."""
    return relation_of(_typed_rows(shape, mapping, ARROW_SOURCE, {}), mapping)


def _typed_rows(shape: FileShape, mapping: ColumnMapping, sql: str, parameters: Mapping[str, object]) -> Rows:
    columns = {name: Term(identifier(name), kind) for name, kind in zip(shape.columns, shape.types, strict=True)}
    return with_nested(Rows(sql, parameters, columns), _nested_read(shape, mapping))


def _nested_read(shape: FileShape, mapping: ColumnMapping) -> list[NestedValue]:
    """The values inside objects that the mapping reads."""
    names = set(mapping.all_names())
    return [value for value in shape.nested if value.name in names and value.name not in shape.columns]


def text_relation(shape: FileShape, mapping: ColumnMapping, mended: Path | None = None, paths: Sequence[Path] = ()) -> Relation:
    """CSV or JSON lines.

    mended: a copy without broken records, which is read by one thread, as quotes may span lines. paths: several files of
    this shape, read as one.
    """
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
    relation = f"read_csv($path, delim = $delimiter, columns = $columns, {written})"
    layout = layout_of(shape)
    names = [f"c{index}" for index in range(layout.field_count)]
    parameters = {
        "path": [literal_path(path) for path in paths] or literal_path(mended or shape.path),
        "delimiter": layout.delimiter,
        "columns": dict.fromkeys(names, "VARCHAR"),
    }
    if is_csv:
        columns = {name: Term(f"c{place}") for place, name in enumerate(shape.columns)}
        rows = Rows(relation, parameters, columns, file=FILE if paths else None)
        return relation_of(with_nested(rows, _nested_read(shape, mapping)), mapping)
    lines = f"(SELECT c0 AS json{f', {FILE}' if paths else ''} FROM {relation} WHERE trim(c0) <> '')"  # noqa: S608  (constants)
    return _json(lines, parameters, shape, mapping, FILE if paths else None)


def json_array_relation(shape: FileShape, mapping: ColumnMapping) -> Relation:
    return _json(array_source(shape.compressed), {"path": literal_path(shape.path)}, shape, mapping)


def _json(
    rows: str, parameters: Mapping[str, object], shape: FileShape, mapping: ColumnMapping, file: str | None = None
) -> Relation:
    """Rows of one column `json`, of which each value that the mapping names is taken out."""
    nested = {value.name: value.keys for value in shape.nested}
    pointers = {name: pointer(nested.get(name, (name,))) for name in mapping.all_names()}
    terms = {name: Term(f"found[{place}]") for place, name in enumerate(pointers, start=1)}
    found = "CASE WHEN json_valid(json) THEN json_extract_string(json, $pointers) END AS found"
    inexact = {
        name: inexact_json(terms[name].sql, "json", f"$pointers[{place}]") for place, name in enumerate(pointers, start=1)
    }
    extracted = f"(SELECT json, {found}{f', {file}' if file else ''} FROM {rows})"  # noqa: S608  (constants)
    reason = f"""CASE WHEN NOT json_valid(json) THEN {Reason.NOT_JSON}
        WHEN json_type(json) <> 'OBJECT' THEN {Reason.NOT_AN_OBJECT} ELSE 0 END"""
    with_pointers = {**parameters, "pointers": list(pointers.values())}
    return relation_of(Rows(extracted, with_pointers, terms, inexact, reason, "CAST(json AS VARCHAR)", file), mapping)
