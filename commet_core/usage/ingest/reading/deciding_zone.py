"""The zone of times that carry none, where a column beside them says it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import available_timezones

from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters, quoted
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.questions import Choice, Question
from commet_core.usage.ingest.recognise.time_forms import ZONE_COLUMNS, has_zone


def zone_column(shape: FileShape, mapping: ColumnMapping) -> str | None:
    """The column that says in which zone times are, where they carry none themselves."""
    kinds = dict(zip(shape.columns, shape.types, strict=True))
    times = [value for name in mapping.names("timestamp") for value in shape.sample.values(name)]
    if kinds.get(mapping.timestamp or "", "").endswith("ZONE") or (times and all(map(has_zone, times))):
        return None
    return next((name for name in shape.names if letters(name.rpartition(".")[2]) in ZONE_COLUMNS), None)


def zone_question(file: str, column: str, zones: Sequence[str]) -> Question:
    """In which of several zones times without one are."""
    known = [zone for zone in zones if zone in available_timezones()]
    said = f"says {quoted(zones[:5])}" if zones else "says a zone"
    what = f"`{column}` {said}, and times without a zone are read in one"
    choices = [Choice(f"all of them are of {zone}", {"time_zone": zone}) for zone in dict.fromkeys(("UTC", *known[:3]))]
    return Question(file, "time_zone", what, tuple(choices))
