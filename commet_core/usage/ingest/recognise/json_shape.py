"""The shape of a file of JSON, lines or an array, from its beginning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from commet_core.foundation.duckdbs import lent_duckdb
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.reading.damaged_files import damaged_array
from commet_core.usage.ingest.reading.duckdb_sources import array_source, documents_source, literal_path
from commet_core.usage.ingest.recognise.columns import REQUIRED
from commet_core.usage.ingest.recognise.file_shape import PREVIEW_ROWS, SNIFFED_ROWS, FileShape, Format
from commet_core.usage.ingest.recognise.json_envelopes import DEPTH_MAX, arrays_of, unfolded
from commet_core.usage.ingest.recognise.nested import in_objects, json_object
from commet_core.usage.ingest.recognise.nested_sample import as_texts, names_with, with_texts_opened
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
    """An object on each line; or a document, or one on each line, whose rows lie in an array. Raises InputError for neither."""
    lines = [line for line in head.text.split("\n") if line.strip()]
    objects = [json_object(line) for line in lines]
    if not objects[0] and lines[0].lstrip().startswith("{"):
        return _document_shape(path, head)
    if not any(objects):
        raise _no_objects(path)
    written = [found for found in objects if found]
    shape = _json_shape(path, "json lines", written, int(head.rows_guessed))
    if head.encoding != UTF8 or not all(arrays_of([found]) or _is_empty_page(found) for found in written):
        return shape
    return _unfolded_shape(shape, written)


def json_array_shape(path: Path, head: TextHead) -> FileShape:
    """One array of objects. Raises InputError where it is none."""
    if head.encoding != UTF8:
        raise InputError.of(path.name, f"the JSON is written in {head.encoding}", "Save it as UTF-8")
    objects = _first_objects(path, array_source(head.compressed))
    if not any(objects):
        raise InputError.of(
            path.name, "the JSON array holds no objects", "Write an array of objects, or one object on each line"
        )
    written = [found for found in objects if found]
    shape = _json_shape(path, "json array", written, len(objects))
    return _unfolded_shape(shape, written) if all(arrays_of([found]) for found in written) else shape


def _document_shape(path: Path, head: TextHead) -> FileShape:
    """A document over several lines, or one that is longer than a head."""
    if head.encoding != UTF8:
        raise InputError.of(path.name, f"the JSON is written in {head.encoding}", "Save it as UTF-8")
    objects = _first_objects(path, documents_source(path, head.compressed))
    if not arrays_of(objects):
        raise _no_objects(path)
    shape = _json_shape(path, "json array", objects, len(objects))
    return replace(_unfolded_shape(shape, objects), format="json array")


def _no_objects(path: Path) -> InputError:
    fix = 'Write one object on each line: {"customer_id": "c1", "timestamp": "2026-01-31T13:45:00Z", "feature": "calls"}'
    return InputError.of(path.name, "none of its first lines is a JSON object", fix)


def _unfolded_shape(shape: FileShape, objects: Sequence[dict[str, Any]]) -> FileShape:
    """The shape of the rows inside these objects: as far inwards as arrays go and rows are not understood.

    Or further, where the rows further inwards are of a kind that is known by name and those before are of none.
    """
    found = shape
    at: tuple[str, ...] = ()
    beside: list[str] = []
    while len(at) < DEPTH_MAX and not (_is_understood(found) and found.recognised.document is not None):
        arrays = arrays_of(list(unfolded(objects, at, around=found.has_around)))
        if not arrays:
            break
        at, beside = (*at, arrays[0]), [*beside, *(".".join((*at, other)) for other in arrays[1:])]
        inner = replace(_rows_shape(shape, objects, at), rows_beside=tuple(beside))
        if _is_understood(found) and inner.recognised.document is None:
            continue
        found = inner
    return found


def _rows_shape(shape: FileShape, objects: Sequence[dict[str, Any]], at: tuple[str, ...]) -> FileShape:
    """The shape of the rows under a path: with what stands around them, where they lie several levels down or need it."""
    inner = list(unfolded(objects, at, around=False))
    alone = replace(_json_shape(shape.path, "json array", inner, len(inner)), rows_at=at)
    if len(at) == 1 and _is_understood(alone):
        return alone
    whole = list(unfolded(objects, at, around=True))
    found = _json_shape(shape.path, "json array", whole, len(whole))
    while (value := found.mapping.value) is not None and value not in alone.names:  # a count of rows, or a page's number
        whole = [{name: part for name, part in row.items() if name != value.partition(".")[0]} for row in whole]
        found = _json_shape(shape.path, "json array", whole, len(whole))
    found = replace(found, rows_at=at, has_around=True)
    return found if len(at) > 1 or _is_understood(found) else alone


def _is_understood(shape: FileShape) -> bool:
    return all(shape.mapping.has(ours) for ours in REQUIRED)


def _is_empty_page(found: Mapping[str, Any]) -> bool:
    """Whether nothing but an empty list is in a page of a list."""
    return any(value == [] for value in found.values())


def _first_objects(path: Path, source: str) -> list[dict[str, Any]]:
    with lent_duckdb() as connection:
        try:
            query = f"SELECT json FROM {source} LIMIT {SNIFFED_ROWS}"  # noqa: S608  (constants)
            relation = connection.sql(query, params={"path": literal_path(path)})
            return [json_object(text) for (text,) in relation.fetchall()]
        except duckdb.Error:
            raise damaged_array(path.name) from None


def _json_shape(path: Path, form: Format, objects: Sequence[dict[str, Any]], rows: int) -> FileShape:
    objects = objects[:SNIFFED_ROWS]
    columns = tuple(dict.fromkeys(name for found in objects for name in found))
    preview = tuple(
        tuple(None if row.get(name) is None else str(row[name]) for name in columns) for row in objects[:PREVIEW_ROWS]
    )
    nested, rows_found = with_texts_opened(columns, in_objects(objects), [as_texts(found) for found in objects])
    sample = Sample(names_with(columns, nested, rows_found), rows_found)
    recognised = recognise_shape(sample)
    types = ("VARCHAR",) * len(columns)
    return FileShape(path, path.name, form, columns, types, preview, recognised, rows, nested=nested, sample=sample)
