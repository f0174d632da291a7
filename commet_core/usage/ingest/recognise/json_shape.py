"""The shape of a file of JSON, lines or an array, from its beginning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.reading.damaged_files import damaged_array
from commet_core.usage.ingest.reading.duckdb_sources import array_source, connect, literal_path
from commet_core.usage.ingest.recognise.file_shape import PREVIEW_ROWS, SNIFFED_ROWS, FileShape, Format
from commet_core.usage.ingest.recognise.nested import in_objects, json_object
from commet_core.usage.ingest.recognise.nested_sample import as_texts, names_with
from commet_core.usage.ingest.recognise.sample import Sample
from commet_core.usage.ingest.recognise.shapes import recognise_shape
from commet_core.usage.ingest.recognise.text_encoding import UTF8
from commet_core.usage.ingest.recognise.text_head import TextHead


def is_first_of_several(text: str) -> bool:
    """Whether the first line is JSON by itself and others follow it; else an array goes on after its end."""
    first, *others = [line for line in text.split("\n") if line.strip()]
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return bool(others)


def json_lines_shape(path: Path, head: TextHead) -> FileShape:
    """An object on each line. Raises InputError where there is none."""
    objects = [json_object(line) for line in head.text.split("\n") if line.strip()]
    if not any(objects):
        fix = 'Write one object on each line: {"customer_id": "c1", "timestamp": "2026-01-31T13:45:00Z", "feature": "calls"}'
        raise InputError.of(path.name, "none of its first lines is a JSON object", fix)
    return _json_shape(path, "json lines", [found for found in objects if found], int(head.rows_guessed))


def json_array_shape(path: Path, head: TextHead) -> FileShape:
    """One array of objects. Raises InputError where it is none."""
    if head.encoding != UTF8:
        raise InputError.of(path.name, f"the JSON is written in {head.encoding}", "Save it as UTF-8")
    with connect() as connection:
        try:
            query = f"SELECT json FROM {array_source(head.compressed)} LIMIT {SNIFFED_ROWS}"  # noqa: S608  (constants)
            relation = connection.sql(query, params={"path": literal_path(path)})
            objects = [json_object(text) for (text,) in relation.fetchall()]
        except duckdb.Error:
            raise damaged_array(path.name) from None
    if not any(objects):
        raise InputError.of(
            path.name, "the JSON array holds no objects", "Write an array of objects, or one object on each line"
        )
    return _json_shape(path, "json array", [found for found in objects if found], len(objects))


def _json_shape(path: Path, form: Format, objects: Sequence[dict[str, Any]], rows: int) -> FileShape:
    columns = tuple(dict.fromkeys(name for found in objects for name in found))
    preview = tuple(
        tuple(None if row.get(name) is None else str(row[name]) for name in columns) for row in objects[:PREVIEW_ROWS]
    )
    nested = in_objects(objects)
    rows_found = [as_texts(found) for found in objects]
    sample = Sample(names_with(columns, nested, rows_found), rows_found)
    recognised = recognise_shape(sample)
    types = ("VARCHAR",) * len(columns)
    return FileShape(path, path.name, form, columns, types, preview, recognised, rows, nested=nested, sample=sample)
