"""The rows of one file, as they are found: those that can be used go to the spool as integers, the others are rejects."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.money import MICROS
from commet_core.usage.grouping import EventKeys, Rows
from commet_core.usage.ingest.reading.later_columns import with_later_columns
from commet_core.usage.ingest.reading.names import text_hashes, trimmed
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.rejects.listing import LinesOf
from commet_core.usage.ingest.rejects.reasons import NO_USAGE, TOTAL_ROW, FoundReject, Reason, RejectCollector
from commet_core.usage.tokens import NO_MODEL, TOKEN_COUNTS, UNKNOWN_REQUESTS, TokenRows

LOOKED_AT: Final = 16
"""One in so many values is looked at for a proof; where there is none, the whole file is."""


@dataclass
class FileRows:
    """One file, read; its usable rows are in the spool.

    file            which of the files it is, from 0
    row_count       rows of the file, or cells of a wide table: used, rejected, duplicates and without usage
    offset_minutes  smallest and largest UTC offset that a time was written with; None where there was no text to say
    rejects         the first of them, each with its line and its text as it stands in the file
    lines_of        the lines of records, while the file is at hand
    left_out        rows that are totals or that a filter leaves out: TOTAL_ROW, or FILTERED and the filter's place → how many
    in_thousands_count, has_decimals
                    values such as 1.234; and whether another value proves that a point stands before decimals
    vanished_count, vanished_units  values above 0 that are 0 with 6 decimals, and what they add up to
    total_tokens_count  rows with tokens of an unknown number of requests (billing-rules 11.4)
    without_model_count  rows of tokens without a model, whose tokens are not read
    clock_gaps_count, clock_overlaps_count  rows whose times are not on the clocks of their zone; that are there twice
    vendor_cost     what the file's own column of costs is called and adds up to, of rows of tokens
    decided         what was decided from the file, in sentences
    is_summary      it adds up others, and none of its rows is used
    """

    file: int
    shape: FileShape
    mapping: ColumnMapping
    collector: RejectCollector
    row_count: int = 0
    without_usage_count: int = 0
    without_value_count: int = 0
    rounded_count: int = 0
    offset_minutes: tuple[int, int] | None = None
    rejects: list[FoundReject] = field(default_factory=list)
    header: str = ""
    lines_of: LinesOf = lambda records: records + 1
    left_out: Counter[int] = field(default_factory=Counter)
    in_thousands_count: int = 0
    has_decimals: bool = False
    vanished_count: int = 0
    vanished_units: Decimal = Decimal(0)
    total_tokens_count: int = 0
    without_model_count: int = 0
    clock_gaps_count: int = 0
    clock_overlaps_count: int = 0
    vendor_cost: tuple[str, Decimal] | None = None
    decided: tuple[str, ...] = ()
    is_summary: bool = False

    @property
    def usable_count(self) -> int:
        return self.row_count - self.collector.total - self.without_usage_count - self.left_out_count

    @property
    def left_out_count(self) -> int:
        return self.left_out.total()

    @property
    def cell_count(self) -> int:
        """How many rows a row of the file is read as: 1, or its cells."""
        return max(1, len(self.mapping.features))

    @property
    def read_as(self) -> ColumnMapping:
        """The mapping with the columns that only a later row may have."""
        return with_later_columns(self.shape, self.mapping)

    def record_of(self, reject: FoundReject) -> int:
        """The row of the file that a reject stands in, from 0."""
        assert reject.ordinal is not None
        return reject.ordinal // self.cell_count

    def add_clean(self, spool: Spool, rows: Rows, keys: EventKeys | None, tokens: TokenRows | None) -> None:
        """Takes in rows that can all be used, with times in UTC; without a column for the value each counts as 1."""
        self.row_count += len(rows.times)
        self.without_value_count += 0 if self.mapping.has("value") else len(rows.times)
        self._note_offsets(0, 0)
        spool.add(self.file, rows, keys, tokens)

    def add(self, spool: Spool, batch: pa.RecordBatch) -> None:
        """Takes in a batch of the rows of `usage_query`."""
        reasons = _lowest_reasons(batch)
        usable = reasons == 0
        rows = batch if usable.all() else batch.filter(pa.array(usable))
        codes = spool.features.codes_of(rows["feature"]), spool.customers.codes_of(rows["customer"])
        for names, found, reason in zip((spool.features, spool.customers), codes, _NAMELESS, strict=True):
            blank = names.is_blank(found)
            if blank is not None:
                reasons[np.flatnonzero(usable)[blank]] = reason
        tokens = _tokens(spool, rows) if self.read_as.has_tokens else None
        unpriced = spool.unpriced(codes[0], tokens)
        if unpriced is not None:
            of_usable = reasons[usable]
            reasons[usable] = np.where(of_usable == 0, unpriced, of_usable)
        kept = reasons[usable] == 0
        if not kept.all():
            rows, codes = rows.filter(pa.array(kept)), (codes[0][kept], codes[1][kept])
            tokens = tokens and TokenRows(*(column[kept] for column in tokens))
        if rows.num_rows < len(reasons):
            self._reject(batch, reasons)
        self.row_count += len(reasons)
        if rows.num_rows:
            self._use(spool, rows, *codes, tokens)

    def _use(
        self, spool: Spool, rows: pa.RecordBatch, features: np.ndarray, customers: np.ndarray, tokens: TokenRows | None
    ) -> None:
        times = np.array(rows["utc"])
        keys = EventKeys(*text_hashes(rows["event"])) if self.read_as.has("event_id") else None
        units = decimal_micros(rows["units"])
        spool.add(self.file, Rows(customers, features.astype(np.int16), times, units), keys, tokens)
        self.without_value_count += rows["no_value"].true_count
        self.rounded_count += rows["rounded"].true_count
        self._note_numbers(rows, units)
        if tokens is not None:
            self.total_tokens_count += int(((tokens.requests == UNKNOWN_REQUESTS) & (tokens.models != NO_MODEL)).sum())
        offsets = pc.min_max(rows["utc_offset"])
        self._note_offsets(offsets["min"].as_py(), offsets["max"].as_py())

    def _note_numbers(self, rows: pa.RecordBatch, units: np.ndarray) -> None:
        """What the values say of how numbers are written, and how many of them vanish."""
        in_thousands = rows["in_thousands"].fill_null(False)
        self.in_thousands_count += in_thousands.true_count
        if not self.has_decimals:
            source = self.shape.source
            step = 1 if source is not None and not source.at_hand else LOOKED_AT  # what comes once cannot be looked at again
            decimals = units[::step] % MICROS != 0
            self.has_decimals = bool((decimals & ~np.asarray(in_thousands)[::step]).any())
        if rows["rounded"].true_count:
            self.vanished_count += int((np.asarray(rows["rounded"]) & (units == 0)).sum())

    def _note_offsets(self, least: int, most: int) -> None:
        before = self.offset_minutes or (least, most)
        self.offset_minutes = min(before[0], least), max(before[1], most)

    def _reject(self, batch: pa.RecordBatch, reasons: np.ndarray) -> None:
        without_usage = reasons == NO_USAGE
        self.without_usage_count += int(without_usage.sum())
        left_out = reasons >= TOTAL_ROW
        if left_out.any():
            self.left_out.update(Counter(reasons[left_out].tolist()))
        wrong = batch["wrong"]
        for name, reason in zip(("feature", "customer"), _NAMELESS, strict=True):
            nameless = reasons == reason
            wrong = pc.if_else(pa.array(nameless), batch[name], wrong) if nameless.any() else wrong
        unpriced = (reasons >= Reason.MODEL_UNKNOWN) & ~left_out
        wrong = pc.if_else(pa.array(unpriced), batch["model"], wrong) if unpriced.any() else wrong
        self.collector.add(np.where(without_usage | left_out, 0, reasons), wrong, self.row_count)


_NAMELESS = (Reason.FEATURE_EMPTY, Reason.CUSTOMER_EMPTY)


def decimal_micros(units: pa.Array) -> np.ndarray:
    """DECIMAL(38, 6) that fits 64 bits as int64 micros: the lower half of each 128-bit number."""
    halves = np.frombuffer(units.buffers()[1], "<i8")
    return halves[2 * units.offset : 2 * (units.offset + len(units)) : 2].copy()


def _tokens(spool: Spool, rows: pa.RecordBatch) -> TokenRows | None:
    """The tokens of the rows of `usage_query`; None where no row has any."""
    present = np.asarray(rows["model"].is_valid())
    if not present.any():
        return None
    models = np.full(rows.num_rows, NO_MODEL, np.int32)
    models[present] = spool.models.codes_of(rows["model"].drop_null())
    return TokenRows(models, *(np.array(rows[name]) for name in TOKEN_COUNTS))


def _lowest_reasons(batch: pa.RecordBatch) -> np.ndarray:
    """The reason of each row that is rejected for its time, its value or as a whole, unless a lower one holds for its names."""
    reasons = np.array(batch["reason"])
    for name, reason in zip(("feature", "customer"), _NAMELESS, strict=True):
        rows = np.flatnonzero((reasons > reason) & (reasons < TOTAL_ROW))
        if len(rows):
            nameless = np.asarray(pc.equal(trimmed(batch[name].take(pa.array(rows))), ""))
            reasons[rows[nameless]] = reason
    return reasons
