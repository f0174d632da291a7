"""Sheets of a workbook, or files of an archive, that add up the others beside them: read too, all would count twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.month_names import in_english
from commet_core.usage.ingest.recognise.period_names import period_of
from commet_core.usage.ingest.rejects.reasons import SUM_ROW

_NAMES: Final = late_pattern(
    r"summar|overview|totals?\b|pivot|roll-?up|dashboard|zusammenfassung|übersicht|uebersicht|gesamt|résumé|resumen|riepilogo|resumo",
    re.IGNORECASE,
)
_YEAR: Final = late_pattern(
    r"(usage|verbrauch)?[ _-]*((full|whole|fiscal|calendar)[ _-]*)?(year|fy|cy|annual(ly)?|yearly|ytd|year[ _-]to[ _-]date|jahr|gesamtjahr|année|annee|año|anno|ano|jaar)?"
    r"[ _'-]*((19|20)?\d\d([-/](19|20)?\d\d)?)?([ _-]*(usage|total))?",
    re.IGNORECASE,
)
_PART: Final = late_pattern(
    r"(\d{1,2}[ ._-]*)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?([ '_-]*(19|20)?\d\d)?|((19|20)?\d\d[ _-]*)?[qhw]\d{1,2}([ _-]*(19|20)?\d\d)?"
    r"|(usage[ _-]*)?(19|20)\d\d[-_](0[1-9]|1[0-2])",
    re.IGNORECASE,
)
_HALF: Final = np.int64(32)


def leave_out_summaries(readings: Sequence[FileRows], spool: Spool, groups: Iterable[Sequence[str]]) -> list[str]:
    """Takes the rows of summaries out of the spool, and says so. groups: the names of what lies in one workbook or archive.

    A summary has fewer rows than the rest of its group and, feature by feature, exactly what the rest adds up to; or its own
    name says what it is, and those of the others do not. Raises InputError where a year stands beside its months, and is not
    their sum.
    """
    by_name = {reading.shape.file: reading for reading in readings}
    notes = []
    for group in groups:
        read = [by_name[name] for name in group if name in by_name and by_name[name].usable_count]
        if any(reading.mapping.rules.totals == "keep" for reading in read):
            continue
        summaries = _summaries(read, spool)
        if not summaries and (problems := _years(read, spool)):
            raise InputError(problems)
        for summary, why in summaries:
            summary.is_summary = True
            summary.left_out[SUM_ROW] += summary.usable_count
            spool.use([chunk for chunk in spool.chunks if chunk.file != summary.file])
            notes.append(f"{summary.shape.file} is left out: {why}; `totals: keep` in a mapping reads it too")
    return notes


def _summaries(read: Sequence[FileRows], spool: Spool) -> list[tuple[FileRows, str]]:
    if len(read) < 2:
        return []
    units = {reading.file: _units(spool, reading.file) for reading in read}
    for reading in read:
        rest = [other for other in read if other is not reading]
        together: Counter[int] = sum((units[other.file] for other in rest), Counter())
        others = sum(other.usable_count for other in rest)
        is_year = is_called_year(reading.shape.file) and all(_is_called_part(other.shape.file) for other in rest)
        fewer = reading.usable_count < others or (reading.usable_count == others and is_year)
        if fewer and units[reading.file] == together:
            return [(reading, "feature by feature it holds what the others add up to")]
    called = [reading for reading in read if is_called_summary(reading.shape.file)]
    return [(reading, "its name says that it sums up the others") for reading in called] if len(called) < len(read) else []


def _years(read: Sequence[FileRows], spool: Spool) -> list[Problem]:
    """The problem of each file called a year, where others are called months or quarters, with usage of the same months."""
    problems = []
    for reading in read:
        parts = [other for other in read if other is not reading and _is_called_part(other.shape.file)]
        if not is_called_year(reading.shape.file) or not parts:
            continue
        shared = _months(spool, reading.file) & {month for other in parts for month in _months(spool, other.file)}
        if not shared:
            continue
        first = np.datetime64(min(month for month, _ in shared), "M")
        what = (
            f"it has usage of the same months and features as {parts[0].shape.file}"
            f"{f' and {len(parts) - 1} more' if len(parts) > 1 else ''} ({first} is the first), and is not their sum: together they would count twice"
        )
        fix = "Remove it, or the others; `totals: keep` in a mapping reads them all"
        problems.append(Problem(reading.shape.file, what, fix))
    return problems


def _months(spool: Spool, file: int) -> set[tuple[int, int]]:
    """(months since 1970, feature) in which a file has usage."""
    found: set[tuple[int, int]] = set()
    for own in spool.rows_of(file):
        months = own.times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        pairs = np.unique(np.stack([months, own.features.astype(np.int64)]), axis=1)
        found.update(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True))
    return found


def _units(spool: Spool, file: int) -> Counter[int]:
    """Feature → micros of one file, exactly."""
    found: Counter[int] = Counter()
    for chunk in spool.chunks:
        if chunk.file != file:
            continue
        for feature in np.unique(chunk.rows.features).tolist():
            values = chunk.rows.values[chunk.rows.features == feature]
            found[feature] += (int((values >> _HALF).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
    return found


def is_called_summary(name: str) -> bool:
    """Whether the name of a sheet, or of a file in an archive, which stands behind the last comma, says that it sums up."""
    return _NAMES.search(_own_name(name)) is not None


def is_called_year(name: str) -> bool:
    """Whether such a name is that of a year: `2026`, `FY26`, `Full year`."""
    return _YEAR.fullmatch(_own_name(name)) is not None


def _is_called_part(name: str) -> bool:
    """Whether such a name is that of a month, a quarter or a week."""
    own = _own_name(name)
    return period_of(own) is not None or _PART.fullmatch(in_english(own)) is not None


def _own_name(name: str) -> str:
    """What a sheet is called, or a file of an archive without its ending."""
    return re.sub(
        r"\.(csv|tsv|txt|json|jsonl|parquet)$", "", name.rpartition(", ")[2].removeprefix("sheet ").rpartition("/")[2]
    ).strip()
