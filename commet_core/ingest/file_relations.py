"""Each format as a relation that `usage_query` reads: one row per record, a term for each column that is mapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from commet_core.ingest.columns import ColumnMapping
from commet_core.ingest.csv_records import RECORD_BYTES_MAX, Layout
from commet_core.ingest.duckdb_sources import ARROW_SOURCE, PARQUET_SOURCE, array_source, identifier, literal_path
from commet_core.ingest.file_shape import FileShape
from commet_core.ingest.rejects import Reason
from commet_core.ingest.usage_query import JSON_EXACT_BELOW, Relation, Term


def layout_of(shape: FileShape) -> Layout:
    """How the records of a text file are written."""
    if shape.format != "csv":
        return Layout(field_count=1)
    return Layout(len(shape.columns), shape.delimiter or ",", '"', header_records=1)


def parquet_relation(shape: FileShape, mapping: ColumnMapping) -> Relation:
    types = dict(zip(shape.columns, shape.types, strict=True))
    terms = {ours: Term(identifier(theirs), types[theirs]) for ours, theirs in mapping.pairs()}
    return _relation(PARQUET_SOURCE, {"path": literal_path(shape.path)}, terms)


def arrow_relation(shape: FileShape, mapping: ColumnMapping) -> Relation:
    """Rows registered as `ARROW_SOURCE`."""
    return replace(parquet_relation(shape, mapping), sql=ARROW_SOURCE, parameters={})


def text_relation(shape: FileShape, mapping: ColumnMapping, mended: Path | None = None) -> Relation:
    """CSV or JSON lines; mended: a copy without broken records, which is read by one thread, as quotes may span lines."""
    is_csv = shape.format == "csv"
    options = {
        "auto_detect": "false",
        "header": str(is_csv).lower(),
        "strict_mode": str(is_csv).lower(),
        "quote": "'\"'" if is_csv else "''",
        "escape": "'\"'" if is_csv else "''",
        "compression": "'gzip'" if shape.compressed and not mended else "'none'",
        "max_line_size": str(RECORD_BYTES_MAX),
        "hive_partitioning": "false",
        "parallel": str(mended is None).lower(),
    }
    written = ", ".join(f"{name} = {value}" for name, value in options.items())
    relation = f"read_csv($path, delim = $delimiter, columns = $columns, {written})"
    layout = layout_of(shape)
    names = [f"c{index}" for index in range(layout.field_count)]
    parameters = {
        "path": literal_path(mended or shape.path),
        "delimiter": layout.delimiter,
        "columns": dict.fromkeys(names, "VARCHAR"),
    }
    if is_csv:
        terms = {ours: Term(f"c{shape.columns.index(theirs)}") for ours, theirs in mapping.pairs()}
        return _relation(relation, parameters, terms)
    lines = f"(SELECT c0 AS json FROM {relation} WHERE trim(c0) <> '')"  # noqa: S608  (constants)
    return _json(lines, parameters, mapping)


def json_array_relation(shape: FileShape, mapping: ColumnMapping) -> Relation:
    return _json(array_source(shape.compressed), {"path": literal_path(shape.path)}, mapping)


def _json(rows: str, parameters: Mapping[str, object], mapping: ColumnMapping) -> Relation:
    """Rows of one column `json`."""
    pointers = {ours: "/" + theirs.replace("~", "~0").replace("/", "~1") for ours, theirs in mapping.pairs()}
    terms = {ours: Term(f"found[{index}]") for index, ours in enumerate(pointers, start=1)}
    found = "CASE WHEN json_valid(json) THEN json_extract_string(json, $pointers) END AS found"
    extracted = f"(SELECT json, {found} FROM {rows})"  # noqa: S608  (constants)
    relation = _relation(extracted, {**parameters, "pointers": list(pointers.values())}, terms)
    return replace(
        relation,
        row="CAST(json AS VARCHAR)",
        row_reason=f"""CASE WHEN NOT json_valid(json) THEN {Reason.NOT_JSON}
            WHEN json_type(json) <> 'OBJECT' THEN {Reason.NOT_AN_OBJECT} ELSE 0 END""",
        value_inexact=_inexact_json(terms["value"], list(pointers).index("value") + 1) if "value" in terms else "false",
    )


def _inexact_json(value: Term, position: int) -> str:
    """Whether a number stands in the JSON text otherwise than it was read: it went through a double, as JSON software does.

    Only large numbers with decimals can be meant; of smaller ones a double tells every 6 decimals apart.
    """
    as_written = f"replace({value.sql}, '.', '\\.') || '0*([^0-9.eE]|$)'"
    return f"""CASE WHEN contains({value.sql}, '.') AND try_cast({value.sql} AS DOUBLE) >= {JSON_EXACT_BELOW}
        THEN json_type(json, $pointers[{position}]) = 'DOUBLE' AND NOT regexp_matches(json, {as_written}) ELSE false END"""


def _relation(sql: str, parameters: Mapping[str, object], terms: dict[str, Term]) -> Relation:
    return Relation(
        sql,
        dict(parameters),
        customer=terms["customer_id"],
        time=terms["timestamp"],
        feature=terms["feature"],
        value=terms.get("value"),
        event=terms.get("event_id"),
    )
