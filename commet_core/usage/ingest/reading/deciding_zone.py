"""The zone of times that carry none, where a column beside them says it, or their own name: `Time (GMT+2)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.reading.usage_query import SPACES, Term
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import behind, letters, quoted
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.questions import Choice, Question
from commet_core.usage.ingest.recognise.time_forms import HAS_ZONE, ZONE_COLUMNS, ZONE_OR_REGION_COLUMNS, has_zone
from commet_core.usage.ingest.recognise.time_zones import UTC, is_zone, zone_named, zones_meant


@dataclass(frozen=True)
class ZoneSaid:
    """Where a file says in which zone its times are. column: the one that says it in its rows; text: what all rows say else."""

    name: str
    column: str | None = None
    text: str = ""

    def of_times_without(self, time: Term, column: Term | None) -> Term:
        """What is said of each row whose time carries no zone; nothing of the others."""
        said = (
            text_literal(self.text)
            if column is None
            else f"coalesce(nullif(trim({column.text}), ''), {text_literal(self.text)})"
        )
        return Term(f"CASE WHEN {_carries_none(time)} THEN {said} END")


def zone_said(shape: FileShape, mapping: ColumnMapping) -> ZoneSaid | None:
    """Where the zone of times is said; None where it is not, or times of these types need none."""
    times = mapping.names("timestamp")
    types = dict(zip(shape.columns, shape.types, strict=True))
    kind = Term("", types.get(mapping.timestamp or "", "VARCHAR"))
    if kind.is_number or kind.type.endswith("ZONE"):
        return None
    header = next(((name, text) for name in times if is_zone(text := behind(name))), ("", ""))
    column = next((name for name in shape.names if name not in times and _says_zones(shape, name)), None)
    return ZoneSaid(column or header[0], column, header[1]) if column or header[1] else None


def zones_in_sample(shape: FileShape, mapping: ColumnMapping) -> tuple[str, list[str]] | None:
    """By which name the first rows say their zone, and what they say; None where they need none or are UTC."""
    said = zone_said(shape, mapping)
    times = [value for name in mapping.names("timestamp") for value in shape.sample.values(name)]
    if said is None or (times and all(map(has_zone, times))):
        return None
    texts = list(dict.fromkeys(shape.sample.values(said.column))) if said.column else [said.text]
    return None if texts and {zone_named(text) for text in texts} == {UTC} else (said.name, texts)


def zone_question(file: str, name: str, zones: Sequence[str]) -> Question:
    """In which of several zones times without one are."""
    meant = [zone for text in zones for zone in zones_meant(text)]
    if len(zones) == 1 and zone_named(zones[0]) is None:
        why = (
            "which leaves open which zone is meant, or whether with summer time" if meant else "which is no zone that is known"
        )
    else:
        why = "and times without a zone are read in one"
    said = f"says {quoted(zones[:5])}" if zones else "says a zone"
    choices = [Choice(f"all of them are of {zone}", {"time_zone": zone}) for zone in list(dict.fromkeys((UTC, *meant)))[:4]]
    return Question(file, "time_zone", f"`{name}` {said}, {why}", tuple(choices))


def _says_zones(shape: FileShape, name: str) -> bool:
    """Whether a column says zones by its name, or by its name and all of its values."""
    word, values = letters(name.rpartition(".")[2]), shape.sample.values(name)
    return word in ZONE_COLUMNS or (word in ZONE_OR_REGION_COLUMNS and bool(values) and all(map(is_zone, values)))


def _carries_none(time: Term) -> str:
    """Whether a time needs a zone to be said of it, in SQL."""
    if not time.is_text:
        return "true"
    text = f"trim({time.text}, {SPACES})"
    zoned = f"(contains({text}, ':') AND regexp_full_match({text}, {text_literal(HAS_ZONE)}))"
    number = rf"regexp_full_match({text}, '[\d.]+|\d\.\d+E\d\d?')"
    usual = " OR ".join(f"{time.text} LIKE '%:__:__{end}'" for end in ("%Z", "%+__:__", "%-__:__"))  # found sooner
    return f"NOT ({usual}) AND {text} <> '' AND NOT ({zoned} OR {number})"
