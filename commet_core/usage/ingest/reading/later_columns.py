"""Columns that no first row of JSON has. Each row names its own, so that a later one may have them, under our names.

They belong to how rows are read. Nothing is decided by them or said of them unless a row has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from commet_core.usage.ingest.reading.evidence import filled_counts
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.tokens import TOKEN_COLUMNS

_MAY_BE_LATER: Final = ("value", "event_id", "model", *TOKEN_COLUMNS)


def with_later_columns(shape: FileShape, mapping: ColumnMapping) -> ColumnMapping:
    """The mapping as rows are read through it: with the columns that a later row may have."""
    later = later_columns(shape, mapping)
    return mapping.changed({ours: ours for ours in later}) if later else mapping


def later_columns(shape: FileShape, mapping: ColumnMapping) -> list[str]:
    """Our columns that no first row of the file has, and a later one may."""
    if not shape.format.startswith("json") or mapping.features:
        return []
    return [ours for ours in _MAY_BE_LATER if not mapping.has(ours) and ours not in shape.columns]


def columns_found(connection: duckdb.DuckDBPyConnection, rows: Rows, later: Sequence[str]) -> list[str]:
    """Those of these columns that a row has, for which all rows are looked at."""
    counts = filled_counts(connection, rows, [rows.terms[ours] for ours in later]) if later else []
    return [ours for ours, count in zip(later, counts, strict=True) if count]
