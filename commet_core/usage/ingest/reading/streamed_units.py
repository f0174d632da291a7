"""The units of rows that come as a stream, which is read once: they are looked at as they pass, and asked about at the end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import duckdb

from commet_core.usage.ingest.reading.deciding_units import UnitsOf, question, step_question, units_found
from commet_core.usage.ingest.reading.file_relations import rows_of
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.questions import Undecided
from commet_core.usage.ingest.recognise.units import differ, unit_column


@dataclass
class StreamedUnits:
    """mapping: how the rows are read; column: where their units stand; found: those that have passed."""

    file: str
    column: str
    mapping: ColumnMapping
    found: UnitsOf = field(default_factory=dict)

    @classmethod
    def of(cls, shape: FileShape, mapping: ColumnMapping) -> Self | None:
        """None where rows have no units, or a mapping says that they do not matter."""
        units, column = mapping.rules.units, unit_column(shape.sample, mapping)
        if column is None or (units is not None and units.read == "keep"):
            return None
        if units is not None:
            mapping = replace(mapping, rules=replace(mapping.rules, units=replace(units, column=column)))
        return cls(shape.file, column, mapping)

    def look(self, connection: duckdb.DuckDBPyConnection, shape: FileShape) -> None:
        """Takes in the units of a batch."""
        rows = rows_of(shape, self.mapping, also=[self.column])
        for feature, units in units_found(connection, rows, self.mapping, self.column).items():
            seen = self.found.setdefault(feature, {})
            for unit, count in units.items():
                seen[unit] = seen.get(unit, 0) + count

    def check(self) -> None:
        """Raises Undecided where a feature is in several units, which a stream cannot convert."""
        units = self.mapping.rules.units
        mixed = {feature: found for feature, found in self.found.items() if differ(filter(None, found))}
        if mixed and (units is None or units.read != "apart"):
            raise Undecided([question(self.file, self.column, mixed, self.mapping.rules.where, converts=False)])
        if units is None and not (self.mapping.has_tokens or self.mapping.calculation("value").scales):
            asked = step_question(self.file, self.column, self.found, self.mapping.names("value")[0])
            if asked is not None:
                raise Undecided([asked])
