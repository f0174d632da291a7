"""Sheets of a workbook, or files of an archive, that add up the others beside them: read too, all would count twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.rejects.reasons import SUM_ROW

_NAMES: Final = re.compile(
    r"summar|overview|totals?\b|pivot|roll-?up|dashboard|zusammenfassung|übersicht|uebersicht|gesamt|résumé|resumen|riepilogo|resumo",
    re.IGNORECASE,
)
_HALF: Final = np.int64(32)


def leave_out_summaries(readings: Sequence[FileRows], spool: Spool, groups: Iterable[Sequence[str]]) -> list[str]:
    """Takes the rows of summaries out of the spool, and says so. groups: the names of what lies in one workbook or archive.

    A summary has fewer rows than the rest of its group and, feature by feature, exactly what the rest adds up to; or its own
    name says what it is, and those of the others do not.
    """
    by_name = {reading.shape.file: reading for reading in readings}
    notes = []
    for group in groups:
        read = [by_name[name] for name in group if name in by_name and by_name[name].usable_count]
        if any(reading.mapping.rules.totals == "keep" for reading in read):
            continue
        for summary, why in _summaries(read, spool):
            summary.is_summary = True
            summary.left_out[SUM_ROW] += summary.usable_count
            spool.use([chunk for chunk in spool.chunks if chunk.file != summary.file])
            notes.append(f"{summary.shape.file} is left out: {why}; `totals: keep` in a mapping reads it too")
    return notes


def _summaries(read: Sequence[FileRows], spool: Spool) -> list[tuple[FileRows, str]]:
    """Each summary, and why it is one."""
    if len(read) < 2:
        return []
    units = {reading.file: _units(spool, reading.file) for reading in read}
    for reading in read:
        rest = [other for other in read if other is not reading]
        together: Counter[int] = sum((units[other.file] for other in rest), Counter())
        fewer = reading.usable_count < sum(other.usable_count for other in rest)
        if fewer and units[reading.file] == together:
            return [(reading, "feature by feature it holds what the others add up to")]
    called = [reading for reading in read if is_called_summary(reading.shape.file)]
    return [(reading, "its name says that it sums up the others") for reading in called] if len(called) < len(read) else []


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
    return _NAMES.search(name.rpartition(", ")[2].removeprefix("sheet ")) is not None
