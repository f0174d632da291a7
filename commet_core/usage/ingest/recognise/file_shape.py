"""What a usage file looks like: format, delimiter, columns, and what each of them holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.recognise.columns import ColumnMapping
from commet_core.usage.ingest.recognise.nested import NestedValue
from commet_core.usage.ingest.recognise.sample import NO_ROWS, Sample
from commet_core.usage.ingest.recognise.shapes import UsageShape
from commet_core.usage.ingest.recognise.text_encoding import UTF8

Format = Literal["csv", "json lines", "json array", "parquet", "arrow"]

PREVIEW_ROWS: Final = 10
SNIFFED_ROWS: Final = 200
"""How many rows a preview shows, and how many are looked at to recognise a shape."""


@dataclass(frozen=True)
class FileShape:
    """A usage file, as its beginning shows it.

    file         its name, as messages and `rejects` give it
    columns      the names as the file writes them; of JSON those of the first lines
    types        DuckDB's type of each column, or one of `typed_terms.DURATIONS`; VARCHAR in text files
    preview      the first rows, texts as they stand; None where a field is absent
    recognised   what kind of usage it is, and which column is which
    nested       the values inside objects that columns hold
    sample       more of the first rows than the preview, by the names that a mapping may use
    delimiter    of a CSV file
    above        its lines above the header, blank ones left out; skipped: how many lines they are with those
    rows         the number of rows where the file says it (Parquet), else a guess from its size
    rows_at      of JSON, the keys under which its rows lie, from the outermost array inwards; none where it is rows alone
    has_around   whether a row of these has what stands around it too
    rows_beside  further arrays of objects in such a document, which are not read
    encodings    (an encoding, a word as it reads it) of all that may be meant, where nothing decides
    source       of rows that come as Arrow batches: where they come from; `path` is nothing then
    """

    path: Path
    file: str
    format: Format
    columns: tuple[str, ...]
    types: tuple[str, ...]
    preview: tuple[tuple[str | None, ...], ...]
    recognised: UsageShape
    rows: int
    delimiter: str | None = None
    encoding: str = UTF8
    encodings: tuple[tuple[str, str], ...] = ()
    compressed: bool = False
    source: ArrowSource | None = None
    above: tuple[str, ...] = ()
    skipped: int = 0
    nested: tuple[NestedValue, ...] = ()
    sample: Sample = NO_ROWS
    rows_at: tuple[str, ...] = ()
    has_around: bool = False
    rows_beside: tuple[str, ...] = ()

    @property
    def mapping(self) -> ColumnMapping:
        """What was recognised."""
        return self.recognised.mapping

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a mapping may use: columns, and the values inside those that hold objects."""
        return self.sample.names

    def values(self, name: str, count: int = 3) -> tuple[str, ...]:
        """The first few different values under a name."""
        return tuple(dict.fromkeys(self.sample.values(name)))[:count]
