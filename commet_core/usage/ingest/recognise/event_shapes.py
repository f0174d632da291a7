"""A file's mapping by a shape that is written as data: the shape's words, resolved on the names and first rows of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from commet_core.foundation.documents import problems_of
from commet_core.foundation.errors import Problem
from commet_core.usage.ingest.recognise.column_mapping import AI_COLUMNS, REQUIRED, ColumnMapping
from commet_core.usage.ingest.recognise.columns import recognise
from commet_core.usage.ingest.recognise.reading_rules import ReadingRules
from commet_core.usage.ingest.recognise.sample import Sample
from commet_core.usage.ingest.recognise.shape_documents import ShapeDocument, names_like, plain_name

Found = tuple[ColumnMapping, tuple[str, ...]]
"""The mapping, and the numbers of which one might be the value where that cannot be told."""

_ABSENT: Final[Any] = object()
_OPERATIONS: Final = ("sum", "subtract")


def through(shape: ShapeDocument, sample: Sample) -> Found:
    """How a file is read as this shape."""
    undecided: tuple[str, ...] = ()
    columns: dict[str, Any] = {}
    for ours, written in shape.columns.items():
        if isinstance(written, Mapping) and "inside" in written:
            columns[ours], undecided = _units_inside(written["inside"], sample)
        else:
            columns[ours] = _resolved(written, sample, shape.loosely)
    there = {ours: source for ours, source in columns.items() if source is not _ABSENT and source != ()}
    usual = _usual_ai(sample, _object_of(shape)) if not set(AI_COLUMNS) & set(shape.columns) else {}
    mapping = replace(_mapping({**usual, **there}), rules=_rules(shape, sample))
    return _with_required(mapping, sample), undecided


def _with_required(mapping: ColumnMapping, sample: Sample) -> ColumnMapping:
    """The mapping with what every row needs by its usual name, where the file has none of the shape's own."""
    absent = [ours for ours in REQUIRED if not mapping.has(ours)]
    if not absent:
        return mapping
    free = [name for name in sample.names if name not in mapping.all_names()]
    by_name = recognise(free, sample.values)
    return mapping.changed({ours: source for ours in absent if (source := by_name.source(ours)) is not None})


def mapping_problems_of(shape: ShapeDocument) -> list[Problem]:
    """What is wrong with how a shape says its rows are read."""
    problems = [
        Problem(f"columns.{ours}", f"{written!r} names no object", "Write {inside: payload}")
        for ours, written in shape.columns.items()
        if isinstance(written, Mapping) and "inside" in written and not isinstance(written["inside"], str)
    ]
    names = tuple(_names_in([shape.columns]))
    columns = {ours: _resolved(written, Sample(names, ()), loosely=False) for ours, written in shape.columns.items()}
    return problems + _document_problems({**columns, **dict.fromkeys(_inside(shape))})


def _inside(shape: ShapeDocument) -> list[str]:
    return [ours for ours, written in shape.columns.items() if isinstance(written, Mapping) and "inside" in written]


def _object_of(shape: ShapeDocument) -> str:
    """The object that holds the value, and may hold the model and tokens too."""
    return next((shape.columns[ours]["inside"] for ours in _inside(shape)), "")


def _units_inside(key: str, sample: Sample) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What inside an object can only be the value of a row, and what might be, whatever its names are joined by."""
    inner = {f"{key}.{plain_name(name)[len(plain_name(key)) + 1 :]}": name for name in names_like(f"{key}.*", sample.names)}
    rows = [{renamed: row.get(name) for renamed, name in inner.items()} for row in sample.rows]
    value, undecided = Sample(tuple(inner), rows).units_under(key)
    return tuple(inner[name] for name in value), tuple(inner[name] for name in undecided)


def _resolved(written: Any, sample: Sample, loosely: bool) -> Any:
    """A source as a mapping has it, with the file's own names; _ABSENT where the file has none of them."""
    if isinstance(written, str):
        return next(iter(names_like(written, sample.names, loosely=loosely)), _ABSENT)
    if isinstance(written, Mapping) and set(written) <= {"first", "fuller"}:
        there = _there(next(iter(written.values())), sample, loosely)
        if "fuller" in written:
            return sample.fuller(*there) or _ABSENT
        return next((name for name in there if sample.values(name)), there[0] if there else _ABSENT)
    if isinstance(written, Mapping) and "column" in written:
        column = _resolved(written["column"], sample, loosely)
        return _ABSENT if column is _ABSENT else {**written, "column": column}
    return _listed(written, sample, loosely) if isinstance(written, list | tuple) else written


def _listed(written: Sequence[Any], sample: Sample, loosely: bool) -> Any:
    """Several names, or several that are added up: those that are there."""
    operation = list(written[:1]) if written[0] in _OPERATIONS else []
    there = _there(written[len(operation) :], sample, loosely)
    if len(there) < 2:
        return there[0] if there else _ABSENT
    return [*operation, *there]


def _there(written: Sequence[Any], sample: Sample, loosely: bool) -> list[str]:
    return list(dict.fromkeys(name for each in written for name in names_like(str(each), sample.names, loosely=loosely)))


def _usual_ai(sample: Sample, inside: str) -> dict[str, str]:
    """The AI model and its tokens by their usual names, in the row or in one of its objects."""
    parts = sample.under(inside) if inside else {}
    by_name = recognise([name for name in sample.names if name not in parts.values()])
    nested = recognise(list(parts))
    found = {ours: getattr(by_name, ours) or parts.get(getattr(nested, ours) or "") for ours in AI_COLUMNS}
    return {ours: name for ours, name in found.items() if name is not None}


def _names_in(written: Iterable[Any]) -> Iterable[str]:
    """Every text in what a shape says about its columns."""
    for each in written:
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            yield from _names_in(each.values())
        elif isinstance(each, list | tuple):
            yield from _names_in(each)


def _mapping(columns: Mapping[str, Any]) -> ColumnMapping:
    from commet_core.usage.ingest.recognise.saved_mapping import MappedColumns  # noqa: PLC0415  (it reads shapes)

    return ColumnMapping().changed(MappedColumns.model_validate(columns).given())


def _rules(shape: ShapeDocument, sample: Sample) -> ReadingRules:
    """The shape's rules; of its filters those on columns that the file has."""
    rules = shape.rules()
    where = [
        (name, texts) for pattern, texts in rules.where for name in names_like(pattern, sample.names, loosely=shape.loosely)
    ]
    return replace(rules, where=tuple(where))


def _document_problems(columns: Mapping[str, Any]) -> list[Problem]:
    from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping  # noqa: PLC0415  (it reads shapes)

    try:
        SavedMapping.model_validate({"columns": {ours: source for ours, source in columns.items() if source is not _ABSENT}})
    except ValidationError as error:
        return problems_of(error, SavedMapping)
    return []
