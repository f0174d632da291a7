"""Files → `Usage` and rejects. Every row of the files is used, a duplicate, or rejected with its line and the reason.

    ingested = read(["january.csv", "february.parquet"])
    ingested.usage                  what can be replayed
    ingested.report.rejects         file, line, column, value, reason

Rules of reading (interfaces.md, Usage): texts are taken without the spaces around them; times are UTC unless they carry
an offset, and are cut to microseconds; values are exact decimals of up to 6 places, further ones rounded half up; an
absent value counts as 1. A second row of a customer with the same event id is a duplicate, whatever its file: the first
in the order of the input is used.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commet_core.foundation.calendar import moment
from commet_core.foundation.memory import usual_memory_limit
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of
from commet_core.foundation.progress import Progress, unheard
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.temporary import TemporaryFolder, room_on_disk
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.asked import Asked, Asking, Known
from commet_core.usage.ingest.reading.gathering import READING_SHARE, Gathered, Sources, WantedMapping, gathered
from commet_core.usage.ingest.reading.spool import on_disk
from commet_core.usage.ingest.recognise.columns import ColumnMapping
from commet_core.usage.ingest.recognise.file_mapping import mapped
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.inspection import inspect, inspect_all
from commet_core.usage.ingest.recognise.shapes import UsageShape
from commet_core.usage.ingest.rejects.reasons import ReasonCount
from commet_core.usage.ingest.rejects.report import FileReport, IngestReport, UnusableFiles
from commet_core.usage.usage import Usage

if TYPE_CHECKING:
    from commet_core.catalog.request_prices import RequestPrices
    from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping, load_mapping, mapping_text, parse_mapping
    from commet_core.usage.ingest.recognise.shape_documents import ShapeDocument, shapes_in

__all__ = [
    "ArrowSource",
    "ColumnMapping",
    "Description",
    "FeatureUsage",
    "FileReport",
    "FileShape",
    "IngestReport",
    "Ingested",
    "ReasonCount",
    "SavedMapping",
    "ShapeDocument",
    "UnusableFiles",
    "UsageShape",
    "describe",
    "inspect",
    "inspect_all",
    "load_mapping",
    "mapped",
    "mapping_text",
    "parse_mapping",
    "read",
    "shapes_in",
]


_OF_DOCUMENTS: Final = {
    **dict.fromkeys(("SavedMapping", "load_mapping", "mapping_text", "parse_mapping"), "saved_mapping"),
    **dict.fromkeys(("ShapeDocument", "shapes_in"), "shape_documents"),
}
"""Names that are imported when somebody asks for them: what documents are checked with takes as long as a short command."""


def __getattr__(name: str) -> Any:
    if name not in _OF_DOCUMENTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.recognise.{_OF_DOCUMENTS[name]}"), name)


@dataclass(frozen=True)
class Ingested:
    """Usage, and what became of every row that was read."""

    usage: Usage
    report: IngestReport


@dataclass(frozen=True)
class FeatureUsage:
    """Rows and units of one feature."""

    feature: str
    rows: int
    units: Decimal


@dataclass(frozen=True)
class Description:
    """What usage holds: rows that are used, customers, features in ascending order, first and last time in UTC."""

    rows: int
    customers: int
    features: tuple[FeatureUsage, ...]
    first: datetime
    last: datetime
    reasons: tuple[ReasonCount, ...]


def read(
    paths: Sources,
    mapping: WantedMapping = None,
    progress: Progress | None = None,
    memory_limit: int | None = None,
    rejects_to: Path | None = None,
    prices: RequestPrices | None = None,
    *,
    corrections: bool = False,
) -> Ingested:
    """Reads usage from files, folders and patterns of files, or from rows in Arrow batches.

    mapping: a `ColumnMapping` is taken as it is; a saved mapping (`load_mapping`), or our column → the file's column (None:
    none), changes these alone; the rest, or all, is recognised by shape and names. progress: told the share that is done,
    and a sentence; what it raises stops the reading. memory_limit: bytes, a quarter of the machine's unless given; usage
    that takes more lies on disk as long as it is needed. rejects_to: a Parquet file for every rejected row, of which the
    report lists the first. prices: what requests to AI models are priced by; rows with a model that has no price are rejected
    then (billing-rules 11.3). corrections: rows below zero are read, not rejected (15.7). Raises InputError with all problems of all files; `UnusableFiles`, with the rejects, where a
    file was read and no row of it can be used.
    """
    return read_as_asked(paths, mapping, progress, memory_limit, rejects_to, Known(Asked(prices, corrections)))


def read_as_asked(
    paths: Sources,
    mapping: WantedMapping,
    progress: Progress | None,
    memory_limit: int | None,
    rejects_to: Path | None,
    asked: Asking,
) -> Ingested:
    """`read`, of a scenario that may still be loading."""
    tell, limit = progress or unheard, memory_limit or usual_memory_limit()
    with gathered(paths, mapping, tell, limit // 2, rejects_to, asked) as found:
        tell(READING_SHARE, "Grouping by customer")
        if found.usage_bytes <= limit // 2:
            usage, report = found.group()
        else:
            usage, report = _grouped_on_disk(found, limit // 2)
    tell(1.0, "Done")
    return Ingested(usage, report)


def _grouped_on_disk(found: Gathered, memory: int) -> tuple[Usage, IngestReport]:
    """Usage that lies in a folder of its own, which goes with it."""
    folder = TemporaryFolder()
    try:
        with room_on_disk(folder.path.parent):
            usage, report = found.group(**on_disk(folder.path, memory))
    except BaseException:
        folder.remove()
        raise
    weakref.finalize(usage, folder.remove)
    return usage, report


def describe(ingested: Ingested) -> Description:
    """What the files hold."""
    usage = ingested.usage
    count = len(usage.features)
    rows = np.bincount(usage.feature_indexes, minlength=count)
    high, low = (sum_by_index(usage.feature_indexes, part, count) for part in (usage.values >> 32, usage.values & 0xFFFFFFFF))
    micros = [(int(above) << 32) + int(below) for above, below in zip(high, low, strict=True)]
    return Description(
        rows=usage.event_count,
        customers=usage.customer_count,
        features=tuple(
            FeatureUsage(feature, int(rows[index]), decimal_of(micros[index], MICRO_DECIMALS))
            for index, feature in enumerate(usage.features)
        ),
        first=moment(usage.times.min()),
        last=moment(usage.times.max()),
        reasons=ingested.report.reasons,
    )
