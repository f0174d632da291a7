"""Rows as a relation in SQL, whatever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commet_core.usage.ingest.reading.usage_query import Term


@dataclass(frozen=True)
class Rows:
    """Rows as a relation in SQL, with a term for each name that a mapping may use.

    inexact          of some names: whether the value in a row was not read exactly
    row_reason, row, file  as in `Relation`
    """

    sql: str
    parameters: Mapping[str, object]
    terms: Mapping[str, Term]
    inexact: Mapping[str, str] = field(default_factory=dict)
    row_reason: str = "0"
    row: str = "NULL"
    file: str | None = None
